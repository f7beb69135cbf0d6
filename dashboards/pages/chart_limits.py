"""The bounds that a chart draws: each over the time in which the plan that has it was in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.chart import LimitLine, Span
from dashboards.pages.words import Words
from dashboards.views.plant import Plant
from dashboards.views.watch import BoundView
from readings.units import Unit


@dataclass(frozen=True, slots=True)
class Period:
    """What is shown: from `start` to `end`, ns UTC.

    Attributes:
        start: of the axis.
        end: of the axis.
        now: by the site's clock; readings that are missing until then are a gap.
        known: how far the record has come; no verdict reaches behind it.
        marks: what is shaded.
    """

    start: int
    end: int
    now: int
    known: int
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Whose bounds: a sensor of a line, in a zone (empty for all of it), in the unit that is drawn."""

    line: str
    sensor: str
    zone: str
    unit: Unit


@dataclass(slots=True)
class _Held:
    """A bound, and from when to when it held."""

    bound: BoundView
    rank: str
    start: int
    end: int

    @property
    def same(self) -> tuple[float, str, bool]:
        """What makes two of them one line."""
        return float(self.bound.value), self.rank, self.bound.upper


def limit_lines(plant: Plant, words: Words, period: Period, place: Place) -> Iterator[LimitLine]:
    """The lines to draw.

    Args:
        plant: knows which plan held when.
        words: of the reader.
        period: that is shown.
        place: whose bounds.
    """
    found: list[_Held] = []
    for held in _held(plant, period, place):
        before = (each for each in found if each.same == held.same and each.end >= held.start)
        goes_on = next(before, None)
        if goes_on is None:
            found.append(held)
        else:
            goes_on.end = held.end
    for held in found:
        value, rank, upper = held.same
        yield LimitLine(
            value,
            rank,
            words.bound(held.bound),
            upper,
            start=None if held.start <= period.start else held.start,
            end=None if held.end >= period.end else held.end,
        )


def _held(plant: Plant, period: Period, place: Place) -> Iterator[_Held]:
    for start, end, watches in plant.stretches(place.line, period.start, period.end):
        for watch in watches:
            if watch.model.of == place.sensor and place.zone in ("", watch.unit):
                for bound in watch.levels:
                    if bound.unit == place.unit:
                        yield _Held(bound, watch.rank, start, end)
