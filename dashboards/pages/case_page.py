"""The page of a case: what is known of it, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboards.pages.problem_words import problem_values, watch_of
from dashboards.pages.render import html
from dashboards.pages.words import Words
from dashboards.views.cases import ActView, CaseView
from dashboards.views.evidence import around
from dashboards.views.plans import PlanTurn
from dashboards.views.plant import Plant
from dashboards.views.problems import Problem, on_deviation, problem
from dashboards.views.snapshot import Snapshot
from rules.cases import Stage
from rules.plan import Plan

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
        "plans_then": plans_then(view, plant),
        "evidence": plant.evidence(view.case.line, *around(view)),
    }


def case_parts(case: str, words: Words, plant: Plant, snap: Snapshot) -> dict[str, Callable[[], str]]:
    """The parts of the page that change while it is looked at, by the id of their element."""
    values = case_values(problem_of(case, plant, snap), words, plant, snap)
    names = ("head", "facts", "evidence", "steps", "history")
    return {
        f"case-{name}": (lambda name=name: html(f"case_{name}.html", words, snap, **values))  # type: ignore[misc]
        for name in names
    }


def plans_then(view: CaseView, plant: Plant) -> list[tuple[PlanTurn, Plan | None]]:
    """The plans that held while its events lasted; the one that the first became known under where none is known."""
    ends = [event.end if event.end is not None else event.start for event in view.events]
    if not ends:
        return []
    return plant.plans_between(view.case.line, min(event.start for event in view.events), max(ends))


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
