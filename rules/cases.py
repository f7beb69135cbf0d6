"""The case: the paper of a deviation, a monitoring loss or an instrument fault, and what people may do with it.

Two axes: the condition (active, returned) is the engine's; the case (open, acknowledged, contained, corrected, closed)
is the people's. Return to normal never closes a case.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from readings.errors import HaccplineError
from readings.hidden_letters import blank, hides
from readings.times import HOUR, format_duration


class CaseError(HaccplineError):
    """Something cannot be done with a case, and why."""


class Stage(StrEnum):
    """How far people have come."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CONTAINED = "contained"
    CORRECTED = "corrected"
    CLOSED = "closed"
    VOID = "void"


class Case(msgspec.Struct):
    """A case as its records make it.

    Attributes:
        id: of the first event in it.
        line, ccp, unit: what it is about.
        group: limits of one group make one case.
        stage: how far people have come.
        events: id and whether it is over, of every deviation, loss and fault in it.
        kinds: `deviation`, `monitoring_loss`, `instrument_fault`.
        opened: event time, ns.
        lots: lots held, with their disposition once there is one.
        concerned: lots that were there while an event of it lasted, as far as is known.
        actors: who has acted on it, in order, each once.
        acted: when anybody acted last, ns UTC.
        opened_seq: ledger record that opened it.
    """

    id: str
    line: str
    ccp: str
    unit: str
    group: str
    opened: int
    stage: Stage = Stage.OPEN
    events: dict[str, bool] = {}
    kinds: list[str] = []
    lots: dict[str, str] = {}
    concerned: list[str] = []
    actors: list[str] = []
    acted: int = 0
    opened_seq: int = 0

    def concern(self, lots: Iterable[str]) -> None:
        """These lots were there."""
        self.concerned += [lot for lot in lots if lot not in self.concerned]

    @property
    def unheld(self) -> list[str]:
        """Lots that were there and are not held."""
        return [lot for lot in self.concerned if lot not in self.lots]

    @property
    def returned(self) -> bool:
        """Whether every event in it is over."""
        return all(self.events.values())

    @property
    def over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.stage in (Stage.CLOSED, Stage.VOID)


class Transition(msgspec.Struct, frozen=True):
    """What an action needs and leads to.

    Attributes:
        stages: in which it may be done.
        leads: to which stage; None leaves it.
        roles: who may.
        needs: texts that must be given.
        may: texts that may be given.
        signed: whether it asks for a signature.
    """

    stages: tuple[Stage, ...]
    leads: Stage | None
    roles: tuple[str, ...]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    signed: bool = False


NEXT_DAY = "next day"  # how a person who is alone says that they verify what they did themselves
APART = 12 * HOUR  # between the last act and that

_A_PAGE = 10_000  # characters

_ALIVE = (Stage.OPEN, Stage.ACKNOWLEDGED, Stage.CONTAINED, Stage.CORRECTED)
_PLANT = ("operator", "qa", "engineer")

_QUANTITIES = ("made", "held", "shipped")  # of the product concerned, as counted: "1,200 cartons"

# The four answers are those of 9 CFR 417.3(a): cause, control, recurrence, product.
TRANSITIONS: dict[str, Transition] = {
    "acknowledge": Transition((Stage.OPEN,), Stage.ACKNOWLEDGED, _PLANT, (), ("text",)),
    "contain": Transition(_ALIVE, Stage.CONTAINED, _PLANT, ("lots", "correction"), _QUANTITIES),
    "correct": Transition(
        (Stage.CONTAINED,),
        Stage.CORRECTED,
        ("qa", "engineer"),
        ("cause", "control", "recurrence", "product"),
        _QUANTITIES,
    ),
    "dispose": Transition(
        (Stage.CONTAINED, Stage.CORRECTED), None, ("qa",), ("lot", "disposition", "evaluation"), signed=True
    ),
    "note": Transition(_ALIVE, None, _PLANT, ("text",), ("review_by",)),
    "close": Transition(
        (Stage.CORRECTED,), Stage.CLOSED, ("qa",), ("verification",), ("separation",), signed=True
    ),
    "void": Transition(_ALIVE, Stage.VOID, ("qa",), ("reason",), signed=True),
}


def check_action(  # noqa: PLR0913 - who does what, as what, with which words, when
    case: Case, action: str, who: str, roles: list[str], body: dict[str, Any], *, now: int
) -> Transition:
    """Whether a person may do this now, with these texts.

    Args:
        case: as it stands.
        action: one of `TRANSITIONS`.
        who: id of the person.
        roles: of the person.
        body: what was entered; `signature` where one is asked for.
        now: when, ns UTC.

    Raises:
        CaseError: it cannot be done; the message says what to do first.
    """
    transition = TRANSITIONS.get(action)
    if transition is None:
        raise CaseError(f"no action named {action}; there are {', '.join(TRANSITIONS)}")
    if case.stage not in transition.stages:
        raise CaseError(
            f"case {case.id} is {case.stage}; {action} can be done while it is {', '.join(transition.stages)}"
        )
    if not set(roles) & set(transition.roles):
        raise CaseError(
            f"{action} is for {', '.join(transition.roles)}; {who} is {', '.join(roles) or 'nobody'}"
        )
    missing = [name for name in transition.needs if body.get(name) in (None, [])]
    missing += [name for name in transition.needs if isinstance(body.get(name), str) and blank(body[name])]
    if missing:
        raise CaseError(f"{action} needs {', '.join(missing)}")
    wrong = [
        name for name in (*transition.needs, *transition.may) if name in body and not _fits(name, body[name])
    ]
    if wrong:
        raise CaseError(
            f"{action}: {', '.join(wrong)} must be text" + ("s in a list" if wrong == ["lots"] else "")
        )
    hidden = [
        name
        for name in (*transition.needs, *transition.may)
        for text in (body[name] if isinstance(body.get(name), list) else [body.get(name, "")])
        if hides(text)
    ]
    if hidden:
        raise CaseError(
            f"{action}: {', '.join(dict.fromkeys(hidden))} holds characters that nobody sees, or that turn the text around"
        )
    if transition.signed and not body.get("signature"):
        raise CaseError(f"{action} must be signed: the password is asked for again")
    if not transition.signed and "signature" in body:
        raise CaseError(f"{action} is not signed")
    _check_special(case, action, who, body, now)
    return transition


def _fits(name: str, given: Any) -> bool:
    """Texts, up to a page; lots are a list of them, ["none"] where no product was made."""
    if name == "lots":
        return isinstance(given, list) and all(isinstance(lot, str) and not blank(lot) for lot in given)
    return isinstance(given, str) and len(given) <= _A_PAGE


def _check_special(case: Case, action: str, who: str, body: dict[str, Any], now: int) -> None:
    if action == "dispose" and body["lot"] not in case.lots:
        raise CaseError(
            f"lot {body['lot']} is not held by case {case.id}; held are {', '.join(case.lots) or 'none'}"
        )
    if action in ("close", "void"):
        if who in case.actors:
            _check_alone(case, who, body, now)
        waiting = [lot for lot, disposition in case.lots.items() if not disposition]
        if waiting:
            raise CaseError(f"case {case.id} cannot be ended: no disposition of {', '.join(waiting)}")
    if action == "close" and case.unheld:
        raise CaseError(
            f"case {case.id} cannot be closed: {', '.join(case.unheld)} was there and is not held; contain it as well"
        )
    if action == "close" and not case.returned:
        raise CaseError(f"case {case.id} cannot be closed: the condition has not returned to normal")


def _check_alone(case: Case, who: str, body: dict[str, Any], now: int) -> None:
    """A firm of one person verifies its own case on the next day, and the record says so."""
    if body.get("separation") != NEXT_DAY:
        raise CaseError(
            f"{who} has acted on case {case.id} and cannot verify it: the verifier is not the actor;"
            f" who is alone closes it the next day, with separation={NEXT_DAY}"
        )
    if now - case.acted < APART:
        raise CaseError(
            f"{who} acted on case {case.id} less than {format_duration(APART)} ago: the next day is to come"
        )


def act_on(case: Case, action: str, who: str, body: dict[str, Any], *, now: int) -> None:
    """Let an action that was checked happen, at `now`."""
    transition = TRANSITIONS[action]
    if transition.leads is not None:
        case.stage = transition.leads
    if action == "contain":
        case.lots |= {str(lot): case.lots.get(str(lot), "") for lot in body["lots"] if lot != "none"}
    elif action == "dispose":
        case.lots[str(body["lot"])] = str(body["disposition"])
    if action not in ("close", "void"):
        case.acted = max(case.acted, now)
        if who not in case.actors:
            case.actors.append(who)
