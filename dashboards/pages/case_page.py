"""The page of a case: what is known of it, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboards.chart import Span
from dashboards.pages.charts import ChartView, Painter, Period
from dashboards.pages.problem_words import problem_values, watch_of
from dashboards.pages.render import html
from dashboards.pages.words import Words
from dashboards.views.cases import ActView, CaseView
from dashboards.views.plant import Plant, Snapshot
from dashboards.views.problems import Problem, on_deviation, problem
from dashboards.views.watch import Watch
from ingest.history import History
from readings.times import DAY, MINUTE
from rules.cases import Stage

_NO_CURVE = ("text", "event", "code")
STAGES = ("open", "acknowledged", "contained", "corrected", "closed")


def problem_of(case: str, plant: Plant, snap: Snapshot) -> Problem:
    """A case with what comes next."""
    view = snap.cases[case]
    return problem(view, plant.adopted(view.plan), now=snap.at)


def case_values(p: Problem, words: Words, plant: Plant, snap: Snapshot) -> dict[str, Any]:
    """What the templates of a case use."""
    view = p.view
    asked = on_deviation(view, p.plan)
    stage = "closed" if view.case.stage == Stage.VOID else str(view.case.stage)
    stages = STAGES if view.case.stage != Stage.VOID else (*STAGES[:-1], "void")
    return problem_values(words, plant, snap) | {
        "p": p,
        "stages": stages,
        "stage_now": STAGES.index(stage),
        "affected": asked.affected if asked is not None else None,
        "instruments_of": instruments_of(view, plant),
        "history": history_of(view),
    }


def case_parts(case: str, words: Words, plant: Plant, snap: Snapshot) -> dict[str, Callable[[], str]]:
    """The parts of the page that change while it is looked at, by the id of their element."""
    values = case_values(problem_of(case, plant, snap), words, plant, snap)
    names = ("head", "facts", "steps", "history")
    return {
        f"case-{name}": (lambda name=name: html(f"case_{name}.html", words, snap, **values))  # type: ignore[misc]
        for name in names
    }


def history_of(view: CaseView) -> list[ActView]:
    """Everything that was done, the notices among it, in order."""
    notices = [ActView(0, notice["at"], "notice", "", "", "", notice) for notice in view.notices]
    return sorted([*view.acts, *notices], key=lambda act: act.at)


def instruments_of(view: CaseView, plant: Plant) -> list[dict[str, str]]:
    """What stood behind the series of the case, as the verdict recorded it; else as the site file says now."""
    found: dict[str, dict[str, str]] = {}
    for event in view.events:
        key = (event.line, event.ccp, event.limit, event.unit)
        for span in plant.between(key, event.start, event.start + 1):
            found |= {each["series"]: dict(each) for each in span.sensors}
        watch = watch_of(plant, event)
        for series in watch.series if watch is not None else ():
            name = f"{series.line}/{series.sensor}/{series.point}"
            known = {"series": name, **plant.site.instruments.get(name, {})}
            found.setdefault(name, known)
    return [{"id": "", "serial": "", "calibration": "", "due": ""} | each for each in found.values()]


def _with_readings(watch: Watch | None, plant: Plant) -> Watch | None:
    """A limit whose readings a chart can show: of a phase, which is a code, the first of its control point that has some."""
    if watch is None or watch.sensor.unit.dimension not in _NO_CURVE:
        return watch
    beside = [each for each in plant.watches(watch.line) if (each.ccp, each.unit) == (watch.ccp, watch.unit)]
    return next((each for each in beside if each.sensor.unit.dimension not in _NO_CURVE), None)


def case_charts(p: Problem, words: Words, plant: Plant, history: History, snap: Snapshot) -> list[ChartView]:
    """What was measured before, during and after the events of a case."""
    events = [event for event in p.view.events if not event.withdrawn] or p.view.events
    if not events:
        return []
    first = min(event.start for event in events)
    last = max(snap.at if event.end is None else event.end for event in events)
    air = min(max((last - first) // 2, 15 * MINUTE), DAY)
    start, end = max(first - air, last - 7 * DAY), min(last + air, max(snap.at, last))
    marks = tuple(
        Span(event.start, snap.known if event.end is None else event.end, "event", words.kind(event.kind))
        for event in events
    )
    painter = Painter(plant, history, Period(start, end, snap.at, snap.known, marks), words)
    drawn: dict[str, ChartView] = {}
    for event in events:
        watch = _with_readings(watch_of(plant, event), plant)
        if watch is None:
            continue
        zone = watch.unit if watch.unit != watch.line else ""
        points = [series.point for series in watch.series]
        beside = [
            each
            for each in plant.watches(watch.line)
            if each.model.of == watch.model.of and each.unit == watch.unit
        ]
        name = f"{watch.model.of}/{zone}"
        if name not in drawn:
            drawn[name] = painter.sensor(watch.plan, watch.model.of, zone, points, beside or [watch])
    return list(drawn.values())
