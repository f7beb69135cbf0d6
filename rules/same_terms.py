"""Whether two versions of a plan judge a limit unit by the same."""

from __future__ import annotations

from typing import Any

from rules.limit_unit import LimitUnit
from rules.plan import limits_of
from rules.program import Program

_SAYS_NOTHING = {"name", "basis", "factors", "transit"}  # of a limit, about how it is judged
_OF_SILENCE = {"gap", "notice", "case"}  # likewise of what follows silence
_OF_LINE = {"produced", "calendar"}  # how it can be shown to make nothing
_OF_SENSOR = {"name", "role", "uploads_every", "backfill_up_to"}  # likewise of a sensor


def same_terms(old: Program, number: int, new: Program, other: int) -> bool:
    """Whether nothing that the limit unit is judged by has changed: bounds, times, sensors, states, exceptions.

    How long silence may last until it is a case is no part of it.

    Args:
        old: a version.
        number: of the limit unit in it.
        new: another version.
        other: of the same limit unit in that.
    """
    return _terms(old, number) == _terms(new, other)


def _terms(program: Program, number: int) -> tuple[Any, ...]:
    limit, plan = program.limits[number], program.plan
    point, model = next(
        (point, each)
        for point, rank, each in limits_of(plan)
        if (point.id, rank, each.id) == (limit.ccp, limit.rank, limit.limit)
    )
    heard = [program.tracks[track] for track in (*limit.tracks, *limit.sources)]
    signals = [program.signals[signal] for signal in _signals(limit)]
    series = [each.series for each in heard] + [each.series for each in signals]
    names = sorted({each.sensor for each in series})
    return (
        limit.rank,
        limit.method,
        limit.terms,
        limit.judged,
        limit.settle,
        [(each.judges, each.rests) for each in limit.conditions],
        limit.warms,
        [(each.series, each.silent, each.usable, each.still, each.shifts, each.grace) for each in heard],
        [(each.series, each.zone, each.silent, each.codes) for each in signals],
        plan.line.model_dump(mode="json", include=_OF_LINE),
        point.silence.model_dump(mode="json", exclude=_OF_SILENCE),
        model.model_dump(mode="json", by_alias=True, exclude=_SAYS_NOTHING),
        [plan.sensors[name].model_dump(mode="json", exclude=_OF_SENSOR) for name in names],
    )


def _signals(limit: LimitUnit) -> list[int]:
    return [*limit.gating, *(granted.signal for granted in limit.exceptions)]
