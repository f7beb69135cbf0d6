"""The feed of completeness: hours that are over, and gaps, as lines; again when late readings change them."""

from __future__ import annotations

import sqlite3

from ingest.completeness import COMPLETENESS_CURSOR, Completeness, expectations, expected_in, series_of
from ingest.influx import Feed
from ingest.lineprotocol import series_tags, tag, text
from readings.times import HOUR, SECOND

COMPLETENESS_FEED = f"influxdb-{COMPLETENESS_CURSOR}"
COMPLETENESS_MEASUREMENT = "completeness"
GAP = "gap"
NO_GAP = "none"  # the cause where late readings showed that it was none
_ROWS = 5_000  # of one reading, about


def completeness_feed(store: Completeness, site: str) -> Feed:
    """Measurements `completeness` and `gap`, in the order in which they changed.

    Args:
        store: completeness.db.
        site: the site's name, a tag of every point.

    Raises:
        LineProtocolError: the site's name cannot be a tag.
    """
    tag(site)

    def read(after: int) -> tuple[int, list[bytes]]:
        with store.database.read() as connection:
            through, tick = _until(connection, after)
            if through == after:
                return after, []
            names = dict(series_of(connection, None, None))
            lines = []
            for code, start, good, uncertain, bad in connection.execute(
                "SELECT code, start, good, uncertain, bad FROM hour"
                " WHERE change > ? AND change <= ? AND start < ? ORDER BY start, code",
                (after, through, (tick or 0) // HOUR * HOUR),
            ):
                expected = expected_in(expectations(connection, code), start, tick)
                fields = f"expected={expected}i," if expected is not None else ""
                lines.append(
                    f"{COMPLETENESS_MEASUREMENT},{series_tags(site, names[code])}"
                    f" {fields}good={good}i,uncertain={uncertain}i,bad={bad}i {start}".encode()
                )
            for code, start, end, cause, detail, missed in connection.execute(
                'SELECT code, start, "end", cause, detail, missed FROM gap WHERE change > ? AND change <= ?'
                " ORDER BY start, code",
                (after, through),
            ):
                over = (
                    f",end={end}i,seconds={(end - start) / SECOND!r},missed={missed}i"
                    if end is not None
                    else ""
                )
                lines.append(
                    f"{GAP},{series_tags(site, names[code])} cause={text(cause or NO_GAP)},detail={text(detail)},"
                    f"open={'false' if end is not None else 'true'}{over} {start}".encode()
                )
        return through, lines

    return Feed(COMPLETENESS_FEED, read)


def _until(connection: sqlite3.Connection, after: int) -> tuple[int, int | None]:
    """The change up to which to read on, and how far time has come."""
    last, tick = connection.execute("SELECT change, tick FROM head").fetchone()
    found = 0
    for change, rows in connection.execute(
        "SELECT change, sum(n) FROM (SELECT change, count(*) AS n FROM hour WHERE change > ?1 GROUP BY change"
        " UNION ALL SELECT change, count(*) FROM gap WHERE change > ?1 GROUP BY change) GROUP BY change ORDER BY change",
        (after,),
    ):
        found += rows
        if found >= _ROWS:
            return int(change), tick
    return int(last), tick
