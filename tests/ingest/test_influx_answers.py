"""What each class of answer does to a copy, for each generation of InfluxDB.

InfluxDB 1.6.7 is the real one (test_influx). 2.x and 3 Core cannot be installed here: a FAKE server answers over HTTP what
their documentation says (InfluxDB 2 "Troubleshoot writes", InfluxDB 3 Core "Use the v3 write API"); what they do beyond it
is not tested.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.influx import Feed, InfluxWriter
from ingest.journal import SqliteJournal
from ingest.quarantine import Side
from ingest.settings import InfluxSettings
from ingest.transport import refused_lines, transport

LINES = [b"reading,line=l,sensor=s x=%d.0 %d" % (number, number) for number in range(40)]
POISON = (LINES[3], LINES[17], LINES[18])


@dataclass
class Fake:
    """Not an InfluxDB: it keeps lines and answers as it is told, as the documentation of `generation` says."""

    generation: str
    first: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    poison: tuple[bytes, ...] = ()
    partial: bool = True  # what is not refused of a batch is stored
    stored: list[bytes] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    most: int = 10**9

    def write(
        self, query: dict[str, list[str]], headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(
            {"precision": query.get("precision"), "encoding": headers.get("Content-Encoding")}
        )
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.split(b"\n")
        if self.first:
            return self.first.pop(0)
        if len(lines) > self.most:
            return (
                413,
                {},
                b'{"code":"request too large","message":"cannot read data: points in batch is too large"}',
            )
        bad = [number for number, line in enumerate(lines, start=1) if line in self.poison]
        if not bad:
            self.stored += lines
            return 204, {}, b""
        if self.partial:
            self.stored += [line for line in lines if line not in self.poison]
        return self.refusal(bad, lines)

    def refusal(self, bad: list[int], lines: list[bytes]) -> tuple[int, dict[str, str], bytes]:
        if self.generation == "3":
            named = [
                {
                    "original_line": lines[number - 1].decode(),
                    "line_number": number,
                    "error_message": "invalid column type for column 'x', expected iox::column_type::field::float",
                }
                for number in bad[:100]
            ]
            said = {"error": "partial write of line protocol occurred", "data": named}
            return 400, {}, json.dumps(said).encode()
        if self.generation == "2":
            said = {
                "code": "unprocessable entity",
                "message": f"partial write: field type conflict dropped={len(bad)}",
            }
            return 422, {}, json.dumps(said).encode()
        return 400, {}, b'{"error":"partial write: field type conflict dropped=0"}'


@contextmanager
def serving(fake: Fake) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = urlsplit(self.path)
            if target.path in ("/write", "/api/v2/write"):
                status, headers, content = fake.write(parse_qs(target.query), self.headers, body)
            else:
                status, headers, content = 200, {}, b'{"results":[{}]}'
            self._say(status, headers, content)

        def do_GET(self) -> None:
            listed = {"/api/v2/buckets": "buckets", "/api/v2/dbrps": "content", "/api/v2/orgs": "orgs"}
            found = {
                "buckets": [
                    {"id": "0" * 15 + "1", "name": "b", "orgID": "0" * 15 + "2", "retentionRules": []}
                ],
                "content": [
                    {"bucketID": "0" * 15 + "1", "id": "0" * 15 + "3", "orgID": "0" * 15 + "2"}
                    | {"database": "haccpline", "retention_policy": "autogen", "default": True}
                ],
                "orgs": [{"id": "0" * 15 + "2", "name": "o"}],
            }
            name = listed[urlsplit(self.path).path]
            self._say(200, {}, json.dumps({name: found[name]}).encode())

        def _say(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Type": "application/json", "X-Fake": "yes"}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def settings(url: str, generation: str, folder: Path, **more: Any) -> InfluxSettings:
    if generation != "2":
        return InfluxSettings(url=url, **more)
    (folder / "token").write_text("t")
    return InfluxSettings(url=url, api="v2", org="o", bucket="b", token_file=folder / "token", **more)


Copy = Callable[..., Any]


@pytest.fixture
def copy(journal: SqliteJournal, tmp_path: Path) -> Copy:
    """Copies LINES to a fake until all are stored or set aside; or until something else is so."""

    async def run(
        fake: Fake,
        until: Callable[[InfluxWriter], bool] | None = None,
        lines: list[bytes] = LINES,
        **more: Any,
    ) -> InfluxWriter:
        feed = Feed("f", lambda after: (len(lines), lines[after:]))
        with serving(fake) as url:
            way = transport(settings(url, fake.generation, tmp_path, **more))
            writer = InfluxWriter(journal, way, [feed], pauses=(0.01, 0.02), linger=0)
            task = asyncio.create_task(writer.run())
            try:
                async with asyncio.timeout(10):
                    while not (until(writer) if until else journal.cursor("f") == len(lines)):  # noqa: ASYNC110
                        await asyncio.sleep(0.005)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        return writer

    return run


@pytest.mark.parametrize("generation", ["1", "2", "3"])
@pytest.mark.parametrize("partial", [True, False])
async def test_bad_lines_alone_are_set_aside(
    journal: SqliteJournal, copy: Copy, generation: str, partial: bool
) -> None:
    """400 and 422, whether the good lines of a batch were stored or all were refused: each good line is there in the end,
    each bad one is set aside once, with the server's words."""
    fake = Fake(generation, poison=POISON, partial=partial)
    await copy(fake)
    assert set(fake.stored) == set(LINES) - set(POISON)
    items = journal.quarantined.items(side=Side.COPY)
    assert [item.what.payload for item in items] == list(POISON)
    expected = "invalid column type" if generation == "3" else "field type conflict"
    assert all(expected in item.what.reason for item in items)


async def test_named_lines_need_no_halving(journal: SqliteJournal, copy: Copy) -> None:
    """InfluxDB 3 names the lines: two requests do, where halving takes dozens."""
    fake = Fake("3", poison=POISON)
    await copy(fake)
    assert len(fake.requests) == 2


async def test_more_bad_lines_than_are_named(journal: SqliteJournal, copy: Copy) -> None:
    """It names 100 at most: the rest is sent again until all are found."""
    many = [b"m x=%d.0 %d" % (number, number) for number in range(250)]
    fake = Fake("3", poison=tuple(many[:230]))
    await copy(fake, lines=many)
    assert set(fake.stored) == set(many[230:])
    assert journal.quarantined.count() == 230
    assert len(fake.requests) == 4


async def test_lines_that_do_not_fit_are_not_believed(journal: SqliteJournal, copy: Copy) -> None:
    """A server that names a line which was not sent there is not believed: the bad ones are found by halving."""
    said = {
        "error": "partial write",
        "data": [{"line_number": 1, "original_line": "other", "error_message": "no"}],
    }
    fake = Fake("1", first=[(400, {}, json.dumps(said).encode())], poison=POISON)
    await copy(fake)
    assert [item.what.payload for item in journal.quarantined.items()] == list(POISON)


@pytest.mark.parametrize(
    ("generation", "status"),
    # influxdb-client (2) takes any 2xx for stored
    [
        ("1", 401),
        ("1", 404),
        ("1", 301),
        ("1", 200),
        ("2", 401),
        ("2", 403),
        ("2", 404),
        ("3", 403),
        ("3", 200),
    ],
)
async def test_a_wrong_configuration_holds(
    journal: SqliteJournal, copy: Copy, generation: str, status: int
) -> None:
    """Not allowed, not there, elsewhere, or no InfluxDB at all (a page with 200): everything is kept, a person is told."""
    fake = Fake(generation, first=[(status, {}, b'{"message":"see the manual"}')] * 1000)
    writer = await copy(fake, until=lambda writer: writer.status["f"].configuration)
    assert str(status) in (writer.status["f"].trouble or "")
    assert journal.cursor("f") == 0
    assert journal.quarantined.count() == 0
    fake.first.clear()
    await copy(fake)
    assert fake.stored == LINES


@pytest.mark.parametrize("generation", ["1", "2"])
@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_passes_is_waited_out(
    journal: SqliteJournal, copy: Copy, generation: str, status: int
) -> None:
    """Overload and trouble of the server: the same lines again, nobody is called, nothing is set aside."""
    fake = Fake(generation, first=[(status, {"Retry-After": "0"} if status in (429, 503) else {}, b"")] * 3)
    writer = await copy(fake)
    assert fake.stored == LINES
    assert not writer.status["f"].configuration
    assert journal.quarantined.count() == 0


@pytest.mark.parametrize("generation", ["1", "2"])
async def test_too_large_is_halved_and_remembered(
    journal: SqliteJournal, copy: Copy, generation: str
) -> None:
    """413: in halves until it fits, and no larger from then on."""
    fake = Fake(generation, most=12)
    writer = await copy(fake)
    assert fake.stored == LINES
    assert writer._at_once == 10


@pytest.mark.parametrize("generation", ["1", "2"])
@pytest.mark.parametrize("packed", [True, False])
async def test_precision_always_and_gzip_as_told(
    journal: SqliteJournal, copy: Copy, generation: str, packed: bool
) -> None:
    """Every write says that times are ns; lines are compressed unless the site says otherwise."""
    fake = Fake(generation)
    await copy(fake, gzip=packed)
    assert fake.requests == [
        {"precision": ["ns"], "encoding": "gzip" if packed else fake.requests[0]["encoding"]}
    ]
    assert packed or fake.requests[0]["encoding"] in (None, "identity")


def test_only_the_form_that_is_documented_names_lines() -> None:
    """Any other body of a 400 names none."""
    for body in ("", "no JSON", '{"error":"x"}', '{"data":[{"line_number":"one"}]}', '{"data":[1]}', "[]"):
        assert refused_lines(body) == ()
