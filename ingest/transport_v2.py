"""`/api/v2/write` of InfluxDB 1.8 and later, through influxdb-client.

Lines go in as bytes: the client's own points cost nine times as much and drop a reading without a number. Its
batching is not used either: it keeps what it could not send in memory, and gives up after three minutes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import influxdb_client
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from ingest.errors import InfluxError, InfluxUnreachableError
from ingest.settings import InfluxSettings
from ingest.transport import WRITE_TIMEOUT, Answer, refused_lines, seconds_asked

RETENTION_POLICY = "autogen"  # the name by which InfluxQL finds the bucket, beside the database's
_library: Any = influxdb_client  # typed in part, and not always as it is used
T = TypeVar("T")


class BucketTransport:
    """Writes to a bucket of InfluxDB 2.x; the client works in a thread.

    Raises:
        OSError: the token's file cannot be read.
    """

    def __init__(self, settings: InfluxSettings) -> None:
        self._settings = settings
        self._bucket = settings.bucket or settings.database
        self._client = _library.InfluxDBClient(
            url=settings.address,
            token=settings.token(),
            org=settings.org,
            timeout=int(WRITE_TIMEOUT * 1000),
            enable_gzip=settings.gzip,
        )
        self._write = self._client.write_api(write_options=SYNCHRONOUS)

    async def write(self, lines: bytes) -> Answer:
        """Send lines, times in ns.

        Raises:
            InfluxUnreachableError: no answer.
        """
        try:
            await self._in_thread(
                lambda: self._write.write(
                    self._bucket, self._settings.org, lines, write_precision=_library.WritePrecision.NS
                )
            )
        except ApiException as error:
            asked = error.headers.get("Retry-After") if error.headers else None
            wait = seconds_asked(asked, time.time())
            words = _words(error)
            return Answer(int(error.status), words, wait, refused_lines(words))
        return Answer(204)

    async def prepare(self) -> None:
        """Create the bucket, and the mapping by which InfluxQL finds it as database, where they are missing.

        Raises:
            InfluxUnreachableError: no answer.
            InfluxError: refused.
        """
        try:
            await self._in_thread(self._prepare)
        except ApiException as error:
            raise InfluxError(
                f"{self._settings.address} does not create bucket {self._bucket}: {_words(error)};"
                " the token must be allowed to write buckets and mappings"
            ) from error

    async def close(self) -> None:
        """Let go of the connection."""
        await asyncio.to_thread(self._client.close)

    def _prepare(self) -> None:
        buckets = self._client.buckets_api()
        bucket = buckets.find_bucket_by_name(self._bucket) or buckets.create_bucket(bucket_name=self._bucket)
        mappings = _library.DBRPsService(self._client.api_client)
        found = mappings.get_dbr_ps(org_id=bucket.org_id, db=self._settings.database).content or []
        if any(mapping.bucket_id == bucket.id for mapping in found):
            return
        mappings.post_dbrp(
            _library.DBRPCreate(
                org_id=bucket.org_id,
                bucket_id=bucket.id,
                database=self._settings.database,
                retention_policy=RETENTION_POLICY,
                default=True,
            )
        )

    async def _in_thread(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(call)
        except HTTPError as error:
            raise InfluxUnreachableError(f"{self._settings.address} does not answer: {error}") from error
        except (ValueError, TypeError, AttributeError) as error:  # an answer that the client cannot read
            raise InfluxError(f"{self._settings.address} answers as no InfluxDB does: {error}") from error
        except ApiException as error:
            if not error.status:  # the client could not speak to it: TLS, say
                raise InfluxUnreachableError(
                    f"{self._settings.address} does not answer: {error.reason}"
                ) from error
            raise


def _words(error: ApiException) -> str:
    body = error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else error.body
    return str(body or error.reason or "").strip()
