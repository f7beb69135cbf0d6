"""Values by hand: what is due, and a form for each that a person with gloves on can fill in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dashboards.pages.desk import Visit, visit
from dashboards.pages.entered import NOTHING, Told, new_key, refused, told_of, wait_for_record
from dashboards.pages.words import Words
from dashboards.views.by_hand import DueValue, Turn
from dashboards.web.entering import Sender
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.measuring import enter_measured
from dashboards.web.session import may_read
from ledger.entering_values import ROLES, Measured
from readings.errors import HaccplineError
from readings.times import MINUTE, SECOND

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
TURNS = {
    Turn.OVERDUE: "overdue",
    Turn.DUE: "due now",
    Turn.NEXT: "due before the next batch",
    Turn.LATER: "due later",
    Turn.DONE: "entered",
    Turn.NOT_NOW: "not due now",
}
TURN_SIGNS = {
    Turn.OVERDUE: "unknown",
    Turn.DUE: "warning",
    Turn.NEXT: "waiting",
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
def show(request: Request, done: str = "", before: int = -1) -> Response:
    """What is due, what is overdue, and what was entered last."""
    shown = visit(request)
    due = _found_again(shown.snap.by_hand, done)
    return _page(shown, told=_outcome(due, before, shown.words) if due is not None else NOTHING)


@router.post("/enter")
def enter(  # noqa: PLR0913 - the fields of a form
    request: Request,
    line: Text,
    name: Text,
    value: Text = "",
    zone: Text = "",
    ago: Annotated[int, Form(ge=0, le=100_000)] = 0,
    waited: Annotated[int, Form(ge=0, le=10_000_000)] = 0,
    note: Text = "",
    csrf: Text = "",
    once: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Enter a value; what is wrong with it is said on its card, and nothing typed is lost.

    `ago` is how many minutes before it was sent it was measured, `waited` how many seconds ago it was sent first, where
    there was no connection.
    """
    shown = visit(request, fresh=0)
    due = _found(shown, line, name, zone)
    past = ago * MINUTE + waited * SECOND
    at = shown.web.now() - past if past else None
    before = due.newest.seq if due.newest is not None else 0
    try:
        enter_measured(
            request,
            Sender(csrf=csrf, once=once or None),
            line=line,
            measured=Measured(name, value, at, zone, note),
            asked=[name, zone, value, ago, note],
        )
    except SignInNeeded:
        return RedirectResponse(f"/sign-in?next={quote('/enter')}", 303)
    except HaccplineError as error:
        given = {"value": value, "ago": str(ago), "note": note}
        why = refused(error, shown.words)
        return _page(visit(request), status=why.status, tried=due.key, wrong=why.text, given=given)

    def there() -> bool:
        now = _found_again(shown.pages.snapshot(fresh=0).by_hand, due.key)
        return now is not None and _stands(now, before)

    wait_for_record(there)
    return RedirectResponse(f"/enter?{urlencode({'done': due.key, 'before': before})}#told", 303)


def _stands(due: DueValue, before: int) -> bool:
    """Whether one was entered behind a record."""
    return due.newest is not None and due.newest.seq > before


def _outcome(due: DueValue, before: int, words: Words) -> Told:
    newest = due.newest
    if newest is None or not _stands(due, before):
        return told_of(False, words, what=words.name(due.value.name, due.name))
    value = f"{newest.value} {words.sign(due.value.unit)}".strip()
    what = words.say("{what}, {value}", what=words.name(due.value.name, due.name), value=value)
    return told_of(True, words, f"enter/{due.key}", what)


def _found(shown: Visit, line: str, name: str, zone: str) -> DueValue:
    for due in shown.snap.by_hand:
        if (due.line, due.name, due.zone) == (line, name, zone):
            return due
    raise NotFound(f"nobody enters {name} on {line}")


def _found_again(values: tuple[DueValue, ...], key: str) -> DueValue | None:
    return next((each for each in values if each.key == key), None)


def _page(  # noqa: PLR0913 - a page and what was tried on it
    shown: Visit,
    *,
    status: int = 200,
    told: Told = NOTHING,
    tried: str = "",
    wrong: str = "",
    given: dict[str, str] | None = None,
) -> Response:
    words = shown.words
    cards = [
        card_of(due, words, wrong if due.key == tried else "", given or {}) for due in shown.snap.by_hand
    ]
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
        new_key(),
    )
