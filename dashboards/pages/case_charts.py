"""The charts of a case: what was measured before, during and after its events, beside the bounds of that time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.chart import Span
from dashboards.pages.chart_limits import Period
from dashboards.pages.charts import ChartView, Painter
from dashboards.pages.contradiction import Contradiction, is_contradiction
from dashboards.pages.look_back import then_and_now
from dashboards.pages.problem_words import watch_of
from dashboards.pages.words import Words
from dashboards.views.cases import EventView
from dashboards.views.look_backs import DecidedAgain, LookBackView
from dashboards.views.plant import Plant
from dashboards.views.problems import Problem
from dashboards.views.snapshot import Snapshot
from dashboards.views.watch import Watch
from ingest.history import History
from readings.times import DAY, MINUTE

_NO_CURVE = ("text", "event", "code")
_LONGEST = 7 * DAY


@dataclass(frozen=True, slots=True)
class Album:
    """Makes the charts of a page.

    Attributes:
        plant: what is known.
        history: the readings.
        snap: of now.
        words: of the reader.
    """

    plant: Plant
    history: History
    snap: Snapshot
    words: Words

    def of(self, p: Problem, again: Sequence[DecidedAgain] = ()) -> list[ChartView]:
        """The charts of a case.

        Args:
            p: the case.
            again: of a look-back that is done: what was decided again.
        """
        events = [event for event in p.view.events if not event.withdrawn] or p.view.events
        drawn: dict[str, ChartView] = {}
        for event in events:
            view = self.plant.look_back(event.id)
            if view is not None:
                made = self._looked_back(view, again)
            elif is_contradiction(event):
                made = self._contradicted(event, p, self._period(events))
            else:
                made = self._measured(event, self._period(events), drawn)
            if made is not None:
                drawn.setdefault(made.sensor, made)
        return list(drawn.values())

    def _period(
        self, events: Sequence[EventView], start: int | None = None, end: int | None = None
    ) -> Period:
        """The time around what happened, which is shaded."""
        at, known = self.snap.at, self.snap.known
        first = min(event.start for event in events) if start is None else start
        last = max(at if event.end is None else event.end for event in events) if end is None else end
        air = min(max((last - first) // 2, 15 * MINUTE), DAY)
        marks = tuple(
            Span(event.start, known if event.end is None else event.end, "event", self.words.kind(event.kind))
            for event in events
        )
        return Period(max(first - air, last - _LONGEST), min(last + air, max(at, last)), at, known, marks)

    def _measured(self, event: EventView, period: Period, drawn: dict[str, ChartView]) -> ChartView | None:
        watch = self._with_readings(watch_of(self.plant, event), event.start)
        if watch is None:
            return None
        zone = watch.unit if watch.unit != watch.line else ""
        if (f"{watch.model.of}-{zone}" if zone else watch.model.of) in drawn:
            return None
        points = [series.point for series in watch.series]
        beside = [each for each in self._on(watch, event.start) if each.unit == watch.unit]
        return self._painter(period).sensor(watch.plan, watch.model.of, zone, points, beside or [watch])

    def _contradicted(self, event: EventView, p: Problem, period: Period) -> ChartView | None:
        found = _contradiction(event, p, self.plant)
        if found is None:
            return None
        strip = found.strip(self.history, period.start, min(period.end, period.known), self.words)
        painter = self._painter(period)
        return painter.sensor(found.plan, found.counter, "", found.points, [], strips=[strip])

    def _looked_back(self, view: LookBackView, again: Sequence[DecidedAgain]) -> ChartView | None:
        """The readings of the instrument where something is decided otherwise; before that is known, all of the span."""
        changes = [each for one in again for each in one.changes(view.start, view.end)]
        start = min((each.start for each in changes), default=view.start)
        end = max((each.end for each in changes), default=view.end)
        period = self._period([], start, end)
        label = self.words.say("decided otherwise now")
        marks = tuple(Span(each.start, each.end, "event", label) for each in changes)
        period = replace(period, marks=marks)
        for _, plan in reversed(self.plant.plans_between(view.line, view.start, view.end)):
            if plan is None or view.sensor not in plan.sensors:
                continue
            strips = then_and_now(view, again, self.plant, self.words, period)
            units = {key[3] for key in view.limits if key[3] != view.line}
            zone = next((unit for unit in units if view.point.startswith(f"{unit}.")), "")
            known = (self.plant.watch_at(key, view.end) for key in view.limits)
            watches = [watch for watch in known if watch is not None and watch.model.of == view.sensor]
            painter = self._painter(period)
            return painter.sensor(
                plan, view.sensor, zone, [view.point], watches, strips=strips if again else None
            )
        return None

    def _painter(self, period: Period) -> Painter:
        return Painter(self.plant, self.history, period, self.words)

    def _on(self, watch: Watch, time: int) -> list[Watch]:
        """What else was watched of a sensor, by the plan that held then."""
        return [each for each in self._then(watch.line, time) if each.model.of == watch.model.of]

    def _then(self, line: str, time: int) -> list[Watch]:
        return [each for _, _, held in self.plant.stretches(line, time, time) for each in held]

    def _with_readings(self, watch: Watch | None, time: int) -> Watch | None:
        """A limit whose readings a chart can show: of a phase, which is a code, the first of its point that has some."""
        if watch is None or watch.sensor.unit.dimension not in _NO_CURVE:
            return watch
        beside = [
            each for each in self._then(watch.line, time) if (each.ccp, each.unit) == (watch.ccp, watch.unit)
        ]
        return next((each for each in beside if each.sensor.unit.dimension not in _NO_CURVE), None)


def contradictions(p: Problem, plant: Plant, history: History, snap: Snapshot, words: Words) -> list[str]:
    """What contradicts what, of each event that is one: with what the state and the counter said."""
    found = (_contradiction(event, p, plant) for event in p.view.events if is_contradiction(event))
    return [each.sentence(history, snap.known, words) for each in found if each is not None]


def _contradiction(event: EventView, p: Problem, plant: Plant) -> Contradiction | None:
    plans = plant.plans_between(event.line, event.start, event.start)
    return Contradiction.of(event, plans[0][1] if plans else p.plan)
