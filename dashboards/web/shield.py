"""What every request passes before anything else looks at it, and every answer on its way out."""

from __future__ import annotations

import ipaddress
import socket
import time
import traceback
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.web.problems import problem, refusal
from dashboards.web.rate import Buckets
from dashboards.web.settings import ServeSettings

MAX_BODY = 1 << 20  # bytes; a case's form has some pages of text
READING = ("GET", "HEAD", "OPTIONS")
EXPORTS = ("/api/v1/exports", "/export")
INGEST = "/api/v1/readings"
_TOO_LARGE = f"a request has at most {MAX_BODY >> 10} KiB"
_log = structlog.get_logger(__name__)

# A page may load nothing that is not ours, run no script that stands in it, and be shown in nobody's frame.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # with no-referrer a browser sends `Origin: null` even from our own forms, and they could not be told from others'
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}


class Shield:
    """Host, rate, size and origin of a request; headers of the answer; a plain 500 instead of a traceback.

    Args:
        app: what is shielded.
        settings: how it is served.
        buckets: how often each address may ask.
    """

    def __init__(self, app: ASGIApp, *, settings: ServeSettings, buckets: Buckets) -> None:
        self._app = app
        self._buckets = buckets
        self._hosts = _own_names(settings)
        self._headers = dict(HEADERS)
        if settings.secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"
        if settings.banner is not None:
            self._headers["Haccpline-Warning"] = "served without encryption"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, sending)
            return
        size = _Size(receive)
        try:
            await self._app(scope, size.receive, sending)
        except Exception:  # noqa: BLE001 - whatever it is, its traceback belongs to the log
            # as plain text: a traceback that shows variables would show passwords
            said = traceback.format_exc()
            _log.error("a request failed", method=scope["method"], path=scope["path"], traceback=said)
            if not started:
                await problem("internal", "it stands in the server's log")(scope, receive, sending)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = _host_of(headers.get("host", ""))
        if not (host in self._hosts or _is_address(host)):
            return refusal(scope, "unknown-host", f"this site is not called {host[:100]!r}")
        wait = self._buckets.take(_kind(scope), _address(scope), now=time.monotonic())
        if wait:
            seconds = str(max(1, -(-int(wait * 1000) // 1000)))
            said = f"too many requests from this address; try again in {seconds} s"
            return refusal(scope, "too-many-requests", said, headers={"Retry-After": seconds})
        if scope["method"] not in READING and not _same_origin(headers):
            return refusal(scope, "cross-site", "it was sent by a page of another site")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return refusal(scope, "too-large", _TOO_LARGE)
        return None


class _Size:
    """Counts a body while it comes: without a Content-Length it may be of any size."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._so_far = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._so_far += len(message.get("body", b""))
        if self._so_far > MAX_BODY:
            raise HTTPException(413, _TOO_LARGE)
        return message


def _kind(scope: Scope) -> str:
    if scope["method"] in READING:
        return "read"
    path = scope["path"].rstrip("/")
    if path == INGEST:
        return "ingest"
    return "export" if path in EXPORTS else "act"


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _same_origin(headers: Headers) -> bool:
    """Whether no other site's page sent it; a program that is no browser says nothing of either."""
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


def _own_names(settings: ServeSettings) -> frozenset[str]:
    names = {"localhost", socket.gethostname(), settings.host, *settings.hosts}
    if settings.public_url is not None:
        names.add(urlsplit(settings.public_url).hostname or "")
    return frozenset(name.lower() for name in names if name)


def _host_of(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _is_address(host: str) -> bool:
    """An address cannot be rebound to another, as a name of somebody else's can."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
