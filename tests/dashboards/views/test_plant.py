"""What is known of a site now, from stores that another process writes."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dashboards.views.board import Level
from dashboards.views.plant import Plant
from dashboards.views.site import SiteView
from haccpline.site import load_site
from readings.inputs import Series
from readings.times import SECOND

if "web_plant" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "web_plant", Path(__file__).parents[1] / "web" / "web_plant.py"
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["web_plant"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["web_plant"])
web_plant: Any = sys.modules["web_plant"]


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
