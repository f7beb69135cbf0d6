"""The forms of a case: what the person who is signed in may do next, asked with as little typing as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from dashboards.pages.entered import new_key
from dashboards.pages.words import Words
from dashboards.views.problems import Problem
from rules.cases import APART, NEXT_DAY, TRANSITIONS

TITLES = {
    "acknowledge": "Acknowledge: I have seen it and take it on",
    "contain": "Contain: hold the product",
    "correct": "Correct: cause and what was done",
    "dispose": "Decide what becomes of a lot",
    "note": "Add a note",
    "close": "Verify and close",
    "void": "Void: this was no case",
}
SHORT = {
    "acknowledge": "acknowledge",
    "contain": "contain",
    "correct": "correct",
    "dispose": "disposition of the lots",
    "note": "note",
    "close": "verify and close",
    "void": "void",
}
DONE = {
    "acknowledge": "Acknowledged",
    "contain": "Contained",
    "correct": "Corrected",
    "dispose": "Disposition of a lot",
    "note": "Note",
    "close": "Verified and closed",
    "void": "Voided",
    "refused": "Refused",
    "notice": "Notice",
}
BUTTONS = {
    "acknowledge": "Acknowledge",
    "contain": "The product is held",
    "correct": "Record the correction",
    "dispose": "Sign the disposition",
    "note": "Add the note",
    "close": "Sign and close",
    "void": "Sign and void",
}
HINTS = {
    "contain": "Which lots are held, and what was done to the product at once.",
    "correct": "Four answers: the cause, that it is under control again, that it does not come back, what of the product.",
    "close": "Somebody who has not acted in this case looks at the records and the place, and signs.",
    "void": "For a case that was entered by mistake. It stays in the record.",
}
LABELS = {
    "text": "Note",
    "lots": "Lots held",
    "correction": "What was done to the product (correction)",
    "made": "Quantity made",
    "held": "Quantity held",
    "shipped": "Quantity shipped already",
    "cause": "Cause",
    "control": "Under control again: how",
    "recurrence": "So that it does not come back",
    "product": "What of the product",
    "lot": "Lot",
    "disposition": "What becomes of it",
    "evaluation": "On what evaluation",
    "review_by": "Whose opinion it is",
    "verification": "What was verified",
    "separation": "I am alone here: I verify my own case on the next day, and the record says so",
    "reason": "Why it was no case",
    "action": "Step",
}
PHRASES: dict[str, tuple[str, ...]] = {
    "correction": (
        "product set aside and labelled",
        "line stopped or diverted",
        "goods moved to another room",
        "measured by hand meanwhile",
    ),
    "cause": (
        "equipment failed",
        "wrong operation or setting",
        "power, water or air failed",
        "sensor, cable or network failed",
        "door open too long",
    ),
    "control": (
        "repaired, readings are steady again",
        "setting corrected and checked",
        "sensor replaced and compared",
    ),
    "recurrence": (
        "maintenance interval shortened",
        "people instructed",
        "warning set earlier",
        "part replaced",
    ),
    "product": (
        "all of it is still in the house",
        "none was made meanwhile",
        "part of it was shipped: see the note",
    ),
    "evaluation": (
        "measured, within the limit",
        "laboratory result within the limit",
        "assessed by the process authority",
    ),
    "verification": (
        "readings, records and actions agree",
        "corrective action seen in place",
        "lots and labels checked",
    ),
    "reason": ("exercise or test", "entered twice"),
}
DISPOSITIONS = ("release", "rework", "destroy")
_LINES = ("made", "held", "shipped", "review_by")


@dataclass(frozen=True, slots=True)
class Choice:
    """A box or button: what is recorded, what stands beside it."""

    value: str
    label: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; `sort` is text, line, lots, choice or check."""

    name: str
    label: str
    sort: str
    needed: bool = True
    value: str = ""
    choices: tuple[Choice, ...] = ()
    none: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form, or why there is none now (`blocked`); `main` is what comes next."""

    action: str
    title: str
    button: str
    hint: str
    fields: tuple[Field, ...]
    main: bool
    signed: bool
    blocked: str = ""
    wrong: str = ""
    once: str = field(default_factory=new_key)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who looks at the forms, and what they sent in vain.

    Attributes:
        who: id of the person.
        roles: theirs.
        now: ns UTC.
        tried: the action that was not taken; empty for none.
        wrong: why.
        given: what they entered.
    """

    who: str
    roles: tuple[str, ...]
    now: int
    tried: str = ""
    wrong: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


def forms_of(p: Problem, words: Words, asking: Asking) -> list[Form]:
    """The forms of a case for somebody, what comes next first."""
    found = []
    for action, step in TRANSITIONS.items():
        main = action == p.next
        if p.view.case.stage not in step.stages or (action == "dispose" and not _waiting(p)):
            continue
        if not set(step.roles) & set(asking.roles):
            if main:
                roles = words.say(" or ").join(words.role(role) for role in step.roles)
                found.append(_blocked(action, words, words.say("This step is for: {roles}.", roles=roles)))
            continue
        blocked = _why_not(p, words, asking, action)
        if blocked:
            if main or action == "close":
                found.append(_blocked(action, words, blocked))
            continue
        mine = asking if asking.tried == action else Asking(asking.who, asking.roles, asking.now)
        fields = tuple(_field(name, p, words, mine, needed=True) for name in step.needs)
        fields += tuple(
            _field(name, p, words, mine, needed=False)
            for name in step.may
            if name != "separation" or asking.who in p.view.case.actors
        )
        found.append(
            Form(
                action,
                words.say(TITLES.get(action, action)),
                words.say(BUTTONS.get(action, action)),
                words.say(HINTS[action]) if action in HINTS else "",
                fields,
                main,
                step.signed,
                wrong=mine.wrong,
            )
        )
    return sorted(found, key=lambda form: (not form.main, form.action in ("note", "void")))


def entered_of(action: str, form: FormData, words: Words) -> dict[str, Any]:
    """What was entered, as it goes into the record: phrases and own words joined, empty fields left out."""
    step = TRANSITIONS[action]
    entered: dict[str, Any] = {}
    between = "；" if words.tongue == "zh" else "; "
    for name in (*step.needs, *step.may):
        if name == "lots":
            lots = [str(lot) for lot in form.getlist("lots")]
            other = str(form.get("lots.other", "")).replace("，", ",").replace("、", ",")
            lots += [lot.strip() for lot in other.split(",") if lot.strip()]
            made = list(dict.fromkeys(lot for lot in lots if lot != "none"))
            entered[name] = made or (["none"] if "none" in lots else [])
            continue
        phrases = [str(phrase) for phrase in form.getlist(f"{name}.phrase")]
        own = str(form.get(name, "")).strip()
        text = between.join([*phrases, *([own] if own else [])])
        if text:
            entered[name] = text
    return entered


def given_of(form: FormData) -> dict[str, Any]:
    """What was sent, to show it again; never a password."""
    return {name: form.getlist(name) for name in form if name not in ("password", "csrf", "once")}


def _field(name: str, p: Problem, words: Words, asking: Asking, *, needed: bool) -> Field:
    label = words.say(LABELS.get(name, name))
    given = [str(each) for each in asking.given.get(name, [])]
    value = given[0] if given else ""
    if name == "lots":
        seen = list(dict.fromkeys([*p.view.lots_seen, *(lot for lot in given if lot != "none")]))
        choices = tuple(Choice(lot, lot, not asking.given or lot in given) for lot in seen)
        other = [str(each) for each in asking.given.get("lots.other", [])]
        return Field(name, label, "lots", needed, other[0] if other else "", choices, "none" in given)
    if name == "lot":
        waiting = _waiting(p)
        chosen = value or (waiting[0] if len(waiting) == 1 else "")
        return Field(
            name, label, "choice", needed, "", tuple(Choice(lot, lot, lot == chosen) for lot in waiting)
        )
    if name == "disposition":
        ways = _dispositions(p)
        return Field(
            name,
            label,
            "choice",
            needed,
            "",
            tuple(Choice(way, words.plan(way), way == value) for way in ways),
        )
    if name == "separation":
        return Field(name, label, "check", needed, NEXT_DAY)
    if name in _LINES:
        return Field(name, label, "line", needed, value)
    chosen_phrases = [str(each) for each in asking.given.get(f"{name}.phrase", [])]
    said = [words.say(phrase) for phrase in PHRASES.get(name, ())]
    phrases = tuple(Choice(phrase, phrase, phrase in chosen_phrases) for phrase in said)
    return Field(name, label, "text", needed, value, phrases)


def _dispositions(p: Problem) -> Sequence[str]:
    for each in p.steps:
        if each.step.one_of and each.step.signed_by:
            return each.step.one_of
    return DISPOSITIONS


def _waiting(p: Problem) -> list[str]:
    return [lot for lot, decision in p.view.case.lots.items() if not decision]


def _why_not(p: Problem, words: Words, asking: Asking, action: str) -> str:
    """Why this cannot be done now, though the stage and the role are right; empty if it can."""
    case = p.view.case
    if action == "close" and not case.returned:
        return words.say("It can be closed when the condition has returned to normal.")
    if action == "close" and case.unheld:
        return words.say("First every lot that was there is held: {lots}.", lots=", ".join(case.unheld))
    if action in ("close", "void") and _waiting(p):
        return words.say("First every lot held needs a disposition: {lots}.", lots=", ".join(_waiting(p)))
    if asking.who in case.actors:
        if action == "void":
            return words.say("You have acted in this case: somebody else voids it.")
        if action == "close" and asking.now - case.acted < APART:
            return words.say(
                "You have acted in this case: somebody else verifies it. Who is alone does it on the next day, from {time}.",
                time=words.time(case.acted + APART),
            )
    return ""


def _blocked(action: str, words: Words, why: str) -> Form:
    return Form(
        action, words.say(TITLES.get(action, action)), "", "", (), main=True, signed=False, blocked=why
    )
