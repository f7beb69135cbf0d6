"""What belongs to a control point beside its limits: hazards, monitoring, silence, what is done, verification, records."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.reports.words import HAZARDS
from dashboards.worksheet.teller import Teller
from dashboards.worksheet.transit import transit_sentence
from readings.times import MINUTE
from rules.control_point import Ccp, OnDeviation, Oprp, Step
from rules.limit import Limit
from rules.plan import limits_of
from rules.verification import Verification

_PATIENCE = 5 * MINUTE  # from the verdict to the case, where a plan says nothing (rules.program)
_SILENCE = ("gap", "verdict", "notice", "case", "bridge", "by_hand")
_BRIDGED = "A silence{sensors} of up to {time} is bridged, and that is said: {why}."
_BRIDGES = {
    "slew": (
        "A silence{sensors} of up to {time} is bridged, and that is said, where the greatest slew could not have reached the"
        " limit."
    ),
    "others good": (
        "A silence{sensors} of up to {time} is bridged, and that is said, where every other point stayed good."
    ),
    "slew and others good": (
        "A silence{sensors} of up to {time} is bridged, and that is said, where the greatest slew could not have reached the"
        " limit and every other point stayed good."
    ),
}
_TOLD = (
    *(
        "id",
        "name",
        "step",
        "hazards",
        "critical",
        "supporting",
        "operating",
        "instruments",
        "criteria",
        "monitoring",
    ),
    *("silence", "one_case_for", "on_deviation", "on_breach", "transit"),
)


def limits_at(teller: Teller, point: Ccp | Oprp) -> list[tuple[str, Limit]]:
    """The limits of a control point with their ranks."""
    return [(rank, limit) for of, rank, limit in limits_of(teller.plan) if of is point]


def hazards(teller: Teller, point: Ccp | Oprp) -> str:
    """Kind and what it is."""
    colon = "：" if teller.speech.tongue == "zh" else ": "
    return "\n".join(
        f"{teller.say(HAZARDS[sort]) if sort in HAZARDS else teller.phrase(sort)}{colon}{teller.phrase(what)}"
        for hazard in point.hazards
        for sort, what in hazard.items()
    )


def monitoring(teller: Teller, point: Ccp | Oprp) -> tuple[str, str, str, str]:
    """What, how, how often, who; a dash where the plan says nothing."""
    said = point.monitoring
    if said is None:
        return "–", "–", "–", "–"
    every = teller.duration(said.every) if isinstance(said.every, int) else teller.phrase(said.every)
    who = teller.phrase(said.by)
    if said.evaluated_by is not None:
        who = f"{who}\n{teller.say('evaluated by {who}', who=teller.phrase(said.evaluated_by))}"
    name = teller.speech.name
    return name(said.what), name(said.how), teller.say("every {time}", time=every), who


def silence(teller: Teller, point: Ccp | Oprp) -> list[str]:
    """The four times of a silence, those that follow from others written out, and whatever else the plan says of it."""
    said, say = point.silence, teller.say
    sensors = [
        (name, each) for name in watched(teller, point) if (each := teller.plan.sensors.get(name)) is not None
    ]
    if said.verdict is not None:
        verdict = teller.duration(said.verdict.after)
        case = teller.duration(said.case.after if said.case is not None else said.verdict.after + _PATIENCE)
    else:
        verdict = teller.listed(
            say("{time} ({sensor})", time=teller.duration(each.silence), sensor=teller.sensor(name))
            for name, each in sensors
            if each.silence
        )
        case = teller.duration(said.case.after) if said.case is not None else ""
    if not any(each.silence for _, each in sensors) and said.verdict is None:
        told = [
            say("It rests on values entered by hand alone; when each is due stands with them."),
            say("A value that was not entered in time is never taken as holding."),
            *(f"{each}{say('.')}" for each in teller.rest(point, _TOLD)),
        ]
        return told + teller.accepted(point.accepts)
    told = [
        say("Silence is counted from the last usable reading. The gap is recorded at once."),
        say(
            "After {time} nothing can be said any more: indeterminate, never taken as holding.", time=verdict
        ),
        say("People hear of it after {time}.", time=teller.duration(said.notice.after))
        if said.notice is not None
        else say("People hear of it at the same time."),
        say("After {time} it is a monitoring loss, held like a deviation.", time=case)
        if case
        else say(
            "{time} later it is a monitoring loss, held like a deviation.", time=teller.duration(_PATIENCE)
        ),
    ]
    if said.bridge is not None:
        bridged = [teller.sensor(name) for name in said.bridge.for_]
        told.append(
            say(
                _BRIDGES.get(said.bridge.if_, _BRIDGED),
                time=teller.duration(said.bridge.up_to),
                why=teller.phrase(said.bridge.if_),
                sensors=say(" of {sensors}", sensors=teller.listed(bridged)) if bridged else "",
            )
        )
    if said.by_hand is not None:
        form = "Meanwhile {value}, entered by hand, is judged instead, every {time}: ok by hand."
        every = said.by_hand.every or teller.plan.by_hand[said.by_hand.of].every
        value = teller.sensor(said.by_hand.of)
        told.append(say(form, value=value, time=teller.duration(every) if every is not None else "–"))
    told += [f"{each}{say('.')}" for each in teller.rest(said, _SILENCE)]
    told += [f"{each}{say('.')}" for each in teller.rest(point, _TOLD)]
    return told + teller.accepted(point.accepts)


def actions(teller: Teller, point: Ccp | Oprp) -> list[str]:
    """What is done when a limit did not hold, step by step."""
    asked: OnDeviation | None = point.on_deviation if isinstance(point, Ccp) else point.on_breach
    told = [transit_sentence(teller, point.transit)] if point.transit is not None else []
    if asked is None:
        return told
    if asked.affected is not None:
        told.append(teller.say("Affected product: {product}.", product=teller.phrase(asked.affected)))
    return told + [f"{number}. {_step(teller, each)}" for number, each in enumerate(asked.steps, 1)]


def _step(teller: Teller, step: Step) -> str:
    say, parts = teller.say, []
    if step.by is not None:
        parts.append(teller.phrase(step.by))
    if step.within is not None:
        parts.append(say("within {time}", time=teller.duration(step.within)))
    if step.when is not None:
        parts.append(say("when {condition}", condition=teller.phrase(step.when)))
    if step.one_of:
        choices = teller.listed(teller.phrase(each) for each in step.one_of)
        parts.append(choices if step.do == "one of" else say("one of: {choices}", choices=choices))
    if step.samples is not None:
        parts.append(say("{count} samples", count=step.samples))
    for form, bound in (("at most {value}", step.at_most), ("at least {value}", step.at_least)):
        if bound is not None:
            parts.append(say(form, value=teller.quantity(bound)))
    if step.attach:
        parts.append(say("with: {papers}", papers=teller.listed(teller.phrase(each) for each in step.attach)))
    if step.signed_by:
        parts.append(
            say("signed by {roles}", roles=teller.listed(teller.phrase(each) for each in step.signed_by))
        )
    said = teller.phrase(step.do)
    return say("{what} ({how})", what=said, how=teller.clauses(parts)) if parts else said


def watched(teller: Teller, point: Ccp | Oprp) -> list[str]:
    """The sensors that a point's limits look at, each once, in order."""
    found: dict[str, None] = {}
    for _, limit in limits_at(teller, point):
        others = limit.derived.others if limit.derived is not None else ()
        found |= dict.fromkeys((limit.of, *others, *(name for name, _ in limit.beside)))
    return list(found)


def checks_of(teller: Teller, point: Ccp | Oprp) -> list[Verification]:
    """The verification that is about a sensor of this point, or about no sensor in particular."""
    names = set(watched(teller, point))
    return [check for check in teller.plan.verification if not check.of or names & set(check.of)]


def check_words(teller: Teller, check: Verification) -> str:
    """One verification in a line."""
    said = check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for key in ("id", "what", "basis"):
        said.pop(key, None)
    of = said.pop("of", [])
    head = teller.phrase(check.what)
    if of:
        head = teller.say(
            "{what} of {sensors}", what=head, sensors=teller.listed(teller.sensor(each) for each in of)
        )
    return teller.clauses([head, *teller.pairs(said)])


def records(teller: Teller, point: Ccp | Oprp, checks: Sequence[Verification]) -> str:
    """What is written down, and where."""
    sensors = teller.listed(teller.sensor(name) for name in watched(teller, point))
    told = [
        teller.say("archive: readings of {sensors}", sensors=sensors),
        teller.say("ledger: verdicts, deviations, monitoring losses, cases with their signatures, notices"),
    ]
    if checks:
        names = dict.fromkeys(teller.phrase(check.what) for check in checks)
        told.append(teller.say("kept by hand: {papers}", papers=teller.listed(names)))
    return "\n".join(told)
