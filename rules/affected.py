"""Which product an event affects, where its lots are counted: from the last good to the first good reading, and transit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from readings.times import NEVER
from rules.passage import Flow, Passed, passed
from rules.transit import Transit

FlowFrom = Callable[[int], Flow]  # what is known of the flow from a time on


@dataclass(frozen=True, slots=True)
class Affected:
    """A span of product at the place where lots are counted.

    Attributes:
        start: the earliest that affected product can have come there, ns; NEVER while it is still on its way.
        end: the latest that it can still come, ns; NEVER while that is not known.
        unknown: so much of the time the flow was not known, and the greatest span was taken, ns.
    """

    start: int
    end: int
    unknown: int = 0


def affected(transit: Transit | None, since: int, through: int, flow_from: FlowFrom | None) -> Affected:
    """The product of an event, as far as is known.

    Args:
        transit: to where lots are counted; None where that is at the control point itself.
        since: the last good reading, ns; see `Event.since`.
        through: the first good reading, ns; NEVER while the event lasts.
        flow_from: of a transit by volume, what is known of the flow.
    """
    if transit is None:
        return Affected(since, through)
    if flow_from is None or transit.volume is None:
        assert transit.at_most is not None
        return Affected(since + transit.at_least, _later(through, transit.at_most))
    first = _pass(transit, since, flow_from)
    start = max(first.earliest, since + transit.at_least)
    if through == NEVER:
        return Affected(start, NEVER, first.unknown)
    last = _pass(transit, through, flow_from)
    end = min(last.latest, _later(through, transit.at_most) if transit.at_most is not None else NEVER)
    return Affected(start, end, max(first.unknown, last.unknown))


def _pass(transit: Transit, time: int, flow_from: FlowFrom) -> Passed:
    flow = flow_from(time)
    found = passed(flow, time, flow.amount_of(transit))
    at_most = _later(time, transit.at_most) if transit.at_most is not None else NEVER
    if at_most > flow.until:
        return found
    return Passed(min(found.earliest, at_most), min(found.latest, at_most), found.unknown)


def _later(time: int, after: int) -> int:
    return time if time == NEVER else time + after
