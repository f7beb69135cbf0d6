"""What is asked of the measurement `reading`. A bad reading has no value, so a value is always a usable one."""

# ruff: noqa: S608 - literals are escaped, names are this program's; Grafana's queries take no parameters

from __future__ import annotations

from dashboards.grafana.influxql import IN_RANGE, LOOK_BACK, TO, either, literal, union
from ingest.lineprotocol import READING
from readings.quality import Quality, Reason

_SERIES = '"line", "sensor", "point"'
_EVERY = "GROUP BY time($__interval)"
_BAD = f'"quality" = {literal(Quality.BAD.name.lower())}'
_USABLE = f'"quality" != {literal(Quality.BAD.name.lower())}'
REASONS: dict[str, tuple[Reason, ...]] = {  # every reason for a bad reading, by what a person would look at
    "no answer or no connection": (
        Reason.NO_ANSWER,
        Reason.NOT_CONNECTED,
        Reason.OFFLINE,
        Reason.LOST,
        Reason.GATEWAY_PATH,
        Reason.GATEWAY_TARGET,
    ),
    "the device refuses the request": (
        Reason.ILLEGAL_FUNCTION,
        Reason.ILLEGAL_ADDRESS,
        Reason.ILLEGAL_VALUE,
        Reason.SERVER_FAILURE,
        Reason.ACKNOWLEDGE,
        Reason.SERVER_BUSY,
        Reason.MEMORY_PARITY,
        Reason.EXCEPTION,
    ),
    "the answer cannot be read": (
        Reason.WRONG_LENGTH,
        Reason.GARBLED,
        Reason.NOT_DECODED,
        Reason.NOT_A_NUMBER,
        Reason.DEVICE_CLOCK,
        Reason.MISSING,
    ),
    "the instrument reports a fault": (
        Reason.SENTINEL,
        Reason.LOOP_LOW,
        Reason.LOOP_HIGH,
        Reason.DEVICE_FAULT,
        Reason.UNCALIBRATED,
    ),
    "bypass": (Reason.BYPASS,),
}


def extreme(function: str, where: str) -> str:
    """Greatest (`max`) or least (`min`) value by interval and point; an interval without a value is empty."""
    return (
        f'SELECT {function}("value") AS "value" FROM "{READING}" WHERE {where} AND {IN_RANGE}'
        f' {_EVERY}, "point" fill(null)'
    )


def value_now(where: str, seconds: int) -> str:
    """The last value of each point, if it is not older than so many seconds at the end of the range."""
    return (
        f'SELECT last("value") AS "value" FROM "{READING}"'
        f' WHERE {where} AND time > {TO} - {seconds}s AND time <= {TO} GROUP BY "point"'
    )


def heard(where: str) -> str:
    """When the last usable reading of each point was received, ms since 1970."""
    return (
        f'SELECT last("received") / 1000000 AS "received" FROM "{READING}" WHERE {where} AND {_USABLE}'
        f' AND time >= {TO} - {LOOK_BACK}d AND time <= {TO} GROUP BY "point"'
    )


def arriving(where: str) -> str:
    """1 for each interval in which readings speak, 0 for each in which none does."""
    spoken = f'SELECT count("received") * 0 + 1 AS "n" FROM "{READING}" WHERE {where} AND {IN_RANGE} {_EVERY} fill(none)'
    return f'SELECT sum("n") AS "n" FROM ({spoken}) WHERE {IN_RANGE} {_EVERY} fill(0)'


def count_since(where: str, seconds: int) -> str:
    """How many readings there are of the last so many seconds of the range; no row for none."""
    return (
        f'SELECT count("received") AS "n" FROM "{READING}"'
        f" WHERE {where} AND time > {TO} - {seconds}s AND time <= {TO}"
    )


def per_minute(where: str) -> str:
    """Readings in a minute, by line and sensor, on average over the interval."""
    minutes = (
        f'SELECT count("received") AS "n" FROM "{READING}" WHERE {where} AND {IN_RANGE}'
        ' GROUP BY time(1m), "line", "sensor" fill(0)'
    )
    return f'SELECT mean("n") AS "n" FROM ({minutes}) WHERE {IN_RANGE} {_EVERY}, "line", "sensor" fill(null)'


def bad_share(where: str) -> str:
    """Which part of the readings is bad, by line and sensor, 0 to 1."""
    return _share(where, _BAD, _USABLE, ', "line", "sensor"')


def bad_share_for(where: str, reasons: tuple[Reason, ...]) -> str:
    """Which part of all readings is bad for one of these reasons, 0 to 1."""
    these = either([f'"reason" = {literal(reason.text)}' for reason in reasons])
    others = " AND ".join(f'"reason" != {literal(reason.text)}' for reason in reasons)
    return _share(where, these, others, "")


def _share(where: str, these: str, others: str, by: str) -> str:
    """The mean of 1 for these and 0 for the others: a union keeps no second field to divide by."""
    rows = f'FROM "{READING}" WHERE {where} AND {IN_RANGE}'
    one = f'SELECT "received" * 0 + 1 AS "share" {rows} AND {these}'
    nought = f'SELECT "received" * 0 AS "share" {rows} AND {others}'
    return (
        f'SELECT mean("share") AS "share" FROM {union(one, nought)} WHERE {IN_RANGE} {_EVERY}{by} fill(none)'
    )


def last_usable(where: str) -> str:
    """The last usable reading of each series: its time, value, quality, and when it was received (ms since 1970)."""
    last = (
        f'SELECT last("value") AS "value", "received", "quality", "reason" FROM "{READING}"'
        f" WHERE {where} AND time >= {TO} - {LOOK_BACK}d AND time <= {TO} GROUP BY {_SERIES}"
    )
    return f'SELECT {_SERIES}, "value", "quality", "reason", "received" / 1000000 AS "received" FROM ({last})'


def last_bad(where: str) -> str:
    """The newest bad readings of the range with what was on the wire."""
    return (
        f'SELECT {_SERIES}, "reason", "raw" FROM "{READING}" WHERE {where} AND {IN_RANGE} AND {_BAD}'
        " ORDER BY time DESC LIMIT 200"
    )


def counted_before_now(where: str, seconds: int) -> str:
    """How many readings there are of the last so many seconds, for an alert rule: Grafana replaces nothing in it."""
    return f'SELECT count("received") AS "n" FROM "{READING}" WHERE {where} AND time > now() - {seconds}s'
