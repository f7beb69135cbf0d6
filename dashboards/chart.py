"""A line chart of one series as standalone SVG: no script, no library, fit for a page, a PDF and a mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit to draw.

    Attributes:
        value: in the chart's unit.
        rank: `critical`, `operating`, `criterion`; or `exception`.
        label: as written beside it, such as `at most -15.0 degC`.
        upper: whether what lies above is beyond it.
    """

    value: float
    rank: str
    label: str
    upper: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; `kind` is a verdict, and `label` says it in words."""

    start: int
    end: int
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Buckets of one series: columns of one length; NaN where a bucket has no value.

    Attributes:
        name: of the point, for the legend.
        times: where each bucket begins, ns UTC, in order.
        low, high, last: of the values in it.
        width: of a bucket, ns.
    """

    name: str
    times: list[int]
    low: list[float]
    high: list[float]
    last: list[float]
    width: int


@dataclass(frozen=True, slots=True)
class Strip:
    """Verdict spans of one limit and unit, drawn below the chart."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn.

    Attributes:
        title: read out, and shown by others above the chart.
        unit: as shown, such as `°C`.
        timezone: IANA name of the site's zone.
        start, end: of the axis, ns UTC.
        traces: the points of the sensor.
        limits: lines across.
        gaps: stretches without a usable reading; hatched, never joined.
        marks: stretches shaded behind the line: excused, suspended.
        strips: verdicts below.
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
    strips: tuple[Strip, ...] = field(default=())


Say = Callable[..., str]


def line_chart(chart: Chart, *, width: int, height: int, say: Say) -> str:
    """A standalone SVG of the chart.

    Args:
        chart: what is drawn.
        width, height: in CSS pixels; strips are inside.
        say: `Language.say` of the caller: the few words of the chart itself.
    """
    raise NotImplementedError
