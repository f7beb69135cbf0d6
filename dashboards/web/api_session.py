"""The API: signing in and out, and who is signed in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dashboards.web.errors import NotAllowed
from dashboards.web.session import (
    SignedIn,
    check_csrf,
    close_session,
    must_be_signed_in,
    open_session,
)
from dashboards.web.shapes import Password, Who

router = APIRouter(tags=["session"])


@router.post("/session")
def sign_in(request: Request, response: Response, given: Password) -> Who:
    """Sign in: the answer sets the session's cookie and says the token that changes need."""
    if request.headers.get("authorization"):
        raise NotAllowed("an API key does not sign in: a person does")
    return _who(open_session(request, response, who=given.who, password=given.password))


@router.get("/session")
def who_am_i(request: Request) -> Who:
    """Who is signed in, and the token that changes need."""
    return _who(must_be_signed_in(request))


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response) -> None:
    """Sign out: the session is over."""
    check_csrf(request, None)
    close_session(request, response)


def _who(person: SignedIn) -> Who:
    return Who(
        who=person.id,
        name=person.name,
        roles=list(person.roles),
        rights=sorted(person.rights),
        csrf=person.csrf,
    )
