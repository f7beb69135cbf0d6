"""/metrics: what the table of the docs says, no more and no less, in the format that Prometheus reads."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from dashboards.views.health import Finding, HealthView
from dashboards.web.metrics import HealthMetrics

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
BOOKS = {"acquired": 9, "stored": 4, "duplicate": 3, "quarantined": 1, "waiting": 1, "balance": 0}
SAID = {
    "at": "2026-12-01T00:00:00Z",
    "books": BOOKS,
    "books_by_source": {"cs1": BOOKS},
    "journal": {"last": 7, "clerk": 5, "too_late_to_decide": 2},
    "ledger": {"records": 11},
    "trouble": [{"kind": "ledger", "words": "one"}],
    "held": {"bytes": 1000, "most": 4000},
    "completeness": {"gaps": 3},
    "clock": {"steps": 1, "skew_seconds": {"cs1": -0.25}},
    "quarantine": {"reading": 2, "copy": 0},
    "handed_in": {"batches": 3, "bytes": 512},
    "sources": [
        {
            "name": "cs1",
            "connected": True,
            "missed": 4,
            "last_good": 1_500_000_000,
            "errors": {"no answer": 6},
            "units": [{"unit": 1, "connected": True}, {"unit": 3, "connected": False}],
            "nodes": [
                {
                    "node": "plant/packer",
                    "connected": True,
                    "born": False,
                    "births": 5,
                    "deaths": 2,
                    "lost": 3,
                    "asked": 7,
                    "last_heard": 2_500_000_000,
                    "devices": [{"device": "cs1", "connected": False}],
                }
            ],
        }
    ],
    "influxdb": {"influxdb": {"written": 8, "poison": 1, "trouble": "gone", "owed": 12}},
}


def samples(said, *, current=True, findings=()):
    """Name, labels and value of every sample, and the type of every metric."""
    view = HealthView(said, 0, 2_500_000_000, findings)
    metrics = list(HealthMetrics(view, current=current).collect())
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for metric in metrics
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }
    return found, metrics


def test_every_number():
    """Each number stands where the table says it does."""
    found, _ = samples(SAID, findings=(Finding("copy"),))
    expected = {
        ("haccpline_up", ()): 1,
        ("haccpline_well", ()): 0,
        ("haccpline_health_age_seconds", ()): 2.5,
        ("haccpline_journal_blocks_total", ()): 7,
        ("haccpline_clerk_behind_blocks", ()): 2,
        ("haccpline_journal_bytes_most", ()): 4000,
        ("haccpline_gaps_open", ()): 3,
        ("haccpline_quarantine_items", (("side", "reading"),)): 2,
        ("haccpline_readings", (("source", "cs1"), ("where", "acquired"))): 9,
        ("haccpline_source_last_good_timestamp_seconds", (("source", "cs1"),)): 1.5,
        ("haccpline_source_bad_readings_total", (("reason", "no answer"), ("source", "cs1"))): 6,
        ("haccpline_source_skew_seconds", (("source", "cs1"),)): -0.25,
        ("haccpline_handed_in_batches", ()): 3,
        ("haccpline_handed_in_bytes", ()): 512,
        ("haccpline_unit_connected", (("source", "cs1"), ("unit", "1"))): 1,
        ("haccpline_unit_connected", (("source", "cs1"), ("unit", "3"))): 0,
        ("haccpline_node_connected", (("node", "plant/packer"), ("source", "cs1"))): 1,
        ("haccpline_node_born", (("node", "plant/packer"), ("source", "cs1"))): 0,
        ("haccpline_node_last_heard_timestamp_seconds", (("node", "plant/packer"), ("source", "cs1"))): 2.5,
        ("haccpline_node_births_total", (("node", "plant/packer"), ("source", "cs1"))): 5,
        ("haccpline_node_deaths_total", (("node", "plant/packer"), ("source", "cs1"))): 2,
        ("haccpline_node_losses_total", (("node", "plant/packer"), ("source", "cs1"))): 3,
        ("haccpline_node_rebirths_asked_total", (("node", "plant/packer"), ("source", "cs1"))): 7,
        (
            "haccpline_device_connected",
            (("device", "cs1"), ("node", "plant/packer"), ("source", "cs1")),
        ): 0,
        ("haccpline_copy_waits", (("feed", "influxdb"),)): 1,
        ("haccpline_copy_owed_blocks", (("feed", "influxdb"),)): 12,
    }
    assert {name: found[name] for name in expected} == expected


def test_the_table_of_the_docs_is_whole():
    """Every metric has its row with its type and labels; every row a metric."""
    rows = re.findall(
        r"^\| (haccpline_\w+) \| (\w+) \|([\w, ]*)\| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    shown = {
        (name, kind, frozenset(filter(None, labels.replace(" ", "").split(","))))
        for name, kind, labels, _ in rows
    }
    found, metrics = samples(SAID)
    kinds = {sample.name: metric.type for metric in metrics for sample in metric.samples}
    assert shown == {(name, kinds[name], frozenset(dict(labels))) for name, labels in found}
    assert all(meaning for *_, meaning in rows)


def test_before_it_ever_spoke():
    """Two metrics say that nothing is known: never silence that could be taken for health."""
    found, _ = samples({}, current=False, findings=(Finding("never"),))
    assert found == {("haccpline_up", ()): 0, ("haccpline_well", ()): 0}


def test_what_an_earlier_release_said():
    """A health.json without the newer parts is read all the same."""
    old = {name: SAID[name] for name in ("books", "journal", "ledger", "trouble", "sources", "influxdb")}
    found, _ = samples(old)
    assert found["haccpline_ledger_records_total", ()] == 11


def test_over_http(web):
    """Prometheus' own parser reads it; whoever may read may read it."""
    answer = web.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"haccpline_up", "haccpline_well"} <= names


def test_closed_where_reading_is(closed):
    """Where reading needs a person or a key, so does this."""
    assert closed.get("/metrics").status_code == 401
