"""The line itself made ready: how it can be shown to make nothing, and the units of which its starts are told."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from readings.inputs import Series
from readings.times import NEVER
from rules.limit_unit import LimitUnit, Signal
from rules.nights import Nights
from rules.terms import Terms
from rules.timeline import Verdict

if TYPE_CHECKING:
    from rules.plan import Plan

SIGNED = "\0production"  # a series that no device gives: what people sign
STATE_OF_LINE = ("line", "state")  # in place of the CCP and of the limit, where the line itself is meant


def nights_of(plan: Plan, add: Callable[[Signal], int]) -> Nights | None:
    """How a silent line can be shown to make nothing; None where the plan says nothing of it.

    Args:
        plan: what it says.
        add: gives a signal its place.
    """
    line, produced = plan.line, plan.line.produced
    if produced is None and line.calendar is None:
        return None
    counter = signed = -1
    pause = silent = 0
    step = plan.sensors[produced.from_].step if produced is not None else Fraction(1)
    if produced is not None:
        sensor = plan.sensors[produced.from_]
        (points,) = sensor.point_names().values()
        pause, silent = produced.contradicted_after, sensor.silence
        series = Series(plan.line_id, produced.from_, points[0])
        counter = add(Signal(series, "", silent, {}, sensor.step, pause))
    if line.calendar is not None:
        signed = add(Signal(Series(plan.line_id, SIGNED), "", 0, {}, by_people=True))
    return Nights(
        shifts=line.calendar.in_zone(plan.site.timezone) if line.calendar is not None else None,
        stopped=line.calendar is not None and line.calendar.ends == "stopped",
        signed=signed,
        counter=counter,
        counts=produced.from_ if produced is not None else "",
        step=step,
        silent=silent,
        pause=pause,
        producing=line.judged,
        window=plan.reorder,
    )


def line_units(plan: Plan, state: Callable[[str], int]) -> tuple[LimitUnit, ...]:
    """A unit for each state that the line has: one, or one a zone. They judge nothing; they are told of.

    Args:
        plan: what it says.
        state: gives the signal of the state in a zone.
    """
    line = plan.line
    if line.state is None or not line.judged:
        return ()
    zoned = bool(plan.sensors[line.state.from_].zones)
    return tuple(_unit(plan, zone, state(zone)) for zone in (line.zones if zoned else [""]))


def _unit(plan: Plan, zone: str, gate: int) -> LimitUnit:
    line = plan.line
    ccp, limit = STATE_OF_LINE
    return LimitUnit(
        line=plan.line_id,
        ccp=ccp,
        limit=limit,
        unit=zone or plan.line_id,
        zone=zone,
        kind="state",
        method="state/1",
        rank="instrument",
        sensor=line.state.from_ if line.state is not None else "",
        tracks=(),
        terms=Terms(0, 0, 1, Verdict.INDETERMINATE, ""),
        lost_after=NEVER,
        upward=True,
        middle=0.0,
        exceptions=(),
        gate=gate,
        judged=line.judged,
        settle=line.settle,
        group="line:state",
        window=plan.reorder,
        seen=0,
        idles=line.produced is not None or line.calendar is not None,
    )
