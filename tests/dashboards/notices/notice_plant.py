"""A cold store of forty zones with journal, clerk and ledger; and a server that takes webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from dashboards.notices.delivery import Delivery, read_outbox
from dashboards.notices.message import Fields, Message
from dashboards.notices.outbox import Outbox
from dashboards.notices.planner import Planner
from dashboards.notices.settings import NoticeSettings
from dashboards.views.silent_ends import SilentEnd
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.clerk import Clerk
from ledger.open_cases import open_cases
from ledger.signatures import signed_bytes
from ledger.store import Ledger
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series
from readings.times import SECOND, parse_time

START = parse_time("2026-12-01T00:00:00Z")
ZONES = [f"Z{number}" for number in range(1, 41)]
PLAN = f"""
plan: cold-3
name: {{zh: 3 号冷库, en: Cold store 3}}
site: {{id: S, name: {{zh: 速冻食品厂, en: Frozen foods}}, timezone: Asia/Shanghai}}
effective_from: 2026-11-01T00:00+08:00
line: {{unit: zone, zones: [{", ".join(ZONES)}]}}
sensors: {{air: {{unit: degC, resolution: 0.1, zones: [{", ".join(ZONES)}], every: 10 s, silent_after: 30 s}}}}
ccps:
  - id: CCP1
    name: {{zh: 冻藏, en: Frozen storage}}
    critical: [{{id: air, name: {{zh: 空气温度, en: Air temperature}}, kind: threshold, of: air, at_most: -15.0 degC}}]
    silence: {{verdict: {{after: 30 s}}, notice: {{after: 60 s}}, case: {{after: 5 min}}}}
notices:
  - {{at: 0 s, to: store keeper, by: [pager]}}
  - {{after: 15 min, unless: acknowledged, to: safety team, by: [pager], again: 30 min}}
  - {{after: 4 h, unless: contained, to: manager, by: [pager]}}
  - {{when: product may have left the plant, propose: report to the authority, to: person in charge}}
"""
PEOPLE: dict[str, Any] = {
    "store keeper": {"language": "zh", "by": {"pager": "138"}},
    "officer": {"language": "en", "by": {"pager": "139"}},
    "manager": {"language": "zh", "by": {"pager": "137"}},
    "person in charge": {"language": "en", "by": {"pager": "136"}},
}


MESSAGE = Message(
    id="0123456789abcdef01234567",
    channel="pager",
    person="store keeper",
    language="zh",
    address="138",
    kind="notice",
    subject="偏离",
    text="偏离 空气温度",
    fields=Fields("where", "what", "value", "since"),
    about=[{"case": "c", "event": "e", "line": "l", "rung": 1}],
)


def site_settings(url: str = "http://127.0.0.1:9/", **more: Any) -> NoticeSettings:
    """Everybody has a pager, which is a webhook."""
    said = {
        "channels": {"pager": {"webhook": url}},
        "people": PEOPLE,
        "groups": {"safety team": ["officer"]},
        "public_url": "https://haccp.example",
    }
    return NoticeSettings.model_validate(said | more)


@dataclass
class Plant:
    """A site whose time is told: everything but a wall clock is real."""

    folder: Path
    settings: NoticeSettings = field(default_factory=site_settings)
    sources: dict[str, SilentEnd] = field(default_factory=dict)
    now: int = START
    planner: Planner | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.journal = SqliteJournal(self.folder / "journal.db")
        self.journal.own()
        self.ledger = Ledger(self.folder / "ledger.db")
        self.clerk = Clerk(
            "S", self.ledger, self.journal, ParquetArchive(self.folder / "segments", self.journal)
        )
        self.clerk.resume()
        self.outbox = Outbox(self.folder)

    def adopt(self, text: str = PLAN) -> None:
        act = Act(self.now, "plan.adopt", body={"file": "plan.yaml", "text": text}, id=f"adopt{hash(text)}")
        self.take(Block(acts=(act,), tick=self.now))

    def take(self, block: Block) -> None:
        """Commit to the journal, and let the clerk hear it."""
        self.journal.append(block)
        while self.clerk.work(time.monotonic_ns()):
            pass

    def read(self, value: float = -18.0, zones: list[str] | None = None, at: int | None = None) -> None:
        """A reading of every zone, now, or at another time in the past."""
        builder = BlockBuilder()
        for zone in ZONES if zones is None else zones:
            when = self.now if at is None else at
            builder.reading(Series("cold-3", "air", f"{zone}.1"), time=when, value=value, received=self.now)
        self.take(builder.build(self.now))

    def wait(self, seconds: float, value: float | None = -18.0, *, zones: list[str] | None = None) -> None:
        """Time goes on in steps of ten seconds (25 in a long time), with readings or, without a value, in silence."""
        until = self.now + int(seconds * SECOND)
        step = (10 if seconds < 300 else 25) * SECOND
        while self.now < until:
            self.now = min(self.now + step, until)
            if value is None:
                self.take(Block(tick=self.now))
            else:
                self.read(value, zones)
            self.look()

    def act(self, action: str, **body: Any) -> None:
        """A person acts on the first case that is open."""
        self.act_on(next(iter(open_cases(self.ledger))), action, **body)
        self.look()

    def act_on(self, case: str, action: str, who: str = "ann", **body: Any) -> None:
        """A person acts on a case."""
        entered = {"case": case, "who": who, "name": who.title(), "role": "qa", **body}
        act = Act(self.now, f"case.{action}", "cold-3", who, entered, id=f"{action}{case}{self.now}")
        self.take(Block(acts=(act,), tick=self.now))

    def sign(self, action: str, who: str, **body: Any) -> None:
        """A person acts on the first case that is open, and signs."""
        case = next(iter(open_cases(self.ledger)))
        entered = {"case": case, "who": who, "name": who.title(), "role": "qa", **body}
        digest = hashlib.sha256(signed_bytes(entered)).hexdigest()
        signature = {"who": who, "name": who.title(), "role": "qa", "sha256": digest}
        self.act_on(case, action, who, **body, signature=signature)

    def look(self) -> bool:
        """The planner looks."""
        if self.planner is None:
            self.planner = Planner(self.folder, self.settings, self.outbox, self.sources)
        return self.planner.look(self.now)

    def restart(self, *, clean: bool = False) -> None:
        """The planner ends, with what it knows kept or (`kill -9`) not, and begins again."""
        if self.planner is not None and clean:
            self.planner.close()
        self.planner = None

    def close(self) -> None:
        """Leave the folder to another process."""
        self.restart(clean=True)
        self.outbox.close()
        self.ledger.close()
        self.journal.close()

    def told(self) -> list[Delivery]:
        """Everything in the outbox, oldest first."""
        found = read_outbox(self.folder)
        return sorted(found, key=lambda each: (each.made, each.item.turn, each.item.person))

    def messages(self) -> dict[str, str]:
        """Text by message."""
        return {each.message: each.text for each in self.told()}

    def health(self, **connected: bool) -> None:
        """What the record process says of its sources now."""
        self.say_health([{"name": name, "connected": each} for name, each in connected.items()])

    def say_health(self, sources: list[dict[str, Any]]) -> None:
        """The same, in whole."""
        said = {"sources": sources}
        (self.folder / "health.json").write_text(json.dumps(said))


async def until(what: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - what is waited for is another process, or a file
            await asyncio.sleep(0.02)


class Receiver:
    """A web server that takes posts: `.url`, `.got` (path, headers, body), `.answer` says how it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda request: say(request, 204)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append((self.path, headers, body))
                receiver.answer(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def bodies(self) -> list[dict[str, Any]]:
        """What was posted."""
        return [json.loads(body) for _, _, body in self.got]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def say(request: BaseHTTPRequestHandler, status: int, words: str = "", **headers: str) -> None:
    """Answer a request."""
    data = words.encode()
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)
