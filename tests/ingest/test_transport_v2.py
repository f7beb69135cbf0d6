"""`/api/v2/write` through influxdb-client.

No InfluxDB 2 can be installed here. What stands in for it: VictoriaMetrics, a real server that takes
`/api/v2/write` but turns texts into 0; and, for texts and for buckets, a small server that forwards
`/api/v2/write` to a real InfluxDB 1.x and answers `/api/v2/buckets` and `/api/v2/dbrps` as InfluxDB 2's
documentation says. What a real InfluxDB 2 does beyond its documentation is not tested.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ingest.archive import ParquetArchive
from ingest.errors import InfluxError, InfluxUnreachableError
from ingest.history_influxql import InfluxHistory
from ingest.influx import InfluxWriter
from ingest.journal import SqliteJournal
from ingest.quarantine import Side
from ingest.reading_feed import READINGS_CURSOR, reading_feeds
from ingest.settings import InfluxSettings
from ingest.transport import transport
from readings.block import Block
from readings.inputs import Series

BUCKET, DATABASE, ORG, TOKEN = "plant bucket", "plant", "works", "t0ken"
ID = "00000000000000%02d"


class Forwarder:
    """InfluxDB 2's paths in front of an InfluxDB 1.x: a bucket is written to the database it is mapped to."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.buckets: list[str] = []
        self.mappings: list[dict[str, Any]] = []
        self.readable = True
        self.requests: list[str] = []
        self.client = httpx.Client(base_url=behind)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        self.requests.append(f"{method} {path}")
        if headers.get("Authorization") != f"Token {TOKEN}":
            return 401, {"code": "unauthorized", "message": "unauthorized access"}
        known = {
            "POST /api/v2/write": self.write,
            "GET /api/v2/buckets": lambda query, _: (200, {"buckets": self._buckets(query)}),
            "POST /api/v2/buckets": self.create,
            "GET /api/v2/orgs": lambda *_: (200, {"orgs": [{"id": ID % 99, "name": ORG}]}),
            "GET /api/v2/dbrps": lambda *_: (200, {"content": self.mappings}),
            "POST /api/v2/dbrps": self.map,
        }
        return known[f"{method} {path}"](query, body)

    def write(self, query: dict[str, list[str]], body: bytes) -> tuple[int, dict[str, Any]]:
        assert query["precision"] == ["ns"]
        assert query["org"] == [ORG]
        if query["bucket"][0] not in self.buckets or not self.mappings:
            return 404, {"code": "not found", "message": f'bucket "{query["bucket"][0]}" not found'}
        done = self.client.post("/write", params={"db": DATABASE, "precision": "ns"}, content=body)
        if done.status_code == 400 and "partial write" in done.text:
            return 422, {"code": "unprocessable entity", "message": done.json()["error"]}
        return done.status_code, done.json() if done.content else {}

    def _buckets(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        names = [name for name in self.buckets if [name] == query.get("name", [name])]
        return [
            {"id": ID % self.buckets.index(name), "name": name, "orgID": ID % 99, "retentionRules": []}
            for name in names
        ]

    def create(self, _: dict[str, list[str]], body: bytes) -> tuple[int, dict[str, Any]]:
        if not self.readable:
            return 403, {"code": "forbidden", "message": "insufficient permissions for write"}
        self.buckets.append(json.loads(body)["name"])
        return 201, self._buckets({"name": [self.buckets[-1]]})[0]

    def map(self, _: dict[str, list[str]], body: bytes) -> tuple[int, dict[str, Any]]:
        mapping = json.loads(body)
        assert mapping["retention_policy"]
        self.mappings.append({"id": ID % 50, **mapping})
        self.client.post("/query", params={"q": f'CREATE DATABASE "{mapping["database"]}"'})
        return 201, self.mappings[-1]


@contextmanager
def serving(forwarder: Forwarder) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            status, found = forwarder.answer(self.command, self.path, self.headers, body)
            content = json.dumps(found).encode() if found else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _any  # noqa: N815 - the names that the standard library calls

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        forwarder.client.close()


def settings_for(url: str, tmp_path: Path, token: str = TOKEN) -> InfluxSettings:
    (tmp_path / "token").write_text(token + "\n")
    return InfluxSettings(
        url=url, api="v2", bucket=BUCKET, database=DATABASE, org=ORG, token_file=tmp_path / "token"
    )


async def run_until(writer: InfluxWriter, true: Callable[[], bool]) -> None:
    task = asyncio.create_task(writer.run(), name="writer")
    end = time.monotonic() + 20
    try:
        while not true():
            assert time.monotonic() < end, writer.status
            assert not task.done(), task
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.server
async def test_bucket_and_mapping_are_created(
    journal: SqliteJournal,
    archive: ParquetArchive,
    make: Callable[..., Block],
    influxd: Any,
    tmp_path: Path,
    rows: Callable[[Block], list[tuple[Any, ...]]],
    t0: int,
) -> None:
    """Into a server without the bucket: bucket and mapping are made once, all readings arrive, texts too."""
    journal.append(make(0, 100))
    forwarder = Forwarder(influxd.url)
    with serving(forwarder) as url:
        settings = settings_for(url, tmp_path)
        writer = InfluxWriter(
            journal, transport(settings), [*reading_feeds(journal, archive, "p")], pauses=(0.01, 0.1)
        )
        await run_until(writer, lambda: journal.cursor(READINGS_CURSOR) == 1)
        way = transport(settings)
        await way.prepare()
        await way.close()
    assert forwarder.buckets == [BUCKET]
    assert [mapping["database"] for mapping in forwarder.mappings] == [DATABASE]
    history = InfluxHistory(InfluxSettings(url=influxd.url, database=DATABASE), "p")
    series = Series("cs1", "s1")
    ours = archive.read([series], t0, t0 + 10**12).block
    assert rows(history.rows(series, t0, t0 + 10**12)) == rows(ours)
    history.close()


@pytest.mark.server
async def test_poison_in_a_bucket(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], influxd: Any, tmp_path: Path
) -> None:
    """422 of a bucket: the point is set aside with the server's words, its neighbours arrive."""
    journal.append(make(0, 10, bad=0))
    forwarder = Forwarder(influxd.url)
    with serving(forwarder) as url:
        way = transport(settings_for(url, tmp_path))
        await way.prepare()
        foreign = b'reading,line=cs1,point=1,sensor=s0,site=p raw="text" %d' % (
            int(journal.read(0)[0][1].time[0])
        )
        assert (await way.write(foreign)).ok
        assert (await way.write(b"broken")).status == 400
        writer = InfluxWriter(journal, way, [*reading_feeds(journal, archive, "p")], pauses=(0.01, 0.1))
        await run_until(writer, lambda: journal.cursor(READINGS_CURSOR) == 1)
    items = journal.quarantined.items(side=Side.COPY)
    assert len(items) == 40
    assert all("field type conflict" in item.what.reason for item in items)


@pytest.mark.server
async def test_refusals_and_silence(influxd: Any, tmp_path: Path) -> None:
    """A wrong token, a token without the right, a server that is gone: each told as what it is."""
    forwarder = Forwarder(influxd.url)
    with serving(forwarder) as url:
        wrong = transport(settings_for(url, tmp_path, token="wrong"))
        assert (await wrong.write(b"m x=1 1")).status == 401
        with pytest.raises(InfluxError, match="unauthorized access"):
            await wrong.prepare()
        await wrong.close()
        forwarder.readable = False
        weak = transport(settings_for(url, tmp_path))
        with pytest.raises(InfluxError, match="allowed to write buckets"):
            await weak.prepare()
        await weak.close()
    gone = transport(settings_for(url, tmp_path))
    with pytest.raises(InfluxUnreachableError, match="does not answer"):
        await gone.write(b"m x=1 1")
    await gone.close()


def exported(url: str) -> int:
    """How many raw numbers a VictoriaMetrics has."""
    httpx.get(f"{url}/internal/force_flush")
    export = httpx.get(f"{url}/api/v1/export", params={"match[]": '{__name__="reading_raw"}'})
    return sum(len(json.loads(line)["values"]) for line in export.text.splitlines())


@pytest.mark.server
async def test_victoria_takes_every_reading(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], victoria: Any, tmp_path: Path
) -> None:
    """A real server with `/api/v2/write`: as many numbers as were journalled; nothing is said about texts."""
    for start in range(0, 500, 100):
        journal.append(make(start, 100, bad=0))
    settings = settings_for(victoria.url, tmp_path)
    writer = InfluxWriter(journal, transport(settings), [*reading_feeds(journal, archive, "p")])
    await run_until(writer, lambda: journal.cursor(READINGS_CURSOR) == 5)
    deadline = time.monotonic() + 20
    found = 0
    while found < 2000 and time.monotonic() < deadline:
        found = exported(victoria.url)
        await asyncio.sleep(0.05)
    assert found == 2000


def test_loaded_only_when_asked() -> None:
    """The journal, intake, archive and writer load neither client, nor Parquet: record stays small."""
    code = (
        "import sys, ingest.intake, ingest.archive, ingest.sealer, ingest.influx, ingest.reading_feed,"
        " ingest.transport, ingest.settings, ingest.inbox;"
        "print([name for name in ('pyarrow', 'influxdb_client', 'httpx', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
