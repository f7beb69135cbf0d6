"""A line's production: its hours, who signed its end, its starts; and the forms to sign it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dashboards.pages.desk import Visit, visit
from dashboards.pages.entered import NOTHING, Told, new_key, refused, sender_of, told_of, wait_for_record
from dashboards.views.lines import LineView
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.producing import sign_production
from dashboards.web.session import may_read
from ledger.production import PRODUCTION, ROLES
from readings.errors import HaccplineError

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])


@router.get("/lines/{line}/production")
def show(request: Request, line: str, before: int = -1) -> Response:
    """What is known of a line's production, and the forms to sign its end or say that it begins."""
    shown = visit(request)
    found = _line(shown, line)
    if before < 0:
        return _page(shown, found)
    return _page(shown, found, told=told_of(_stands(found, before), shown.words))


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=20)


@router.post("/lines/{line}/production/{step}")
def sign(request: Request, line: str, step: str, form: Annotated[FormData, Depends(_form)]) -> Response:
    """Sign the end of production, or say that it begins; what is wrong is said beside the form."""
    shown = visit(request, fresh=0)
    found = _line(shown, line)
    if step not in PRODUCTION:
        raise NotFound(f"there is no step {step}")
    before = found.production.signed.seq if found.production.signed is not None else 0
    try:
        sign_production(request, sender_of(form), line=line, step=step)
    except SignInNeeded:
        return RedirectResponse(f"/sign-in?next=/lines/{line}/production", 303)
    except HaccplineError as error:
        why = refused(error, shown.words)
        return _page(visit(request), found, told=Told(why.text, "bad"), status=why.status)
    wait_for_record(lambda: _stands(shown.pages.snapshot(fresh=0).line(line), before))
    return RedirectResponse(f"/lines/{line}/production?before={before}", 303)


def _stands(found: LineView | None, before: int) -> bool:
    """Whether something was signed behind a record."""
    return found is not None and found.production.signed is not None and found.production.signed.seq > before


def _line(shown: Visit, line: str) -> LineView:
    found = shown.snap.line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    return found


def _page(shown: Visit, found: LineView, *, told: Told = NOTHING, status: int = 200) -> Response:
    runs = found.state != "" and found.state in found.plan.line.judged
    return shown.page(
        "production.html",
        about=found.id,
        status=status,
        line=found,
        told=told,
        runs=runs,
        may=shown.who is not None and bool(set(ROLES) & set(shown.who.roles)),
        roles=shown.words.say(" or ").join(shown.words.role(role) for role in ROLES),
        once=new_key(),
    )
