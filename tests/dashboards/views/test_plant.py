"""What is known of a site now, from stores that another process writes."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shared import shared

from dashboards.views import latest
from dashboards.views.board import Level
from dashboards.views.plant import Plant
from dashboards.views.site import SiteView
from dashboards.views.snapshot import Snapshot
from dashboards.views.standing import Doubt
from haccpline.site import load_site
from ingest.journal import SqliteJournal
from readings.block import Block
from readings.inputs import Series
from readings.times import HOUR, MINUTE, SECOND, format_time

web_plant = shared(Path(__file__).parents[1] / "web" / "web_plant.py")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SiteView:
    """Two days of the example, recorded and decided."""
    folder = tmp_path_factory.mktemp("views") / "plant"
    example = folder / "examples" / "cold_store"
    shutil.copytree(web_plant.EXAMPLES / "cold_store", example)
    web_plant.record(load_site(example / "site.yaml"), example / "readings.csv")
    view: SiteView = web_plant.Plant(folder).view
    return view


def test_a_snapshot_of_a_recorded_site(site: SiteView) -> None:
    """Rows with values and verdicts, cases with their events, the line."""
    plant = Plant(site)
    snap = plant.refresh()
    plant.close()
    rows = {row.watch.limit: row for row in snap.rows}
    assert rows["air"].verdict == "ok"
    assert rows["air"].now.value == snap.latest[Series("cold-3", "air", "CS1.1")].value
    assert {each.verdict for each in rows["air"].strip} == {"ok", "deviation"}
    assert len(snap.cases) == 2
    assert [p.next for p in snap.problems] == ["acknowledge", "acknowledge"]
    assert [line.id for line in snap.lines] == ["cold-3"]
    assert snap.seq > 10


def test_a_record_that_is_silent_leaves_nothing_current(site: SiteView) -> None:
    """However good the last verdicts are."""
    plant = Plant(site)
    snap = plant.refresh()
    plant.close()
    assert snap.recorded
    assert not snap.trouble
    assert not snap.current


def test_a_site_that_was_never_recorded_is_all_unknown(site: SiteView, tmp_path: Path) -> None:
    """Its plans say what should be watched; nothing of it is."""
    plant = Plant(SiteView("ZH-FZ", {}, "UTC", tmp_path / "nothing", site.plans))
    snap = plant.refresh()
    assert not snap.recorded
    assert not snap.current
    assert {row.level for row in snap.rows} == {Level.UNKNOWN}
    assert snap.lines[0].level is Level.UNKNOWN


def test_stores_that_cannot_be_read_are_told_not_raised(site: SiteView, tmp_path: Path) -> None:
    """The board must be able to say so."""
    (tmp_path / "ledger.db").write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    snap = Plant(SiteView("ZH-FZ", {}, "UTC", tmp_path, site.plans)).refresh()
    assert "ledger.db" in snap.trouble
    assert not snap.current


def test_a_snapshot_does_not_change_when_the_ledger_grows(tmp_path: Path, site: SiteView) -> None:
    """Who renders an old one is not disturbed by the next."""
    folder = tmp_path / "data"
    shutil.copytree(site.folder, folder)
    from ledger.store import Ledger

    plant = Plant(SiteView("ZH-FZ", {}, "UTC", folder, site.plans))
    before = plant.refresh()
    case = before.problems[0].view.id
    ledger = Ledger(folder / "ledger.db")
    with ledger.transaction() as transaction:
        body = {"case": case, "who": "olga", "name": "Olga", "role": "operator"}
        transaction.append(kind="case.acknowledged", at=1, line="cold-3", body=body)
    ledger.close()
    after = plant.refresh()
    plant.close()
    assert (before.cases[case].case.stage, after.cases[case].case.stage) == ("open", "acknowledged")


def test_a_refresh_without_news_costs_next_to_nothing(site: SiteView) -> None:
    """It is done each second for as long as anybody looks."""
    plant = Plant(site)
    plant.refresh()
    best = min(_seconds(plant) for _ in range(5))
    plant.close()
    assert best < 0.005, f"{best * 1000:.1f} ms"


def _seconds(plant: Plant) -> float:
    began = time.perf_counter()
    plant.refresh()
    return time.perf_counter() - began


def test_spans_and_limits_can_be_asked_for(site: SiteView) -> None:
    """As charts and cases need them, by the plan that judged."""
    plant = Plant(site)
    snap = plant.refresh()
    event = snap.problems[0].view.events[0]
    key = (event.line, event.ccp, event.limit, event.unit)
    spans = plant.between(key, event.start - SECOND, event.start + SECOND)
    watch = plant.watch(event.plan, key)
    unknown = plant.watch("f" * 64, key)
    plant.close()
    assert [span.verdict for span in spans] == ["ok", "deviation"]
    assert watch is not None
    assert (watch.limit, [each.written for each in watch.bounds]) == ("air", ["-15.0 degC"])
    assert unknown is None


class Watched:
    """A site on the wall clock, whose record process seems well; the test says what time it is."""

    def __init__(self, site: SiteView, folder: Path) -> None:
        shutil.copytree(site.folder, folder)
        self.folder = folder
        self.journal = SqliteJournal(folder / "journal.db")
        self.now = (self.journal.tick() or 0) + HOUR
        self.plant = Plant(replace(site, folder=folder, clock="wall"), now=lambda: self.now)

    def tick(self) -> None:
        """Time goes on in the journal."""
        self.journal.append(Block(tick=self.now))

    def speak(self, *, behind: int = 0, **more: Any) -> None:
        """What the record process writes each second."""
        last = self.journal.last()
        books = dict.fromkeys(("acquired", "duplicate", "stored", "waiting", "quarantined", "balance"), 0)
        said = {
            "at": format_time(self.now),
            "started": format_time(self.now - HOUR),
            "books": books,
            "journal": {"last": last, "clerk": last - behind, "too_late_to_decide": 0},
            "ledger": {"records": 3},
            "trouble": [],
            "sources": [],
            "influxdb": None,
        }
        path = self.folder / "health.json"
        path.write_text(json.dumps(said | more), encoding="utf-8")
        os.utime(path, ns=(self.now, self.now))

    def second(self, *, ticks: bool = True, behind: int = 0) -> Snapshot:
        """A second later."""
        self.now += SECOND
        if ticks:
            self.tick()
        self.speak(behind=behind)
        return self.plant.refresh()


@pytest.fixture
def watched(site: SiteView, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(site, tmp_path / "data")
    yield made
    made.plant.close()
    made.journal.close()


def test_while_the_journal_takes_nothing_nothing_is_current(watched: Watched) -> None:
    """However often the record process says that it lives: since then nothing was recorded."""
    assert watched.second().current
    stuck = [watched.second(ticks=False) for _ in range(11)]
    assert [snap.current for snap in stuck[:10]] == [True] * 10
    assert (stuck[-1].standing.doubt, stuck[-1].standing.since) == (Doubt.STUCK, watched.now - 11 * SECOND)
    assert not stuck[-1].current
    assert stuck[-1].health.findings[0].code == "stuck"
    assert watched.second().current, "and it is again as soon as it takes something"


def test_what_is_not_judged_is_not_current(watched: Watched) -> None:
    """The journal grows, the clerk does not follow."""
    assert watched.second().current
    for number in range(12):
        snap = watched.second(behind=number + 1)
    assert (snap.standing.doubt, snap.standing.since) == (Doubt.UNHEARD, watched.now - 12 * SECOND)
    assert snap.known == watched.now - 12 * SECOND
    for row in snap.rows:
        assert max(each.end for each in row.strip if each.verdict) <= snap.known + MINUTE


def test_a_journal_that_is_taken_away_or_replaced_is_noticed(watched: Watched) -> None:
    """Also by a server that has it open, and by one that is started without it."""
    assert watched.second().current
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (watched.folder / name).unlink(missing_ok=True)
    watched.speak()
    fresh = Plant(watched.plant.site, now=lambda: watched.now)
    for plant in (watched.plant, fresh):
        snap = plant.refresh()
        assert snap.standing.doubt is Doubt.NO_JOURNAL
        assert snap.known <= watched.now - HOUR
    watched.journal.close()
    (watched.folder / "journal.db.mark").unlink()  # without it nobody knows that a journal was there
    watched.journal = SqliteJournal(watched.folder / "journal.db")
    assert watched.second().current
    fresh.close()


def test_what_is_not_known_is_not_painted(watched: Watched) -> None:
    """The 24 hours of a row end where the record does."""
    before = watched.second()
    watched.now += 3 * HOUR
    watched.speak()
    strip = watched.plant.refresh().rows[0].strip
    assert strip[-1].verdict == ""
    assert strip[-1].start == before.known


def test_who_comes_back_after_long_sees_what_is_now(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has looked for long: the first look is of now, not a step further than the last one."""
    monkeypatch.setattr(latest, "_AT_ONCE", 20)
    assert watched.second().current
    for _ in range(40):
        watched.now += SECOND
        watched.tick()
    assert watched.second().current
