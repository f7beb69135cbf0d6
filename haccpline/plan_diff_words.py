"""How two plans differ, in words: rows of tables, for a terminal and for a page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from haccpline.decision_difference import Difference, Held, LotDifference, Stretch
from haccpline.plan_diff import PlanDiff
from readings.times import HOUR, MINUTE, NEVER, SECOND, format_duration, format_time
from rules.plan_difference import KeyDifference

_SEVERAL = {"appears": "appear", "vanishes": "vanish", "changes": "change"}


def summary(found: PlanDiff) -> Iterator[str]:
    """What was read, and how much of it is decided otherwise."""
    watched = found.watched
    yield (
        f"{watched.what}: {watched.readings:,} readings of {found.old.line_id},"
        f" {format_time(watched.first)} to {format_time(watched.last)}"
    )
    counts = Counter(each.what for each in found.decisions)
    told = [
        f"{counts[what]:,} {what if counts[what] == 1 else several}"
        for what, several in _SEVERAL.items()
        if counts[what]
    ]
    yield f"decided otherwise: {', '.join(told) or 'nothing'}"


def counted(found: PlanDiff) -> list[tuple[str, ...]]:
    """By CCP, limit and unit, how many spans appear, vanish and change."""
    counts = Counter((each.ccp, each.limit, each.unit, each.what) for each in found.decisions)
    keys = sorted({key[:3] for key in counts})
    return [(*key, *(f"{counts[*key, what]:,}" for what in _SEVERAL)) for key in keys]


def key_row(each: KeyDifference) -> tuple[str, str, str]:
    """The key, and what it says in each plan."""
    return each.path, each.old or "", each.new or ""


def difference_row(each: Difference) -> tuple[str, ...]:
    """CCP, limit, unit, what becomes of it, how it was and is, the lots in it."""
    old, new = each.old, each.new
    only_decided = old is not None and new is not None and (old.start, old.end) == (new.start, new.end)
    return (
        each.ccp,
        each.limit,
        each.unit,
        f"{each.kind.replace('_', ' ')} {each.what}",
        _stretch(old, decided=only_decided),
        _stretch(new, decided=only_decided),
        ", ".join(each.lots),
    )


def lot_row(each: LotDifference) -> tuple[str, str, str]:
    """The lot, and what each plan holds it for."""
    return each.lot, _holds(each.old, each.new), _holds(each.new, each.old)


def _holds(held: Sequence[Held], other: Sequence[Held]) -> str:
    """What holds it here alone; of what both have, how much it is."""
    told = [
        f"{kind.replace('_', ' ')} {ccp} {limit} {unit}"
        for kind, ccp, limit, unit in held
        if (kind, ccp, limit, unit) not in other
    ]
    both = len(held) - len(told)
    return "; ".join([*told, *([f"{both} in both"] if both else [])])


def _stretch(said: Stretch | None, *, decided: bool) -> str:
    """From when on, how long, the worst value; and when it was decided, where only that differs."""
    if said is None:
        return ""
    told = format_time(said.start)
    told += ", lasts" if said.end == NEVER else f", {_long(said.end - said.start)}"
    told += "" if math.isnan(said.worst) else f", worst {said.worst:g}"
    return f"{told}, decided {format_time(said.decided)}" if decided else told


def _long(ns: int) -> str:
    """`2 h 5 min`, `40 s`: a duration that nobody wrote is seldom whole."""
    if ns < SECOND or ns % SECOND:
        return format_duration(ns) if ns < SECOND else f"{ns / SECOND:.3f} s"
    parts = ((ns // HOUR, "h"), (ns % HOUR // MINUTE, "min"), (ns % MINUTE // SECOND, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
