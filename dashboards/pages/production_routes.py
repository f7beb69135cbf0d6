"""A line's production: its hours, who signed its end, its starts; and the forms to sign it."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dashboards.pages.desk import Visit, visit
from dashboards.pages.refusals import refusal
from dashboards.views.lines import LineView
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.problems import PROBLEMS, slug_of
from dashboards.web.producing import sign_production
from dashboards.web.session import may_read
from ledger.errors import SignInRefused
from ledger.production import PRODUCTION, ROLES
from readings.errors import HaccplineError

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
PATIENCE = 3.0  # seconds that a person waits for what they entered to be in the record


@router.get("/lines/{line}/production")
def show(request: Request, line: str, before: int = -1) -> Response:
    """What is known of a line's production, and the forms to sign its end or say that it begins."""
    shown = visit(request)
    found = _line(shown, line)
    if before < 0:
        return _page(shown, found)
    signed = found.production.signed
    if signed is not None and signed.seq > before:
        return _page(shown, found, told=shown.words.say("It stands in the record."), kind="good")
    return _page(
        shown,
        found,
        told=shown.words.say(
            "Entered. The record process has not taken it yet; it will stand below when it has."
        ),
        kind="warn",
    )


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=20)


@router.post("/lines/{line}/production/{step}")
def sign(request: Request, line: str, step: str, form: Annotated[FormData, Depends(_form)]) -> Response:
    """Sign the end of production, or say that it begins; what is wrong is said beside the form."""
    shown = visit(request)
    found = _line(shown, line)
    if step not in PRODUCTION:
        raise NotFound(f"there is no step {step}")
    before = found.production.signed.seq if found.production.signed is not None else 0
    try:
        sign_production(
            request,
            line=line,
            step=step,
            password=str(form.get("password", "")),
            csrf=str(form.get("csrf", "")),
            once=str(form.get("once", ""))[:64] or None,
        )
    except SignInNeeded:
        return RedirectResponse(f"/sign-in?next=/lines/{line}/production", 303)
    except HaccplineError as error:
        wrong = refusal(str(error), shown.words)
        if isinstance(error, SignInRefused):
            wrong = shown.words.say(
                "The password is wrong, or too many tries were made. Nothing was entered."
            )
        status = PROBLEMS[slug_of(error)].status
        return _page(visit(request), found, told=wrong, kind="bad", status=status)
    _wait_for_record(shown, line, before)
    return RedirectResponse(f"/lines/{line}/production?before={before}", 303)


def _line(shown: Visit, line: str) -> LineView:
    found = shown.snap.line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    return found


def _wait_for_record(shown: Visit, line: str, before: int) -> None:
    """Until the signature stands in the ledger, or patience ends."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        found = shown.pages.snapshot(fresh=0).line(line)
        if found is not None and found.production.signed is not None and found.production.signed.seq > before:
            return
        time.sleep(0.1)


def _page(shown: Visit, found: LineView, *, told: str = "", kind: str = "", status: int = 200) -> Response:
    runs = found.state != "" and found.state in found.plan.line.judged
    return shown.page(
        "production.html",
        about=found.id,
        status=status,
        line=found,
        told=told,
        told_kind=kind,
        runs=runs,
        may=shown.who is not None and bool(set(ROLES) & set(shown.who.roles)),
        roles=shown.words.say(" or ").join(shown.words.role(role) for role in ROLES),
        once=uuid4().hex,
    )
