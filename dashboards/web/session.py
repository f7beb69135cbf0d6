"""Who is signed in: sessions of browsers, held by a strict cookie; the token that their forms must send."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request, Response

from dashboards.web.errors import CrossSite, NotAllowed, SignInNeeded, TooMany
from dashboards.web.rights import Right, rights_of
from dashboards.web.state import Web, web_of
from ledger.errors import SignInRefused
from ledger.people import Person
from readings.times import SECOND

CSRF_HEADER = "x-csrf-token"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a live session.

    Attributes:
        id: of the person.
        name: as printed.
        roles: that they have now.
        csrf: what every form of theirs sends along, in a field or as the header `X-CSRF-Token`.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    csrf: str

    @property
    def rights(self) -> frozenset[Right]:
        """What they may do."""
        return rights_of(self.roles)

    @property
    def person(self) -> Person:
        """As the ledger room knows them."""
        return Person(self.id, self.name, self.roles)


def signed_in(request: Request) -> SignedIn | None:
    """Whose live session the request belongs to; None where nobody is signed in."""
    web = web_of(request)
    token = request.cookies.get(cookie_name(web))
    person = web.stores.sessions.find(token, now=web.now()) if token else None
    return None if person is None else _known(person, str(token))


def may_read(request: Request) -> None:
    """Let whoever may read pass.

    Raises:
        SignInNeeded: reading is not open and nobody is signed in; a page is led to the sign-in.
        NotAllowed: signed in, in a role that reads nothing.
    """
    if web_of(request).settings.open_to_read:
        return
    person = signed_in(request)
    if person is None:
        raise SignInNeeded("reading needs a person who is signed in, or an API key that may read")
    if Right.READ not in person.rights:
        raise NotAllowed(f"{person.name} has no role that reads")


def must_be_signed_in(request: Request, right: Right | None = None) -> SignedIn:
    """The person who is signed in and has this right.

    Raises:
        SignInNeeded: nobody is.
        NotAllowed: their roles have it not.
    """
    person = signed_in(request)
    if person is None:
        raise SignInNeeded("sign in first")
    if right is not None and right not in person.rights:
        raise NotAllowed(f"{person.name} is {', '.join(person.roles)}: that gives no right to {right}")
    return person


def check_csrf(request: Request, token: str | None) -> None:
    """Hold the token that a form sent against the session's.

    Args:
        request: of a session.
        token: the form's field; None to take the header `X-CSRF-Token`.

    Raises:
        SignInNeeded: nobody is signed in (any more).
        CrossSite: it is another's, or none.
    """
    person = must_be_signed_in(request)
    given = token if token is not None else request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), person.csrf.encode()):
        raise CrossSite("the form's token is missing or of another session; open the page again")


def open_session(request: Request, response: Response, *, who: str, password: str) -> SignedIn:
    """Sign a person in and give the response their cookie. A session that the request had is over.

    Raises:
        SignInRefused: id or password is wrong, or too many tries; not said which.
        TooMany: too many wrong passwords came from this address.
    """
    web = web_of(request)
    person = password_checked(request, lambda: web.stores.people.authenticate(who, password, now=web.now()))
    before = request.cookies.get(cookie_name(web))
    if before:
        web.stores.sessions.end(before)
    token = web.stores.sessions.open(person.id, now=web.now())
    response.set_cookie(
        cookie_name(web),
        token,
        max_age=web.settings.longest // SECOND,
        secure=web.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return _known(person, token)


def close_session(request: Request, response: Response) -> None:
    """Sign out: the session is over for whoever has its cookie."""
    web = web_of(request)
    token = request.cookies.get(cookie_name(web))
    if token:
        web.stores.sessions.end(token)
    response.delete_cookie(cookie_name(web), secure=web.settings.secure, httponly=True, samesite="strict")


def password_checked(request: Request, check: Callable[[], T]) -> T:
    """Do what checks a password, some at a time; a wrong one costs its address a try.

    Args:
        request: that brought the password.
        check: raises SignInRefused where it is wrong.

    Raises:
        SignInRefused: it is wrong.
        TooMany: too many wrong ones came from this address.
    """
    web = web_of(request)
    address = request.client.host if request.client else ""
    wait = web.buckets.take("sign-in", address, now=time.monotonic())
    if wait:
        raise TooMany(wait)
    try:
        with web.hashing:
            found = check()
    except SignInRefused:
        raise  # the token stays taken
    except BaseException:
        web.buckets.give_back("sign-in", address, now=time.monotonic())
        raise
    web.buckets.give_back("sign-in", address, now=time.monotonic())
    return found


def cookie_name(web: Web) -> str:
    """One for each port: cookies know none, and two sites of one machine must not sign each other out."""
    name = f"haccpline-{web.settings.port}"
    return f"__Host-{name}" if web.settings.secure else name


def _known(person: Person, token: str) -> SignedIn:
    # made of the session's token, which alone is secret: nothing more to keep, and gone with the session
    csrf = hmac.new(token.encode(), b"haccpline form", hashlib.sha256).hexdigest()
    return SignedIn(person.id, person.name, person.roles, csrf)
