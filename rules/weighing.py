"""What a limit that judges what follows from readings has come to, as [low, best, high], and what follows from that.

Of a cycle that is over it may decide: what was not reached, and cannot have been reached with all that was not read, is a
deviation although evidence is missing; what may have been reached in time that was not read cannot be shown, either way.
What must not be exceeded counts at its upper bound where all of the cycle was read; where something was not, it is a
deviation only if what is certain exceeds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from readings.times import ALWAYS, NEVER, format_duration
from rules.course import Course
from rules.cycle_course import CycleCourse
from rules.derivation import CameTo, Integral, Memory
from rules.limit_unit import LimitUnit
from rules.timeline import Point, Verdict

_UNTOLD = "cannot be shown: no reading"  # there were readings, and from them nothing followed
_SAID = (Verdict.OK, Verdict.OPERATING, Verdict.DEVIATION)


def weigh(
    memories: Mapping[int, Memory],
    limit: LimitUnit,
    course: Course | CycleCourse,
    shown: Sequence[Point] = (),
) -> None:
    """Say what each span, or each cycle, has come to.

    Args:
        memories: of derivations, by derived track.
        limit: that it is of.
        course: its timeline is changed.
        shown: as it was shown before, for what the memories hold no more.
    """
    if not limit.derived:
        return
    forgotten = max(memories[each.track].forgets for each in limit.derived)
    cycles = isinstance(course, CycleCourse)
    known = {
        point.start: point
        for number, point in enumerate(shown)
        if point.start <= forgotten or (not number and not (_begins(point) if cycles else _by_each(limit)))
    }
    if isinstance(course, CycleCourse):
        _weigh_cycles(memories, limit, course, known)
    else:
        _weigh_spans(memories, limit, course, known)


def _came_to(memories: Mapping[int, Memory], limit: LimitUnit, begin: int, end: int) -> list[CameTo | None]:
    return [each.derivation.came_to(memories[each.track], begin, end) for each in limit.derived]


def _weigh_spans(
    memories: Mapping[int, Memory], limit: LimitUnit, course: Course, known: Mapping[int, Point]
) -> None:
    """Of a span the worst value counts, at the worst point, where it was read in that span."""
    ends = [*(point.start for point in course.points[1:]), NEVER]
    for point, end in zip(course.points, ends, strict=True):
        if point.verdict not in _SAID:
            continue
        came = [each for each in _came_to(memories, limit, point.start, end) if each is not None]
        if _by_each(limit):
            came = [each for each in came if each.whole and each.counts == limit.worst(point.low, point.high)]
        if came:
            point.integral = _from_the_worst(limit, came, certain=True)[0].integral
        elif (
            point.integral is None and point.start in known
        ):  # else the version of the plan before has told it
            point.integral = known[point.start].integral


def _by_each(limit: LimitUnit) -> bool:
    """Whether several points have each a sum: where one ends a span, what another comes to may go on behind it."""
    return limit.terms.cycle is None and len(limit.derived) > 1


def _weigh_cycles(
    memories: Mapping[int, Memory], limit: LimitUnit, course: CycleCourse, known: Mapping[int, Point]
) -> None:
    """Of a cycle that is over it stands where its verdict begins, of one that goes on at the last point."""
    number = 0
    while number < len(course.points):
        first = number
        under_way = course.points[first].start >= course.since != ALWAYS
        begin = course.since if under_way else course.points[first].start
        number = len(course.points) if under_way else _next_cycle(course.points, first)
        mine = course.points[first:number]
        end = course.points[number].start if number < len(course.points) else NEVER
        said = mine[-1] if under_way else next((each for each in mine if each.verdict == Verdict.OK), mine[0])
        whole = under_way or _begins(mine[0])
        came = _came_to(memories, limit, begin, NEVER if under_way else end) if whole else []
        heard = [each for each in came if each is not None]
        shown = known.get(mine[0].start) if not heard else None
        if not under_way and said.verdict == Verdict.OK and _failed(limit, said, came, shown):
            said = Point(
                mine[0].start, limit.terms.breach, end, limit.terms.beyond, good=mine[0].good, doubt=True
            )
            course.points[first:number] = mine = [said]
            number = first + 1
        if not heard:
            weighed = said.integral is not None or said.verdict == Verdict.SUSPENDED
            if mine[0].start in known and not weighed:
                _remember(limit, said, known[mine[0].start])
            continue
        if not under_way and said.verdict != Verdict.OK:
            _decide(limit, said, came, end)
        if len(heard) == len(came) or said.verdict == Verdict.OK:
            _tell(limit, said, heard, end, unheard=len(came) - len(heard))


def _next_cycle(points: Sequence[Point], first: int) -> int:
    """The first point behind a cycle: one at which another begins, or at which none is judged."""
    after = first + 1
    while after < len(points) and _goes_on(points[after]):
        after += 1
    return after


def _goes_on(point: Point) -> bool:
    return point.verdict != Verdict.SUSPENDED and not _begins(point)


def _begins(point: Point) -> bool:
    """Whether a cycle begins with it; the first that is left may be of one that began earlier."""
    return point.good == point.start


def _remember(limit: LimitUnit, point: Point, known: Point) -> None:
    if known.integral is not None:
        point.integral, point.low, point.high = known.integral, known.low, known.high
    if point.verdict == known.verdict == Verdict.OK:
        point.reason = point.reason or known.reason
    if known.doubt and known.verdict != Verdict.OK and (point.doubt or point.verdict == limit.terms.breach):
        point.verdict, point.reason, point.doubt = known.verdict, known.reason, True
        point.decided = known.decided


def _failed(limit: LimitUnit, said: Point, came: Sequence[CameTo | None], shown: Point | None) -> bool:
    """Whether a point that is spared, for something of it was not read, cannot have reached it with all of that.

    Args:
        limit: that it is of.
        said: the cycle is ok.
        came: what its points have come to; None of those that were not read.
        shown: what was shown of the cycle, where that is remembered of no point any more.
    """
    cycle, terms = limit.terms.cycle, limit.terms
    if cycle is None or not cycle.reach or not terms.spared:
        return False
    if shown is not None:
        return shown.doubt and shown.verdict == terms.breach
    spoke = [each for point, each in enumerate(came) if each is not None and point not in said.stuck]
    return said.doubt and any(not each.reached and not each.reachable for each in spoke)


def _decide(limit: LimitUnit, point: Point, came: Sequence[CameTo | None], end: int) -> None:
    """Whether what was not read may decide a cycle that is over."""
    cycle, terms = limit.terms.cycle, limit.terms
    assert cycle is not None
    every = all if terms.any_point else any
    unread = max((each.unread for each in came if each is not None), default=0)
    cannot = f"cannot be shown: {format_duration(unread)} not read"
    if point.doubt and cycle.reach and every(each is not None and not each.reachable for each in came):
        point.verdict, point.reason = terms.breach, terms.beyond
    elif point.doubt and unread and point.reason == _UNTOLD:
        point.reason = cannot
    elif point.verdict == terms.breach and cycle.reach and not cycle.fails and unread:
        failed = (
            each is not None and not each.reached and not (each.reachable and each.unread) for each in came
        )
        if not every(failed):
            point.verdict, point.reason, point.doubt = Verdict.INDETERMINATE, cannot, True
    elif point.verdict == terms.breach and not cycle.reach and unread:
        if every(each is not None and each.exceeded for each in came):
            return
        most = max(each.integral.high for each in came if each is not None and each.integral is not None)
        point.verdict, point.decided, point.doubt = Verdict.INDETERMINATE, end, True
        point.reason = f"{cannot}, may have come to {most:.1f} {limit.judged_in}"


def _tell(limit: LimitUnit, point: Point, came: Sequence[CameTo], end: int, *, unheard: int) -> None:
    breach = point.verdict == limit.terms.breach
    if breach:
        came = [_by_then(each, point.decided) for each in came]
        if (
            limit.terms.cycle is not None and not limit.terms.cycle.reach
        ):  # while it goes on the upper bound decides
            came = [_at_most(each) for each in came]
    order = _from_the_worst(limit, came, certain=breach)
    spared = min(max(limit.terms.spared - unheard, 0), len(order) - 1) if point.verdict == Verdict.OK else 0
    worst = order[-1 if limit.terms.any_point else spared]
    point.integral = worst.integral
    point.low = point.high = worst.counts
    counted = [worst] if limit.terms.any_point else order[spared:]
    notes = [each.note for each in came if each.note and each in counted]
    if notes and point.verdict == Verdict.OK and not point.reason:
        point.reason = notes[0]
    if breach and worst.short and point.decided == end:
        point.reason = f"{limit.terms.beyond}; {worst.short}"


def _by_then(came: CameTo, decided: int) -> CameTo:
    """What a point has come to when it was decided: also by time, behind its last reading."""
    if came.late is None or came.integral is None or decided < came.late[0]:
        return came
    low, used = came.integral.low, came.late[1]
    high = max(came.integral.high, used)
    return replace(came, integral=Integral(low, (low + high) / 2, high), counts=used)


def _at_most(came: CameTo) -> CameTo:
    """Where what is certain does not exceed the bound, what counts is all that it may have come to."""
    return came if came.exceeded or came.integral is None else replace(came, counts=came.integral.high)


def _from_the_worst(limit: LimitUnit, came: Sequence[CameTo], *, certain: bool) -> list[CameTo]:
    """The worst first: by what counts, or, where nothing is exceeded for certain, by what may have been."""
    if limit.upward is False:
        return sorted(came, key=lambda each: each.counts)
    return sorted(
        came, key=lambda each: -each.counts if certain or not each.integral else -each.integral.high
    )
