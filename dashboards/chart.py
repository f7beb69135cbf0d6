"""A line chart of one sensor as standalone SVG: no script, no library, fit for a page, a PDF and a mail."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from html import escape

from dashboards import chart_drawing as draw
from dashboards.axes import time_text
from dashboards.chart_drawing import Frame
from dashboards.chart_model import Chart, LimitLine, Strip, Trace
from dashboards.strip import Span, hatch

__all__ = ["WORDS", "Chart", "LimitLine", "Say", "Span", "Strip", "Trace", "line_chart"]

Say = Callable[..., str]
WORDS = ("no reading", "{title}, {unit}, from {start} to {end}, {zone}")  # what `say` is asked for


def line_chart(chart: Chart, *, width: int, height: int, say: Say) -> str:
    """A standalone SVG of the chart.

    Args:
        chart: what is drawn.
        width: in CSS pixels.
        height: in CSS pixels, strips and axis included.
        say: `Language.say` of the caller, whose catalogue has the texts of `WORDS`.
    """
    top = draw.TOP + (draw.LEGEND if len(chart.traces) > 1 else 0)
    bottom = max(height - draw.AXIS - draw.STRIP * len(chart.strips), top + 40)
    frame = Frame(chart, width, top, bottom, *_reach(chart))
    name = hashlib.sha256(repr((chart.title, chart.start, chart.end, width)).encode()).hexdigest()[:8]
    told = say(
        WORDS[1],
        title=chart.title,
        unit=chart.unit,
        start=time_text(chart.start, chart.timezone),
        end=time_text(chart.end, chart.timezone),
        zone=chart.timezone,
    )
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" role="img"'
        f' aria-labelledby="t-{name} d-{name}" font-family="{draw.FONT}" font-size="12">'
        f'<title id="t-{name}">{escape(chart.title)}</title><desc id="d-{name}">{escape(told)}</desc>'
    )
    patterns = (
        f"<defs>{hatch(f'g-{name}', colour='#c3cad2')}{hatch(f'h-{name}')}"
        f'<clipPath id="c-{name}"><rect x="{draw.LEFT}" y="{top}" width="{frame.right - draw.LEFT:g}"'
        f' height="{bottom - top:g}"/></clipPath></defs>'
    )
    lines = [draw.line(frame, trace, number) for number, trace in enumerate(chart.traces)]
    return "".join(
        [
            opening,
            patterns,
            *draw.marks(frame),
            *draw.grid(frame),
            *draw.limit_shades(frame),
            *draw.gaps(frame, f"g-{name}", say(WORDS[0])),
            f'<g clip-path="url(#c-{name})">{"".join(lines)}</g>',
            *draw.limit_lines(frame),
            *draw.legend(frame),
            *draw.strips(frame, f"h-{name}"),
            *draw.time_axis(frame, height),
            "</svg>",
        ]
    )


def _reach(chart: Chart) -> tuple[float, float]:
    """The axis: every value and every limit, with some air; a signal is off or on."""
    if chart.stepped:
        return -0.25, 1.25
    values = [value for trace in chart.traces for value in (*trace.low, *trace.high) if not math.isnan(value)]
    values += [limit.value for limit in chart.limits if limit.rank != "exception"]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    air = max((high - low) * 0.08, abs(high) * 0.01, 1e-6)
    return low - air, high + air
