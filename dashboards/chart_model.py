"""What a chart shows: readings of one sensor over time, its limits, its gaps, its verdicts. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.strip import Span


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit to draw.

    Attributes:
        value: in the chart's unit.
        rank: `critical`, `operating`, `criterion`, `instrument`; or `exception`.
        label: as written beside it, such as `at most -15.0 °C`.
        upper: whether what lies above is beyond it.
        start: it held from here on, ns UTC; None where it did all the time.
        end: it held up to here, ns UTC; likewise.
    """

    value: float
    rank: str
    label: str
    upper: bool
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Buckets of one series: columns of one length; NaN where a bucket has no value.

    Attributes:
        name: of the point, for the legend.
        times: where each bucket begins, ns UTC, in order.
        low: least value in each.
        high: greatest value.
        last: latest value.
        width: of a bucket, ns.
        gaps: stretches over which it is not joined.
    """

    name: str
    times: Sequence[int]
    low: Sequence[float]
    high: Sequence[float]
    last: Sequence[float]
    width: int
    gaps: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """Verdict spans of one limit and unit, drawn below the chart."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn.

    Attributes:
        title: read out; whoever shows the chart writes it above.
        unit: as shown, such as `°C`.
        timezone: IANA name of the site's zone.
        start: of the axis, ns UTC.
        end: of the axis, ns UTC.
        traces: the points of the sensor.
        limits: lines across.
        gaps: stretches without a usable reading of any trace; hatched, never joined.
        marks: stretches shaded behind the line: excused, suspended, the event itself.
        strips: verdicts below.
        stepped: a signal, off or on: 0 or 1 until the next reading.
    """

    title: str
    unit: str
    timezone: str
    start: int
    end: int
    traces: tuple[Trace, ...] = ()
    limits: tuple[LimitLine, ...] = ()
    gaps: tuple[Span, ...] = ()
    marks: tuple[Span, ...] = ()
    strips: tuple[Strip, ...] = ()
    stepped: bool = False
