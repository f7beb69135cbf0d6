"""The board: one row per limit and unit of product, the worst first. What is not known looks like trouble."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from dashboards.views.latest import LatestReading
from dashboards.views.verdicts import CameTo, VerdictFold, VerdictSpan
from dashboards.views.watch import Watch
from ledger.timelines import Key
from readings.inputs import Series
from readings.quality import Quality
from readings.times import DAY, MINUTE
from rules.cycle_course import UNDER_WAY


class Level(IntEnum):
    """How bad a row is; the smaller, the higher it stands. What is not known stands above a warning."""

    DEVIATION = 0
    UNKNOWN = 1  # indeterminate, or no verdict at all
    WARNING = 2
    WAITING = 3  # starting
    OK = 4
    SUSPENDED = 5


LEVEL_OF = {
    "deviation": Level.DEVIATION,
    "indeterminate": Level.UNKNOWN,
    "operating": Level.WARNING,
    "starting": Level.WAITING,
    "ok": Level.OK,
    "suspended": Level.SUSPENDED,
}
STRIP = DAY
Past = Callable[[str, Key], Watch | None]
_BEYOND = ("deviation", "operating", "indeterminate")  # instruments that do not agree are indeterminate


@dataclass(frozen=True, slots=True)
class StripSpan:
    """A stretch of the 24-h strip; `verdict` is empty where there was none yet."""

    start: int
    end: int
    verdict: str
    excused: bool = False


@dataclass(frozen=True, slots=True)
class ValueNow:
    """The reading that a row shows: of several points the one nearest to the bound or farthest beyond it.

    Attributes:
        value: in the sensor's unit; None where the latest reading is bad or nothing was heard for too long.
        point: that it is of; empty where the sensor has one.
        at: event time of it, ns UTC; None where no reading is known.
        reason: why there is no value, or why it is uncertain; in words.
        margin: to the nearest bound, negative beyond it; None where that says nothing, or the value is uncertain.
        last: the last value known, where there is none now.
        last_at: event time of that, ns UTC.
        sure: whether the reading is neither bad nor uncertain.
    """

    value: float | None = None
    point: str = ""
    at: int | None = None
    reason: str = ""
    margin: float | None = None
    last: float | None = None
    last_at: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class JudgedNow:
    """What is judged where that is no reading, as far as the ledger says it.

    Attributes:
        worst: in the unit judged, as known at the decision; None where nothing is known of now.
        at: event time of the decision, ns UTC.
        came_to: of a limit decided per batch: of the present batch once it is decided, else of the last one.
        verdict: on that batch; empty where there is none.
        over: when it ended; None while it goes on.
        under_way: whether a batch goes on of which nothing is decided.
        by: the limit as the plan had it that `came_to` was judged by; None where that is not known.
    """

    worst: float | None = None
    at: int | None = None
    came_to: CameTo | None = None
    verdict: str = ""
    over: int | None = None
    under_way: bool = False
    by: Watch | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the board.

    Attributes:
        watch: what is watched.
        verdict: as decided; empty where nothing was decided yet.
        level: how bad that is.
        since: when it began, ns UTC; None where nothing was decided.
        reason: in the engine's words.
        now: the reading that it shows.
        judged: what is judged, where that is no reading; None where it is.
        strip: of the last 24 h.
        case: id of the open case about it; empty for none.
        stage: of that case.
    """

    watch: Watch
    verdict: str
    level: Level
    since: int | None
    reason: str
    now: ValueNow
    strip: tuple[StripSpan, ...]
    case: str = ""
    stage: str = ""
    judged: JudgedNow | None = None


def row(  # noqa: PLR0913 - what a row is made of
    watch: Watch,
    verdicts: VerdictFold,
    latest: Mapping[Series, LatestReading],
    *,
    now: int,
    known: int,
    case: tuple[str, str] = ("", ""),
    past: Past = lambda _plan, _key: None,
) -> Row:
    """The row of what is watched.

    Args:
        watch: what is watched.
        verdicts: as decided so far.
        latest: the latest reading of every series.
        now: ns UTC, by the site's clock.
        known: how far the record has come, ns UTC; what is later is not known.
        case: id and stage of the open case about it.
        past: gives a limit as a plan had it, by the plan's hash and the limit's key; None where it cannot be told.
    """
    span = verdicts.current(watch.key)
    return Row(
        watch,
        span.verdict if span is not None else "",
        LEVEL_OF.get(span.verdict, Level.UNKNOWN) if span is not None else Level.UNKNOWN,
        span.start if span is not None else None,
        span.reason if span is not None else "",
        _value(watch, latest, now, span.reason if span is not None else ""),
        strip(verdicts.between(watch.key, now - STRIP, now), now, known),
        *case,
        judged=None if watch.direct else judged_now(watch, verdicts, past),
    )


def judged_now(watch: Watch, verdicts: VerdictFold, past: Past = lambda _plan, _key: None) -> JudgedNow:
    """What the ledger says of what is judged: of a span that goes on, what was known when it was decided.

    Where it holds, what was known then says nothing of now, and is left out.

    Args:
        watch: what is watched.
        verdicts: as decided so far.
        past: gives a limit as a plan had it, by the plan's hash and the limit's key.
    """
    span = verdicts.current(watch.key)
    if span is None:
        return JudgedNow()
    if not watch.per_cycle:
        bad = span.verdict in _BEYOND and span.worst is not None
        return JudgedNow(span.worst, span.decided) if bad else JudgedNow()
    under_way = span.reason == UNDER_WAY or span.verdict == "indeterminate"
    told = verdicts.last_cycle(watch.key)
    if told is None:
        return JudgedNow(under_way=under_way)
    return JudgedNow(
        at=told.decided,
        came_to=told.came_to,
        verdict=told.verdict,
        over=told.end,
        under_way=under_way,
        by=past(told.plan, watch.key),
    )


def _value(watch: Watch, latest: Mapping[Series, LatestReading], now: int, reason: str) -> ValueNow:
    """The reading to show; that of an instrument that stands still is the last, and no value of now."""
    shown = value_now(watch, latest, now)
    if reason.startswith("stuck") and shown.value is not None:
        return ValueNow(None, shown.point, shown.at, "stuck", None, shown.value, shown.at)
    return shown


def ordered(rows: list[Row]) -> list[Row]:
    """The worst first; a critical limit before an operating one; then by line and plan."""
    rank = {"critical": 0, "criterion": 1, "supporting": 2, "operating": 3, "instrument": 4}
    return sorted(rows, key=lambda row: (row.level, rank[row.watch.rank], row.watch.line, row.watch.number))


def value_now(watch: Watch, latest: Mapping[Series, LatestReading], now: int) -> ValueNow:
    """The reading to show: the worst of the points; one without a value is worse than any value, then an uncertain one.

    Where the plan spares points (`5 of 6`), those without a value stand behind; where one is enough (`any`), the best
    is shown.
    """
    several = len(watch.series) > 1
    shown = [
        _of_point(watch, latest.get(series), series.point if several else "", now) for series in watch.series
    ]
    if watch.model.combine != "worst":
        shown = [each for each in shown if each.value is not None] or shown
    if not shown:
        return ValueNow(reason="no reading yet")
    worst = shown[0]
    for each in shown[1:]:
        if _worse(worst, each) if watch.model.combine == "any" else _worse(each, worst):
            worst = each
    return worst


def _of_point(watch: Watch, reading: LatestReading | None, point: str, now: int) -> ValueNow:
    if reading is None:
        return ValueNow(point=point, reason="no reading yet")
    last = None if math.isnan(reading.valued) else reading.valued
    if reading.quality is Quality.BAD or math.isnan(reading.value):
        return ValueNow(None, point, reading.time, reading.reason, None, last, reading.valued_at)
    if watch.silent and now - reading.time > watch.silent:
        return ValueNow(None, point, reading.time, "silent", None, last, reading.valued_at)
    sure = reading.quality is Quality.GOOD
    margin = margin_of(watch, reading.value) if sure else None
    return ValueNow(reading.value, point, reading.time, reading.reason, margin, sure=sure)


def _worse(one: ValueNow, other: ValueNow) -> bool:
    if (one.value is None) != (other.value is None):
        return one.value is None
    if one.sure != other.sure:
        return other.sure
    return one.margin is not None and other.margin is not None and one.margin < other.margin


def margin_of(watch: Watch, value: float) -> float | None:
    """How far a value is from the nearest bound less its guard band, in the sensor's unit; negative beyond it."""
    if not watch.direct or not watch.bounds:
        return None
    step = watch.sensor.step
    exact = round(Fraction(value) / step) * step
    far = min(bound.value - exact if bound.upper else exact - bound.value for bound in watch.bounds)
    return float(far - watch.guard)


def strip(spans: list[VerdictSpan], now: int, known: int) -> tuple[StripSpan, ...]:
    """The last 24 h in stretches, up to the full minute; empty where there was no verdict yet, or is none any more.

    Args:
        spans: in order of time.
        now: ns UTC.
        known: how far the record has come, ns UTC.
    """
    end = -(-now // MINUTE) * MINUTE
    start = end - STRIP
    until = end if now - known < MINUTE else known
    found: list[StripSpan] = []
    if not spans or spans[0].start > start:
        found.append(StripSpan(start, min(spans[0].start, end) if spans else end, ""))
    for span in spans:
        stop = until if span.end is None else min(span.end, until)
        begin = max(span.start, start)
        if stop > begin:
            found.append(StripSpan(begin, stop, span.verdict, span.reason.startswith("exception")))
    if spans and until < end:
        found.append(StripSpan(max(until, start), end, ""))
    return tuple(found)
