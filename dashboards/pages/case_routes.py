"""A case: shown, and answered with ordinary forms."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dashboards.pages.case_page import case_charts, case_values, problem_of
from dashboards.pages.charts import ChartView
from dashboards.pages.desk import Visit, visit
from dashboards.pages.forms import DONE, Asking, entered_of, forms_of, given_of
from dashboards.pages.refusals import refusal
from dashboards.web.acting import act_on_case
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.problems import PROBLEMS, slug_of
from dashboards.web.session import may_read
from ledger.errors import SignInRefused
from readings.errors import HaccplineError
from rules.cases import TRANSITIONS

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
PATIENCE = 3.0  # seconds that a person waits for what they entered to be in the record


@router.get("/cases/{case}")
def show(request: Request, case: str, done: str = "", before: int = -1) -> Response:
    """A case with its history, and the forms of what may be done next."""
    shown = visit(request)
    view = shown.snap.cases.get(case)
    if view is None:
        raise NotFound(f"there is no case {case}")
    told = kind = ""
    if done in DONE:
        new = [act for act in view.acts if act.seq > before]
        refused = [act for act in new if act.action == "refused" and act.body.get("action") == done]
        if refused:
            told, kind = refusal(str(refused[-1].body.get("reason", "")), shown.words), "bad"
        elif any(act.action == done for act in new):
            told, kind = (
                shown.words.say("{what}: it stands in the record.", what=shown.words.say(DONE[done])),
                "good",
            )
        else:
            told = shown.words.say(
                "Entered. The record process has not taken it yet; it will stand below when it has."
            )
            kind = "warn"
    return _page(shown, case, told=told, told_kind=kind, done=done)


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=200)


@router.post("/cases/{case}/{action}")
def act(request: Request, case: str, action: str, form: Annotated[FormData, Depends(_form)]) -> Response:
    """Take a step of a case; what is wrong with it is said on the form, and nothing typed is lost."""
    shown = visit(request)
    view = shown.snap.cases.get(case)
    if view is None or action not in TRANSITIONS:
        raise NotFound(f"there is no case {case}, or no step {action}")
    before = max((each.seq for each in view.acts), default=0)
    try:
        act_on_case(
            request,
            case=case,
            action=action,
            entered=entered_of(action, form, shown.words),
            password=str(form.get("password", "")),
            csrf=str(form.get("csrf", "")),
            once=str(form.get("once", ""))[:64] or None,
        )
    except SignInNeeded:
        return RedirectResponse(f"/sign-in?next=/cases/{case}", 303)
    except HaccplineError as error:
        return _page(
            visit(request),
            case,
            status=PROBLEMS[slug_of(error)].status,
            tried=action,
            wrong=_why(error, shown),
            given=given_of(form),
        )
    _wait_for_record(shown, case, before)
    return RedirectResponse(f"/cases/{case}?done={action}&before={before}", 303)


def _why(error: HaccplineError, shown: Visit) -> str:
    if isinstance(error, SignInRefused):
        return shown.words.say("The password is wrong, or too many tries were made. Nothing was entered.")
    return refusal(str(error), shown.words)


def _wait_for_record(shown: Visit, case: str, before: int) -> None:
    """Until the step stands in the ledger, or patience ends."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        view = shown.pages.snapshot(fresh=0).cases.get(case)
        if view is not None and any(act.seq > before for act in view.acts):
            return
        time.sleep(0.1)


def _page(  # noqa: PLR0913 - a page and what was tried on it
    shown: Visit,
    case: str,
    *,
    status: int = 200,
    told: str = "",
    told_kind: str = "",
    done: str = "",
    tried: str = "",
    wrong: str = "",
    given: dict[str, Any] | None = None,
) -> Response:
    words, plant, snap = shown.words, shown.pages.plant, shown.snap
    p = problem_of(case, plant, snap)
    forms = []
    if shown.who is not None and not p.over:
        asking = Asking(shown.who.id, shown.who.roles, snap.wall, tried, wrong, given or {})
        forms = forms_of(p, words, asking)
        if wrong and not any(form.wrong for form in forms):
            told, told_kind = wrong, "bad"
    charts: list[ChartView] = []
    trouble = ""
    try:
        charts = case_charts(p, words, plant, shown.web.stores.history, snap)
    except (HaccplineError, OSError) as error:
        trouble = str(error)
    return shown.page(
        "case.html",
        status=status,
        about=p.view.case.line,
        told=told,
        told_kind=told_kind,
        done=done,
        forms=forms,
        charts=charts,
        charts_trouble=trouble,
        **case_values(p, words, plant, snap),
    )
