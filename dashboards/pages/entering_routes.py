"""Values by hand: what is due, and a form for each that a person with gloves on can fill in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dashboards.pages.desk import Visit, visit
from dashboards.pages.refusals import refusal
from dashboards.pages.words import Words
from dashboards.views.by_hand import DueValue, Turn
from dashboards.web.acting import act_by_hand
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.problems import PROBLEMS, slug_of
from dashboards.web.session import may_read
from ledger.entering_values import ROLES, Measured
from readings.errors import HaccplineError
from readings.times import MINUTE

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
PATIENCE = 3.0  # seconds that a person waits for what they entered to be in the record
TURNS = {
    Turn.OVERDUE: "overdue",
    Turn.DUE: "due now",
    Turn.LATER: "due later",
    Turn.DONE: "entered",
    Turn.NOT_NOW: "not due now",
}
TURN_SIGNS = {
    Turn.OVERDUE: "unknown",
    Turn.DUE: "warning",
    Turn.LATER: "waiting",
    Turn.DONE: "ok",
    Turn.NOT_NOW: "suspended",
}
_AGO = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)  # minutes since it was measured
Text = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Card:
    """A value on the page.

    Attributes:
        due: the value.
        label: its name for people.
        unit: as people write it.
        limits: what it is for, with the bounds it is held against.
        instead: the silent sensors that it stands in for now.
        agos: how long ago it may have been measured: minutes, and in words.
        given: what was typed, where it was refused.
        wrong: why it was.
        once: names this filling-in, so that a button hit twice enters once.
    """

    due: DueValue
    label: str
    unit: str
    limits: tuple[tuple[str, str], ...]
    instead: str
    agos: tuple[tuple[int, str], ...]
    given: dict[str, str]
    wrong: str
    once: str


@router.get("/enter")
def show(request: Request, done: str = "") -> Response:
    """What is due, what is overdue, and what was entered last."""
    return _page(visit(request), done=done)


@router.post("/enter")
def enter(  # noqa: PLR0913 - the fields of a form
    request: Request,
    line: Text,
    name: Text,
    value: Text = "",
    zone: Text = "",
    ago: Annotated[int, Form(ge=0, le=100_000)] = 0,
    note: Text = "",
    csrf: Text = "",
    once: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Enter a value; what is wrong with it is said on its card, and nothing typed is lost."""
    shown = visit(request)
    due = _found(shown, line, name, zone)
    at = shown.web.now() - ago * MINUTE if ago else None
    try:
        act_by_hand(
            request,
            line=line,
            measured=Measured(name, value, at, zone, note),
            csrf=csrf,
            once=once or None,
        )
    except SignInNeeded:
        return RedirectResponse(f"/sign-in?next={quote('/enter')}", 303)
    except HaccplineError as error:
        given = {"value": value, "ago": str(ago), "note": note}
        status = PROBLEMS[slug_of(error)].status
        return _page(visit(request), status=status, tried=due.key, wrong=str(error), given=given)
    _wait_for_record(shown, due)
    return RedirectResponse(f"/enter?{urlencode({'done': due.key})}", 303)


def _found(shown: Visit, line: str, name: str, zone: str) -> DueValue:
    for due in shown.snap.by_hand:
        if (due.line, due.name, due.zone) == (line, name, zone):
            return due
    raise NotFound(f"nobody enters {name} on {line}")


def _wait_for_record(shown: Visit, due: DueValue) -> None:
    """Until the value stands in the ledger, or patience ends."""
    before = due.last
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        now = _found_again(shown.pages.snapshot(fresh=0).by_hand, due.key)
        if now is not None and now.last != before:
            return
        time.sleep(0.1)


def _found_again(values: tuple[DueValue, ...], key: str) -> DueValue | None:
    return next((each for each in values if each.key == key), None)


def _page(  # noqa: PLR0913 - a page and what was tried on it
    shown: Visit,
    *,
    status: int = 200,
    done: str = "",
    tried: str = "",
    wrong: str = "",
    given: dict[str, str] | None = None,
) -> Response:
    words = shown.words
    known = _found_again(shown.snap.by_hand, done)
    cards = [
        card_of(due, words, refusal(wrong, words) if due.key == tried else "", given or {})
        for due in shown.snap.by_hand
    ]
    told = ""
    if known is not None and known.last is not None:
        entered = f"{known.last.value} {words.sign(known.value.unit)}".strip()
        told = words.say(
            "{what}, {value}: it stands in the record.",
            what=words.name(known.value.name, known.name),
            value=entered,
        )
    may = shown.who is not None and bool(set(shown.who.roles) & set(ROLES))
    return shown.page(
        "enter.html", status=status, cards=cards, told=told, may=may, turns=TURNS, turn_signs=TURN_SIGNS
    )


def card_of(due: DueValue, words: Words, wrong: str, given: dict[str, str]) -> Card:
    """The card of a value."""
    agos = [
        (
            minutes,
            words.say("{time} ago", time=words.duration(minutes * MINUTE))
            if minutes
            else words.say("just now"),
        )
        for minutes in _AGO
        if minutes * MINUTE <= due.value.back_to
    ]
    limits = [
        (words.what(row.watch), ", ".join(words.bound(bound) for bound in row.watch.bounds))
        for row in due.rows
    ]
    label = words.name(due.value.name, due.name)
    return Card(
        due,
        words.say("{name}, {unit}", name=label, unit=due.zone) if due.zone else label,
        words.sign(due.value.unit),
        tuple(dict.fromkeys(limits)),
        words.say(", ").join(words.name(due.plan.sensors[name].name, name) for name in due.instead),
        tuple(agos),
        given if wrong else {},
        wrong,
        uuid4().hex,
    )
