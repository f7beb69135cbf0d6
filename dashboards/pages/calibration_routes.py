"""Calibrations: what is due, what was entered last, and a form for each instrument."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dashboards.pages.desk import Visit, visit
from dashboards.pages.refusals import refusal
from dashboards.pages.words import Words
from dashboards.views.calibrations import DueCalibration, due_calibrations
from dashboards.web.calibrating import Calibrated, enter_calibrated
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.problems import PROBLEMS, slug_of
from dashboards.web.session import may_read
from ledger.calibration import ROLES
from ledger.errors import SignInRefused
from readings.errors import HaccplineError

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
PATIENCE = 3.0  # seconds that a person waits for what they entered to be in the record
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
    shown = visit(request)
    due = _found(shown, str(form.get("series", "")))
    given = {name: str(form.get(name, "")) for name in _FIELDS}
    before = due.last.seq if due.last is not None else 0
    try:
        enter_calibrated(
            request,
            line=due.plan.line_id,
            said=Calibrated(sensor=due.sensor, point=due.point, performed=None, **given),
            password=str(form.get("password", "")),
            csrf=str(form.get("csrf", "")),
            once=str(form.get("once", ""))[:64] or None,
        )
    except SignInNeeded:
        return RedirectResponse("/sign-in?next=/calibrations", 303)
    except HaccplineError as error:
        wrong = refusal(str(error), shown.words)
        if isinstance(error, SignInRefused):
            wrong = shown.words.say(
                "The password is wrong, or too many tries were made. Nothing was entered."
            )
        status = PROBLEMS[slug_of(error)].status
        return _page(visit(request), status=status, tried=due.series, wrong=wrong, given=given)
    _wait_for_record(shown, due.series, before)
    return RedirectResponse(f"/calibrations?{urlencode({'done': due.series, 'before': before})}", 303)


def _all(shown: Visit) -> list[DueCalibration]:
    with shown.web.stores.ledger() as ledger:
        return due_calibrations(ledger, [line.plan for line in shown.snap.lines], shown.web.now())


def _found(shown: Visit, series: str) -> DueCalibration:
    found = next((each for each in _all(shown) if each.series == series), None)
    if found is None:
        raise NotFound(f"no plan has {series} calibrated")
    return found


def _wait_for_record(shown: Visit, series: str, before: int) -> None:
    """Until the calibration stands in the ledger, or patience ends."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        last = _found(shown, series).last
        if last is not None and last.seq > before:
            return
        time.sleep(0.1)


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
            uuid4().hex,
        )
        for due in found
    ]
    entered = next((due.last for due in found if due.series == done and due.last is not None), None)
    told = kind = ""
    if entered is not None and entered.seq > before:
        told, kind = words.say("It stands in the record: within tolerance."), "good"
        if not entered.body["passed"]:
            told = words.say("It stands in the record: beyond tolerance. What rests on it is decided again.")
            kind = "warn"
    elif done:
        told = words.say("Entered. The record process has not taken it yet; it will stand below when it has.")
        kind = "warn"
    may = shown.who is not None and bool(set(ROLES) & set(shown.who.roles))
    return shown.page("calibrations.html", status=status, cards=cards, told=told, told_kind=kind, may=may)


def label_of(due: DueCalibration, words: Words) -> str:
    """What an instrument is called."""
    name = words.name(due.of.name, due.sensor)
    return name if due.point == "1" else words.say("{name}, {unit}", name=name, unit=due.point)
