"""What is judged on windows of time: how two instruments agree, how far points lie apart, how long water is in contact.

Time is cut into windows of the same length, counted from 1970. A window that lies whole in one line state, in which every
input has spoken often enough, and behind which every input has spoken again, gives one value, at the window's end. The
means are exact fractions of whole steps; the value is rounded once, half to even, to a thousandth of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec
import numpy as np

from readings.block import F64, I64
from rules.contact import Passed, credited
from rules.evidence import Heard, Index, TrackColumns
from rules.limit import How
from rules.limit_unit import LimitUnit, Means
from rules.program import Program
from rules.signals import Gate, SignalState, gates_of

_MOST = 2000  # windows that wait for an input which is silent, or are looked back on
_TAKE = {"sum": np.add, "least": np.minimum, "greatest": np.maximum}
_OF: dict[How, tuple[str, ...]] = {"contact": ("least", "greatest")}  # else sums


class Sums(msgspec.Struct):
    """The windows of a limit unit that may still count: for each input, by number of the window, (steps, readings).

    Steps are their sum, or where a contact is judged the least or the greatest.
    """

    inputs: list[dict[int, tuple[int, int]]]

    @classmethod
    def of(cls, means: Means) -> Sums:
        """Nothing heard yet."""
        return cls([{} for _ in means.inputs])

    def twin(self) -> Sums:
        """An independent copy."""
        return Sums([dict(sums) for sums in self.inputs])

    def add(self, number: int, window: I64, steps: I64, how: str) -> None:
        """Take readings of an input, in order of time."""
        take = _TAKE[how]
        if not window.size:
            return
        first = np.flatnonzero(np.r_[True, window[1:] != window[:-1]])
        counts = np.diff(np.r_[first, window.size])
        sums = self.inputs[number]
        for key, reduced, count in zip(
            window[first].tolist(), take.reduceat(steps, first).tolist(), counts.tolist(), strict=True
        ):
            before = sums.get(key)
            sums[key] = (
                (reduced, count) if before is None else (int(take(before[0], reduced)), before[1] + count)
            )

    def over(self, end: int) -> list[tuple[int, list[tuple[int, int]]]]:
        """The windows before `end`, in order, of which every input has something."""
        common = set(self.inputs[0]).intersection(*self.inputs[1:])
        return [(key, [sums[key] for sums in self.inputs]) for key in sorted(common) if key < end]

    def forget(self, end: int, *, looks_back: bool) -> None:
        """Drop the windows before `end`, but for those of the second input that are looked back on."""
        for number, sums in enumerate(self.inputs):
            first = end - _MOST if looks_back and number == 1 else end
            for key in [key for key in sums if key < first]:
                del sums[key]
            for key in list(sums)[: -2 * _MOST]:
                del sums[key]


def means_of(
    program: Program, signals: list[SignalState], tracks: TrackColumns, sums: dict[int, Sums], heard: Heard
) -> Heard:
    """Take what inputs say out of what is heard, and put in what follows from it.

    Args:
        program: the plan made ready.
        signals: for the line's states.
        tracks: the inputs' last times are changed.
        sums: by number of the limit unit; are changed.
        heard: usable readings by track and time.
    """
    feeds = program.feeds_means[heard.track]
    if not feeds.any():
        return heard
    mine, rest = np.flatnonzero(feeds), np.flatnonzero(~feeds)
    found: list[tuple[int, list[int], list[float]]] = []
    for number in np.unique(program.limit_of[heard.track[mine]]).tolist():
        limit = program.limits[number]
        assert limit.means is not None
        for place, track in enumerate(limit.means.inputs):
            low, high = np.searchsorted(heard.track, [track, track + 1], "left")
            _add(program, limit.means, sums[number], place, heard, int(low), int(high))
            if high > low:
                tracks.last[track] = max(tracks.last[track], heard.time[high - 1])
        until = min(int(tracks.last[track]) for track in limit.means.inputs)
        found.append((limit.tracks[0], *_values(program, signals, limit, sums[number], until)))
    track = np.concatenate([heard.track[rest], *(np.full(len(times), which) for which, times, _ in found)])
    time = np.concatenate([heard.time[rest], *(np.array(times, np.int64) for _, times, _ in found)])
    value = np.concatenate([heard.value[rest], *(np.array(values, np.float64) for *_, values in found)])
    raw = np.concatenate([heard.raw[rest], np.full(value.size - rest.size, np.nan)])
    order: Index = np.lexsort((time, track))
    value = value[order]
    return Heard(
        track[order].astype(np.intp),
        time[order],
        value,
        raw[order],
        value,
        value,
        heard.bad_track,
        heard.bad_time,
        heard.bad_reason,
    )


def _add(  # noqa: PLR0913 - a slice of what is heard
    program: Program, means: Means, sums: Sums, place: int, heard: Heard, low: int, high: int
) -> None:
    """Of one time and value a reading counts once, however often it is said."""
    time, value = heard.time[low:high], heard.value[low:high]
    if (np.diff(time) == 0).any():
        order = np.lexsort((value, time))
        time, value = time[order], value[order]
        new = np.r_[True, (np.diff(time) != 0) | (np.diff(value) != 0)]
        time, value = time[new], value[new]
    steps = _steps(program, means.inputs[place], value) * means.multiples[place]
    how = _OF[means.how][place] if means.how in _OF else "sum"
    sums.add(place, time // means.over, steps, how)


def _steps(program: Program, track: int, value: F64) -> I64:
    """The nearest whole steps of the sensor's resolution."""
    step = program.steps[track]
    return np.rint(value * float(step.denominator) / float(step.numerator)).astype(np.int64)


def _values(
    program: Program, signals: list[SignalState], limit: LimitUnit, sums: Sums, until: int
) -> tuple[list[int], list[float]]:
    """Times and values of the windows that are over."""
    means = limit.means
    assert means is not None
    passes = _changes(means, gates_of(program, signals, limit, until))
    times: list[int] = []
    values: list[float] = []
    end_of_all = until // means.over
    ready = sums.over(end_of_all)
    passed = Passed(sums.inputs[1], means.needs[1]) if ready and means.contact is not None else None
    for window, parts in ready:
        start, end = window * means.over, (window + 1) * means.over
        whole = np.searchsorted(passes, start, "left") == np.searchsorted(passes, end, "left")
        if not whole or any(count < need for (_, count), need in zip(parts, means.needs, strict=True)):
            continue
        value = _value(means, passed, window, parts)
        if value is not None:
            times.append(end)
            values.append(float(value * means.step))
    sums.forget(end_of_all, looks_back=means.contact is not None)
    return times, values


def _changes(means: Means, gates: Sequence[Gate]) -> I64:
    """When the line's state changes, or has settled; not when the first whole window is over."""
    times = set()
    for number, gate in enumerate(gates):
        if gate.state != "judged" or not number or gates[number - 1].state != "starting":
            times.add(gate.time)
        if gate.state == "starting":
            times.add(gate.time + means.settle)
    return np.array(sorted(times), np.int64)


def _value(means: Means, passed: Passed | None, window: int, parts: Sequence[tuple[int, int]]) -> int | None:
    """In the steps it is judged in; None where nothing can be said."""
    if means.contact is not None and passed is not None:
        return credited(means.contact, passed, window, parts[0][0], means.over)
    each = [Fraction(1000 * total, count) for total, count in parts]
    return round(each[0] - each[1] if means.how == "difference" else max(each) - min(each))
