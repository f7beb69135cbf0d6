"""What is judged on windows of time: how two instruments agree, how far points lie apart, how long water is in contact.

Time is cut into windows of the same length, counted from 1970. A window that lies whole in one line state, in which every
input has spoken often enough, and behind which every input has spoken again, gives one value, at the window's end; where
the state ends there too, a nanosecond before, for what is at the end belongs to the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, takewhile
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from readings.block import I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Inputs, Memory, Spans, Taken

if TYPE_CHECKING:
    from rules.sensor import Sensor

MOST = 2000  # windows that wait for an input which is silent, or are looked back on
_REDUCE = {"sum": np.add, "least": np.minimum, "greatest": np.maximum}
Part = tuple[int, int]  # steps (their sum, least or greatest) and readings of one window


class Windows(Memory, tag=True):
    """The windows that may still count, or are looked back on.

    Attributes:
        inputs: for each input, by number of the window, (steps, readings).
        told: windows before this one have been given.
    """

    inputs: list[dict[int, Part]]
    told: int = ALWAYS

    def twin(self) -> Windows:
        """An independent copy."""
        return Windows([dict(parts) for parts in self.inputs], self.told)

    def add(self, place: int, window: I64, steps: I64, reduce: str) -> None:
        """Take readings of an input, in order of time."""
        if not window.size:
            return
        take = _REDUCE[reduce]
        parts = self.inputs[place]
        for key, reduced, count in _each(take, window, steps):
            before = parts.get(key)
            parts[key] = (
                (reduced, count) if before is None else (int(take(before[0], reduced)), before[1] + count)
            )

    def over(self, end: int) -> list[tuple[int, list[Part]]]:
        """The windows before `end` that were not given yet, in order, of which every input has something."""
        common = set.intersection(*(parts.keys() & self.inputs[0].keys() for parts in self.inputs))
        since, self.told = self.told, max(self.told, end)
        return [(key, [parts[key] for parts in self.inputs]) for key in sorted(common) if since <= key < end]

    def forget(self, end: int, back: Sequence[int]) -> None:
        """Drop the windows before `end`, of each input but for so many that are looked back on; they stand in order."""
        for parts, kept in zip(self.inputs, back, strict=True):
            for key in list(takewhile((end - kept).__gt__, parts)):
                del parts[key]
            for key in list(islice(parts, max(len(parts) - 2 * MOST, 0))):
                del parts[key]


def _each(take: np.ufunc, window: I64, steps: I64) -> Iterator[tuple[int, int, int]]:
    """Number, steps taken together and readings of each window."""
    if window.size == 1:  # live, it mostly is
        yield int(window[0]), int(steps[0]), 1
        return
    first = np.flatnonzero(np.concatenate(([True], window[1:] != window[:-1])))
    counts = np.diff(first, append=window.size)
    yield from zip(window[first].tolist(), take.reduceat(steps, first).tolist(), counts.tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class WindowDerivation(ABC):
    """A derivation whose values follow from windows; a kind says what follows from one.

    Attributes:
        over: length of a window, ns.
        needs: of each input, so many readings make a window count: half of those expected.
        settle: so long after coming into a state nothing counts, ns.
    """

    over: int
    needs: tuple[int, ...]
    settle: int
    reduce: ClassVar[tuple[str, ...]] = ()  # by input; the sum where it says nothing
    back: ClassVar[tuple[int, ...]] = ()  # by input, windows looked back on; none where it says nothing

    def fresh(self) -> Windows:
        """Nothing heard yet."""
        return Windows([{} for _ in self.needs])

    def take(self, memory: Windows, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """See `Derivation`."""
        for place, taken in enumerate(inputs):
            memory.add(place, taken.time // self.over, taken.step, self._reduced(place))
        end = until // self.over
        changes = spans.changes(self.settle)
        over = memory.over(end)
        ready = [
            (window, parts)
            for (window, parts), whole in zip(over, self._whole(over, changes), strict=True)
            if whole and all(part[1] >= need for part, need in zip(parts, self.needs, strict=True))
        ]
        found = self.values(memory, ready)
        memory.forget(end, [self.back[place] if self.back else 0 for place in range(len(inputs))])
        times = np.array([(window + 1) * self.over for window, _ in found], np.int64)
        return times - np.isin(times, changes), np.array([value for _, value in found], np.int64)

    def came_to(self, memory: Windows, begin: int, end: int) -> CameTo | None:  # noqa: ARG002
        """Nothing is known but the value."""
        return None

    @abstractmethod
    def values(self, memory: Windows, ready: Sequence[tuple[int, Sequence[Part]]]) -> list[tuple[int, int]]:
        """Of windows that count, their number and the value that follows, in whole steps judged; not of all, perhaps."""

    def _reduced(self, place: int) -> str:
        return self.reduce[place] if self.reduce else "sum"

    def _whole(self, over: Sequence[tuple[int, list[Part]]], changes: I64) -> list[bool]:
        """Of each window, whether it lies whole in one state of the line."""
        if not changes.size:
            return [True] * len(over)
        begins = np.array([window for window, _ in over], np.int64) * self.over
        low = np.searchsorted(changes, begins, "right")
        whole: list[bool] = (low == np.searchsorted(changes, begins + self.over, "left")).tolist()
        return whole


@dataclass(frozen=True, slots=True)
class Means(WindowDerivation):
    """What follows from the means of windows: exact fractions of whole steps, rounded once, half to even.

    Attributes:
        multiples: the steps of each input in common steps, of which values are thousandths.
        spread: the greatest mean less the least; otherwise the first less the second.
    """

    multiples: tuple[int, ...]
    spread: bool

    def values(self, memory: Windows, ready: Sequence[tuple[int, Sequence[Part]]]) -> list[tuple[int, int]]:  # noqa: ARG002
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
