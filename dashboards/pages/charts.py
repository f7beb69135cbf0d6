"""The charts of a page: which series, which limits, which gaps, drawn for a wide and for a narrow screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboards.chart import Chart, Span, Strip, Trace, line_chart
from dashboards.pages.chart_limits import Period, Place, limit_lines
from dashboards.pages.words import Words
from dashboards.views.plant import Plant
from dashboards.views.verdicts import VerdictSpan
from dashboards.views.watch import Watch
from ingest.buckets import Buckets
from ingest.history import History
from readings.inputs import Series
from rules.plan import Plan
from rules.sensor import Sensor

_BUCKETS = 300
_MERGED = 3  # buckets of the wide chart that make one of the narrow one
_WIDE, _NARROW = 640, 350
_HEIGHT, _LOW, _STRIP = 210, 120, 30


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart as a page shows it.

    Attributes:
        sensor: of the plan.
        title, unit: for people.
        wide, narrow: SVG.
        excused: how many stretches were excused by an exception.
        excused_for: how long in all, ns.
    """

    sensor: str
    title: str
    unit: str
    wide: str
    narrow: str
    excused: int = 0
    excused_for: int = 0


@dataclass(frozen=True, slots=True)
class Painter:
    """Draws the charts of a page.

    Attributes:
        plant: for the verdicts.
        history: for the readings.
        period: that is shown.
        words: of the reader.
    """

    plant: Plant
    history: History
    period: Period
    words: Words

    def line(self, plan: Plan, watches: Sequence[Watch]) -> list[ChartView]:
        """A chart for each sensor with numbers, those with limits first; for each zone where verdicts are per zone."""
        limited = {watch.model.of for watch in watches}
        found = []
        for name in sorted(plan.sensors, key=lambda name: name not in limited):
            sensor = plan.sensors[name]
            if sensor.unit.dimension in ("text", "event", "code"):
                continue
            for zone, points in _places(plan, sensor):
                of = [w for w in watches if w.model.of == name and (not zone or w.unit == zone)]
                found.append(self.sensor(plan, name, zone, points, of))
        return found

    def sensor(  # noqa: PLR0913 - what is drawn, and from where
        self,
        plan: Plan,
        name: str,
        zone: str,
        points: Sequence[str],
        watches: Sequence[Watch],
        *,
        strips: Sequence[Strip] | None = None,
    ) -> ChartView:
        """The chart of a sensor, or of its points in a zone.

        Args:
            plan: that has the sensor.
            name: of the sensor.
            zone: of the points; empty for the line.
            points: that are drawn.
            watches: limits whose verdicts stand below.
            strips: what stands below instead.
        """
        period, words, sensor = self.period, self.words, plan.sensors[name]
        title = words.name(sensor.name, name) + (f" {zone}" if zone else "")
        timelines = [(watch, self.plant.between(watch.key, period.start, period.end)) for watch in watches]
        below = tuple(_strip(*each, period, words) for each in timelines) if strips is None else tuple(strips)
        excused = [s for _, spans in timelines[:1] for s in spans if s.reason.startswith("exception")]
        place = Place(plan.line_id, name, zone, sensor.unit)
        limits = tuple(limit_lines(self.plant, words, period, place)) if sensor.unit.name != "bool" else ()
        columns = [
            self.history.buckets(Series(plan.line_id, name, point), period.start, period.end, _BUCKETS)
            for point in points
        ]

        def drawn(width: int, merged: int) -> str:
            traces = tuple(
                _trace(point, _merged(bucket, merged), sensor, period)
                for point, bucket in zip(points, columns, strict=True)
            )
            chart = Chart(
                title=title,
                unit=words.sign(sensor.unit),
                timezone=words.timezone,
                start=period.start,
                end=period.end,
                traces=traces,
                limits=limits,
                gaps=_common(traces),
                marks=(
                    *period.marks,
                    *(_mark(s, period, words.reason(s.reason, watches[0])) for s in excused),
                ),
                strips=below,
                stepped=sensor.unit.name == "bool",
            )
            height = (_HEIGHT if sensor.unit.name != "bool" else _LOW) + _STRIP * len(below)
            return line_chart(chart, width=width, height=height, say=words.say)

        return ChartView(
            sensor=f"{name}-{zone}" if zone else name,
            title=title,
            unit=words.sign(sensor.unit),
            wide=drawn(_WIDE, 1),
            narrow=drawn(_NARROW, _MERGED),
            excused=len(excused),
            excused_for=sum(max(_end(s, period) - max(s.start, period.start), 0) for s in excused),
        )


def _places(plan: Plan, sensor: Sensor) -> list[tuple[str, list[str]]]:
    """Zone and points of each chart."""
    by_zone = sensor.point_names()
    if plan.line.unit == "zone" and sensor.zones is not None:
        return list(by_zone.items())
    return [("", [point for points in by_zone.values() for point in points])]


def _merged(buckets: Buckets, by: int) -> Buckets:
    """Fewer, wider buckets."""
    if by == 1:
        return buckets
    n = len(buckets.start) // by
    shape = (n, by)
    cut = slice(0, n * by)
    count = buckets.count[cut].reshape(shape)
    filled = count > 0
    rows = np.arange(n)
    last = np.where(filled.any(axis=1), by - 1 - filled[:, ::-1].argmax(axis=1), 0)
    low = np.where(filled, buckets.low[cut].reshape(shape), np.inf).min(axis=1)
    high = np.where(filled, buckets.high[cut].reshape(shape), -np.inf).max(axis=1)
    some = filled.any(axis=1)
    return Buckets(
        buckets.start[cut][::by],
        count.sum(axis=1),
        np.where(some, low, np.nan),
        np.where(some, high, np.nan),
        buckets.last[cut].reshape(shape)[rows, last],
    )


def _trace(point: str, buckets: Buckets, sensor: Sensor, period: Period) -> Trace:
    start = buckets.start.tolist()
    width = start[1] - start[0] if len(start) > 1 else period.end - period.start
    patience = max(sensor.silence or 0, 2 * width)
    gaps, before = [], period.start
    for time, count in zip(start, buckets.count.tolist(), strict=True):
        if count:
            if time - before > patience:
                gaps.append(Span(before, time, "gap"))
            before = time + width
    until = min(period.end, period.now)
    if until - before > patience:
        gaps.append(Span(before, until, "gap"))
    return Trace(
        point, start, buckets.low.tolist(), buckets.high.tolist(), buckets.last.tolist(), width, tuple(gaps)
    )


def _common(traces: Sequence[Trace]) -> tuple[Span, ...]:
    """The stretches in which no trace has a reading."""
    common: list[Span] = list(traces[0].gaps) if traces else []
    for trace in traces[1:]:
        common = [
            Span(max(one.start, other.start), min(one.end, other.end), "gap")
            for one in common
            for other in trace.gaps
            if max(one.start, other.start) < min(one.end, other.end)
        ]
    return tuple(common)


def _strip(watch: Watch, spans: Sequence[VerdictSpan], period: Period, words: Words) -> Strip:
    label = words.what(watch) if watch.model.name or watch.unit != watch.line else words.limit(watch)
    return Strip(
        f"{words.rank(watch.rank)}: {label}",
        tuple(
            Span(
                max(span.start, period.start),
                _end(span, period),
                span.verdict,
                f"{words.verdict(span.verdict)} {words.time(span.start)}",
            )
            for span in spans
        ),
    )


def _mark(span: VerdictSpan, period: Period, label: str) -> Span:
    return Span(max(span.start, period.start), _end(span, period), "excused", label)


def _end(span: VerdictSpan, period: Period) -> int:
    """Where a span ends in the picture; an open one where the known does."""
    until = min(period.end, period.known)
    return until if span.end is None else min(span.end, until)
