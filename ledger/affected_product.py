"""Which lots an event affects, as long as that may still become known.

A lot is named as soon as affected product can have come to where lots are counted, and no sooner: while an event lasts, and
behind it until the last of that product has certainly passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ledger.canonical import Body
from readings.times import NEVER, SECOND, format_duration, format_time
from rules.affected import Affected, FlowFrom, affected
from rules.events import Event, EventChange
from rules.limit_unit import LimitUnit
from rules.lots import Lots, lots_between, together

_LOOK_AGAIN = 10 * SECOND  # at the soonest, while product is on its way
_PATIENT = 20  # and after as long again as the twentieth part of the time that it has been


class Concern(msgspec.Struct):
    """An event of which more product may become known.

    Attributes:
        limit: CCP, limit and unit of product.
        event: as it was told last.
        start, end, unknown: see `Affected`.
        lots: that were named.
        look: when to look again at what is on its way, ns.
    """

    limit: tuple[str, str, str]
    event: Event
    start: int
    end: int
    unknown: int
    lots: list[str]
    look: int

    @property
    def product(self) -> Affected:
        """The span of product, as far as is known."""
        return Affected(self.start, self.end, self.unknown)


@dataclass(slots=True)
class AffectedProduct:
    """The events of a site that more product may still belong to, by line and id."""

    events: dict[str, dict[str, Concern]] = field(default_factory=dict)

    def take(
        self, limit: LimitUnit, change: EventChange, lots: Lots, until: int, flow_from: FlowFrom | None
    ) -> tuple[Affected, list[str]]:
        """The product of an event that opened, returned or changed: its span, and its lots as of now.

        Args:
            limit: whose event it is.
            change: what became of it.
            lots: of the line.
            until: how far time has come, ns.
            flow_from: of a transit by volume, what is known of the flow.
        """
        event, concerns = change.event, self.events.setdefault(limit.line, {})
        known = concerns.pop(event.id, None)
        span = affected(limit.transit, event.since, event.through, flow_from)
        named = lots_between(lots, limit.zone, span.start, span.end) if span.start != NEVER else []
        if known is not None and known.start == span.start and span.end >= until:
            named = together(known.lots, named)  # of those the line may have forgotten some
        if change.what != "withdrawn" and span.end + limit.window > until:
            concern = Concern(limit.key[1:], event, span.start, span.end, span.unknown, named, until)
            concerns[event.id] = concern
        return span, named

    def waiting(self, line: str) -> set[tuple[str, str, str, str]]:
        """Limit units of a line, by name, of whose events more product may become known."""
        return {(line, *concern.limit) for concern in self.events.get(line, {}).values()}

    def follow(
        self,
        limits: Iterable[LimitUnit],
        line: str,
        lots: Lots,
        until: int,
        flow_of: Callable[[LimitUnit], FlowFrom | None],
    ) -> list[tuple[LimitUnit, Concern, list[str]]]:
        """What has become known since: of which events, and the lots named anew.

        Args:
            limits: that may have events; also of former versions of the plan, of which product may still be on its way.
            line: theirs.
            lots: of the line.
            until: how far time has come, ns.
            flow_of: of a limit with a transit by volume, what is known of the flow.
        """
        concerns = self.events.get(line)
        if not concerns:
            return []
        units = {limit.key[1:]: limit for limit in limits}
        told = []
        for id_, concern in list(concerns.items()):
            limit = units.get(concern.limit)
            if limit is None:  # no longer in the plan
                del concerns[id_]
                continue
            was, named = concern.product, concern.lots
            self._look(limit, concern, until, flow_of)
            here = (
                lots_between(lots, limit.zone, concern.start, concern.end) if concern.start != NEVER else []
            )
            concern.lots = together(named, here)
            if (concern.start, concern.end) != (was.start, was.end) or concern.lots != named:
                told.append((limit, concern, concern.lots[len(named) :]))
            if concern.end + limit.window <= until:
                del concerns[id_]
        return told

    @staticmethod
    def _look(
        limit: LimitUnit, concern: Concern, until: int, flow_of: Callable[[LimitUnit], FlowFrom | None]
    ) -> None:
        """Look at what is on its way, where that may have come; and once more when late readings have told of the flow."""
        event = concern.event
        if limit.transit is None or limit.transit.volume is None or until < concern.look:
            return
        span = affected(limit.transit, event.since, event.through, flow_of(limit))
        concern.start, concern.end, concern.unknown = span.start, span.end, span.unknown
        if concern.start == NEVER or (event.through != NEVER and concern.end == NEVER):
            begun = event.since if concern.start == NEVER else event.through
            concern.look = until + max(_LOOK_AGAIN, (until - begun) // _PATIENT)
            return
        firm = [time + limit.window for time in (concern.start, concern.end) if time != NEVER]
        concern.look = min((time for time in firm if time > until), default=NEVER)


def product_body(limit: LimitUnit, product: Affected) -> Body:
    """What a record says of the product of an event: from and to null while that is not known; where lots are counted."""
    said: dict[str, Any] = {
        "from": None if product.start == NEVER else format_time(product.start),
        "to": None if product.end == NEVER else format_time(product.end),
    }
    if limit.transit is not None:
        said["at"] = limit.transit.to or "where lots are counted"
        if product.unknown:
            said["unknown"] = format_duration(product.unknown)
    return said
