"""What is asked of `completeness`, `gap` and `health`: what came of what was expected, and what is lacking."""

# ruff: noqa: S608 - literals are escaped, names are this program's; Grafana's queries take no parameters

from __future__ import annotations

from dashboards.grafana.influxql import FROM, IN_RANGE, LOOK_BACK, TO, literal
from ingest.completeness_feed import COMPLETENESS_MEASUREMENT, GAP, NO_GAP
from ingest.lineprotocol import HEALTH, WHOLE_SITE

COMPLETE = (
    0.98  # of what was expected: an hour with less is listed; timing alone costs a reading at either end
)
_SERIES = '"line", "sensor", "point"'
_SHARE = '("good" + "uncertain") / "expected"'
_COUNTS = ("expected", "good", "uncertain", "bad")
_RECENT = 600  # seconds in which health has spoken


def share_of_hours(where: str) -> str:
    """Usable readings of those expected, by hour and series, 0 to 1; nothing where none is expected."""
    return (
        f'SELECT {_SHARE} AS "share" FROM "{COMPLETENESS_MEASUREMENT}" WHERE {where} AND {IN_RANGE}'
        f' AND "expected" > 0 GROUP BY {_SERIES}'
    )


def of_series(where: str) -> str:
    """What was expected and what came in the whole hours of the range, a row for each series."""
    sums = ", ".join(f'sum("{name}") AS "{name}"' for name in _COUNTS)
    counted = (
        f'SELECT {sums} FROM "{COMPLETENESS_MEASUREMENT}" WHERE {where} AND {IN_RANGE} GROUP BY {_SERIES}'
    )
    return f'SELECT {_SERIES}, {_columns()}, {_SHARE} AS "share" FROM ({counted})'


def incomplete_hours(where: str) -> str:
    """The hours in which less came than was expected, newest first."""
    return (
        f'SELECT {_SERIES}, {_columns()}, {_SHARE} AS "share" FROM "{COMPLETENESS_MEASUREMENT}"'
        f' WHERE {where} AND {IN_RANGE} AND "expected" > 0 AND {_SHARE} < {COMPLETE} ORDER BY time DESC LIMIT 500'
    )


def gaps(where: str) -> str:
    """The gaps that reach into the range, whenever they began, newest first; `end` in ms since 1970."""
    return (
        f'SELECT {_SERIES}, "cause", "end" / 1000000 AS "end", "seconds", "missed", "open", "detail" FROM "{GAP}"'
        f' WHERE {where} AND time >= {FROM} - {LOOK_BACK}d AND time <= {TO} AND "cause" != {literal(NO_GAP)}'
        ' AND ("open" = true OR "end" >= ${__from}000000) ORDER BY time DESC LIMIT 500'
    )


def said_now(where: str, field: str) -> str:
    """What health said last of the whole site; no row where it has not spoken in the last 10 min of the range."""
    return (
        f'SELECT last("{field}") AS "{field}" FROM "{HEALTH}" WHERE {where} AND "source" = {literal(WHOLE_SITE)}'
        f" AND time > {TO} - {_RECENT}s AND time <= {TO}"
    )


def connected(where: str) -> str:
    """Whether each source answers, by minute."""
    return (
        f'SELECT "connected" FROM "{HEALTH}" WHERE {where} AND "source" != {literal(WHOLE_SITE)} AND {IN_RANGE}'
        ' GROUP BY "source"'
    )


def _columns() -> str:
    return ", ".join(f'"{name}"' for name in _COUNTS)
