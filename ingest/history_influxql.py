"""History from InfluxDB, in InfluxQL: every InfluxDB from 1.x to 3 Core answers it."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import numpy as np

from ingest.buckets import Buckets, width_of
from ingest.errors import InfluxError, InfluxUnreachableError
from ingest.lineprotocol import READING, REASONS
from ingest.settings import InfluxSettings
from ingest.transport_v1 import refusal
from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.quality import Quality

_TIMEOUT = 30.0  # seconds
_ROWS = ("value", "raw", "quality", "reason", "received", "seq")
_CODES = {text: code for code, text in REASONS.items()}
Row = list[Any]


class InfluxHistory:
    """History from `/query`.

    Args:
        settings: where the copy is.
        site: the site's name.

    Raises:
        OSError: the file of a token or password cannot be read.
    """

    def __init__(self, settings: InfluxSettings, site: str) -> None:
        self._settings = settings
        self._site = site
        token = settings.token()
        self._client = httpx.Client(
            base_url=settings.address,
            timeout=_TIMEOUT,
            auth=settings.login(),
            headers={"Authorization": f"Token {token}"} if token else {},
        )

    def buckets(self, series: Series, start: int, end: int, n: int) -> Buckets:
        """Lowest, highest and last value in `n` buckets of equal width from `start` to `end`, ns UTC.

        Raises:
            InfluxUnreachableError: no answer.
            InfluxError: refused.
        """
        width = width_of(start, end, n)
        begins = np.arange(start, end, width, dtype=np.int64)
        count = np.zeros(len(begins), np.int64)
        low, high, last = (np.full(len(begins), np.nan) for _ in range(3))
        for row in self._query(
            f"SELECT count(value), min(value), max(value), last(value) FROM {READING}"  # noqa: S608 - literals are escaped
            f" WHERE {self._where(series, start, end)}"
            f" GROUP BY time({width}ns, {start % width}ns) fill(none)"
        ):
            at = (row[0] - start) // width
            count[at], low[at], high[at], last[at] = row[1:]
        return Buckets(begins, count, low, high, last)

    def rows(self, series: Series, start: int, end: int) -> Block:
        """Readings with start <= time < end by time, one for each time: as it was written last.

        Raises:
            InfluxUnreachableError: no answer.
            InfluxError: refused.
        """
        found = self._query(
            f"SELECT {', '.join(_ROWS)} FROM {READING} WHERE {self._where(series, start, end)}"  # noqa: S608 - literals are escaped
        )
        columns: list[tuple[Any, ...]] = list(zip(*found, strict=True)) or [()] * 7
        time, value, raw, quality, reason, received, seq = columns
        return Block(
            series=(series,),
            which=np.zeros(len(time), np.int32),
            time=np.array(time, np.int64),
            value=np.array(value, np.float64),
            raw=np.array(raw, np.float64),
            quality=np.array([Quality[text.upper()] for text in quality], np.uint8),
            reason=np.array([_CODES[text] for text in reason], np.uint8),
            received=np.array(received, np.int64),
            seq=np.array([NO_SEQ if one is None else one for one in seq], np.int64),
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _where(self, series: Series, start: int, end: int) -> str:
        tags = {
            "site": self._site,
            "line": series.line,
            "sensor": series.sensor,
            "point": series.point,
        }
        same = " AND ".join(f"{name} = {_literal(value)}" for name, value in tags.items())
        return f"{same} AND time >= {start} AND time < {end}"

    def _query(self, query: str) -> list[Row]:
        try:
            answer = self._client.get(
                "/query", params={"db": self._settings.database, "epoch": "ns", "q": query}
            )
        except httpx.HTTPError as error:
            raise InfluxUnreachableError(
                f"{self._settings.address} does not answer: {error or type(error).__name__}"
            ) from error
        refused = refusal(answer.content) or (answer.text if answer.status_code >= 300 else None)
        if refused:
            raise InfluxError(f"{self._settings.address} refused a query ({answer.status_code}): {refused}")
        result = msgspec.json.decode(answer.content)["results"][0]
        return [row for one in result.get("series", ()) for row in one["values"]]


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
