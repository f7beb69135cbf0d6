"""What people did about a case, as the deviation report says it."""

from __future__ import annotations

from dashboards.reports.deviation import (
    Answers,
    Done,
    LotFact,
    PlanStep,
    Quantities,
    Review,
    Signature,
    Told,
)
from dashboards.views.cases import ActView, CaseView
from readings.times import format_duration, format_time
from rules.control_point import Ccp, Oprp

_NOT_ENTERED = ("case", "who", "name", "role", "signature")


def lots_of(case: CaseView) -> list[LotFact] | None:
    """Every lot held with what becomes of it; None before containment."""
    if not any(each.action == "contain" for each in case.acts):
        return None
    decided = {str(each.body["lot"]): each for each in case.acts if each.action == "dispose"}
    found = []
    for lot, disposition in case.case.lots.items():
        act = decided.get(lot)
        found.append(
            LotFact(
                lot=lot,
                disposition=disposition or None,
                evaluation=str(act.body["evaluation"]) if act is not None else None,
                name=act.name if act is not None else None,
                role=act.role if act is not None else None,
                at=format_time(act.at) if act is not None else None,
            )
        )
    return found


def quantities_of(case: CaseView) -> Quantities:
    """Of the product concerned, as entered last."""
    said: dict[str, str | None] = dict.fromkeys(("made", "held", "shipped"))
    for each in case.acts:
        if each.action in ("contain", "correct"):
            said |= {name: str(each.body[name]) for name in said if each.body.get(name)}
    return Quantities(**said)


def answers_of(case: CaseView) -> Answers:
    """What was entered about cause and remedy."""
    said: dict[str, str | None] = dict.fromkeys(Answers.model_fields)
    asked = {
        "contain": ("correction",),
        "correct": ("cause", "control", "recurrence", "product"),
        "close": ("verification", "separation"),
        "void": ("reason",),
    }
    for each in case.acts:
        for name in asked.get(each.action, ()):
            if each.body.get(name):
                said["void" if name == "reason" else name] = str(each.body[name])
    return Answers(**said)


def plan_steps_of(point: Ccp | Oprp) -> list[PlanStep]:
    """What the plan asks for at this control point."""
    asked = point.on_deviation if isinstance(point, Ccp) else point.on_breach
    return [
        PlanStep(do=step.do, by=step.by, within=format_duration(step.within) if step.within else None)
        for step in (asked.steps if asked is not None else ())
    ]


def done_of(act: ActView) -> Done:
    """One thing done with the case."""
    entered = {key: value for key, value in act.body.items() if key not in _NOT_ENTERED}
    return Done(
        record=act.seq,
        at=format_time(act.at),
        action=act.action,
        name=act.name,
        role=act.role,
        entered={key: value if isinstance(value, list) else str(value) for key, value in entered.items()},
    )


def signature_of(act: ActView) -> Signature:
    """The signature under an act."""
    mark = act.body["signature"]
    names = ("name", "role", "meaning", "at", "sha256")
    return Signature(record=act.seq, **{name: str(mark[name]) for name in names})


def notices_of(case: CaseView) -> list[Told]:
    """The notices sent about the case."""
    return [
        Told(
            at=format_time(each["at"]),
            to=str(each.get("to", "")),
            channel=str(each.get("channel", "")),
            delivered=bool(each.get("delivered")),
        )
        for each in case.notices
    ]


def reviews_of(case: CaseView) -> list[Review]:
    """Opinions of an authority that somebody recorded in a note."""
    return [
        Review(
            by=each.body["review_by"],
            text=each.body["text"],
            at=format_time(each.at),
            recorded_by=each.name,
        )
        for each in case.acts
        if each.action == "note" and each.body.get("review_by")
    ]
