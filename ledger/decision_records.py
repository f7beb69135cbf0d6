"""What the ledger says of a decision: bodies of the records `verdict`, `deviation.*`, `loss.*` and `fault.*`.

Numbers that were measured stand as decimal text; nothing in a record is a float.
"""

from __future__ import annotations

import math
from typing import Any

from ledger.canonical import Body
from readings.times import NEVER, format_time
from rules.decisions import says_worst
from rules.derivation import Integral
from rules.engine import Change
from rules.events import EventChange, EventKind
from rules.limit_unit import LimitUnit
from rules.line_events import StartChange
from rules.timeline import Point, Rewrite, Verdict

_DECIDED = (Verdict.OK, Verdict.OPERATING, Verdict.DEVIATION, Verdict.INDETERMINATE)
KIND_OF = {EventKind.DEVIATION: "deviation", EventKind.LOSS: "loss", EventKind.FAULT: "fault"}


def number_text(value: float) -> str | None:
    """A measured value as the shortest decimal text that gives it back; None where nothing was measured."""
    return None if math.isnan(value) else repr(float(value))


def verdict_bodies(change: Change) -> list[tuple[Point, Body]]:
    """A body for each change point of a rewrite, without its evidence; each names the plan in force where it begins.

    `from_before` and `worst_before` are begin and worst value of the whole span that this point ends. `supersedes` names
    the starts of change points that stand no more, each with the verdict that now holds there. `integral` and
    `integral_before` are there where a limit is decided per cycle and judges an integral.
    """
    rewrite = change.rewrite
    if rewrite is None:
        return []
    limit = change.limit
    bodies: list[tuple[Point, Body]] = []
    before = rewrite.before
    for number, point in enumerate(rewrite.points):
        body: Body = {
            "ccp": limit.ccp,
            "limit": limit.limit,
            "unit": limit.unit,
            "class": limit.rank,
            "verdict": str(point.verdict),
            "from": format_time(point.start),
            "decided": format_time(point.decided),
            "known": format_time(change.until),
            "worst": worst_text(limit, point),
            "from_before": format_time(before.start) if before is not None else None,
            "worst_before": worst_text(limit, before) if before is not None else None,
            "reason": point.reason,
            "revision": point.revision,
            "supersedes": _superseded(rewrite) if number == 0 else [],
            "plan": change.version(point.start).plan,
            "method": change.version(point.start).method,
        }
        if point.integral is not None and point.verdict in _DECIDED:
            body["integral"] = integral_body(limit, point.integral)
        if before is not None and before.integral is not None:
            body["integral_before"] = integral_body(limit, before.integral)
        bodies.append((point, body))
        before = point
    return bodies


def integral_body(limit: LimitUnit, integral: Integral) -> Body:
    """What a cycle has come to: credited at the lower bound, likely, and at most."""
    return {
        "low": number_text(integral.low),
        "best": number_text(integral.best),
        "high": number_text(integral.high),
        "unit": limit.judged_in,
    }


def _superseded(rewrite: Rewrite) -> list[Any]:
    now = [*([rewrite.before] if rewrite.before is not None else []), *rewrite.points]
    said: list[Any] = []
    for start in rewrite.superseded:
        holds = [point for point in now if point.start <= start]
        said.append({"from": format_time(start), "now": str(holds[-1].verdict) if holds else ""})
    return said


def worst_text(limit: LimitUnit, point: Point) -> str | None:
    """The worst value of a span; None where the verdict rests on none."""
    if point.verdict in (Verdict.SUSPENDED, Verdict.STARTING) or not says_worst(limit, point):
        return None
    return number_text(limit.worst(point.low, point.high))


def start_body(
    of: Change, change: StartChange, *, product: str, lots: list[str], known: int
) -> tuple[str, Body]:
    """Kind and body of what became of a start of the line: what was made while it settled, and what becomes of it."""
    start = change.start
    return f"start.{change.what}", {
        "unit": of.limit.unit,
        "from": format_time(start.start),
        "to": None if start.end == NEVER else format_time(start.end),
        "known": format_time(known),
        "reason": start.reason,
        "product": product,
        "lots": list(lots),
        "plan": of.versions[-1].plan,
    }


def event_body(
    of: Change, change: EventChange, *, lots: list[str], known: int, product: Body
) -> tuple[str, Body]:
    """Kind and body of what became of a deviation, a monitoring loss or an instrument fault of a limit.

    The plan is the one in force when this became known; `product` is where and when what is affected passed.
    """
    version = of.versions[-1]
    return event_record(
        of.limit, change, plan=version.plan, method=version.method, lots=lots, known=known, product=product
    )


def event_record(  # noqa: PLR0913 - what is said of an event, and by what
    limit: LimitUnit,
    change: EventChange,
    *,
    plan: str,
    method: str,
    lots: list[str],
    known: int,
    product: Body,
) -> tuple[str, Body]:
    """The same, of an event of a limit unit that a plan and a method are named for."""
    event = change.event
    return f"{KIND_OF[event.kind]}.{change.what}", {
        "id": event.id,
        "ccp": limit.ccp,
        "limit": limit.limit,
        "unit": limit.unit,
        "class": limit.rank,
        "from": format_time(event.start),
        "to": None if event.end == NEVER else format_time(event.end),
        "decided": format_time(event.decided),
        "known": format_time(known),
        "worst": number_text(limit.worst(event.low, event.high)),
        "affected": product,
        "lots": list(lots),
        "plan": plan,
        "method": method,
    }
