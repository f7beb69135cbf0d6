"""Which values are due: nothing is, while the line is idle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dashboards.views.board import LEVEL_OF, Row, ValueNow
from dashboards.views.by_hand import DueValue, EnteredFold, EnteredValue, Turn, due_values
from dashboards.views.lines import line_view
from dashboards.views.verdicts import VerdictSpan
from dashboards.views.watch import watches
from readings.inputs import Series, State
from readings.times import HOUR, MINUTE, parse_time
from rules.plan import Plan
from rules.plan_check import load_plan

TEXT = """
plan: retort
name: {zh: 杀菌锅, en: Retort}
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
line:
  state: {from: mode, codes: {idle: idle, up: come_up, run: running}}
  judged_when: running
  calendar: {production: ["Mon-Sat 07:00-19:00"], ends: signed}
sensors:
  mode: {unit: text, every: on change, alive_every: 10 min}
by_hand:
  initial: {unit: degC, resolution: 0.5, per: batch, before: come_up}
  chlorine: {unit: mg/L, resolution: 0.1, every: 2 h}
ccps:
  - id: C
    critical:
      - {id: initial, kind: by_hand, of: initial, at_least: 60 degC}
      - {id: chlorine, kind: threshold, of: chlorine, at_least: 0.5 mg/L}
"""
PLAN = load_plan(TEXT, "plan")
NIGHT, MORNING = parse_time("2026-12-01T23:00:00+08:00"), parse_time("2026-12-02T07:00:00+08:00")
NOON = parse_time("2026-12-01T12:00:00+08:00")


def due(
    now: int, state: str, verdict: str, said: Sequence[VerdictSpan] = (), plan: Plan = PLAN, **entered: int
) -> dict[str, DueValue]:
    """What is due by name, where every limit has this verdict since two hours ago; and when a value was measured."""
    rows = [
        Row(watch, verdict, LEVEL_OF.get(verdict, LEVEL_OF["ok"]), now - 2 * HOUR, "", ValueNow(), ())
        for watch in watches(plan)
    ]
    states: Any = {("retort", "mode", ""): State(now - HOUR, "retort", "mode", state)}
    line = line_view("retort", plan, rows, latest={}, states=states, now=now)
    fold = EnteredFold()
    for name, time in entered.items():
        fold.last[Series("retort", name)] = EnteredValue("70.0", time, "Olga", False, 1)
    return {each.name: each for each in due_values([line], rows, fold, now, lambda *_: said)}


def test_while_the_line_is_idle_nothing_is_due():
    """Not what must be there before a batch begins, and not what is due while it runs; when hours begin next is said."""
    found = due(NIGHT, "idle", "suspended")
    assert (found["initial"].turn, found["initial"].due) == (Turn.NEXT, MORNING)
    assert (found["chlorine"].turn, found["chlorine"].due) == (Turn.NOT_NOW, MORNING)


def test_a_line_that_never_ran_asks_for_nothing():
    """Without any verdict yet it is the line's own state that says so."""
    found = due(NIGHT, "idle", "")
    assert (found["initial"].turn, found["chlorine"].turn) == (Turn.NEXT, Turn.NOT_NOW)


def test_in_production_hours_no_time_is_made_up():
    """Between two batches nobody knows when the next begins."""
    found = due(NOON, "idle", "suspended")
    assert (found["initial"].turn, found["initial"].due) == (Turn.NEXT, None)


@pytest.mark.parametrize(("measured", "turn"), [(NOON - 3 * HOUR, Turn.NEXT), (NOON - MINUTE, Turn.DONE)])
def test_what_was_measured_for_the_batch_before_does_not_count(measured, turn):
    """Only a value from after its end does."""
    assert due(NOON, "idle", "suspended", initial=measured)["initial"].turn == turn


def test_while_the_line_runs_it_is_due_as_ever():
    """Two hours after the last one, and at once where there was none."""
    assert due(NOON, "run", "ok")["chlorine"].turn == Turn.DUE
    found = due(NOON, "run", "ok", chlorine=NOON - HOUR)["chlorine"]
    assert (found.turn, found.due) == (Turn.LATER, NOON + HOUR)


def span(start: int, verdict: str) -> VerdictSpan:
    """Of the limit, from then on."""
    return VerdictSpan(start, None, verdict, "", start, None, "", [], 1)


def test_a_stop_gives_a_value_its_time_back():
    """Measured at 09:30, 2 h: of these 30 min before a stop from 10:00 to 11:30, so it is due at 13:00 and no earlier."""
    said = [span(NOON - 2 * HOUR, "suspended"), span(NOON - 30 * MINUTE, "ok")]
    found = due(NOON, "run", "ok", said, chlorine=NOON - 150 * MINUTE)["chlorine"]
    assert (found.turn, found.due) == (Turn.LATER, NOON + HOUR)
    assert (
        due(NOON + 2 * HOUR, "run", "ok", said, chlorine=NOON - 150 * MINUTE)["chlorine"].turn == Turn.OVERDUE
    )


def test_at_the_start_of_a_shift_it_is_due_again():
    """Measured at 06:50; the shift begins at 07:00, and 10 min of grace: due at 07:00, overdue behind 07:10."""
    plan = load_plan(TEXT.replace("every: 2 h", "every: 2 h, grace: 10 min, at_shift_start: true"), "plan")
    for late, turn in ((-8, Turn.LATER), (-3, Turn.DUE), (5, Turn.DUE), (11, Turn.OVERDUE)):
        now = MORNING + late * MINUTE
        found = due(now, "run", "ok", plan=plan, chlorine=MORNING - 10 * MINUTE)["chlorine"]
        assert (found.turn, found.due) == (turn, MORNING), late
    now = MORNING + 11 * MINUTE
    assert due(now, "run", "ok", plan=plan, chlorine=MORNING + MINUTE)["chlorine"].turn == Turn.LATER
