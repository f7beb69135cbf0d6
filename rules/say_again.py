"""Saying again, from a moment on, what holds of the limits that rest on a series: its instrument was calibrated."""

from __future__ import annotations

from readings.inputs import Series
from rules.limit_unit import LimitUnit
from rules.memory import EngineState
from rules.program import Program


def resting_on(program: Program, series: Series) -> list[int]:
    """The limit units that are judged by readings of a series, by number; critical ones first."""
    found = [
        number
        for number, limit in enumerate(program.limits)
        if any(program.tracks[track].series == series for track in (*limit.tracks, *limit.sources))
    ]
    return sorted(found, key=lambda number: program.limits[number].rank != "critical")


def say_again(program: Program, state: EngineState, series: Series, at: int) -> list[LimitUnit]:
    """From `at` on each limit unit that rests on a series begins a span of its own; a batch under way is one span.

    Args:
        program: the plan made ready.
        state: is changed.
        series: whose instrument was calibrated.
        at: behind everything that was heard, ns.

    Returns:
        The limit units.
    """
    numbers = resting_on(program, series)
    for number in numbers:
        for side in (state.head, *([state.tail] if state.tail is not None else [])):
            side.limits[number].seams.append(at)
        state.seams[number] = at
        state.due[number] = min(int(state.due[number]), at - 1)
    return [program.limits[number] for number in numbers]
