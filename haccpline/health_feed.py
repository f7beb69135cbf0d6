"""What the record process says of itself, once a minute as points for Grafana."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ingest.influx import Feed
from ingest.lineprotocol import HEALTH, WHOLE_SITE, tag
from readings.times import MINUTE

HEALTH_FEED = "influxdb-health"
_BOOKS = ("acquired", "stored", "duplicate", "quarantined", "waiting")


def health_feed(site: str, said: Callable[[], dict[str, Any]], now: Callable[[], int] = time.time_ns) -> Feed:
    """Measurement `health`: of the site and of each source, once a minute while the server answers.

    Args:
        site: the site's id, a tag of every point.
        said: what `health.json` says; empty before it says anything.
        now: wall clock, ns UTC.
    """
    tag(site)

    def read(after: int) -> tuple[int, list[bytes]]:
        minute, told = now() // MINUTE, said()
        if minute == after or not told:
            return after, []
        return minute, health_lines(site, told, minute * MINUTE)

    return Feed(HEALTH_FEED, read)


def health_lines(site: str, said: dict[str, Any], at: int) -> list[bytes]:
    """The lines of one moment.

    Args:
        site: the site's id.
        said: what `health.json` says.
        at: ns UTC.
    """
    whole = _counts(said["books"]) | {
        "journal_bytes": f"{said['held']['bytes']}i",
        "clerk_behind": f"{max(said['journal']['last'] - said['journal']['clerk'], 0)}i",
        "quarantine_open": f"{sum(said['quarantine'].values())}i",
        "gaps_open": f"{said['completeness']['gaps']}i",
        "troubles": f"{len(said['trouble'])}i",
    }
    found = [_line(site, WHOLE_SITE, whole, at)]
    skews = said["clock"]["skew_seconds"]
    for source in said["sources"]:
        name = source["name"]
        fields = _counts(said["books_by_source"].get(name, dict.fromkeys(_BOOKS, 0)))
        fields |= {"connected": "true" if source["connected"] else "false", "missed": f"{source['missed']}i"}
        if name in skews:
            fields["skew"] = repr(float(skews[name]))
        found.append(_line(site, name, fields, at))
    return found


def _counts(books: dict[str, int]) -> dict[str, str]:
    return {name: f"{books[name]}i" for name in _BOOKS}


def _line(site: str, source: str, fields: dict[str, str], at: int) -> bytes:
    said = ",".join(f"{name}={value}" for name, value in fields.items())
    return f"{HEALTH},site={tag(site)},source={tag(source)} {said} {at}".encode()
