"""The line's state, where a report is about it in place of a limit: it was contradicted by the line's counter."""

from __future__ import annotations

from rules.control_point import Ccp, OnDeviation
from rules.limit import Limit
from rules.line_unit import STATE_OF_LINE
from rules.plan import Plan

NAME = {
    "en": "the line's state, which its counter contradicts",
    "zh": "生产线状态（与计数器矛盾）",
}
LINE = {"en": "the line itself", "zh": "生产线本身"}


def is_of_line(ccp: str, limit: str) -> bool:
    """Whether these stand for the line itself."""
    return (ccp, limit) == STATE_OF_LINE


def state_as_limit(plan: Plan) -> tuple[Ccp, str, Limit]:
    """What stands in for the control point, its rank, and the limit."""
    ccp, limit = STATE_OF_LINE
    counter = plan.line.produced.from_ if plan.line.produced is not None else ""
    point = Ccp.model_construct(id=ccp, name=LINE, critical=[], on_deviation=_steps(plan))
    return point, "instrument", Limit(id=limit, kind="state", name=NAME, of=counter)


def _steps(plan: Plan) -> OnDeviation | None:
    """What the plan asks for at its control points, where all of them ask for the same."""
    asked = [ccp.on_deviation for ccp in plan.ccps]
    return asked[0] if asked and all(each == asked[0] for each in asked) else None
