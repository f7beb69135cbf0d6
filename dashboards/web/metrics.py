"""`/metrics`: what the record process says of itself, as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from dashboards.views.health import HealthView
from dashboards.web.access import Reader
from dashboards.web.metrics_of_ends import of_ends
from dashboards.web.state import web_of
from readings.times import SECOND

router = APIRouter()
BOOKS = ("acquired", "stored", "duplicate", "quarantined", "waiting")


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, _reader: Reader) -> Response:
    """For Prometheus; whoever may read may read it."""
    snapshot = web_of(request).plant.refresh()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HealthMetrics(snapshot.health, current=snapshot.current))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class HealthMetrics(Collector):
    """The metrics of one moment.

    Args:
        health: of the record process.
        current: whether what is recorded is of now.
    """

    def __init__(self, health: HealthView, *, current: bool) -> None:
        self._health, self._current = health, current

    def collect(self) -> Iterator[Metric]:
        """Every metric; while the record process has never spoken, `haccpline_up` and `haccpline_well` alone."""
        yield gauge("up", "Whether the record process speaks, records and judges.", self._current)
        yield gauge("well", "Whether nothing is to be found.", self._health.well and self._current)
        said = self._health.said
        if not said:
            return
        yield gauge("health_age_seconds", "Since the record process last spoke.", self._health.age / SECOND)
        yield from _of_journal(said)
        yield from _of_sources(said)
        yield from of_ends(said["sources"])
        yield from _of_copies(said.get("influxdb") or {})


def gauge(name: str, about: str, value: float) -> Metric:
    """A metric without labels."""
    return GaugeMetricFamily(f"haccpline_{name}", about, value=float(value))


def counter(name: str, about: str, value: float) -> Metric:
    """A count without labels."""
    return CounterMetricFamily(f"haccpline_{name}", about, value=float(value))


def _of_journal(said: dict[str, Any]) -> Iterator[Metric]:
    journal = said["journal"]
    yield gauge(
        "books_balance", "Readings unaccounted for; anything but 0 is a fault.", said["books"]["balance"]
    )
    yield counter("journal_blocks", "Blocks ever committed to the journal.", journal["last"])
    yield gauge(
        "clerk_behind_blocks", "Blocks that the clerk has not judged.", journal["last"] - journal["clerk"]
    )
    yield counter("too_late", "Readings that came too late to decide.", journal["too_late_to_decide"])
    yield counter("ledger_records", "Records of the ledger.", said["ledger"]["records"])
    yield gauge("troubles", "What the record process says is wrong.", len(said["trouble"]))
    if held := said.get("held"):
        yield gauge("journal_bytes", "Bytes that the journal's blocks take.", held["bytes"])
        yield gauge("journal_bytes_most", "Bytes that they may take.", held["most"] or 0)
    if counted := said.get("completeness"):
        yield gauge("gaps_open", "Series without a usable reading for longer than expected.", counted["gaps"])
    if clock := said.get("clock"):
        yield counter("clock_steps", "Times that the machine's clock was set.", clock["steps"])
    if waits := said.get("handed_in"):
        yield gauge(
            "handed_in_batches", "Batches handed in or imported that wait to be taken.", waits["batches"]
        )
        yield gauge("handed_in_bytes", "Bytes of them.", waits["bytes"])
    lying = GaugeMetricFamily(
        "haccpline_quarantine_items", "Items that wait for a decision.", labels=["side"]
    )
    for side, count in said.get("quarantine", {}).items():
        lying.add_metric([side], count)
    yield lying


def _of_sources(said: dict[str, Any]) -> Iterator[Metric]:
    books = GaugeMetricFamily(
        "haccpline_readings", "Where the readings of a source are.", labels=["source", "where"]
    )
    for name, each in said.get("books_by_source", {}).items():
        for where in BOOKS:
            books.add_metric([name, where], each[where])
    yield books
    connected = GaugeMetricFamily("haccpline_source_connected", "Whether it answers.", labels=["source"])
    last = GaugeMetricFamily(
        "haccpline_source_last_good_timestamp_seconds",
        "When its last usable reading came.",
        labels=["source"],
    )
    missed = CounterMetricFamily(
        "haccpline_source_missed_polls", "Polls that could not begin.", labels=["source"]
    )
    bad = CounterMetricFamily("haccpline_source_bad_readings", "Bad readings.", labels=["source", "reason"])
    for source in said["sources"]:
        name = source["name"]
        connected.add_metric([name], float(source["connected"]))
        missed.add_metric([name], source["missed"])
        if source["last_good"] is not None:
            last.add_metric([name], source["last_good"] / SECOND)
        for reason, count in source["errors"].items():
            bad.add_metric([name, reason], count)
    yield from (connected, last, missed, bad)
    skew = GaugeMetricFamily(
        "haccpline_source_skew_seconds", "From the time of a reading to its arrival.", labels=["source"]
    )
    for name, seconds in said.get("clock", {}).get("skew_seconds", {}).items():
        skew.add_metric([name], seconds)
    yield skew


def _of_copies(copies: dict[str, Any]) -> Iterator[Metric]:
    written = CounterMetricFamily("haccpline_copy_points", "Points written to InfluxDB.", labels=["feed"])
    poison = CounterMetricFamily("haccpline_copy_refused_points", "Points that it refused.", labels=["feed"])
    waits = GaugeMetricFamily("haccpline_copy_waits", "Whether the copy waits.", labels=["feed"])
    owed = GaugeMetricFamily(
        "haccpline_copy_owed_blocks", "Blocks to be copied beside what is new.", labels=["feed"]
    )
    for name, each in copies.items():
        written.add_metric([name], each["written"])
        poison.add_metric([name], each["poison"])
        waits.add_metric([name], float(each["trouble"] is not None))
        owed.add_metric([name], each.get("owed", 0))
    yield from (written, poison, waits, owed)
