"""`/write` of InfluxDB 1.x, which 2.x (with a mapping) and 3 Core take too."""

from __future__ import annotations

import asyncio
import gzip
import time

import httpx
import msgspec

from ingest.errors import InfluxError, InfluxUnreachableError
from ingest.settings import InfluxSettings
from ingest.transport import WRITE_TIMEOUT, Answer, refused_lines, seconds_asked

_QUICK = 1  # level of compression: lines of line protocol repeat themselves


class DatabaseTransport:
    """Writes to a database of InfluxDB 1.x.

    Raises:
        OSError: the file of a token or password cannot be read.
    """

    def __init__(self, settings: InfluxSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(
            base_url=settings.address, timeout=WRITE_TIMEOUT, auth=settings.login(), headers=_token(settings)
        )

    async def write(self, lines: bytes) -> Answer:
        """Send lines, times in ns.

        Raises:
            InfluxUnreachableError: no answer.
        """
        headers = {}
        if self._settings.gzip:
            lines = await asyncio.to_thread(gzip.compress, lines, _QUICK)
            headers["Content-Encoding"] = "gzip"
        answer = await self._post(
            "/write", {"db": self._settings.database, "precision": "ns"}, lines, headers
        )
        wait = seconds_asked(answer.headers.get("Retry-After"), time.time())
        words = answer.text.strip()
        return Answer(answer.status_code, words, wait, refused_lines(words))

    async def prepare(self) -> None:
        """Create the database where it is missing.

        Raises:
            InfluxUnreachableError: no answer.
            InfluxError: refused.
        """
        answer = await self._post("/query", {"q": f"CREATE DATABASE {quoted(self._settings.database)}"})
        refused = answer.text.strip() if answer.status_code >= 300 else refusal(answer.content)
        if refused:
            raise InfluxError(
                f"{self._settings.address} does not create database {self._settings.database}: {refused}"
            )

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()

    async def _post(
        self, path: str, params: dict[str, str], content: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        try:
            return await self._client.post(path, params=params, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise InfluxUnreachableError(
                f"{self._settings.address} does not answer: {error or type(error).__name__}"
            ) from error


def quoted(name: str) -> str:
    """An identifier of InfluxQL."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def refusal(body: bytes) -> str | None:
    """The error in an answer of `/query`, which may come with status 200."""
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None if not body.strip() else body.decode("utf-8", "replace")
    results = answer.get("results") or [{}]
    found = answer.get("error") or next((one["error"] for one in results if "error" in one), None)
    return None if found is None else str(found)


def _token(settings: InfluxSettings) -> dict[str, str]:
    token = settings.token()
    return {"Authorization": f"Token {token}"} if token else {}
