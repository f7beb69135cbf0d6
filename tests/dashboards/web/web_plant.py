"""A recorded cold store, and real servers over it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from argon2 import PasswordHasher

from dashboards.views.site import SiteView
from dashboards.web.app import make_app
from dashboards.web.server import SiteServer, server_config
from dashboards.web.settings import ServeSettings
from gateway.files import open_file
from haccpline.export import export_package, seal
from haccpline.site import Site, load_site
from haccpline.store import Store
from ingest.intake import Clock, JournalIntake
from ingest.posted_taker import PostedTaker
from ledger.api_keys import ApiKeys
from ledger.people import People
from readings.block import Block
from readings.inputs import Act, Series
from readings.times import MINUTE, SECOND

EXAMPLES = Path(__file__).parents[3] / "examples"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
WORD = "correct horse battery"
PEOPLE = {
    "ann": ("Ann Li", ["qa"]),
    "bob": ("Bob Wang", ["qa"]),
    "olga": ("Olga Zhou", ["operator"]),
    "eve": ("Eve Chen", ["engineer"]),
    "aud": ("Aud Lin", ["auditor"]),
    "reg": ("Reg Sun", ["regulator"]),
}
CASE = "48d3a34f03222fcd"  # of the example's deviation


def record(site: Site, readings: Path) -> None:
    """Put a recording into a site's journal and have it decided, as the record process would."""
    store = Store(site.data, site.file.site)
    store.make()
    store.ledger().close()
    journal = store.journal()
    store.archive(journal)
    for line, (plan, text, path) in site.plans.items():
        body = {"file": path.name, "text": text}
        act = Act(time=plan.effective_from, kind="plan.adopt", line=line, body=body, id=plan.hash)
        journal.append(Block(acts=(act,)))
        for block in open_file(readings, line=line):
            for start in range(0, len(block), 60):
                part = block.part(start, min(start + 60, len(block)))
                columns = {
                    name: getattr(part, name) for name in ("time", "value", "raw", "quality", "reason")
                }
                columns |= {name: getattr(part, name) for name in ("received", "seq", "which", "series")}
                journal.append(Block(**columns, tick=int(part.time.max())))
    journal.close()
    seal(site, store)


def let_in(site: Site) -> None:
    """Everybody of `PEOPLE` may sign in at a site, with the same word."""
    people = People(site.data / "people.db", hasher=QUICK)
    for who, (name, roles) in PEOPLE.items():
        people.add(id=who, name=name, roles=roles, password=WORD, now=1)
    people.close()


@cache
def _read() -> Site:
    return load_site(EXAMPLES / "cold_store" / "site.yaml")


@dataclass
class Plant:
    """A site with a day of history, one case and six people."""

    folder: Path

    @cached_property
    def site(self) -> Site:
        """Read once for all tests, then moved."""
        return replace(_read(), path=self.folder / "examples" / "cold_store" / "site.yaml")

    @property
    def store(self) -> Store:
        return Store(self.site.data, self.site.file.site)

    @property
    def view(self) -> SiteView:
        """What the web is told of it."""
        return SiteView(
            id=self.site.file.site,
            name={"zh": "三号冷库", "en": "Cold store"},
            timezone="Asia/Shanghai",
            folder=self.site.data,
            plans={line: plan for line, (plan, _, _) in self.site.plans.items()},
            instruments=self.site.instruments(),
            clock="readings",
        )

    def key(self, scope: str, source: str = "") -> str:
        """A new API key's token."""
        keys = ApiKeys(self.site.data / "people.db")
        _, token = keys.add(name=scope, scope=scope, now=1, source=source)
        keys.close()
        return token

    def hear(self) -> None:
        """Take what people entered and programs handed in into the ledger, as the record process would."""
        journal = self.store.journal()
        journal.own()
        archive = self.store.archive(journal)
        assert archive is not None

        async def take() -> None:
            inbox, posted = self.store.inbox(), self.store.posted()
            async with JournalIntake(journal, clock=Clock.READINGS) as intake:
                await inbox.drain(intake)
                path, lies = self.site.data / "posted.db", journal.quarantined.lies
                await PostedTaker(path, intake, lies=lies, counts={}).take(posted)
            inbox.close()
            posted.close()

        asyncio.run(take())
        journal.close()
        seal(self.site, self.store)

    def entered(self) -> list[Act]:
        """What waits in the inbox."""
        inbox = self.store.inbox()
        try:
            return inbox.waiting()
        finally:
            inbox.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    plant: Plant,
    settings: ServeSettings | None = None,
    *,
    exporter: Any = "real",
    poster: Any = None,
    change: Callable[[Any], None] = lambda _app: None,
) -> Iterator[str]:
    """A real server; gives its address."""
    settings = settings or ServeSettings(port=free_port())
    make = partial(export_package, plant.site) if exporter == "real" else exporter
    app = make_app(plant.view, settings, exporter=make, poster=poster)
    # the product's own costs are held elsewhere; here a password is checked in a millisecond
    app.state.web.stores.__dict__["_people"] = People(plant.site.data / "people.db", hasher=QUICK)
    change(app)
    server = SiteServer(server_config(app, settings), app)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield f"{'https' if settings.tls else 'http'}://127.0.0.1:{settings.port}"
    finally:
        server.should_exit = True
        thread.join(10)


class Client(httpx.Client):
    """A browser's or a program's side, with the CSRF token of whoever signed in."""

    def sign_in(self, who: str, password: str = WORD) -> httpx.Response:
        answer = self.post("/api/v1/session", json={"who": who, "password": password})
        if answer.status_code == 200:
            self.headers["x-csrf-token"] = answer.json()["csrf"]
        return answer

    def act(self, action: str, **given: Any) -> httpx.Response:
        """Take a step of the example's case."""
        headers = given.pop("headers", {})
        who = {name: given.pop(name) for name in ("who", "password", "role") if name in given}
        return self.post(
            f"/api/v1/cases/{CASE}/{action}", json=who | {"entered": given}, headers=headers, timeout=30
        )


WATER = """
plan: water
name: {zh: 灌装线, en: Filling line}
site: {id: ZH, name: {zh: 水厂, en: Water plant}, timezone: Asia/Shanghai}
effective_from: 2024-01-01T00:00:00+08:00
sensors:
  o3: {name: {zh: 臭氧, en: Ozone}, unit: mg/L, resolution: 0.01, every: 5 s, silent_after: 15 s}
by_hand:
  indigo: {name: {zh: 靛蓝法, en: Indigo test}, unit: mg/L, resolution: 0.05, range: [0, 2], every: 15 min}
  seal: {unit: count, every: 1 h}
ccps:
  - id: CCP1
    critical:
      - {id: residual, kind: threshold, of: o3, at_most: 0.40 mg/L}
      - {id: seal, kind: threshold, of: seal, at_least: 20 count}
    silence: {by_hand: {of: indigo}}
"""


class Water(Plant):
    """A filling line whose ozone sensor fell silent two minutes ago."""

    @cached_property
    def site(self) -> Site:
        return load_site(self.folder / "site.yaml")

    @property
    def view(self) -> Any:
        return replace(super().view, clock="wall")


def record_water(folder: Path) -> None:
    """Put it there."""
    (folder / "plan.yaml").write_text(WATER, encoding="utf-8")
    (folder / "site.yaml").write_text("site: ZH\nplans: [plan.yaml]\n", encoding="utf-8")
    site = load_site(folder / "site.yaml")
    store = Water(folder).store
    store.make()
    store.ledger().close()
    journal = store.journal()
    store.archive(journal)
    now = time.time_ns()
    act = Act(
        time=now - 10 * MINUTE,
        kind="plan.adopt",
        line="water",
        body={"file": "plan.yaml", "text": WATER},
        id="p",
    )
    journal.append(Block(acts=(act,)))
    at = np.arange(now - 8 * MINUTE, now - 2 * MINUTE, 5 * SECOND)
    journal.append(
        Block(
            series=(Series("water", "o3"),),
            which=np.zeros(at.size, np.int32),
            time=at,
            value=np.full(at.size, 0.3),
            raw=np.full(at.size, np.nan),
            quality=np.zeros(at.size, np.uint8),
            reason=np.zeros(at.size, np.uint8),
            received=at,
            seq=np.full(at.size, -1, np.int64),
            tick=now,
        )
    )
    journal.close()
    seal(site, store)
    people = People(site.data / "people.db", hasher=QUICK)
    for who, (name, roles) in PEOPLE.items():
        people.add(id=who, name=name, roles=roles, password=WORD, now=1)
    people.close()
