"""What is judged on windows of time: how two instruments agree, how far points lie apart, how long water is in contact.

Time is cut into windows of the same length, counted from 1970. A window that lies whole in one line state, in which every
input has spoken often enough, and behind which every input has spoken again, gives one value, at the window's end; where
the state ends there too, a nanosecond before, for what is at the end belongs to the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, takewhile
from operator import add
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from readings.block import I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Inputs, Memory, Spans, Taken

if TYPE_CHECKING:
    from rules.sensor import Sensor

MOST = 2000  # windows that wait for an input which is silent, or are looked back on
_REDUCE = {"sum": np.add, "least": np.minimum, "greatest": np.maximum}
_TOGETHER: dict[str, Callable[[int, int], int]] = {"sum": add, "least": min, "greatest": max}
Part = tuple[
    int, ...
]  # steps taken together, as a derivation asks for them, and then readings, of one window
Ready = tuple[int, Sequence[Part]]  # a window's number, and what it is of each input


class Windows(Memory, tag=True):
    """The windows that may still count, or are looked back on.

    Attributes:
        inputs: for each input, by number of the window, what its steps came to, and readings.
        told: windows before this one have been given.
    """

    inputs: list[dict[int, Part]]
    told: int = ALWAYS

    def twin(self) -> Windows:
        """An independent copy."""
        return Windows([dict(parts) for parts in self.inputs], self.told)

    def add(self, place: int, taken: Taken, over: int, reduce: Sequence[str]) -> None:
        """Take readings of an input into windows of `over`, ns; in order of time."""
        if not taken.time.size:
            return
        parts = self.inputs[place]
        for key, part in _each(reduce, taken, over):
            before = parts.get(key)
            if before is None:
                parts[key] = part
            else:
                both = zip(reduce, before, part, strict=False)
                parts[key] = (
                    *(_TOGETHER[how](one, other) for how, one, other in both),
                    before[-1] + part[-1],
                )

    def over(self, end: int) -> list[Ready]:
        """The windows before `end` that were not given yet, in order, of which every input has something."""
        common = set.intersection(*(parts.keys() & self.inputs[0].keys() for parts in self.inputs))
        since, self.told = self.told, max(self.told, end)
        return [(key, [parts[key] for parts in self.inputs]) for key in sorted(common) if since <= key < end]

    def forget(self, end: int, back: int = 0) -> None:
        """Drop the windows before `end`, but for so many that are looked back on; they stand in order."""
        for parts in self.inputs:
            for key in list(takewhile((end - back).__gt__, parts)):
                del parts[key]
            for key in list(islice(parts, max(len(parts) - 2 * MOST, 0))):
                del parts[key]


def _each(reduce: Sequence[str], taken: Taken, over: int) -> Iterator[tuple[int, Part]]:
    """Number of each window, its steps taken together in each of these ways, and its readings."""
    window, (low, high) = taken.time // over, taken.sides
    steps = {"sum": taken.step, "least": low, "greatest": high}
    if window.size == 1:  # live, it mostly is
        yield int(window[0]), (*(int(steps[how][0]) for how in reduce), 1)
        return
    first = np.flatnonzero(np.concatenate(([True], window[1:] != window[:-1])))
    counts = np.diff(first, append=window.size)
    columns = (_REDUCE[how].reduceat(steps[how], first).tolist() for how in reduce)
    yield from zip(window[first].tolist(), zip(*columns, counts.tolist(), strict=True), strict=True)


@dataclass(frozen=True, slots=True)
class CutIntoWindows:
    """What windows time is cut into, and which of them count.

    Attributes:
        over: length of a window, ns.
        needs: of each input, so many readings make a window count: half of those expected.
        settle: so long after coming into a state nothing counts, ns.
        reduce: how the steps of a window are taken together.
    """

    over: int
    needs: tuple[int, ...]
    settle: int
    reduce: ClassVar[tuple[str, ...]] = ("sum",)

    def hear(
        self, memory: Windows, inputs: Sequence[Taken], spans: Spans, until: int
    ) -> tuple[list[Ready], I64]:
        """Take what inputs said.

        Returns:
            The windows that are over now and count, in order; times at which the line's state changes, int64.
        """
        for place, taken in enumerate(inputs):
            memory.add(place, taken, self.over, self.reduce)
        changes = spans.changes(self.settle)
        over = memory.over(until // self.over)
        ready = [
            (window, parts)
            for (window, parts), whole in zip(over, self._whole(over, changes), strict=True)
            if whole and all(part[-1] >= need for part, need in zip(parts, self.needs, strict=True))
        ]
        return ready, changes

    def times(self, windows: Sequence[int], changes: I64) -> I64:
        """When what follows from windows is told: at their ends, int64."""
        times = (np.array(windows, np.int64) + 1) * self.over
        return times - np.isin(times, changes)

    def _whole(self, over: Sequence[Ready], changes: I64) -> list[bool]:
        """Of each window, whether it lies whole in one state of the line."""
        if not changes.size:
            return [True] * len(over)
        begins = np.array([window for window, _ in over], np.int64) * self.over
        low = np.searchsorted(changes, begins, "right")
        whole: list[bool] = (low == np.searchsorted(changes, begins + self.over, "left")).tolist()
        return whole


class WindowDerivation(CutIntoWindows, ABC):
    """A derivation whose values follow each from one window; a kind says what follows from it."""

    __slots__ = ()

    def fresh(self) -> Windows:
        """Nothing heard yet."""
        return Windows([{} for _ in self.needs])

    def take(self, memory: Windows, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """See `Derivation`."""
        ready, changes = self.hear(memory, inputs, spans, until)
        found = self.values(ready)
        memory.forget(until // self.over)
        values = np.array([value for _, value in found], np.int64)
        return self.times([window for window, _ in found], changes), values

    def came_to(self, memory: Windows, begin: int, end: int) -> CameTo | None:  # noqa: ARG002
        """Nothing is known but the value."""
        return None

    @abstractmethod
    def values(self, ready: Sequence[Ready]) -> list[tuple[int, int]]:
        """Of windows that count, their number and the value that follows, in whole steps judged."""


@dataclass(frozen=True, slots=True)
class Means(WindowDerivation):
    """What follows from the means of windows: exact fractions of whole steps, rounded once, half to even.

    Attributes:
        multiples: the steps of each input in common steps, of which values are thousandths.
        spread: the greatest mean less the least; otherwise the first less the second.
    """

    multiples: tuple[int, ...]
    spread: bool

    def values(self, ready: Sequence[Ready]) -> list[tuple[int, int]]:
        """In thousandths of a common step."""
        found = []
        for window, parts in ready:
            each = [
                Fraction(1000 * total * multiple, count)
                for (total, count), multiple in zip(parts, self.multiples, strict=True)
            ]
            found.append((window, round(max(each) - min(each) if self.spread else each[0] - each[1])))
        return found


def needed(sensors: Sequence[Sensor], over: int) -> tuple[int, ...]:
    """So many readings of each sensor make a window count: half of those expected."""
    return tuple(
        max(1, -(-over // sensor.every) // 2) if isinstance(sensor.every, int) else 1 for sensor in sensors
    )


def means_of(inputs: Inputs, over: int, *, spread: bool) -> Means:
    """The derivation of what follows from means."""
    return Means(
        over=over,
        needs=needed(inputs.sensors, over),
        settle=inputs.settle,
        multiples=tuple(int(sensor.step / (1000 * inputs.step)) for sensor in inputs.sensors),
        spread=spread,
    )
