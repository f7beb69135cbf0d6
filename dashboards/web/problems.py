"""Problems as RFC 9457 has them: each type has a page of its own at `/problems/SLUG`, and no answer is a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from dashboards.language import Tongue, language
from dashboards.pages.render import asset
from dashboards.reports.errors import ReportError
from dashboards.web.errors import SignInNeeded, WebRefusal
from ingest.errors import StoreError as IngestStoreError
from ledger.entering import EnteringError
from ledger.errors import LedgerError, SignInRefused, StoreError
from readings.errors import HaccplineError, TimeError
from readings.posted import PostError

MEDIA_TYPE = "application/problem+json"
API = "/api/"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem.

    Attributes:
        status: of HTTP.
        title: what it is, in English; the id of its translation.
        advice: what to do about it, in English.
    """

    status: int
    title: str
    advice: str


PROBLEMS: dict[str, ProblemType] = {
    "bad-request": ProblemType(
        400, "This cannot be understood.", "The detail says which part of the request."
    ),
    "sign-in-needed": ProblemType(401, "Sign in first.", "Sign in, or send an API key that may do this."),
    "sign-in-refused": ProblemType(
        401,
        "Not signed in.",
        "Id or password is wrong, or too many tries were made: then wait a quarter of an hour."
        " Whoever keeps the people of this site can give a new password.",
    ),
    "not-allowed": ProblemType(
        403, "You may not do this.", "It is for another role, or for a person and not for an API key."
    ),
    "cross-site": ProblemType(
        403,
        "This request does not come from a page of this site.",
        "Open the page again and send the form from there. A program sends the session's token as X-CSRF-Token.",
    ),
    "not-found": ProblemType(404, "There is no such thing here.", "Look at the address."),
    "method-not-allowed": ProblemType(
        405, "This cannot be done here.", "The answer's header Allow says what can."
    ),
    "cannot-be-done-now": ProblemType(
        409, "This cannot be done now.", "The detail says what has to come first."
    ),
    "too-large": ProblemType(413, "This is too much at once.", "Send less."),
    "unknown-host": ProblemType(
        421,
        "This site is not known by that name.",
        "Use its address, or have the name entered under serve: hosts in the site file.",
    ),
    "invalid-request": ProblemType(
        422, "Something in this request is missing or wrong.", "The list under errors says where and what."
    ),
    "idempotency-key-used": ProblemType(
        422,
        "This idempotency key came with another request.",
        "Use a new key for each new request, and the same one only to send a request again.",
    ),
    "too-many-requests": ProblemType(
        429, "Too many requests.", "Wait as long as the header Retry-After says."
    ),
    "too-many-open": ProblemType(
        503, "Too many pages are open.", "Close some; a page that could not be kept up to date tries again."
    ),
    "internal": ProblemType(
        500, "Something went wrong in this program.", "It stands in the log of the server; please report it."
    ),
    "not-available": ProblemType(
        503,
        "The record cannot be read or written now.",
        "Nothing that was sent is entered. See whether the record process runs and the disk has room.",
    ),
    "not-well": ProblemType(
        503, "Not all is well with the record.", "The answer says what; see also the page Health."
    ),
}

ErrorPage = Callable[[Request, int, str, str], Response]  # status, title, detail


class _Told(JSONResponse):
    """JSON of whatever a request held: half a surrogate pair, which no text can be, goes out as it came in."""

    def render(self, content: Any) -> bytes:
        """The bytes."""
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")


def problem(slug: str, detail: str, *, headers: dict[str, str] | None = None, **more: object) -> JSONResponse:
    """A problem as RFC 9457 has it.

    Args:
        slug: of `PROBLEMS`.
        detail: what is wrong here and now.
        headers: of the answer.
        **more: members beside type, title, status and detail.
    """
    kind = PROBLEMS[slug]
    body = {"type": f"/problems/{slug}", "title": kind.title, "status": kind.status, "detail": detail}
    return _Told(body | more, kind.status, media_type=MEDIA_TYPE, headers=headers)


def refusal(
    scope: Scope,
    slug: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    page: ErrorPage | None = None,
    **more: object,
) -> Response:
    """A problem for programs, a page for people who came with a browser.

    Args:
        scope: of the request.
        slug: of `PROBLEMS`.
        detail: what is wrong here and now.
        headers: of the answer.
        page: makes the page; without it, a plain one.
        **more: members beside type, title, status and detail.
    """
    if scope["path"].startswith(API) or "text/html" not in Headers(scope=scope).get("accept", ""):
        return problem(slug, detail, headers=headers, **more)
    kind = PROBLEMS[slug]
    if page is not None:
        made = page(Request(scope), kind.status, kind.title, detail)
    else:
        made = HTMLResponse(problem_page(slug, detail), kind.status)
    made.headers.update(headers or {})
    return made


def problem_page(slug: str, detail: str = "") -> str:
    """The page of a problem type, in both languages."""
    kind = PROBLEMS[slug]
    tongues: tuple[Tongue, ...] = ("zh", "en")
    parts = []
    for tongue in tongues:
        say = language(tongue, Path(__file__).parent).say
        parts.append(
            f'<section lang="{tongue}"><h2>{escape(say(kind.title))}</h2><p>{escape(say(kind.advice))}</p></section>'
        )
    told = f"<p>{escape(detail)}</p>" if detail else ""
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{asset("site.css")}">'
        f"<title>{kind.status} {escape(kind.title)}</title></head><body><main><h1>{kind.status}</h1>{told}"
        f'{"".join(parts)}<p><a href="/">haccpline</a></p></main></body></html>'
    )


_SLUGS: tuple[tuple[type[HaccplineError], str], ...] = (  # the first that fits
    (SignInRefused, "sign-in-refused"),
    (EnteringError, "cannot-be-done-now"),
    (StoreError, "not-available"),
    (IngestStoreError, "not-available"),
    (ReportError, "not-found"),
    (LedgerError, "bad-request"),
    (TimeError, "bad-request"),
    (PostError, "bad-request"),
)


def slug_of(error: HaccplineError) -> str:
    """The problem type of an error that speaks to people."""
    if isinstance(error, WebRefusal):
        return error.slug
    return next((slug for kind, slug in _SLUGS if isinstance(error, kind)), "not-available")


def add_problems(app: FastAPI, *, sign_in: str) -> None:
    """Have every error of an app answered as a problem, and give each type its page.

    Args:
        app: `app.state.error_page`, where it is set, makes the pages of errors for people.
        sign_in: path of the page to sign in on.
    """

    def answered(request: Request, slug: str, detail: str, **how: object) -> Response:
        page: ErrorPage | None = getattr(app.state, "error_page", None)
        return refusal(request.scope, slug, detail, page=page, **how)  # type: ignore[arg-type]

    @app.exception_handler(HaccplineError)
    def say(request: Request, error: HaccplineError) -> Response:
        slug = slug_of(error)
        headers = dict(error.headers) if isinstance(error, WebRefusal) else {}
        if PROBLEMS[slug].status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, SignInNeeded) and _wants_page(request):
            return RedirectResponse(_with_next(sign_in, request), 303)
        return answered(request, slug, str(error), headers=headers)

    @app.exception_handler(OSError)
    def say_what_the_disk_says(request: Request, error: OSError) -> Response:
        _log.error("a request met the disk's refusal", path=request.url.path, error=str(error))
        return answered(request, "not-available", f"{error.strerror or error}; nothing was entered")

    @app.exception_handler(RequestValidationError)
    def say_what_is_wrong(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"at": ".".join(map(str, each["loc"])), "what": str(each["msg"])} for each in error.errors()
        ]
        said = "; ".join(f"{each['at']}: {each['what']}" for each in errors)
        return answered(request, "invalid-request", said, errors=errors)

    @app.exception_handler(HTTPException)
    def say_status(request: Request, error: HTTPException) -> Response:
        slug = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 401: "sign-in-needed"}.get(
            error.status_code, "bad-request" if error.status_code < 500 else "internal"
        )
        return answered(request, slug, str(error.detail), headers=dict(error.headers or {}))

    @app.get("/problems/{slug}", include_in_schema=False)
    def show_problem(slug: str) -> Response:
        if slug not in PROBLEMS:
            raise HTTPException(404, f"there is no problem type {slug}")
        return HTMLResponse(problem_page(slug))


def _wants_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and not request.url.path.startswith(API)
        and "text/html" in request.headers.get("accept", "")
    )


def _with_next(sign_in: str, request: Request) -> str:
    from urllib.parse import quote

    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{sign_in}?next={quote(target, safe='')}"
