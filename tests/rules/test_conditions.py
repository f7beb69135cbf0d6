"""Limits judged only while a signal is on, or while a product is made; what is not known mutes nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from readings.block import Block
from readings.inputs import State
from readings.times import ALWAYS, SECOND
from rules.conditions import conditioned
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError
from rules.gate import Gate
from rules.limit_unit import Condition
from rules.nights import LOST

START = 1_700_000_000 * SECOND
PUMP = """
sensors:
  pump: {unit: bool, every: 10 s, silent_after: 30 s}
  door: {unit: bool, every: 10 s, silent_after: 30 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  pair: {unit: degC, resolution: 0.1, points: 2 points, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: air, at_most: 5.0 degC, while: pump}
      - {id: shut, kind: threshold, of: air, at_most: 5.0 degC, while: {door: false, pump: true}}
      - {id: later, kind: threshold, of: air, at_most: 5.0 degC, while: pump, after: 20 s}
      - {id: mean, kind: spread, of: pair, at_most: 9.0 K, mean_over: 20 s, while: pump}
    silence: {case: {after: 1 min}}
"""
PRODUCTS = """
products: [{id: A, name: a}, {id: B, name: b}, {id: "C", name: c}]
line: {product: {from: made}}
sensors:
  made: {unit: text, every: on change}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: P
    critical:
      - id: a
        kind: threshold
        of: air
        by_product: {A: {at_most: 5.0 degC}, B: {at_most: 8.0 degC}, "C": {at_most: 8.0 degC}}
    silence: {case: {after: 1 min}}
"""


def rows(pump, air=None, door=None, until=200):
    """Every 10 s: the air, the pump and the door as functions of the time; None says nothing."""
    found = []
    for at in range(0, until, 10):
        warm = air or (lambda _: 4)
        said = {
            "pump/1": pump,
            "door/1": door or (lambda _: 0),
            "air/1": warm,
            "pair/1": warm,
            "pair/2": warm,
        }
        found += [(name, at, float(each(at))) for name, each in said.items() if each(at) is not None]
    return found


def spans(bench, given, limit, *, until=190, states=()):
    """(verdict, from) of one limit."""
    found: list[tuple[str, float]] = []
    for verdict, since, *_ in bench.spans(given, until=until, limit=limit, states=states):
        found += [(verdict, since)] if not found or found[-1][0] != verdict else []
    return found


def test_it_is_judged_only_while_the_signal_is_on(bench):
    """Warm from 50 to 150 s, the pump off from 50 to 100 s: a deviation from 100 s, where it is judged again."""
    given = rows(lambda at: not 50 <= at < 100, lambda at: 6 if 50 <= at < 150 else 4)
    assert spans(bench(PUMP), given, "a") == [("ok", 0), ("suspended", 50), ("deviation", 100), ("ok", 150)]


def test_a_signal_that_falls_silent_excuses_nothing(bench):
    """Heard last at 50 s, silent after 30 s: from 80 s on nothing can be said, and in time it is a loss."""
    given = rows(lambda at: 0 if at <= 50 else None)
    plant = bench(PUMP)
    assert spans(plant, given, "a") == [("suspended", 0), ("indeterminate", 80)]
    events = {event.kind for event in plant.decisions(given, until=190).events()}
    assert events == {"monitoring_loss"}


def test_a_signal_that_never_spoke_excuses_nothing(bench):
    """Good air says nothing while nobody knows whether the limit is to be judged."""
    assert spans(bench(PUMP), rows(lambda _: None), "a") == [("indeterminate", 0)]


def test_it_may_take_several_signals_and_some_of_them_off(bench):
    """The door is open from 50 to 80 s, the pump off from 120 s: judged before, between, and no more."""
    given = rows(lambda at: at < 120, door=lambda at: 50 <= at < 80)
    found = spans(bench(PUMP), given, "shut")
    assert found == [("ok", 0), ("suspended", 50), ("ok", 80), ("suspended", 120)]


def test_what_is_known_to_rest_rests_whatever_else_is_silent(bench):
    """The door is open and the pump silent: it is not judged, for the door alone suffices."""
    given = rows(lambda _: None, door=lambda _: 1)
    assert spans(bench(PUMP), given, "shut") == [("suspended", 0)]


def test_after_counts_from_when_it_comes_on(bench):
    """On from 50 s: starting until 70 s."""
    found = spans(bench(PUMP), rows(lambda at: at >= 50), "later")
    assert found == [("suspended", 0), ("starting", 50), ("ok", 70)]


def test_windows_wait_until_they_are_full(bench):
    """Means over 20 s: behind a stop it is starting for two windows."""
    found = spans(bench(PUMP), rows(lambda at: at >= 60), "mean")
    assert found[:2] == [("suspended", 0), ("starting", 60)]
    assert [verdict for verdict, _ in found] == ["suspended", "starting", "ok"]


def said(at, product):
    return State(START + at * SECOND, "L", "made", product)


def air(until=200, value=6):
    return [("air/1", at, float(value)) for at in range(0, until, 10)]


def test_each_product_has_its_own_bound(bench):
    """6 degC is too warm for A and fine for B and C, which have the same bound and are one limit."""
    plant = bench(PRODUCTS)
    assert [limit.limit for limit in plant.program.limits] == ["a-A", "a-B"]
    states = [said(0, "A"), said(50, "B"), said(100, "C"), said(150, "A")]
    one = spans(plant, air(), "a-A", states=states)
    assert one == [("deviation", 0), ("suspended", 50), ("deviation", 150)]
    assert spans(plant, air(), "a-B", states=states) == [("suspended", 0), ("ok", 50), ("suspended", 150)]


def test_edge_case_a_product_changes_in_mid_excursion(bench):
    """The deviation of A ends where B begins, whose bound holds: two products, two spans."""
    events = bench(PRODUCTS).decisions(air(), until=190, states=[said(0, "A"), said(50, "B")]).events()
    assert [(event.start - START, event.end - START) for event in events] == [(0, 50 * SECOND)]


def test_a_product_that_the_plan_does_not_know_is_never_ok(bench):
    """By none of the bounds anything can be said; and so it is before the first word."""
    plant = bench(PRODUCTS)
    states = [said(50, "A"), said(100, "Z")]
    for limit in ("a-A", "a-B"):
        found = spans(plant, air(value=4), limit, states=states)
        assert (found[0], found[-1]) == (("indeterminate", 0), ("indeterminate", 100))


def test_they_make_one_case(bench):
    """A product that nobody knows is one event for people, whatever the number of bounds."""
    assert len({limit.group for limit in bench(PRODUCTS).program.limits}) == 1


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("{id: a, kind: threshold, of: air, at_most: 5 degC, while: mixer}", "no sensor named mixer"),
        ("{id: a, kind: threshold, of: air, at_most: 5 degC, while: air}", "air is no signal"),
        ("{id: a, kind: threshold, of: air, at_most: 5 degC, while: quiet}", "alive_every"),
        ("{id: a, kind: threshold, of: air, at_most: 5 degC, while: {pump: 1}}", "neither true nor false"),
        ("{id: a, kind: threshold, of: air, at_most: 5 degC, products: [A]}", "line.product"),
        (
            "{id: a, kind: threshold, of: air, at_most: 5 degC, products: [Z]}",
            "no product named Z; the plan has A",
        ),
        ("{id: a, kind: threshold, of: air, by_product: {Z: {at_most: 5 degC}}}", "no product named Z"),
        ("{id: a, kind: threshold, of: air, by_product: {A: 5 degC}}", "say what differs for A"),
        (
            "{id: a, kind: threshold, of: air, by_product: {A: {of: pump}}}",
            "of is the same for every product",
        ),
        ("{id: a, kind: threshold, of: air, by_product: {}}", "write what holds for each product"),
        (
            "{id: a, kind: threshold, of: air, by_product: {A: {at_most: 5 kPa}}}",
            "12:61: kPa cannot become degC",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(bench, limit, why):
    """Signals are heard, products are the plan's; a fault in the bound of a product is shown where it stands."""
    text = (
        "products: [{id: A, name: a}]\n"
        "sensors:\n  air: {unit: degC, every: 10 s}\n  pump: {unit: bool, every: 10 s}\n"
        f"  quiet: {{unit: bool, every: on change}}\nccps: [{{id: C, critical: [\n{limit}]}}]\n"
    )
    with pytest.raises(PlanError, match=why):
        bench(text)


def test_a_product_that_is_none_of_the_plans_is_the_only_thing_wrong_with_its_limit(bench):
    """The bounds stand below by_product: that the limit has none besides is not told."""
    limit = "{id: a, kind: threshold, of: air, by_product: {A: {at_most: 5.0 degC}, Z: {at_most: 8.0 degC}}}"
    text = (
        "products: [{id: A, name: a}]\nline: {product: {from: made}}\n"
        "sensors:\n  air: {unit: degC, every: 10 s}\n  made: {unit: text, every: on change}\n"
        f"ccps: [{{id: C, critical: [\n{limit}]}}]\n"
    )
    with pytest.raises(PlanError) as refused:
        bench(text)
    assert [fault.message for fault in refused.value.faults] == ["no product named Z; the plan has A"]


def test_gates_of_the_line_pass_through_where_the_conditions_hold(bench):
    """A stop of the line, a word of the condition behind it, and settling times that overlap."""
    condition = Condition("pump", 0, ("1",), (("0", "pump is off"),))
    line = [Gate(10, "suspended", "stopped"), Gate(40, "judged")]
    told = [(-20, "1"), (20, "0"), (60, "1"), (80, LOST)]
    limit = replace(bench(PUMP).program.limits[0], conditions=(condition,), warms=15)
    found = conditioned(line, limit, [told], 0)
    assert [(gate.time, gate.state, gate.reason, gate.unknown) for gate in found] == [
        (10, "suspended", "stopped", False),
        (40, "suspended", "pump is off", False),
        (60, "starting", "after pump is off", False),
        (75, "judged", "", False),
        (80, "suspended", "pump: no reading", True),
    ]


def test_a_condition_heard_for_the_first_time_while_it_is_settled_still_opens_the_gate(bench):
    """The pump speaks for the first time at 10 s; asked for what comes behind 20 s, judging begins at 10 + 15 s."""
    condition = Condition("pump", 0, ("1",), (("0", "pump is off"),))
    limit = replace(bench(PUMP).program.limits[0], conditions=(condition,), warms=15)
    whole = conditioned([], limit, [[(10, "1")]], ALWAYS)
    behind = conditioned([], limit, [[(10, "1")]], 20)
    assert [(gate.time, gate.state) for gate in whole[1:]] == [(10, "starting"), (25, "judged")]
    assert [gate for gate in behind if gate.time > 20] == [gate for gate in whole if gate.time > 20]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_edge_case_10_the_order_in_which_things_are_heard_does_not_matter(bench, seed):
    """Readings and products late by up to 100 s, in blocks of any cut, decide what those in order do."""
    pump = rows(
        lambda at: 40 <= at < 150 or None if at > 170 else 40 <= at < 150, lambda at: 6 if at < 90 else 4
    )
    states = [said(0, "A"), said(50, "B"), said(100, "Z"), said(150, "A")]
    for plan, given, told in ((PUMP, pump, []), (PRODUCTS, air(), states)):
        plant = bench(plan)
        wanted = plant.decisions(given, until=400, states=told)
        assert heard_late(plant, given, told, seed) == {
            limit.key: [(point.start, point.verdict, point.reason) for point in wanted.timeline(limit)]
            for limit in plant.program.limits
        }


def heard_late(plant, given, told, seed):
    """The effective timelines of the same inputs, each late by up to 100 s."""
    order = random.Random(seed)
    late = sorted(
        [(row[1] + order.uniform(0, 100), 0, row) for row in given]
        + [((each.time - START) / SECOND + order.uniform(0, 100), 1, each) for each in told],
        key=lambda each: each[:2],
    )
    state, decisions = begin(plant.program), Decisions(plant.program)
    for number in range(0, len(late), 7):
        part = late[number : number + 7]
        block = plant.block(
            [each for *_, kind, each in part if not kind], [each for *_, kind, each in part if kind]
        )
        state, changes = step(plant.program, state, block, START + int(part[-1][0] * SECOND))
        decisions.take(changes)
    state, changes = step(plant.program, state, Block(), START + 400 * SECOND)
    decisions.take(changes)
    return {
        limit.key: [(point.start, point.verdict, point.reason) for point in decisions.timeline(limit)]
        for limit in plant.program.limits
    }


HELD = """
reorder: 90 s
line: {state: {from: st, codes: {0: stop, 1: run}}, judged_when: [run]}
sensors:
  st: {unit: code, every: 10 s, silent_after: 40 s}
  core: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 30 s}}
  door: {unit: bool, every: 10 s, silent_after: 40 s}
ccps:
  - id: C
    critical: [{id: held, kind: dwell, of: core, at_least: 60.0 degC, for: 2 min, while: {door: false}}]
"""


@pytest.mark.parametrize("cut", range(1, 14))
def test_what_opens_a_gate_is_heard_wherever_the_memory_ends(bench, cut):
    """The door speaks for the first time at 10 s, with a number that may yet be stuck: the 30 s held since then are too few,
    however the readings come in two blocks."""
    plant = bench(HELD)
    numbers = {1: 63.6, 10: 63.4, 20: 63.4, 30: 63.6, 40: 63.6}
    given = [("core/1", 1, 63.6), ("st/1", 1, 1.0)]
    for at in (10, 20, 30, 40):
        given += [("core/1", at, numbers[at]), ("door/1", at, 0.0), ("st/1", at, float(at < 40))]
    state, told = begin(plant.program), Decisions(plant.program)
    for part in (given[:cut], given[cut:]):
        now = START + part[-1][1] * SECOND
        state, changes = step(plant.program, state, plant.block(part), now)
        told.take(changes)
    state, changes = step(plant.program, state, Block(), START + 300 * SECOND)
    told.take(changes)
    told.finish(state)
    found = [(line["verdict"], line["from"], line["decided"]) for line in told.lines()]
    assert [verdict for verdict, _, _ in found[:3]] == ["indeterminate", "deviation", "suspended"]
    assert [at[-3:] for at in found[1][1:]] == ["30Z", "00Z"], "since 10 s, known at 40 s"
