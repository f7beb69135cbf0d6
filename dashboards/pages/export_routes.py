"""Packages: asked for, made, taken away; and how to prove them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dashboards.pages.desk import visit
from dashboards.pages.refusals import refusal
from dashboards.web.errors import NotFound, WebRefusal
from dashboards.web.problems import PROBLEMS, slug_of
from dashboards.web.rights import Right
from dashboards.web.session import check_csrf, may_read, must_be_signed_in
from dashboards.web.state import web_of
from readings.errors import HaccplineError
from readings.times import DAY, parse_time, zone

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
STATES = {"waiting": "waiting", "running": "being made", "done": "ready", "failed": "failed"}
Text = Annotated[str, Form(max_length=100)]


@router.get("/export")
def show(request: Request) -> Response:
    """The form, the packages made so far, and how to prove one."""
    return _page(request)


@router.post("/export")
def ask(
    request: Request,
    csrf: Text = "",
    start: Annotated[str, Form(alias="from", max_length=40)] = "",
    end: Annotated[str, Form(alias="to", max_length=40)] = "",
    line: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Ask for a package."""
    try:
        check_csrf(request, csrf)
        who = must_be_signed_in(request, Right.EXPORT)
        web = web_of(request)
        local = zone(web.site.timezone)
        first = parse_time(start, local) if start else None
        last = parse_time(end, local) if end else None
        if first is not None and last is not None and last <= first:
            raise WebRefusal("the period ends before it begins")
        lines = {each.id for each in visit(request).snap.lines}
        chosen = [each for each in line or [] if each in lines]
        if not chosen:
            raise NotFound("choose a line")
        web.exports.ask(who=who.id, start=first, end=last, lines=None if set(chosen) == lines else chosen)
    except HaccplineError as error:
        if slug_of(error) == "sign-in-needed":
            raise
        return _page(request, wrong=str(error), status=PROBLEMS[slug_of(error)].status, start=start, end=end)
    return RedirectResponse("/export#h-made", 303)


def _page(
    request: Request, *, wrong: str = "", status: int = 200, start: str = "", end: str = ""
) -> Response:
    shown = visit(request)
    may = shown.who is not None and Right.EXPORT in shown.who.rights
    exports = list(reversed(shown.web.exports.all())) if may else []
    day = shown.words.language.time(shown.snap.at - DAY, shown.words.timezone, form="yyyy-MM-dd'T'HH:mm")
    return shown.page(
        "export.html",
        status=status,
        wrong=refusal(wrong, shown.words) if wrong else "",
        may_export=may,
        exports=exports,
        pending=any(each.state in ("waiting", "running") for each in exports),
        states=STATES,
        given_from=start or ("" if wrong else day),
        given_to=end,
        package_path=lambda each: f"/api/v1/exports/{each.id}/package",
    )
