"""What is asked of the measurement `verdict`.

It has a point where a verdict changes and nowhere else, so what holds may have been decided long before the range
looked at. Every query here therefore looks back: without a revision being named, the last point says what holds.
A change point that a revision took away stays, with the verdict that holds there now and the reason `superseded`.
"""

# ruff: noqa: S608 - literals are escaped, names are this program's; Grafana's queries take no parameters

from __future__ import annotations

from dashboards.grafana.influxql import FROM, IN_RANGE, LOOK_BACK, TO, either, literal, same, union
from dashboards.grafana.verdicts import NOT_OK, NUMBER
from ingest.lineprotocol import VERDICT
from rules.plan import Plan, limits_of

_BEFORE = f"time >= {FROM} - {LOOK_BACK}d AND time < {FROM}"
_DURING = f"time >= {FROM} AND time <= {TO}"
_UNTIL = f"time >= {TO} - {LOOK_BACK}d AND time <= {TO}"
_HOUR_BEFORE = f"{FROM} - 1h"


def unit_tags(plan: Plan) -> tuple[str, ...]:
    """The tags that tell the timelines of one limit apart; a line as a whole has one timeline."""
    return ("unit",) if plan.line.unit == "zone" else ()


def of_limits(site: str, plan: Plan) -> str:
    """A condition: the line and its limits, as the plan has them; limits of earlier plans are left out."""
    limits = [same(ccp=point.id, limit=limit.id) for point, _, limit in limits_of(plan)]
    return f"{same(site=site, line=plan.line_id)} AND {either(limits)}"


def timeline(where: str, tags: tuple[str, ...]) -> str:
    """The timeline of a limit over the range: what held when it began, and every change in it.

    The first point has the time at which it was decided, before the range.
    """
    before = f'SELECT last("verdict") AS "verdict" FROM "{VERDICT}" WHERE {where} AND {_BEFORE}{_by(tags)}'
    during = f'SELECT "verdict" FROM "{VERDICT}" WHERE {where} AND {_DURING}'
    return f'SELECT "verdict" FROM {union(before, during)}{_by(tags)}'


def worst_now(where: str) -> str:
    """The number of the worst verdict that holds at the end of the range."""
    each = [
        f'SELECT count("verdict") * 0 + {number} AS "worst" FROM ({_held(where)})'
        f' WHERE "verdict" = {literal(verdict)}'
        for verdict, number in NUMBER.items()
    ]
    return f'SELECT max("worst") AS "worst" FROM {union(*each)}'


def not_ok_now(where: str) -> str:
    """How many limits and units hold no verdict that is well at the end of the range; no row where there is none."""
    bad = f'SELECT count("verdict") AS "n" FROM ({_held(where)}) WHERE {_not_ok()}'
    none = f'SELECT count("verdict") * 0 AS "n" FROM ({_held(where)})'
    return f'SELECT sum("n") AS "n" FROM {union(bad, none)}'


def not_ok_rows(where: str) -> str:
    """Each limit and unit that is not well at the end of the range, since when and why."""
    return (
        'SELECT "line", "ccp", "limit", "unit", "verdict", "worst", "reason"'
        f" FROM ({_held(where)}) WHERE {_not_ok()}"
    )


def changes(where: str) -> str:
    """The changes of verdict in the range, the newest first; superseded ones are left out."""
    return (
        f'SELECT "ccp", "limit", "unit", "verdict", "worst", "reason", "revision" FROM "{VERDICT}"'
        f" WHERE {where} AND {IN_RANGE} AND \"reason\" != 'superseded' ORDER BY time DESC LIMIT 500"
    )


def worst_values(function: str, where: str, tags: tuple[str, ...]) -> str:
    """Greatest (`max`) or least (`min`) of the worst values of spans that begin in an interval, in the unit judged.

    It stands where a span begins: of a limit decided per batch one for each batch.
    """
    judged = "\"reason\" != 'superseded' AND \"verdict\" != 'suspended' AND \"verdict\" != 'starting'"
    return (
        f'SELECT {function}("worst") AS "worst" FROM "{VERDICT}" WHERE {where} AND {IN_RANGE} AND {judged}'
        f" GROUP BY time($__interval){_and(tags)} fill(none)"
    )


def begun(where: str, verdict: str) -> str:
    """Where a verdict began in the range, for annotations: text `reason`, tags `ccp`, `limit`, `unit`."""
    return (
        f'SELECT "reason", "ccp", "limit", "unit" FROM "{VERDICT}"'
        f' WHERE {where} AND {IN_RANGE} AND "verdict" = {literal(verdict)} AND "reason" != \'superseded\''
    )


def hour_begun(where: str, tags: tuple[str, ...]) -> str:
    """For each hour and timeline, the number of the worst verdict that began in it."""
    return (
        f'SELECT max("worst") AS "worst" FROM {union(*_numbered(where, _DURING))}'
        f" WHERE {_DURING} GROUP BY time(1h){_and(tags)} fill(none)"
    )


def hour_held(where: str, tags: tuple[str, ...]) -> str:
    """For each hour and timeline, the mean of the numbers that held when it began and when it ended.

    Together with `hour_begun` it tells the worst verdict of each hour, see `verdicts.number_mappings`. What held an
    hour before the range is found by days: each day is filled with the last verdict, and the last day is taken, which
    gives it a time at most a day before the range. Hours before the range come with it; Grafana does not draw them.
    """
    carried = (
        f'SELECT last("verdict") AS "verdict", last("revision") AS "revision" FROM "{VERDICT}"'
        f" WHERE {where} AND time >= {_HOUR_BEFORE} - {LOOK_BACK}d AND time <= {_HOUR_BEFORE}"
        f" GROUP BY time(1d){_and(tags)} fill(previous) LIMIT 1 OFFSET {LOOK_BACK}"
    )
    before = [
        f'SELECT "revision" * 0 + {number} AS "worst" FROM ({carried}) WHERE "verdict" = {literal(verdict)}'
        for verdict, number in NUMBER.items()
    ]
    during = _numbered(where, f"time > {_HOUR_BEFORE} AND time <= {TO}")
    ends = (
        f'SELECT last("worst") AS "worst" FROM {union(*before, *during)}'
        f" WHERE time <= {TO} GROUP BY time(1h){_and(tags)} fill(previous)"
    )
    return f'SELECT moving_average("worst", 2) AS "worst" FROM ({ends}){_by(tags)}'


def _held(where: str) -> str:
    """What holds at the end of the range: one row for each timeline."""
    return (
        f'SELECT last("verdict") AS "verdict", "worst", "reason" FROM "{VERDICT}"'
        f' WHERE {where} AND {_UNTIL} GROUP BY "line", "ccp", "limit", "unit"'
    )


def _not_ok() -> str:
    return either([f'"verdict" = {literal(verdict)}' for verdict in NOT_OK])


def _numbered(where: str, when: str) -> list[str]:
    """The change points as numbers, a query for each verdict."""
    return [
        f'SELECT "revision" * 0 + {number} AS "worst" FROM "{VERDICT}"'
        f' WHERE {where} AND {when} AND "verdict" = {literal(verdict)}'
        for verdict, number in NUMBER.items()
    ]


def _by(tags: tuple[str, ...]) -> str:
    return f" GROUP BY {_and(tags).removeprefix(', ')}" if tags else ""


def _and(tags: tuple[str, ...]) -> str:
    return "".join(f', "{tag}"' for tag in tags)
