"""When a time in which a limit cannot be shown to hold is a monitoring loss: past the patience of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from readings.times import ALWAYS, NEVER
from rules.course import CUT_SHORT
from rules.limit_unit import LimitUnit, read_from
from rules.timeline import Point, Verdict
from rules.version import Version

_JUDGED = (Verdict.OK, Verdict.OPERATING, Verdict.DEVIATION)


class Unshown(NamedTuple):
    """A time in which it cannot be shown to hold, and stops of the line in it.

    Attributes:
        since: its beginning, ns.
        end: NEVER while it lasts.
        due: when it becomes a monitoring loss, ns; NEVER where it ended before it was one.
    """

    since: int
    end: int
    due: int


def unshown(limit: LimitUnit, points: Sequence[Point], versions: Sequence[Version]) -> list[Unshown]:
    """Every time in which it could not be shown to hold, in order.

    Patience counts such time together over stops of the line, until it is shown again; with a loss the count begins anew.
    """
    found: list[Unshown] = []
    fault, since, began, before = False, NEVER, NEVER, 0
    for number, point in enumerate([*points, None]):
        start = point.start if point is not None else NEVER
        missing = point is not None and point.verdict == Verdict.INDETERMINATE
        faulty = point is not None and point.fault
        if missing and not faulty and point is not None and point.reason != CUT_SHORT:
            since = start if since == NEVER and not fault else since
        elif since != NEVER:
            due = _due(limit, since, points[:number], point, before, versions)
            began = min(began, since)
            if point is None or due != NEVER:
                found.append(Unshown(began, start, due))
                began, before = NEVER, 0
            elif limit.terms.cycle is None:
                before += start - since
            else:
                began = NEVER
            since = NEVER
        shown = point is not None and point.verdict in _JUDGED
        if began != NEVER and (point is None or faulty or shown):
            found.append(Unshown(began, start, NEVER))
            began, before = NEVER, 0
        fault = faulty or (fault and missing)
    return found


def _due(  # noqa: PLR0913 - one span
    limit: LimitUnit,
    since: int,
    points: Sequence[Point],
    behind: Point | None,
    before: int,
    versions: Sequence[Version],
) -> int:
    """When a span without evidence becomes a monitoring loss; NEVER where it ended before it was one.

    Args:
        limit: that it is of.
        since: where it begins, ns.
        points: up to its end.
        behind: what holds then; None while it lasts.
        before: so much could not be shown before it either, ns.
        versions: of the plan that held before.
    """
    due, decided = _lost_at(limit, since, points, versions, before), points[-1].decided
    if behind is None:
        return due
    start, over = behind.start, behind.verdict not in _JUDGED
    if _is_of_cycle(limit, points, since) and (decided >= start or (limit.entered and over)):
        return min(due, max(decided, start))
    known_at_its_end = due == start == decided and since + limit.lost_after - before < start
    return due if due < start or known_at_its_end else NEVER


def resting(limit: LimitUnit, points: Sequence[Point], versions: Sequence[Version] = ()) -> list[Point]:
    """Of a timeline the points at which nothing goes on that an event may be of; it may be cut off there."""
    lasting = unshown(limit, points, versions) if limit.rank != "operating" else []
    return [
        point
        for point in points
        if point.verdict in (Verdict.OK, Verdict.OPERATING)
        or (
            point.verdict == Verdict.SUSPENDED
            and not any(each.since < point.start < each.end for each in lasting)
        )
    ]


def counted_since(limit: LimitUnit, points: Sequence[Point], final: int) -> int:
    """Since when it was not read to hold, over stops of the line, where that may yet be a loss; NEVER if it may not.

    What is shown behind `final`, ns, may turn out otherwise.
    """
    since = NEVER
    for point in reversed(points if limit.rank != "operating" else ()):
        if point.verdict in _JUDGED and point.start <= final:
            break
        if point.verdict in (Verdict.INDETERMINATE, Verdict.STARTING):
            since = min(since, point.good, read_from(point.start, limit.over))
    return since


def loss_due(limit: LimitUnit, points: list[Point], versions: Sequence[Version] = ()) -> int:
    """When the span at the end of a timeline becomes a monitoring loss; NEVER if it isn't indeterminate, or a fault."""
    if limit.rank == "operating" or not points or points[-1].verdict != Verdict.INDETERMINATE:
        return NEVER
    lasting = unshown(limit, points, versions)
    return lasting[-1].due if lasting and lasting[-1].end == NEVER else NEVER


def _lost_at(
    limit: LimitUnit, since: int, points: Sequence[Point], versions: Sequence[Version], before: int
) -> int:
    """When a span that begins at `since` and ends behind these points becomes a monitoring loss.

    By the patience of the plan in force, of which so much was over `before`; what was one by a plan that held before stays
    one.
    """
    switch = ALWAYS
    said = [point for point in points if not point.again]
    for version in versions:
        known = max((point.decided for point in said if since <= point.start < version.until), default=NEVER)
        due = max(since + version.lost_after - before, known)
        if due <= version.until:
            return due
        switch = version.until if version.until > since else switch
    missed = min((point.decided for point in said if point.start >= since), default=since)
    if limit.paced and missed > since:  # the time that it counted stood while nothing was made
        since, before = min(since, missed - limit.paced), 0
    return max(since + limit.lost_after - before, said[-1].decided, switch)


def _is_of_cycle(limit: LimitUnit, points: Sequence[Point], since: int) -> bool:
    """Whether nothing can be said of a cycle from its beginning on: over and not shown, it is lost, however short.

    A silence in a cycle that is ok without it is as any other.
    """
    if limit.terms.cycle is None:
        return False
    return any(point.start == point.good for point in points if point.start >= since)
