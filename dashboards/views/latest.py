"""The latest reading of every series and the latest text of every state, from the journal's tail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.journal import SqliteJournal
from readings.block import Block
from readings.errors import HaccplineError
from readings.inputs import Series, State
from readings.quality import REASON_TEXT, Quality, Reason
from readings.times import AHEAD, ALWAYS, DAY

_CHUNK = 20  # blocks that one look back decodes: those of a history are large
_LOOKS = (
    40  # back at most, when a page is first asked for: the readings of a day that is recorded each second
)
_AT_ONCE = 2000  # blocks that one refresh takes one after the other; farther behind, it looks back anew


@dataclass(frozen=True, slots=True)
class LatestReading:
    """The latest reading of a series by event time, and the latest one that has a value.

    Attributes:
        time: event time, ns UTC; of a reading that claims a time to come, when it became known: it is not believed, and
            must not hide what comes after it.
        value: in the plan's unit; NaN where it is bad.
        quality: good, uncertain, bad.
        reason: in words; empty for none.
        valued_at: event time of the latest reading with a value and a time to believe; None if none was seen.
        valued: its value.
    """

    time: int
    value: float
    quality: Quality
    reason: str
    valued_at: int | None
    valued: float


class JournalTail:
    """Follows a journal that another process writes.

    Attributes:
        latest: by series.
        states: the text that holds, by line, name and zone.
        tick: how far time has come, ns UTC; None before the first tick.
        position: of the last block taken.

    Args:
        path: journal.db.

    Raises:
        StoreError: not there, damaged, or of a later release.
    """

    def __init__(self, path: Path) -> None:
        self.latest: dict[Series, LatestReading] = {}
        self.states: dict[tuple[str, str, str], State] = {}
        self.tick: int | None = None
        self._wanted: set[Series] = set()
        self._lines: list[str] = []
        self.journal = SqliteJournal(path, read_only=True)
        self.position = self.journal.last()
        self.tick = self.journal.tick()

    def look_back(self, wanted: set[Series], lines: list[str]) -> None:
        """Look for the latest reading of these series in what is in the journal already, newest first."""
        self._wanted, self._lines = wanted, lines
        newest, floor = self.position, self.journal.dropped()
        for _ in range(_LOOKS):
            if newest <= floor or not (wanted - set(self.latest)):
                break
            oldest, after = max(newest - _CHUNK, floor), max(newest - _CHUNK, floor)
            while after < newest:
                blocks = self.journal.read(after, newest - after)
                if not blocks:
                    break
                for _, block in blocks:
                    self._take(block)
                after = blocks[-1][0]
            newest = oldest
        now = self.tick if self.tick is not None else self.journal.latest()
        if now is None:
            return
        for line in lines:
            for state in self.journal.states(line, now - 2 * DAY, now + DAY):
                self._state(state)

    def refresh(self) -> None:
        """Take what the journal holds more."""
        last = self.journal.last()
        self.position = max(self.position, self.journal.dropped())
        if last - self.position > _AT_ONCE:  # nobody has looked for long
            self._begin_anew(last)
        for position, block in self.journal.read(self.position, _AT_ONCE):
            self._take(block)
            self.position = position
            if block.tick is not None:
                self.tick = max(block.tick, self.tick if self.tick is not None else ALWAYS)

    def tick_at(self, position: int) -> int | None:
        """How far time had come with this block, ns UTC; None where that is not known (any more)."""
        if position >= self.position:
            return self.tick
        try:
            blocks = self.journal.read(position - 1, 1) if position else []
        except (HaccplineError, OSError):  # dropped, say
            return None
        return blocks[0][1].tick if blocks else None

    def _begin_anew(self, last: int) -> None:
        before, self.latest = self.latest, {}
        self.position, self.tick = last, self.journal.tick()
        self.look_back(self._wanted, self._lines)
        self.latest = before | self.latest

    def close(self) -> None:
        """Let go of the file."""
        self.journal.close()

    def _take(self, block: Block) -> None:
        for state in block.states:
            self._state(state)
        if not len(block):
            return
        told = block.tick if block.tick is not None else self.tick
        time, believed = _believed(block, told)
        order = np.argsort(time, kind="stable")
        which = block.which[order]
        last = dict(
            zip(which.tolist(), order.tolist(), strict=True)
        )  # of each series, the row latest in time
        valued = (~np.isnan(block.value) & believed)[order]
        last_valued = dict(zip(which[valued].tolist(), order[valued].tolist(), strict=True))
        for code, row in last.items():
            self._reading(block, block.series[code], row, last_valued.get(code), int(time[row]))

    def _reading(self, block: Block, series: Series, row: int, valued: int | None, time: int) -> None:
        known = self.latest.get(series)
        valued_at = known.valued_at if known is not None else None
        value = known.valued if known is not None else math.nan
        if valued is not None and (valued_at is None or int(block.time[valued]) >= valued_at):
            valued_at, value = int(block.time[valued]), float(block.value[valued])
        if known is not None and time < known.time:
            self.latest[series] = LatestReading(
                known.time, known.value, known.quality, known.reason, valued_at, value
            )
            return
        quality = Quality(int(block.quality[row]))
        reason = REASON_TEXT.get(int(block.reason[row]), "")
        self.latest[series] = LatestReading(time, float(block.value[row]), quality, reason, valued_at, value)

    def _state(self, state: State) -> None:
        key = (state.line, state.name, state.zone)
        known = self.states.get(key)
        if known is None or state.time >= known.time:
            self.states[key] = state


def _believed(block: Block, told: int | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The time of each reading, no later than it became known where that is doubted; and which are not doubted."""
    if told is None:
        return block.time, np.ones(len(block), np.bool_)
    doubted = (block.time > told + AHEAD) | (block.reason == Reason.CLOCK)
    return np.where(doubted, np.minimum(block.time, told), block.time), ~doubted
