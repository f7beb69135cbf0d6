"""Completeness: what came of what was expected, by the hour, and every gap with what it comes from. Numbers by hand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.completeness import COMPLETENESS_CURSOR, Completeness, Hour
from ingest.completeness_feed import completeness_feed
from ingest.completeness_reader import CompletenessReader
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import BlockBuilder
from readings.inputs import Act, Series
from readings.quality import Reason
from readings.times import HOUR, MINUTE, NEVER, SECOND, format_time, parse_time

T = parse_time("2026-12-01T08:00:00Z")
AIR, DOOR = Series("cs1", "air"), Series("cs1", "door")


class Plant:
    """A journal that hears of `air` every minute unless told otherwise, and of time every ten seconds."""

    def __init__(self, journal: SqliteJournal, archive: ParquetArchive, folder: Path) -> None:
        self.journal, self.archive, self.folder = journal, archive, folder
        self.store = Completeness(folder / "completeness.db", read_only=False)
        self.counters: dict[Series, int] = {}
        self.reader = self.made()

    def made(self) -> CompletenessReader:
        expected = {AIR: MINUTE, DOOR: None}
        return CompletenessReader(
            self.store, self.journal, self.archive, expected, counters=lambda: self.counters
        )

    def tick(self, *ticks: int) -> None:
        for tick in ticks:
            builder = BlockBuilder()
            self.journal.append(builder.build(tick=tick))

    def give(
        self, *times: int, series: Series = AIR, reason: int = Reason.NONE, tick: int | None = None
    ) -> None:
        builder = BlockBuilder()
        for time in times:
            builder.reading(series, time=time, value=float(time % 97), reason=reason, received=time + SECOND)
        self.journal.append(builder.build(tick=tick))

    def minutes(self, first: int, last: int, *, reason: int = Reason.NONE) -> None:
        """A reading every minute from the first to before the last after T, ticks meanwhile."""
        for minute in range(first, last):
            at = T + minute * MINUTE
            self.give(at, reason=reason, tick=at)
            self.tick(*(at + ten * 10 * SECOND for ten in range(1, 6)))

    def count(self) -> None:
        while self.reader.work():
            pass

    def hours(self) -> list[tuple[int, int | None, int, int, int]]:
        """Hour after T, expected, good, uncertain, bad of `air`."""
        return [
            ((each.start - T) // HOUR, each.expected, each.good, each.uncertain, each.bad)
            for each in self.store.hours(T - HOUR, T + 100 * HOUR, sensor="air")
        ]

    def gaps(self) -> list[tuple[float, float | None, str, int | None]]:
        """Minutes after T, cause, how many are missed."""
        return [
            (
                (each.start - T) / MINUTE,
                None if each.end is None else (each.end - T) / MINUTE,
                each.cause,
                each.missed,
            )
            for _, each in self.store.gaps(T - HOUR, T + 100 * HOUR)
        ]


@pytest.fixture
def plant(journal: SqliteJournal, archive: ParquetArchive, tmp_path: Path) -> Iterator[Plant]:
    made = Plant(journal, archive, tmp_path)
    yield made
    made.store.close()


def test_a_full_hour(plant: Plant) -> None:
    """Sixty readings of sixty; the hour under way is expected until now."""
    plant.minutes(0, 90)
    plant.count()
    assert plant.hours() == [(0, 60, 60, 0, 0), (1, 29, 30, 0, 0)]
    assert plant.gaps() == []
    assert plant.journal.cursor(COMPLETENESS_CURSOR) == plant.journal.last()


def test_bad_and_uncertain_are_told_apart(plant: Plant) -> None:
    """Each counts where it belongs; a run of bad ones is a gap, with their reason, from good to good."""
    plant.minutes(0, 10)
    plant.minutes(10, 15, reason=Reason.NO_ANSWER)
    plant.minutes(15, 20, reason=Reason.DOUBTED)
    plant.minutes(20, 61)
    plant.count()
    assert plant.hours()[0] == (0, 60, 50, 5, 5)
    assert plant.gaps() == [(9, 15, "no answer", 5)]


def test_a_counter_that_stands_still_is_the_cause(plant: Plant) -> None:
    """The unit answers with the sample of minute 9 until minute 20: nothing is lost on the way, it measures no more.

    While the gap lasts, when it ended, and when a late reading of minute 15 lies within it.
    """
    plant.minutes(0, 10)
    plant.counters = {AIR: T + 9 * MINUTE}
    plant.tick(*(T + 10 * MINUTE + ten * 10 * SECOND for ten in range(60)))
    plant.count()
    assert plant.gaps() == [(9, None, "its counter stands still", None)]
    plant.reader = plant.made()  # started anew
    plant.counters = {AIR: T + 20 * MINUTE}
    plant.minutes(20, 22)
    plant.count()
    assert plant.gaps() == [(9, 20, "its counter stands still", 10)]
    plant.give(T + 15 * MINUTE, tick=T + 22 * MINUTE)
    plant.count()
    assert plant.gaps() == [(9, 20, "its counter stands still", 9)]


def test_a_counter_that_moves_explains_no_silence(plant: Plant) -> None:
    """It moved when the last tick came: what is missing was not said, or is another's."""
    plant.minutes(0, 10)
    plant.counters = {AIR: T + 12 * MINUTE - 10 * SECOND}
    plant.tick(*(T + 10 * MINUTE + ten * 10 * SECOND for ten in range(12)))
    plant.count()
    assert plant.gaps() == [(9, None, "silence", None)]


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_silence_is_seen_while_it_lasts(plant: Plant, cut: int, monkeypatch: Any) -> None:
    """Nothing for three minutes: a gap that is open, then one with an end; however the journal is cut into steps."""
    monkeypatch.setattr("ingest.completeness_reader._BLOCKS", cut)
    plant.minutes(0, 5)
    plant.tick(*(T + 4 * MINUTE + second * SECOND for second in range(60, 180, 5)))
    plant.count()
    assert plant.gaps() == [(4, None, "silence", None)]
    plant.minutes(7, 10)
    plant.count()
    assert plant.gaps() == [(4, 7, "silence", 2)]


def test_one_missed_reading_is_a_gap_and_jitter_is_none(plant: Plant) -> None:
    """89 s between two readings of a minute are no gap, two minutes are."""
    plant.give(T, T + MINUTE, T + 2 * MINUTE + 29 * SECOND, T + 4 * MINUTE + 29 * SECOND, tick=T + 5 * MINUTE)
    plant.count()
    assert plant.gaps() == []  # nothing was expected before time was heard for the first time
    plant.give(T + 5 * MINUTE + 29 * SECOND, T + 7 * MINUTE + 29 * SECOND, tick=T + 8 * MINUTE)
    plant.count()
    assert [(end - start, cause, missed) for start, end, cause, missed in plant.gaps() if end] == [
        (2.0, "silence", 1)
    ]


def test_the_record_was_down(plant: Plant) -> None:
    """Between two ticks too far apart nothing was recorded: the gap says so, with from and to."""
    plant.minutes(0, 5)
    plant.minutes(15, 20)
    plant.count()
    assert plant.gaps() == [(4, 15, "not recorded", 10)]
    (_, gap), *_ = plant.store.gaps(T, T + HOUR)
    assert (
        gap.detail
        == f"not recorded from {format_time(T + 4 * MINUTE + 50 * SECOND)} to {format_time(T + 15 * MINUTE)}"
    )


@pytest.mark.parametrize(
    ("since", "cause"), [(NEVER, "silence"), (T + 14 * SECOND, "not recorded"), (T, "silence")]
)
def test_the_record_was_down_for_a_moment(plant: Plant, since: int, cause: str) -> None:
    """What a process began soon after another had ended is told by when it began: from the last tick to the next."""
    every = {AIR: SECOND}
    plant.reader = CompletenessReader(plant.store, plant.journal, plant.archive, every, since=since)
    for second in (*range(10), *range(15, 20)):
        plant.give(T + second * SECOND, tick=T + second * SECOND)
    plant.count()
    assert [(end, why, missed) for _, end, why, missed in plant.gaps()] == [(15 / 60, cause, 5)]


def test_a_clock_that_was_set(plant: Plant) -> None:
    """A step of the clock is a cause of its own."""
    plant.minutes(0, 5)
    before, after = T + 5 * MINUTE, T + 30 * MINUTE
    plant.tick(after)
    body = {"before": format_time(before), "after": format_time(after)}
    from readings.block import Block

    plant.journal.append(Block(acts=(Act(after, "clock.step", body=body, id="c"),)))
    plant.minutes(30, 35)
    plant.count()
    assert plant.gaps() == [(4, 30, "clock step", 25)]


def test_mixed_causes_are_all_told(plant: Plant) -> None:
    """The one that explains most gives the name; all stand in the detail."""
    plant.minutes(0, 5)
    plant.minutes(5, 8, reason=Reason.NO_ANSWER)
    plant.minutes(8, 10, reason=Reason.SENTINEL)
    plant.minutes(10, 12)
    plant.count()
    assert plant.gaps() == [(4, 10, "no answer", 5)]
    (_, gap), *_ = plant.store.gaps(T, T + HOUR)
    assert gap.detail == "no answer: 3 readings; sentinel: 2 readings"


def test_late_readings_mend(plant: Plant) -> None:
    """What a logger sends later belongs to its hour; the gap that it fills is none, or two smaller ones."""
    plant.minutes(0, 10)
    plant.tick(*(T + minute * MINUTE + ten * 10 * SECOND for minute in range(10, 20) for ten in range(6)))
    plant.minutes(20, 61)
    plant.count()
    assert plant.gaps() == [(9, 20, "silence", 10)]
    assert plant.hours()[0] == (0, 60, 50, 0, 0)
    plant.give(T + 14 * MINUTE, T + 15 * MINUTE, reason=Reason.BACKFILL)
    plant.count()
    assert plant.gaps() == [(9, 14, "silence", 4), (15, 20, "silence", 4)]
    assert plant.hours()[0] == (0, 60, 52, 0, 0)
    plant.give(*(T + minute * MINUTE for minute in (10, 11, 12, 13, 16, 17, 18, 19)), reason=Reason.BACKFILL)
    plant.count()
    assert plant.gaps() == []
    assert plant.hours()[0] == (0, 60, 60, 0, 0)


def test_a_sensor_that_never_spoke(plant: Plant) -> None:
    """An hour without a reading has its row of zeros, so has the one under way: six minutes and a half of it have passed.

    The gap begins when one was first expected.
    """
    plant.tick(*(T + ten * 10 * SECOND for ten in range(400)))
    plant.count()
    assert plant.hours() == [(0, 60, 0, 0, 0), (1, 6, 0, 0, 0)]
    assert plant.gaps() == [(0, None, "silence", None)]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_sensor_at_half_the_rate_has_one_gap(plant: Plant, monkeypatch: Any, *, restarted: bool) -> None:
    """Every reading comes too late: one gap from the first to the last of them, with how many are missed, not one for each;
    however the journal is cut into steps, and where the reader is started again behind each."""
    monkeypatch.setattr("ingest.completeness_reader._BLOCKS", 7)
    plant.tick(T)
    for number in range(1, 31):
        at = T + number * 2 * MINUTE
        plant.tick(*(at - ten * 10 * SECOND for ten in range(11, 0, -1)))
        plant.give(at, tick=at)
        if restarted:
            plant.count()
            plant.reader = plant.made()
    plant.count()
    assert plant.gaps() == [(0, 60, "silence", 30)]
    (_, gap), *_ = plant.store.gaps(T, T + HOUR)
    assert gap.detail == "silence; 29 usable readings in between"
    assert plant.hours()[0] == (0, 60, 29, 0, 0)
    plant.minutes(61, 64)
    plant.count()
    assert plant.gaps() == [(0, 60, "silence", 30)]


def test_a_history_put_in_afterwards_was_recorded(plant: Plant) -> None:
    """Blocks of ten minutes each, as an import makes them: nothing was down in between, for readings came all the while."""
    for begin in range(0, 60, 10):
        times = [T + minute * MINUTE for minute in range(begin, begin + 10)]
        plant.give(*times, tick=times[-1] + 2 * SECOND)
    plant.count()
    assert plant.store.interruptions(T, T + HOUR) == []
    assert plant.gaps() == []


def test_values_on_change_have_no_gaps(plant: Plant) -> None:
    """Where no interval is expected, readings are counted, and silence is no gap."""
    plant.tick(T)
    plant.give(T + MINUTE, T + 50 * MINUTE, series=DOOR, tick=T + 5 * SECOND)
    plant.tick(*(T + ten * 10 * SECOND for ten in range(1, 400)))
    plant.count()
    assert [each for each in plant.store.hours(T, T + 2 * HOUR) if each.series == DOOR] == [
        Hour(DOOR, T, None, 2, 0, 0)
    ]
    assert [series for series, _ in plant.store.gaps(T, T + 2 * HOUR)] == [AIR]


def test_a_new_interval_counts_from_then_on(plant: Plant) -> None:
    """A plan that asks twice as often: half an hour of the one, half of the other."""
    plant.minutes(0, 30)
    plant.count()
    plant.reader = CompletenessReader(plant.store, plant.journal, plant.archive, {AIR: 30 * SECOND})
    for half in range(60, 122):
        at = T + half * 30 * SECOND
        plant.give(at, tick=at)
        plant.tick(at + 10 * SECOND, at + 20 * SECOND)
    plant.count()
    # from the last tick of the first half on, 29 min 50 s after T
    assert plant.hours()[0] == (0, (30 * 60 - 0) // 60 + 30 * 60 // 30, 90, 0, 0)


def test_killed_between_steps_counts_once(plant: Plant, monkeypatch: Any) -> None:
    """A reader that begins again where it was written down counts each reading once, and knows the gap under way."""
    monkeypatch.setattr("ingest.completeness_reader._BLOCKS", 13)
    plant.minutes(0, 40)
    plant.minutes(40, 50, reason=Reason.LOOP_LOW)
    plant.minutes(50, 70)
    draw, steps = random.Random(3), 0
    while True:
        if draw.random() < 0.4:
            plant.reader = plant.made()
        before = plant.journal.cursor(COMPLETENESS_CURSOR)
        plant.reader.work()
        steps += 1
        if plant.journal.cursor(COMPLETENESS_CURSOR) == plant.journal.last():
            break
        if draw.random() < 0.3:  # killed before the journal heard of it
            plant.journal.advance(COMPLETENESS_CURSOR, before)
    assert steps > 20
    assert plant.hours()[0] == (0, 60, 50, 0, 10)
    assert plant.gaps() == [(39, 50, "loop low", 10)]


def test_sealed_and_dropped_blocks_are_counted_before(plant: Plant, clock: Any) -> None:
    """The journal keeps what is not counted yet."""
    plant.minutes(0, 10)
    Sealer(plant.archive, ArchiveSettings(), now=clock).seal()
    clock.now += 100 * HOUR
    assert plant.journal.trim(readers=[COMPLETENESS_CURSOR], keep=0) == 0
    plant.count()
    assert plant.journal.trim(readers=[COMPLETENESS_CURSOR], keep=0) == 60
    assert plant.hours() == [(0, 9, 10, 0, 0)]


def test_skew_is_of_the_last_readings(plant: Plant) -> None:
    """From the event to its arrival; what a logger sends late does not count."""
    plant.give(T, T + MINUTE, T + 2 * MINUTE, tick=T + 3 * MINUTE)
    plant.give(T - HOUR, reason=Reason.BACKFILL)
    plant.count()
    assert plant.reader.skews == {AIR: SECOND}


def test_lines_of_what_is_over(plant: Plant) -> None:
    """Hours are told when they are over, and again when late readings change them; gaps at once; each change once."""
    feed = completeness_feed(plant.store, "p")
    plant.minutes(0, 30)
    plant.tick(*(T + 30 * MINUTE + ten * 10 * SECOND for ten in range(24)))
    plant.count()
    position, lines = feed.read(0)
    tags = "line=cs1,point=1,sensor=air,site=p"
    assert lines == [f'gap,{tags} cause="silence",detail="silence",open=true {T + 29 * MINUTE}'.encode()]
    assert feed.read(position) == (position, [])
    plant.minutes(34, 61)
    plant.count()
    position, lines = feed.read(position)
    assert set(lines) == {
        f"completeness,{tags} expected=60i,good=56i,uncertain=0i,bad=0i {T}".encode(),
        f'gap,{tags} cause="silence",detail="silence",open=false,end={T + 34 * MINUTE}i,seconds=300.0,missed=4i'
        f" {T + 29 * MINUTE}".encode(),
    }
    plant.give(*(T + minute * MINUTE for minute in range(30, 34)))
    plant.count()
    _, lines = feed.read(position)
    assert f"completeness,{tags} expected=60i,good=60i,uncertain=0i,bad=0i {T}".encode() in lines
    (gap,) = [line for line in lines if line.startswith(b"gap")]
    assert b'cause="none"' in gap
    assert b"seconds=0.0" in gap


def test_asked_beside(plant: Plant) -> None:
    """Another process reads it, by line, sensor and time."""
    plant.minutes(0, 70)
    plant.count()
    beside = Completeness(plant.folder / "completeness.db")
    assert [each.start for each in beside.hours(T, T + HOUR, line="cs1", sensor="air")] == [T]
    assert beside.hours(T, T + HOUR, line="other") == []
    assert beside.gaps(T, T + 9 * HOUR, sensor="door") == []
    beside.close()


def test_what_comes_meanwhile_waits_for_the_next_turn(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that grows while it is counted is not run after, a few blocks at a time: there was no more when it began."""
    plant.minutes(0, 2)
    read = plant.journal.read

    def grows(*given: Any, **more: Any) -> Any:
        found = read(*given, **more)
        plant.tick(T + 2 * MINUTE)
        return found

    monkeypatch.setattr(plant.journal, "read", grows)
    assert plant.reader.work() is False
    assert plant.journal.cursor(COMPLETENESS_CURSOR) == plant.journal.last() - 1


async def test_what_nobody_foresaw_ends_no_record(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in counting, it is told and tried again."""

    def strange() -> bool:
        raise ValueError("strange")

    monkeypatch.setattr(plant.reader, "work", strange)
    task = asyncio.create_task(plant.reader.run(every=0.01), name="completeness")
    async with asyncio.timeout(20):
        while plant.reader.trouble is None:  # noqa: ASYNC110 - the reader tells nobody
            await asyncio.sleep(0.01)
        assert plant.reader.trouble == "completeness cannot be counted: ValueError('strange')"
        monkeypatch.undo()
        while plant.reader.trouble is not None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
