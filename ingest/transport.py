"""How lines reach an InfluxDB: what every API version has in common."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol

import msgspec

from ingest.settings import InfluxSettings

WRITE_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that the server names as refused.

    Attributes:
        number: of the line, from 1.
        line: as the server had it; empty where it does not say.
        words: why.
    """

    number: int
    line: str
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to a write.

    Attributes:
        status: HTTP status.
        words: its explanation, verbatim.
        retry_after: seconds it asks to wait; None where it does not.
        refused: lines that it names; the others may be stored or not.
    """

    status: int
    words: str = ""
    retry_after: float | None = None
    refused: tuple[Refused, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every line is stored: 204 alone says so; a proxy's page comes with 200."""
        return self.status == 204


class Transport(Protocol):
    """One way to write to InfluxDB."""

    async def write(self, lines: bytes) -> Answer:
        """Send lines, times in ns.

        Raises:
            InfluxUnreachableError: no answer.
        """

    async def prepare(self) -> None:
        """Create the database, or the bucket and its name for InfluxQL, where they are missing.

        Raises:
            InfluxUnreachableError: no answer.
            InfluxError: refused.
        """

    async def close(self) -> None:
        """Let go of the connection."""


def transport(settings: InfluxSettings) -> Transport:
    """The transport that the site asks for; its library is loaded only here.

    Raises:
        OSError: the file of a token or password cannot be read.
    """
    if settings.api == "v2":
        from ingest.transport_v2 import BucketTransport

        return BucketTransport(settings)
    from ingest.transport_v1 import DatabaseTransport

    return DatabaseTransport(settings)


class _Line(msgspec.Struct):
    line_number: int
    error_message: str
    original_line: str = ""


class _Partial(msgspec.Struct):
    data: list[_Line]


def refused_lines(body: str) -> tuple[Refused, ...]:
    """The lines that InfluxDB 3 names in a 400: `{"error": "partial write ...", "data": [{"line_number": 2, ...}]}`.

    Source: InfluxDB 3 Core, "Use the v3 write API", partial writes; at most 100 are listed.
    """
    try:
        told = msgspec.json.decode(body, type=_Partial)
    except msgspec.MsgspecError:
        return ()
    return tuple(Refused(each.line_number, each.original_line, each.error_message) for each in told.data)


def seconds_asked(header: str | None, now: float) -> float | None:
    """Seconds of a `Retry-After` header, given as a number or as a date (RFC 9110, 10.2.3).

    Args:
        header: its text.
        now: seconds since 1970, for a date.
    """
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(parsedate_to_datetime(header).timestamp() - now, 0.0)
    except ValueError:
        return None
