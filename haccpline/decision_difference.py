"""What two plans decide otherwise on the same readings: spans that appear, vanish or change, and the lots in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from haccpline.replay import Judged
from readings.times import NEVER, format_time
from rules.decisions import Decisions, says_worst
from rules.limit_unit import LimitUnit
from rules.timeline import Point, Verdict

WARNING = "warning"
HOLDS = ("deviation", "monitoring_loss", "instrument_fault")  # what holds product
KINDS = (*HOLDS, WARNING, *(str(v) for v in (Verdict.INDETERMINATE, Verdict.SUSPENDED, Verdict.STARTING)))
_NAMED = {Verdict.OPERATING: WARNING}
Key = tuple[str, str, str]  # CCP, limit, unit: what limits of two plans are matched by
Held = tuple[str, str, str, str]  # what a lot is held for: kind, CCP, limit, unit


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span in which a plan says something else than ok.

    Attributes:
        kind: one of `KINDS`.
        start: ns UTC.
        end: ns UTC; NEVER while it lasts.
        decided: when it could first be known, ns UTC.
        worst: in the sensor's unit; NaN where nothing was measured.
        reason: in words.
        lots: that it affects; filled in where it differs.
        product: of what holds product, from the last good to the first good reading, ns UTC.
    """

    kind: str
    start: int
    end: int
    decided: int
    worst: float
    reason: str
    lots: tuple[str, ...] = ()
    product: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """For programs; times in RFC 3339, null while it lasts."""
        return {
            "from": format_time(self.start),
            "to": None if self.end == NEVER else format_time(self.end),
            "decided": format_time(self.decided),
            "worst": None if math.isnan(self.worst) else self.worst,
            "reason": self.reason,
            "lots": list(self.lots),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A span that only one of the plans has, or that each has in its own way."""

    ccp: str
    limit: str
    unit: str
    kind: str
    old: Stretch | None
    new: Stretch | None

    @property
    def what(self) -> str:
        """What becomes of it with the second plan."""
        return "appears" if self.old is None else "vanishes" if self.new is None else "changes"

    @property
    def start(self) -> int:
        """When it begins first, ns UTC."""
        return min(each.start for each in (self.old, self.new) if each is not None)

    @property
    def lots(self) -> tuple[str, ...]:
        """The lots in either."""
        both = [lot for each in (self.old, self.new) if each is not None for lot in each.lots]
        return tuple(dict.fromkeys(both))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ccp": self.ccp,
            "limit": self.limit,
            "unit": self.unit,
            "kind": self.kind,
            "what": self.what,
            "old": None if self.old is None else self.old.as_json(),
            "new": None if self.new is None else self.new.as_json(),
        }


@dataclass(frozen=True, slots=True)
class LotDifference:
    """A lot that something else holds: every deviation, loss and fault that concerns it."""

    lot: str
    old: tuple[Held, ...]
    new: tuple[Held, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        names = ("kind", "ccp", "limit", "unit")
        return {
            "lot": self.lot,
            "old": [dict(zip(names, each, strict=True)) for each in self.old],
            "new": [dict(zip(names, each, strict=True)) for each in self.new],
        }


def differing_decisions(old: Judged, new: Judged) -> list[Difference]:
    """What would have been decided otherwise, by CCP, limit, unit and time.

    The same span, decided at the same time, is no difference, whatever its reason and worst value.
    """
    found: list[Difference] = []
    one, other = _stretches(old), _stretches(new)
    for key in sorted({*one, *other}):
        mine = list(_matched(key, one.get(key, ()), other.get(key, ())))
        said = {_spans(each) for each in mine if each.kind in HOLDS}
        mine = [each for each in mine if each.kind != Verdict.INDETERMINATE or _spans(each) not in said]
        found += [
            replace(each, old=_with_lots(old, key, each.old), new=_with_lots(new, key, each.new))
            for each in mine
        ]
    return sorted(found, key=lambda each: (each.ccp, each.limit, each.unit, each.start))


def differing_lots(old: Judged, new: Judged) -> list[LotDifference]:
    """The lots that something else would hold, in order of time."""
    one, other = _held(old), _held(new)
    order = dict.fromkeys(lot for _, _, lot in sorted({*old.lots, *new.lots}))
    return [
        LotDifference(lot, tuple(sorted(one.get(lot, ()))), tuple(sorted(other.get(lot, ()))))
        for lot in order
        if one.get(lot, set()) != other.get(lot, set())
    ]


def _held(judged: Judged) -> dict[str, set[Held]]:
    found: dict[str, set[Held]] = {}
    for limit, event in judged.decisions.raised():
        for lot in judged.lots_of(limit, event.since, event.through):
            found.setdefault(lot, set()).add((str(event.kind), *limit.key[1:]))
    return found


def _stretches(judged: Judged) -> dict[Key, list[Stretch]]:
    """What each limit unit says, but for ok, in order of time within each kind."""
    found: dict[Key, list[Stretch]] = {limit.key[1:]: [] for limit in judged.program.limits}
    for limit, event in judged.decisions.raised():
        worst = limit.worst(event.low, event.high)
        found[limit.key[1:]].append(
            Stretch(
                kind=str(event.kind),
                start=event.start,
                end=event.end,
                decided=event.decided,
                worst=worst,
                reason="",
                product=(event.since, event.through),
            )
        )
    for limit in judged.program.limits:
        key: Key = limit.key[1:]
        found[key] += _said(judged.decisions, limit)
        found[key].sort(key=lambda each: (KINDS.index(each.kind), each.start))
    return found


def _with_lots(judged: Judged, key: Key, said: Stretch | None) -> Stretch | None:
    if said is None:
        return None
    [limit] = [each for each in judged.program.limits if each.key[1:] == key]
    return replace(said, lots=tuple(judged.lots_of(limit, *(said.product or (said.start, said.end)))))


def _said(decisions: Decisions, limit: LimitUnit) -> Iterator[Stretch]:
    """Spans of verdicts, neighbours of one verdict together; ok and deviation, which are told otherwise, left out."""
    points = decisions.timeline(limit)
    number = 0
    while number < len(points):
        first, begun = points[number], number
        while number < len(points) and points[number].verdict == first.verdict:
            number += 1
        if first.verdict in (Verdict.OK, Verdict.DEVIATION):
            continue
        end = points[number].start if number < len(points) else NEVER
        yield Stretch(
            kind=_NAMED.get(first.verdict, str(first.verdict)),
            start=first.start,
            end=end,
            decided=first.decided,
            worst=_worst(limit, points[begun:number]),
            reason=first.reason,
        )


def _worst(limit: LimitUnit, points: Sequence[Point]) -> float:
    said = [point for point in points if says_worst(limit, point) and not math.isnan(point.low)]
    if not said:
        return math.nan
    return limit.worst(min(point.low for point in said), max(point.high for point in said))


def _matched(key: Key, old: Iterable[Stretch], new: Iterable[Stretch]) -> Iterator[Difference]:
    """Spans of one kind that overlap are one span that changed; each is matched once."""
    one, other = _by_kind(old), _by_kind(new)
    for kind in KINDS:
        left, right = one.get(kind, []), other.get(kind, [])
        i = j = 0
        while i < len(left) or j < len(right):
            before = left[i] if i < len(left) else None
            after = right[j] if j < len(right) else None
            if before is not None and after is not None:
                if before.end <= after.start:
                    after = None
                elif after.end <= before.start:
                    before = None
            i, j = i + (before is not None), j + (after is not None)
            if before is None or after is None or _differ(before, after):
                yield Difference(*key, kind, before, after)


def _by_kind(stretches: Iterable[Stretch]) -> Mapping[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = {}
    for each in stretches:
        found.setdefault(each.kind, []).append(each)
    return found


def _differ(old: Stretch, new: Stretch) -> bool:
    return (old.start, old.end, old.decided) != (new.start, new.end, new.decided)


def _spans(each: Difference) -> tuple[Any, ...]:
    return tuple(None if said is None else (said.start, said.end) for said in (each.old, each.new))
