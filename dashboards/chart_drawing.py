"""The parts of a chart as SVG: axes, limits, gaps, lines, strips."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from dashboards.axes import Tick, number_ticks, time_ticks
from dashboards.chart_model import Chart, LimitLine, Trace
from dashboards.strip import bars

LEFT, RIGHT, TOP, AXIS, STRIP, LEGEND = 54, 10, 12, 22, 30, 20
FONT = "system-ui, 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
_COLOURS = ("#0b5cad", "#7a3e9d", "#00706b", "#8a4b00", "#45505c", "#a3195b", "#2a6f00")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2", "12 4")
_LIMITS = {
    "critical": ("#b3261e", "", 1.8),
    "criterion": ("#b3261e", "", 1.8),
    "supporting": ("#b3261e", "4 3", 1.4),
    "operating": ("#94560a", "7 4", 1.4),
    "instrument": ("#5b6570", "7 4", 1.2),
    "exception": ("#5b6570", "2 3", 1.2),
}
_LETTER = 7.0  # about as wide as one is
_HALO = 'stroke="#ffffff" stroke-width="3" paint-order="stroke"'


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot stands in the picture; `low` and `high` are the ends of its axis."""

    chart: Chart
    width: float
    top: float
    bottom: float
    low: float
    high: float

    @property
    def right(self) -> float:
        """The right edge of the plot."""
        return self.width - RIGHT

    def x(self, time: float) -> float:
        """Where a time stands, within the plot."""
        share = (time - self.chart.start) / max(self.chart.end - self.chart.start, 1)
        return LEFT + min(max(share, 0.0), 1.0) * (self.right - LEFT)

    def ends(self, limit: LimitLine) -> tuple[float, float]:
        """Where a limit begins and where it ends."""
        left = LEFT if limit.start is None else self.x(limit.start)
        return left, self.right if limit.end is None else self.x(limit.end)

    def y(self, value: float) -> float:
        """Where a value stands."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def grid(frame: Frame) -> Iterator[str]:
    """Round numbers, and the frame around the plot."""
    rough = max(2, round((frame.bottom - frame.top) / 40))
    signal = [Tick(0, "0"), Tick(1, "1")]
    for tick in signal if frame.chart.stepped else number_ticks(frame.low, frame.high, rough):
        y = frame.y(tick.at)
        yield (
            f'<line class="grid" x1="{LEFT}" x2="{frame.right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dfe4e9"/>'
            f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#4a5561">{tick.label}</text>'
        )
    yield (
        f'<rect class="frame" x="{LEFT}" y="{frame.top:g}" width="{frame.right - LEFT:g}"'
        f' height="{frame.bottom - frame.top:g}" fill="none" stroke="#9aa4ae"/>'
    )


def time_axis(frame: Frame, height: float) -> Iterator[str]:
    """Round times of the site's zone below everything."""
    chart = frame.chart
    for tick in time_ticks(chart.start, chart.end, max(2, int((frame.right - LEFT) / 62)), chart.timezone):
        x = frame.x(tick.at)
        weight = ' font-weight="600"' if tick.strong else ""
        yield (
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.bottom:g}" y2="{frame.bottom + 4:g}"'
            ' stroke="#9aa4ae"/>'
        )
        if LEFT - 8 < x < frame.right - 12:
            yield (
                f'<text class="tick" x="{x:.1f}" y="{height - 7:g}" text-anchor="middle"'
                f' fill="#4a5561"{weight}>{tick.label}</text>'
            )


def limit_shades(frame: Frame) -> Iterator[str]:
    """What lies beyond a critical limit, faintly."""
    for limit in frame.chart.limits:
        if limit.rank not in ("critical", "criterion"):
            continue
        y = min(max(frame.y(limit.value), frame.top), frame.bottom)
        top, bottom = (frame.top, y) if limit.upper else (y, frame.bottom)
        left, right = frame.ends(limit)
        yield (
            f'<rect class="beyond" x="{left:g}" y="{top:.1f}" width="{right - left:g}"'
            f' height="{bottom - top:.1f}" fill="#b3261e" fill-opacity="0.07"/>'
        )


def limit_lines(frame: Frame) -> Iterator[str]:
    """The limits with their names, which make room for one another."""
    labelled: list[tuple[float, float, float]] = []
    for limit in sorted(frame.chart.limits, key=lambda limit: -limit.value):
        y = frame.y(limit.value)
        if not frame.top - 1 <= y <= frame.bottom + 1:
            continue
        colour, dash, thick = _LIMITS[limit.rank]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        at = y - 5 if y - 17 > frame.top else y + 14
        left, right = frame.ends(limit)
        # a label that has no room before its line's end stands behind its beginning
        room = _LETTER * len(limit.label)
        edge, anchor = (left + 5, "start") if right - room < LEFT else (right - 5, "end")
        reach = (edge, edge + room) if anchor == "start" else (edge - room, edge)
        while any(abs(at - y) < 14 and reach[0] < b and a < reach[1] for y, a, b in labelled):
            at += 14
        labelled.append((at, *reach))
        yield (
            f'<rect class="plate" x="{reach[0]:g}" y="{at - 11:.1f}" width="{room:g}" height="14" fill="#ffffff"'
            ' fill-opacity="0.85"/>'
            f'<line class="limit {limit.rank}" x1="{left:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}"'
            f' stroke="{colour}" stroke-width="{thick}"{dashed}/>'
            f'<text class="limit-label {limit.rank}" x="{edge:g}" y="{at:.1f}" text-anchor="{anchor}"'
            f' fill="{colour}" {_HALO}>{escape(limit.label)}</text>'
        )


def marks(frame: Frame) -> Iterator[str]:
    """Shaded stretches behind the line."""
    for span in frame.chart.marks:
        x, end = frame.x(span.start), frame.x(span.end)
        fill = "#b3261e" if span.kind == "event" else "#3f6ea3"
        yield (
            f'<rect class="mark {span.kind}" x="{x:.1f}" y="{frame.top:g}" width="{max(end - x, 1):.1f}"'
            f' height="{frame.bottom - frame.top:g}" fill="{fill}" fill-opacity="0.13">'
            f"<title>{escape(span.label)}</title></rect>"
        )


def gaps(frame: Frame, pattern: str, words: str) -> Iterator[str]:
    """Stretches without a usable reading, hatched, and named where there is room."""
    for span in frame.chart.gaps:
        x, end = frame.x(span.start), frame.x(span.end)
        yield (
            f'<rect class="gap" x="{x:.1f}" y="{frame.top:g}" width="{max(end - x, 1.5):.1f}"'
            f' height="{frame.bottom - frame.top:g}" fill="url(#{pattern})" fill-opacity="0.75">'
            f"<title>{escape(span.label or words)}</title></rect>"
        )
        if end - x > 76:
            middle = (frame.top + frame.bottom) / 2
            yield (
                f'<text class="gap-label" x="{(x + end) / 2:.1f}" y="{middle:.1f}" text-anchor="middle"'
                f' fill="#20242c" {_HALO}>{escape(words)}</text>'
            )


def line(frame: Frame, trace: Trace, number: int) -> str:
    """A trace: the band from the least to the greatest value of each bucket, and the line of the latest ones."""
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    drawn = []
    for run in _runs(frame.chart, trace):
        at = [frame.x(trace.times[i] + trace.width / 2) for i in run]
        high, low = [frame.y(trace.high[i]) for i in run], [frame.y(trace.low[i]) for i in run]
        last = [frame.y(trace.last[i]) for i in run]
        if max(b - a for a, b in zip(high, low, strict=True)) > 1.5:
            edge = [*zip(at, high, strict=True), *zip(at[::-1], low[::-1], strict=True)]
            outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge)
            drawn.append(
                f'<polygon class="band s{number}" points="{outline}" fill="{colour}" fill-opacity="0.2"/>'
            )
        if len(run) == 1:
            drawn.append(
                f'<circle class="dot s{number}" cx="{at[0]:.1f}" cy="{last[0]:.1f}" r="2" fill="{colour}"/>'
            )
            continue
        path = f"M{at[0]:.1f} {last[0]:.1f}"
        for x, y in zip(at[1:], last[1:], strict=True):
            path += f"H{x:.1f}V{y:.1f}" if frame.chart.stepped else f"L{x:.1f} {y:.1f}"
        drawn.append(
            f'<path class="line s{number}" d="{path}" fill="none" stroke="{colour}" stroke-width="1.7"'
            f' stroke-linejoin="round"{dashed}/>'
        )
    return "".join(drawn)


def _runs(chart: Chart, trace: Trace) -> Iterator[list[int]]:
    """Buckets that may be joined: between two of them there is no gap."""
    gone = [*chart.gaps, *trace.gaps]
    run: list[int] = []
    for number, value in enumerate(trace.last):
        if math.isnan(value):
            continue
        time = trace.times[number]
        if run and any(gap.start < time and trace.times[run[-1]] < gap.end for gap in gone):
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def legend(frame: Frame) -> Iterator[str]:
    """Which line is which point."""
    x = float(LEFT)
    for number, trace in enumerate(frame.chart.traces if len(frame.chart.traces) > 1 else ()):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        yield (
            f'<line class="line s{number}" x1="{x:.0f}" x2="{x + 20:.0f}" y1="14" y2="14" stroke="{colour}"'
            f' stroke-width="2.2"{dashed}/>'
            f'<text class="tick" x="{x + 25:.0f}" y="18" fill="#20242c">{escape(trace.name)}</text>'
        )
        x += 42 + 8 * len(trace.name)


def strips(frame: Frame, pattern: str) -> Iterator[str]:
    """The verdicts below the plot."""
    chart, top = frame.chart, frame.bottom
    for strip in chart.strips:
        yield (
            f'<text class="tick" x="{LEFT}" y="{top + 14:g}" fill="#4a5561" font-size="11">'
            f"{escape(strip.label)}</text>"
        )
        yield bars(
            strip.spans,
            start=chart.start,
            end=chart.end,
            left=LEFT,
            top=top + 18,
            width=frame.right - LEFT,
            height=11,
            pattern=pattern,
        )
        top += STRIP
