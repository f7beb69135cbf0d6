"""The problem list (问题清单): the cases that are open, and those closed lately; what comes next, by whom, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.views.cases import CaseView
from readings.times import DAY, MINUTE
from rules.cases import TRANSITIONS, Stage
from rules.control_point import OnDeviation, Step
from rules.plan import Plan

RECENT = 7 * DAY
NEXT = {
    Stage.OPEN: "acknowledge",
    Stage.ACKNOWLEDGED: "contain",
    Stage.CONTAINED: "correct",
    Stage.CORRECTED: "close",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the plan's `on_deviation`, with the time until which it is to be done.

    Attributes:
        step: as in the plan.
        due: ns UTC; None where the plan gives no time.
    """

    step: Step
    due: int | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A case on the list.

    Attributes:
        view: the case with its history.
        plan: that it was judged by; None where it cannot be read.
        next: what people do next: an action of `rules.cases`, or `dispose` while lots wait; empty once it is over.
        roles: who may.
        steps: of the plan.
        due: the next time of the plan that is still to come, or the last that is past; None where it gives none.
    """

    view: CaseView
    plan: Plan | None
    next: str
    roles: tuple[str, ...]
    steps: tuple[StepView, ...]
    due: int | None

    @property
    def over(self) -> bool:
        """Whether it is closed or void."""
        return self.view.case.over


def problem(view: CaseView, plan: Plan | None, *, now: int) -> Problem:
    """A case as it stands on the list.

    Args:
        view: the case.
        plan: that it was judged by.
        now: ns UTC.
    """
    steps = steps_of(view, plan)
    following = next_action(view)
    roles = TRANSITIONS[following].roles if following else ()
    times = sorted(step.due for step in steps if step.due is not None)
    to_come = [due for due in times if due > now]
    due = to_come[0] if to_come else (times[-1] if times else None)
    return Problem(view, plan, following, roles, steps, None if view.case.over else due)


def problems(cases: dict[str, CaseView], plans: dict[str, Plan | None], *, now: int) -> list[Problem]:
    """Open cases, active ones first and the oldest before the newer; then those closed in the last days.

    Args:
        cases: all of them, by id.
        plans: by hash.
        now: ns UTC.
    """
    shown = [view for view in cases.values() if view.closed_at is None or now - view.closed_at < RECENT]
    shown.sort(key=lambda view: (view.case.over, view.case.returned, _age(view)))
    return [problem(view, plans.get(view.plan), now=now) for view in shown]


def together(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Cases that look like one event, in one list: of one line and of the same kinds, begun within a minute of the first.

    Each stays a case of its own; where they stand in the order is where the first of them does.
    """
    found: list[list[Problem]] = []
    for each in problems:
        case = each.view.case
        for group in found:
            first = group[0].view.case
            alike = (first.line, first.kinds, first.returned) == (case.line, case.kinds, case.returned)
            if alike and abs(first.opened - case.opened) <= MINUTE:
                group.append(each)
                break
        else:
            found.append([each])
    return found


def next_action(view: CaseView) -> str:
    """What people do next with a case; empty once it is over."""
    case = view.case
    if case.stage in (Stage.CONTAINED, Stage.CORRECTED) and case.unheld:
        return "contain"  # lots that came into it since
    if case.stage == Stage.CORRECTED and any(not decided for decided in case.lots.values()):
        return "dispose"
    return NEXT.get(case.stage, "")


def steps_of(view: CaseView, plan: Plan | None) -> tuple[StepView, ...]:
    """The steps of the plan for this case, each with its time, counted from when the case became known."""
    asked = on_deviation(view, plan)
    if asked is None:
        return ()
    return tuple(
        StepView(step, None if step.within is None else view.opened_at + step.within) for step in asked.steps
    )


def on_deviation(view: CaseView, plan: Plan | None) -> OnDeviation | None:
    """What the plan says is done about this case."""
    if plan is None:
        return None
    for ccp in plan.ccps:
        if ccp.id == view.case.ccp:
            return ccp.on_deviation
    for oprp in plan.oprps:
        if oprp.id == view.case.ccp:
            return oprp.on_breach
    return None


def _age(view: CaseView) -> int:
    return -view.closed_at if view.closed_at is not None else view.opened_at
