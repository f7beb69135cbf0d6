"""Counts what the journal takes: a durable reader, in columns, a step at a time.

Late readings correct the hour that they belong to, and the gap that they fill. What it has counted and how far it has come
are written in one commit: killed anywhere, it counts nothing twice.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import structlog

from ingest.archive import ParquetArchive
from ingest.completeness import COMPLETENESS_CURSOR, Completeness, interruptions
from ingest.completeness_step import Kept, Step, added, counted, usable
from ingest.gaps import CLOCK_STEP, NOT_RECORDED, SILENCE, STANDS_STILL, Gap, gap, longest, wide
from ingest.journal import SqliteJournal
from ingest.known import Mask
from readings.block import I64, Block, join
from readings.errors import HaccplineError
from readings.inputs import Act, Series
from readings.quality import Reason
from readings.times import HOUR, NEVER, SECOND, parse_time

DOWN = 10 * SECOND  # ticks come every second; farther apart, nothing was recorded in between
GRACE = 10 * SECOND  # a reading may be so long on its way before its absence is a gap
_BLOCKS, _BYTES = 5_000, 16_000_000
_log = structlog.get_logger(__name__)


class CompletenessReader:
    """See the module. One process does; `work` is called every few seconds, in a thread.

    Args:
        store: completeness.db, open for writing.
        journal: what is counted.
        archive: where readings around late ones are looked up.
        expected: how often a reading of each series is expected, ns; None for those that come when they come.
        counters: since when the counter of what a series comes from shows the same, ns UTC; those without one, and those
            that do not answer, are left out.
        ticking: whether ticks come every second, so that their absence says that nothing was recorded.
        since: when this process began to record, ns UTC: from the tick before until then nothing was recorded, however
            short that was. NEVER: not known; what took longer than `DOWN` shows all the same.

    Attributes:
        trouble: in words; None while it works.
        skews: of each series, the time from its event to its arrival, ns: the middle of the last step.
    """

    def __init__(  # noqa: PLR0913 - what it reads, and who explains it
        self,
        store: Completeness,
        journal: SqliteJournal,
        archive: ParquetArchive,
        expected: Mapping[Series, int | None],
        *,
        counters: Callable[[], Mapping[Series, int]] = dict,
        ticking: bool = True,
        since: int = NEVER,
    ) -> None:
        self._store, self._journal, self._archive = store, journal, archive
        self._expected = {series: every or 0 for series, every in expected.items()}
        self._counters = counters
        self._ticking, self._since = ticking, since
        self._kept: dict[Series, Kept] = {}
        self._begun = False
        self.trouble: str | None = None
        self.skews: dict[Series, int] = {}

    async def run(self, every: float = 5.0) -> None:
        """Count every so many seconds, until cancelled."""
        while True:
            try:
                while await asyncio.to_thread(self.work):
                    pass
                self.trouble = None
            except Exception as error:  # noqa: BLE001 - whatever it is, readings are taken all the same, and people are told
                self._begun = False  # what it remembers may be ahead of what is written
                said = str(error) if isinstance(error, OSError | HaccplineError) else repr(error)
                trouble = f"completeness cannot be counted: {said}"
                if self.trouble != trouble:
                    _log.error("completeness cannot be counted", error=said)
                self.trouble = trouble
            await asyncio.sleep(every)

    def work(self) -> bool:
        """Count the next blocks; whether there were more when it began.

        Raises:
            OSError: it is not durable; nothing happened.
            HaccplineError: a store is damaged.
        """
        last = self._journal.last()
        with self._store.database.write() as connection:
            position, change, before = connection.execute(
                "SELECT position, change, tick FROM head"
            ).fetchone()
            if not self._begun:
                self._begin(connection)
            position = max(position, self._journal.dropped())
            found = self._journal.read(position, _BLOCKS, size=_BYTES)
            if found:
                step = Step(connection, change + 1)
                blocks = [block for _, block in found]
                first = next((block.tick for block in blocks if block.tick is not None), None)
                tick = self._time(connection, blocks, before)
                self._expect(connection, first)
                self._count(step, join(blocks))
                self._look_for_silence(step, tick)
                begin = first if before is None else before
                if begin is not None and tick is not None:
                    step.end_hours(self._kept.values(), begin // HOUR, tick // HOUR)
                step.save_memory(self._kept.values())
                position = found[-1][0]
                connection.execute(
                    "UPDATE head SET position = ?, change = ?, tick = ?", (position, change + 1, tick)
                )
        if found:
            self._begun = True
            self._journal.advance(COMPLETENESS_CURSOR, position)
        return bool(found) and position < last

    # -- what is known -------------------------------------------------------------------------------------------

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._kept = {
            Series(line, sensor, point): Kept(
                code, last=last, bad={int(reason): count for reason, count in json.loads(bad).items()}
            )
            for code, line, sensor, point, last, bad in connection.execute(
                "SELECT code, line, sensor, point, last, bad FROM series"
            )
        }
        by_code = {kept.code: kept for kept in self._kept.values()}
        for code, every in connection.execute("SELECT code, every FROM expected ORDER BY since"):
            by_code[code].every = every
        for code, cause in connection.execute(
            "SELECT code, cause FROM gap WHERE \"end\" IS NULL AND cause <> ''"
        ):
            by_code[code].open = cause
        series_of = {kept.code: series for series, kept in self._kept.items()}
        for code, start, end in connection.execute(
            'SELECT code, start, "end" FROM gap JOIN series USING (code) WHERE "end" = last AND cause <> \'\''
        ):
            block = self._archive.read([series_of[code]], start + 1, end).block
            shows = usable(block)
            by_code[code].ended = start, int(shows.sum()), counted(block.reason[~shows])

    def _expect(self, connection: sqlite3.Connection, now: int | None) -> None:
        """What the plans expect from a time on."""
        if now is None:
            return
        for series, every in (dict.fromkeys(self._kept, 0) | self._expected).items():
            kept = self._kept.get(series) or self._meet(connection, series)
            if kept.every != every:
                connection.execute(
                    "INSERT OR REPLACE INTO expected VALUES (?, ?, ?)", (kept.code, now, every)
                )
                kept.every = every
                if kept.last is None and every:
                    kept.last = now
                    connection.execute("UPDATE series SET last = ? WHERE code = ?", (now, kept.code))

    def _meet(self, connection: sqlite3.Connection, series: Series) -> Kept:
        added = connection.execute(
            "INSERT INTO series (line, sensor, point) VALUES (?, ?, ?)",
            (series.line, series.sensor, series.point),
        )
        kept = self._kept[series] = Kept(int(added.lastrowid or 0))
        return kept

    def _time(
        self, connection: sqlite3.Connection, blocks: Sequence[Block], before: int | None
    ) -> int | None:
        """How far time has come; where it stood still or jumped, nothing was recorded."""
        for block in blocks:
            if block.tick is not None:
                if self._ticking and before is not None and self._was_down(block, before):
                    _interrupt(connection, before, block.tick, NOT_RECORDED)
                before = block.tick if before is None else max(before, block.tick)
            for act in block.acts:
                if act.kind == "clock.step":
                    start, end = _stepped(act)
                    connection.execute(
                        'DELETE FROM interruption WHERE cause = ? AND start >= ? AND "end" <= ?',
                        (NOT_RECORDED, start - DOWN, end + DOWN),
                    )
                    _interrupt(connection, start, end, CLOCK_STEP)
        return before

    def _was_down(self, block: Block, before: int) -> bool:
        """Whether nothing was recorded between a tick and this block's: a history put in afterwards has long blocks."""
        assert block.tick is not None
        if before < self._since <= block.tick:
            return True
        meanwhile = (block.received > before) & (block.received < block.tick - DOWN)
        return block.tick - before > DOWN and not meanwhile.any()

    # -- counting ------------------------------------------------------------------------------------------------

    def _count(self, step: Step, block: Block) -> None:
        if not len(block):
            return
        for series in block.series:
            if series not in self._kept:
                self._meet(step.connection, series)
        codes = np.array([self._kept[series].code for series in block.series], np.int64)[block.which]
        step.hours(codes, block.time // HOUR, block.quality)
        shows = usable(block)
        self._look_at_ages(block, shows)
        order = np.lexsort((block.time, block.which))
        which, time = block.which[order], block.time[order]
        starts = np.flatnonzero(np.diff(which, prepend=-1))
        ends = np.append(starts[1:], len(order))
        heard = [block.series[code] for code in which[starts].tolist()]
        steady = _steady([self._kept[series] for series in heard], time, shows[order], starts)
        lasts = time[ends - 1].tolist()
        for number, series in enumerate(heard):
            if steady[number]:
                step.go_on(self._kept[series], lasts[number])
            else:
                rows = order[starts[number] : ends[number]]
                self._hear(step, series, block, rows, shows[rows])

    def _look_at_ages(self, block: Block, shows: Mask) -> None:
        rows = np.flatnonzero(shows & (block.reason != Reason.BACKFILL))
        ages, which = (block.received - block.time)[rows], block.which[rows]
        order = np.lexsort((ages, which))
        codes, starts, counts = np.unique(which[order], return_index=True, return_counts=True)
        middle = ages[order[starts + counts // 2]]
        for code, age in zip(codes.tolist(), middle.tolist(), strict=True):
            self.skews[block.series[code]] = age

    def _hear(self, step: Step, series: Series, block: Block, rows: np.ndarray, shows: Mask) -> None:
        """The readings of one series, in time order; which of them show that its sensor spoke."""
        kept, time = self._kept[series], block.time[rows]
        new = np.ones(len(rows), np.bool_) if kept.last is None else time > kept.last
        if not new.all():
            self._hear_late(step, series, kept, time[~new])
        reasons = block.reason[rows]
        times: I64 = time[new & shows]
        bad_times, bad_reasons = time[new & ~shows], reasons[new & ~shows]
        if len(times):
            starts: I64 = times if kept.last is None else np.concatenate([[kept.last], times])
            found = wide(starts, kept.every) if kept.every else []
            if kept.open and (not found or found[0][0] != kept.last):
                step.take_back(kept, int(starts[0]))
            ended = None
            for start, end, inside in found:
                bad = counted(bad_reasons[(bad_times > start) & (bad_times < end)])
                ended = self._go_on(step, kept, inside, bad) if start == kept.last else (start, inside, bad)
                first, within, reasons_in = ended
                silence = STANDS_STILL if kept.open == STANDS_STILL and start == kept.last else SILENCE
                step.put(kept, self._gap(step, first, end, end, kept.every, reasons_in, within, silence))
            last = int(times[-1])
            kept.ended = ended if found and found[-1][1] == last else None
            kept.open, kept.last, kept.bad = "", last, {}
        behind = bad_reasons if kept.last is None else bad_reasons[bad_times > kept.last]
        kept.bad = added(kept.bad, counted(behind))
        step.touched.add(kept.code)

    @staticmethod
    def _go_on(step: Step, kept: Kept, inside: int, bad: dict[int, int]) -> tuple[int, int, dict[int, int]]:
        """A gap that begins with the last usable reading: it goes on from one that ended there, if there is one."""
        assert kept.last is not None
        bad = added(kept.bad, bad)
        if kept.ended is None:
            return kept.last, inside, bad
        if kept.open:
            step.take_back(kept, kept.last)
        start, before, reasons = kept.ended
        return start, before + 1 + inside, added(reasons, bad)

    def _hear_late(self, step: Step, series: Series, kept: Kept, times: I64) -> None:
        """Readings older than the newest: the gaps that they fall into are looked at again, in the archive."""
        if not kept.every:
            return
        rows = step.connection.execute(
            'SELECT start, "end", cause FROM gap WHERE code = ? AND start < ? AND "end" > ? AND cause <> \'\'',
            (kept.code, int(times.max()), int(times.min())),
        ).fetchall()
        for start, end, cause in rows:
            if not ((times > start) & (times < end)).any():
                continue
            block = self._archive.read([series], start, end + 1).block
            shows = usable(block)
            edges = np.unique(np.concatenate([[start, end], block.time[shows]]))
            step.take_back(kept, start)
            for first, last, inside in wide(edges, kept.every):
                bad = counted(block.reason[~shows & (block.time > first) & (block.time < last)])
                silence = STANDS_STILL if cause == STANDS_STILL else SILENCE
                step.put(kept, self._gap(step, first, last, last, kept.every, bad, inside, silence))

    def _look_for_silence(self, step: Step, now: int | None) -> None:
        """Gaps that last."""
        if now is None:
            return
        counters = self._counters()
        for series, kept in self._kept.items():
            if not kept.every or kept.last is None or now - kept.last <= longest(kept.every) + GRACE:
                continue
            stands = now - counters.get(series, now) > longest(kept.every)
            silence = STANDS_STILL if stands else SILENCE
            found = self._gap(step, kept.last, None, now, kept.every, kept.bad, silence=silence)
            if found.cause != kept.open:
                step.put(kept, found)
                kept.open = found.cause

    @staticmethod
    def _gap(  # noqa: PLR0913 - what makes a gap
        step: Step,
        start: int,
        end: int | None,
        now: int,
        every: int,
        bad: Mapping[int, int],
        inside: int = 0,
        silence: str = SILENCE,
    ) -> Gap:
        near = interruptions(step.connection, start, now)
        return gap(
            start, end, now=now, every=every, bad=bad, interruptions=near, inside=inside, silence=silence
        )


def _steady(kept: Sequence[Kept], time: I64, shows: Mask, starts: npt.NDArray[np.intp]) -> list[bool]:
    """Which series only went on: all usable, newer than the last, never too far apart, and no gap lasts.

    Args:
        kept: of each series.
        time: int64 [n], series after series, in time order.
        shows: bool [n], whether each shows that its sensor spoke.
        starts: where each series begins in them.
    """
    last = np.array([NEVER if each.last is None or each.open else each.last for each in kept], np.int64)
    most = np.array([longest(each.every) if each.every else NEVER for each in kept], np.int64)
    before = np.empty_like(time)
    before[1:], before[starts] = time[:-1], last
    counts = np.diff(np.append(starts, len(time)))
    fine = shows & (time - before <= np.repeat(most, counts))
    fine[starts] &= time[starts] > last
    return np.logical_and.reduceat(fine, starts).tolist()  # type: ignore[no-any-return]


def _interrupt(connection: sqlite3.Connection, start: int, end: int, cause: str) -> None:
    connection.execute("INSERT OR REPLACE INTO interruption VALUES (?, ?, ?)", (start, end, cause))


def _stepped(act: Act) -> tuple[int, int]:
    """The span that a clock that was set has left out, or has shown twice."""
    shown = sorted(parse_time(act.body[name]) for name in ("before", "after") if name in act.body)
    return (shown[0], shown[-1]) if shown else (act.time, act.time)
