"""A case: shown, and answered with ordinary forms."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dashboards.pages.case_charts import Album, contradictions
from dashboards.pages.case_page import case_values, problem_of
from dashboards.pages.charts import ChartView
from dashboards.pages.desk import Visit, visit
from dashboards.pages.entered import NOTHING, Told, refused, sender_of, told_of, wait_for_record
from dashboards.pages.forms import DONE, Asking, entered_of, forms_of, given_of
from dashboards.pages.look_back import look_back_page
from dashboards.pages.problem_words import look_back_of
from dashboards.pages.refusals import refusal
from dashboards.pages.words import Words
from dashboards.views.cases import CaseView
from dashboards.web.acting import act_on_case
from dashboards.web.errors import NotFound, SignInNeeded
from dashboards.web.session import may_read
from readings.errors import HaccplineError
from rules.cases import TRANSITIONS

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])


@router.get("/cases/{case}")
def show(request: Request, case: str, done: str = "", before: int = -1) -> Response:
    """A case with its history, and the forms of what may be done next."""
    shown = visit(request)
    view = shown.snap.cases.get(case)
    if view is None:
        raise NotFound(f"there is no case {case}")
    return _page(shown, case, told=_outcome(view, done, before, shown.words) if done in DONE else NOTHING)


def _outcome(view: CaseView, done: str, before: int, words: Words) -> Told:
    """What became of a step that somebody took."""
    new = [act for act in view.acts if act.seq > before]
    for act in reversed(new):
        if act.action == "refused" and act.body.get("action") == done:
            return Told(refusal(str(act.body.get("reason", "")), words), "bad")
    there = any(act.action == done for act in new)
    return told_of(there, words, f"{view.id}/{done}", words.say(DONE[done]))


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=200)


@router.post("/cases/{case}/{action}")
def act(request: Request, case: str, action: str, form: Annotated[FormData, Depends(_form)]) -> Response:
    """Take a step of a case; what is wrong with it is said on the form, and nothing typed is lost."""
    shown = visit(request, fresh=0)
    view = shown.snap.cases.get(case)
    if view is None or action not in TRANSITIONS:
        raise NotFound(f"there is no case {case}, or no step {action}")
    before = max((each.seq for each in view.acts), default=0)
    try:
        entered = entered_of(action, form, shown.words)
        act_on_case(request, sender_of(form), case=case, action=action, entered=entered)
    except SignInNeeded:
        return RedirectResponse(f"/sign-in?next=/cases/{case}", 303)
    except HaccplineError as error:
        why = refused(error, shown.words)
        return _page(
            visit(request), case, status=why.status, tried=action, wrong=why.text, given=given_of(form)
        )

    def there() -> bool:
        now = shown.pages.snapshot(fresh=0).cases.get(case)
        return now is not None and any(act.seq > before for act in now.acts)

    wait_for_record(there)
    return RedirectResponse(f"/cases/{case}?done={action}&before={before}", 303)


def _page(  # noqa: PLR0913 - a page and what was tried on it
    shown: Visit,
    case: str,
    *,
    status: int = 200,
    told: Told = NOTHING,
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
            told = Told(wrong, "bad")
    charts: list[ChartView] = []
    said: list[str] = []
    view = look_back_of(p, plant)
    again = shown.decided_again(view)
    trouble = ""
    try:
        history = shown.web.stores.history
        charts = Album(plant, history, snap, words).of(p, again)
        said = contradictions(p, plant, history, snap, words)
    except (HaccplineError, OSError) as error:
        trouble = str(error)
    return shown.page(
        "case.html",
        status=status,
        about=p.view.case.line,
        told=told,
        forms=forms,
        charts=charts,
        charts_trouble=trouble,
        contradictions=said,
        look_back=look_back_page(view, again, plant, words) if view is not None else None,
        **case_values(p, words, plant, snap),
    )
