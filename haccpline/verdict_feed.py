"""Verdicts on their way from the ledger to InfluxDB, where Grafana reads them."""

from __future__ import annotations

from typing import Any

from ingest.influx import Feed
from ingest.lineprotocol import verdict_line, worst_line
from ledger.store import Ledger
from readings.times import parse_time

CURSOR = "influxdb-verdicts"


def verdict_feed(ledger: Ledger, site: str) -> Feed:
    """The change points of all timelines, by ledger record; a revision rewrites each point that it supersedes."""

    def read(after: int) -> tuple[int, list[bytes]]:
        page = ledger.read(after, 1000)
        lines = [
            line
            for each in page
            if each.kind == "verdict"
            for line in lines_of(site, each.line, each.content)
        ]
        return (page[-1].seq if page else after), lines

    return Feed(CURSOR, read)


def lines_of(site: str, line: str, body: dict[str, Any]) -> list[bytes]:
    """Line protocol of one verdict record.

    Its change point; again at the starts that hold no more; and the worst value of the span that it ends.
    """

    def point(start: str, verdict: str, worst: str | None, reason: str) -> bytes:
        return verdict_line(
            site=site,
            line=line,
            ccp=body["ccp"],
            limit=body["limit"],
            unit=body["unit"],
            time=parse_time(start),
            verdict=verdict,
            revision=body["revision"],
            worst=None if worst is None else float(worst),
            reason=reason,
        )

    gone = [
        point(each["from"], each["now"], None, "superseded") for each in body["supersedes"] if each["now"]
    ]
    over = []
    if body["worst_before"] is not None:
        over = [
            worst_line(
                site=site,
                line=line,
                ccp=body["ccp"],
                limit=body["limit"],
                unit=body["unit"],
                time=parse_time(body["from_before"]),
                worst=float(body["worst_before"]),
            )
        ]
    return [*gone, *over, point(body["from"], body["verdict"], body["worst"], body["reason"])]
