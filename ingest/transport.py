"""How lines reach an InfluxDB: what every API version has in common."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol

from ingest.settings import InfluxSettings

WRITE_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to a write.

    Attributes:
        status: HTTP status.
        words: its explanation, verbatim.
        retry_after: seconds it asks to wait; None where it does not.
    """

    status: int
    words: str = ""
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether every line is stored."""
        return 200 <= self.status < 300


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
