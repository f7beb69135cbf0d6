"""What a source gives that hardly anybody can have meant: told to who looks after it; it changes no reading."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from gateway.mixed import Mixed
from gateway.requests import Span
from readings.block import Block
from readings.inputs import Series
from readings.quality import Quality, Reason
from readings.times import HOUR, MINUTE, SECOND

FAINT = 1e-30  # nearer to zero no process value is; floats whose bytes are in another order often are
_LASTS = 10 * MINUTE  # a number that was once so faint is spoken of for so long
_LATELY = 2 * MINUTE
_OFTEN = 3  # connections lost in that time
_MISFITS = 5  # answers in that time, and
_SHARE = 0.1  # of all answers
_MISFIT = (Reason.GARBLED.text, Reason.WRONG_LENGTH.text)
_PLAIN = SECOND  # a clock that is off by less is not what is wrong
_NAMED = 3  # topics
_PATIENCE = HOUR  # for a counter that was not seen to move twice
_MOVES = 3  # times its longest pause a counter may stand, and no less than
_STANDS = MINUTE

Kind = Literal["lost", "behind", "ahead", "faint", "mixed", "refused", "misfits", "counter", "undated"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that hardly anybody can have meant; who shows it has the words, in two languages.

    Attributes:
        kind: what it is.
        about: the series or unit concerned: the same as long as it is the same doubt; empty for the source as a whole.
        facts: what its words name; `seconds` is a length of time.
    """

    kind: Kind
    about: str
    facts: dict[str, str | int]


class Answers(Protocol):
    """The counts of a unit on a Modbus link."""

    @property
    def unit(self) -> int:
        """Device id on the link."""

    @property
    def asked(self) -> int:
        """Requests sent so far."""

    @property
    def errors(self) -> Counter[str]:
        """Requests that gave no values, by reason, in words."""

    @property
    def refused(self) -> Sequence[Span]:
        """Addresses that it refuses."""

    @property
    def counter_since(self) -> int | None:
        """Since when its counter shows what it shows, ns UTC; None where it has none, or does not answer."""

    @property
    def counter_pause(self) -> int:
        """The longest time between two moves of its counter, ns; 0 where fewer were seen."""


@dataclass(slots=True)
class Doubts:
    """What is doubtful in one source now.

    Attributes:
        mixed: topics that feed one series.
    """

    mixed: Mixed = field(default_factory=Mixed)
    _clocks: dict[Series, int] = field(default_factory=dict)  # ns that it is behind the arrival
    _faint: dict[Series, tuple[int, float]] = field(default_factory=dict)  # when last, and the number
    _lost: deque[tuple[int, str]] = field(default_factory=deque)
    _undated: tuple[int, int] | None = (
        None  # readings without a time in a row: when the first came, and how many
    )
    _answers: dict[int, deque[tuple[int, int, int]]] = field(default_factory=dict)  # when, asked, misfits

    def took(self, block: Block) -> None:
        """Look at a block that is durable now."""
        clocks = block.reason == Reason.CLOCK
        faint = (block.raw != 0) & (np.abs(block.raw) < FAINT)
        for series, row in _latest(block, clocks):
            behind = int(block.received[row] - block.time[row])
            if abs(behind) >= _PLAIN:  # what a broker kept has the time of its arrival
                self._clocks[series] = behind
        for series, row in _latest(block, faint):
            self._faint[series] = int(block.received[row]), float(block.raw[row])
        self._look_for_times(block)
        if self._clocks:
            for series, _ in _latest(block, block.quality == Quality.GOOD):
                self._clocks.pop(series, None)

    def _look_for_times(self, block: Block) -> None:
        if not len(block):
            return
        if (block.reason == Reason.DEVICE_CLOCK).all():
            first, count = self._undated or (int(block.received.min()), 0)
            self._undated = first, count + len(block)
        else:
            self._undated = None

    def lost(self, why: str, now: int) -> None:
        """A connection that had been accepted was lost.

        Args:
            why: in words.
            now: ns UTC.
        """
        self._lost.append((now, why))

    def said(self, units: Iterable[Answers], now: int) -> tuple[Doubt, ...]:
        """All of it.

        Args:
            units: the running counts of its units, if it has any.
            now: ns UTC.
        """
        while self._lost and self._lost[0][0] < now - _LATELY:
            self._lost.popleft()
        for series in [each for each, (at, _) in self._faint.items() if at < now - _LASTS]:
            del self._faint[series]
        found = []
        if len(self._lost) >= _OFTEN:
            facts: dict[str, str | int] = {
                "times": len(self._lost),
                "seconds": _LATELY // SECOND,
                "why": self._lost[-1][1],
            }
            found.append(Doubt("lost", "", facts))
        if self._undated is not None and now - self._undated[0] > _STANDS:
            since, count = self._undated
            found.append(Doubt("undated", "", {"count": count, "seconds": _rounded(now - since) // SECOND}))
        for series, behind in sorted(self._clocks.items()):
            off = _rounded(abs(behind)) // SECOND
            kind: Kind = "behind" if behind > 0 else "ahead"
            found.append(Doubt(kind, str(series), {"series": str(series), "seconds": off}))
        for series, (_, raw) in sorted(self._faint.items()):
            found.append(Doubt("faint", str(series), {"series": str(series), "raw": f"{raw:.2g}"}))
        for name, topics in self.mixed.said(now):
            named = ", ".join(topics[:_NAMED]) + (" ..." if len(topics) > _NAMED else "")
            found.append(Doubt("mixed", name, {"series": name, "count": len(topics), "topics": named}))
        for unit in units:
            found += self._unit(unit, now)
        return tuple(found)

    def _unit(self, unit: Answers, now: int) -> Iterator[Doubt]:
        about = f"unit {unit.unit}"
        if unit.refused:
            yield Doubt("refused", about, {"unit": unit.unit, "spans": ", ".join(map(str, unit.refused))})
        misfits = sum(unit.errors[reason] for reason in _MISFIT)
        past = self._answers.setdefault(unit.unit, deque())
        past.append((now, unit.asked, misfits))
        while past[0][0] < now - _LATELY:
            past.popleft()
        asked, missed = unit.asked - past[0][1], misfits - past[0][2]
        if missed >= _MISFITS and missed >= _SHARE * asked:
            counts = {"missed": missed, "asked": asked, "seconds": _LATELY // SECOND}
            yield Doubt("misfits", about, {"unit": unit.unit, **counts})
        if unit.counter_since is not None:
            patience = max(_MOVES * unit.counter_pause, _STANDS) if unit.counter_pause else _PATIENCE
            stood = now - unit.counter_since
            if stood > patience:
                yield Doubt("counter", about, {"unit": unit.unit, "seconds": stood // MINUTE * 60})


def _latest(block: Block, which: npt.NDArray[np.bool_]) -> Iterator[tuple[Series, int]]:
    """Of the readings that are meant, each series and the place of its last one."""
    rows = np.flatnonzero(which)[::-1]
    codes, places = np.unique(block.which[rows], return_index=True)
    for code, place in zip(codes.tolist(), places.tolist(), strict=True):
        yield block.series[code], int(rows[place])


def _rounded(ns: int) -> int:
    """To the minute from ten minutes on, else to the second."""
    step = MINUTE if ns >= 10 * MINUTE else SECOND
    return (ns + step // 2) // step * step
