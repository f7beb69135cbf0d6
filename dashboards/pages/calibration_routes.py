"""Calibrations: what is due, what was entered last, and a form for each instrument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dashboards.pages.desk import Visit, visit
from dashboards.pages.entered import NOTHING, Told, new_key, refused, sender_of, told_of, wait_for_record
from dashboards.pages.words import Words
from dashboards.views.calibrations import DueCalibration, EnteredCalibration, due_calibrations
from dashboards.web.calibrating import Calibrated, enter_calibrated
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.session import may_read
from ledger.calibration import ROLES
from readings.errors import HaccplineError

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
_FIELDS = ("found", "left", "reference", "certificate", "remark")


@dataclass(frozen=True, slots=True)
class Card:
    """An instrument on the page.

    Attributes:
        due: it, with what was entered last.
        label: its name for people.
        given: what was typed, where it was refused.
        wrong: why it was.
        once: names this filling-in, so that a button hit twice enters once.
    """

    due: DueCalibration
    label: str
    given: dict[str, str]
    wrong: str
    once: str


@router.get("/calibrations")
def show(request: Request, done: str = "", before: int = -1) -> Response:
    """What is due, what is overdue, and what was entered last."""
    return _page(visit(request), done=done, before=before)


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=30)


@router.post("/calibrations")
def enter(request: Request, form: Annotated[FormData, Depends(_form)]) -> Response:
    """Enter a calibration; what is wrong with it is said on its card, and nothing typed is lost."""
    shown = visit(request, fresh=0)
    due = _found(shown, str(form.get("series", "")))
    given = {name: str(form.get(name, "")) for name in _FIELDS}
    before = due.last.seq if due.last is not None else 0
    try:
        enter_calibrated(
            request,
            sender_of(form),
            line=due.plan.line_id,
            said=Calibrated(sensor=due.sensor, point=due.point, performed=None, **given),
        )
    except SignInNeeded:
        return RedirectResponse("/sign-in?next=/calibrations", 303)
    except HaccplineError as error:
        why = refused(error, shown.words)
        return _page(visit(request), status=why.status, tried=due.series, wrong=why.text, given=given)
    wait_for_record(lambda: _stands(_found(shown, due.series), before))
    return RedirectResponse(f"/calibrations?{urlencode({'done': due.series, 'before': before})}#told", 303)


def _stands(due: DueCalibration, before: int) -> bool:
    """Whether one was entered behind a record."""
    return due.last is not None and due.last.seq > before


def _all(shown: Visit) -> list[DueCalibration]:
    with shown.web.stores.ledger() as ledger:
        return due_calibrations(ledger, [line.plan for line in shown.snap.lines], shown.web.now())


def _found(shown: Visit, series: str) -> DueCalibration:
    found = next((each for each in _all(shown) if each.series == series), None)
    if found is None:
        raise NotFound(f"no plan has {series} calibrated")
    return found


def _page(  # noqa: PLR0913 - a page and what was tried on it
    shown: Visit,
    *,
    status: int = 200,
    done: str = "",
    before: int = -1,
    tried: str = "",
    wrong: str = "",
    given: dict[str, str] | None = None,
) -> Response:
    words, found = shown.words, _all(shown)
    cards = [
        Card(
            due,
            label_of(due, words),
            (given or {}) if due.series == tried else {},
            wrong if due.series == tried else "",
            new_key(),
        )
        for due in found
    ]
    entered = next((due for due in found if due.series == done), None)
    told = NOTHING
    if entered is not None:
        told = told_of(_stands(entered, before), words)
        if told.kind == "good" and entered.last is not None:
            told = _outcome(entered.last, words)
    may = shown.who is not None and bool(set(ROLES) & set(shown.who.roles))
    return shown.page("calibrations.html", status=status, cards=cards, told=told, may=may)


def _outcome(entered: EnteredCalibration, words: Words) -> Told:
    if entered.body["passed"]:
        return Told(words.say("It stands in the record: within tolerance."), "good")
    return Told(
        words.say("It stands in the record: beyond tolerance. What rests on it is decided again."), "warn"
    )


def label_of(due: DueCalibration, words: Words) -> str:
    """What an instrument is called."""
    name = words.name(due.of.name, due.sensor)
    return name if due.point == "1" else words.say("{name}, {unit}", name=name, unit=due.point)
