"""The picture of an event: readings around it with the limit, gaps as gaps, the verdicts below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.chart import Chart, LimitLine, Strip, line_chart
from dashboards.language import Language
from dashboards.reports.facts import LimitFact
from dashboards.reports.limit_words import quantity_words
from dashboards.reports.measured import Measured
from dashboards.reports.words import KINDS, RANKS, VERDICTS, named, shown_unit
from dashboards.strip import Span
from dashboards.views.verdicts import VerdictSpan
from readings.units import convert, parse_quantity, unit_named

_BOUNDS = {"at_most": ("≤", True), "below": ("<", True), "at_least": ("≥", False), "above": (">", False)}
_SIZE = (760, 300)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as SVG, and what it shows."""

    name: str
    svg: str


def event_chart(  # noqa: PLR0913 - what is drawn
    limit: LimitFact,
    measured: Measured,
    spans: Sequence[VerdictSpan],
    *,
    kind: str,
    event: tuple[int, int],
    timezone: str,
    speech: Language,
) -> Drawn | None:
    """The chart; None where there is no value to draw.

    Args:
        limit: that the event is about.
        measured: with the curve.
        spans: of its timeline, those that reach into the curve's window.
        kind: of the event.
        event: from when to when, ns UTC; an open one to the end of the window.
        timezone: of the site.
        speech: of the reader.
    """
    start, end = measured.window
    if not any(value == value for trace in measured.traces for value in trace.last):  # noqa: PLR0124 - not NaN
        return None
    here = [
        (max(span.start, start), min(span.end if span.end is not None else end, end), span) for span in spans
    ]
    here = [each for each in here if each[0] < each[1]]
    chart = Chart(
        title=f"{limit.ccp}/{limit.limit} {speech.name(limit.sensor)}",
        unit=shown_unit(limit.measured),
        timezone=timezone,
        start=start,
        end=end,
        traces=measured.traces,
        limits=_limit_lines(limit, speech),
        gaps=_gaps(limit, kind, here),
        marks=(Span(max(event[0], start), min(event[1], end), "event", named(speech, KINDS, kind)),),
        strips=(
            Strip(
                f"{limit.ccp}/{limit.limit}",
                tuple(Span(a, b, span.verdict, named(speech, VERDICTS, span.verdict)) for a, b, span in here),
            ),
        ),
    )
    unit = f", {chart.unit}" if chart.unit else ""
    return Drawn(f"{chart.title}{unit}", line_chart(chart, width=_SIZE[0], height=_SIZE[1], say=speech.say))


def _gaps(limit: LimitFact, kind: str, here: Sequence[tuple[int, int, VerdictSpan]]) -> tuple[Span, ...]:
    """Where there was no reading; an instrument at fault does speak, and so may what a mean is made of."""
    if limit.averaged or kind == "instrument_fault":
        return ()
    return tuple(Span(a, b, "indeterminate") for a, b, span in here if span.verdict == "indeterminate")


def _limit_lines(limit: LimitFact, speech: Language) -> tuple[LimitLine, ...]:
    found = []
    for key, said in limit.drawn.items() if limit.measured != "bool" else ():
        sign, upper = _BOUNDS[key]
        words = f"{named(speech, RANKS, limit.rank)} {sign} {quantity_words(said)}"
        value = convert(*parse_quantity(said), unit_named(limit.measured))
        found.append(LimitLine(float(value), limit.rank, words, upper))
    return tuple(found)
