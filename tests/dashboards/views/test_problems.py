"""The problem list: what comes next, by whom, until when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.views.cases import CaseView, read_cases
from dashboards.views.problems import Problem, next_action, problem, problems, together
from readings.times import DAY, HOUR, MINUTE, parse_time
from rules.cases import Case
from rules.plan_check import load_plan

START = parse_time("2026-12-01T00:00:00+08:00")
PLAN = load_plan(
    (Path(__file__).parents[3] / "examples" / "cold_store" / "plan.yaml").read_text(encoding="utf-8"), "plan"
)
QA = {"who": "ann", "name": "Ann Li", "role": "qa"}


def opened(written: Any) -> CaseView:
    written.event("deviation.opened")
    written.case("opened")
    return read_cases(written.ledger)["c1"]


def test_each_stage_has_its_next_step(written: Any) -> None:
    """Lots that wait for a disposition come before the closing."""
    found = [next_action(opened(written))]
    for what, body in (
        ("acknowledged", {}),
        ("contained", {"lots": ["L1"], "correction": "x"}),
        ("corrected", {}),
        ("disposed", {"lot": "L1", "disposition": "release"}),
        ("closed", {}),
    ):
        written.case(what, **QA, **body)
        found.append(next_action(read_cases(written.ledger)["c1"]))
    assert found == ["acknowledge", "contain", "correct", "dispose", "close", ""]


def test_times_of_the_plan_count_from_when_it_was_known(written: Any) -> None:
    """Nobody can act before; the time shown is the next that is still to come."""
    view = opened(written)
    early = problem(view, PLAN, now=START + 5 * MINUTE)
    assert early.due == view.opened_at + 10 * MINUTE
    late = problem(view, PLAN, now=START + 2 * HOUR)
    assert late.due == view.opened_at + 14 * DAY
    assert early.roles == ("operator", "qa", "engineer")


def test_a_case_without_its_plan_is_still_listed(written: Any) -> None:
    """Of a plan that this release cannot read, the steps are missing, the case is not."""
    found = problem(opened(written), None, now=START)
    assert (found.steps, found.due, found.next) == ((), None, "acknowledge")


def test_open_ones_come_first_and_old_ones_are_left_out(written: Any) -> None:
    """A week after it was closed a case is found by its address alone."""
    opened(written)
    written.case("voided", at=START + HOUR, reason="test", **QA)
    cases = read_cases(written.ledger)
    assert [p.view.id for p in problems(cases, {}, now=START + DAY)] == ["c1"]
    assert problems(cases, {}, now=START + 9 * DAY) == []


def test_cases_that_began_together_on_one_line_stand_together() -> None:
    """Two losses within a minute are one group, in the order of the first; a later one, and a deviation, stand alone."""

    def case(id_: str, opened: int, kind: str = "monitoring_loss", line: str = "l") -> Problem:
        made = Case(id_, line, "C", "u", id_, START + opened)
        made.kinds = [kind]
        return problem(CaseView(made, id_, START), None, now=START + DAY)

    given = [
        case("a", 0),
        case("b", 0, "deviation"),
        case("c", MINUTE),
        case("d", 2 * MINUTE),
        case("e", 0, line="m"),
    ]
    assert [[each.view.id for each in group] for group in together(given)] == [
        ["a", "c"],
        ["b"],
        ["d"],
        ["e"],
    ]
