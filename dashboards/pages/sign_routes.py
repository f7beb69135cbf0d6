"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from dashboards.pages.desk import visit
from dashboards.pages.refusals import refusal
from dashboards.web.errors import TooMany
from dashboards.web.session import check_csrf, close_session, open_session
from ledger.errors import SignInRefused

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]


def own_path(path: str) -> str:
    """Where to go on; only within this site."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else "/"


@router.get("/sign-in")
def show(request: Request, next: str = "/") -> Response:  # noqa: A002 - the word of the address
    """The form to sign in with."""
    return visit(request).page("sign_in.html", next=own_path(next), wrong="", given="")


@router.post("/sign-in")
def sign_in(request: Request, who: Text, password: Text, next: Text = "/") -> Response:  # noqa: A002 - the form's field
    """Sign in, and go on where one was."""
    response = RedirectResponse(own_path(next), 303)
    try:
        open_session(request, response, who=who.strip(), password=password)
    except (SignInRefused, TooMany) as error:
        shown = visit(request)
        status = 429 if isinstance(error, TooMany) else 401
        wrong = refusal(str(error), shown.words)
        return shown.page("sign_in.html", status=status, next=own_path(next), wrong=wrong, given=who)
    return response


@router.post("/sign-out")
def sign_out(request: Request, csrf: Text = "") -> Response:
    """Sign out."""
    check_csrf(request, csrf)
    response = RedirectResponse("/", 303)
    close_session(request, response)
    return response
