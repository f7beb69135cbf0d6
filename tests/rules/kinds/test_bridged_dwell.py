"""A silence in a hold counts as held where the value cannot have left the bound, and the record says so."""

from __future__ import annotations

import pytest

from readings.block import Block
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError
from rules.memory import EngineState

BASE = 1_700_000_000
PLAN = """
line:
  state: {from: phase, codes: {"1": loading, "3": hold, "4": cool}}
  judged_when: hold
sensors:
  phase: {unit: code, every: 1 s, silent_after: 10 s}
  t: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 5 s, range: [0, 150], slew_at_most: 6 K/min}
ccps:
  - id: C
    critical: [{id: held, kind: dwell, of: t, at_least: 121.0 degC, for: 40 s, MORE}]
    silence: {case: {after: 60 s}, BRIDGE}
"""
BRIDGE = "bridge: {up_to: 30 s}"


@pytest.fixture(scope="module")
def retort(make_bench):
    """Makes a retort whose temperature moves by 0.1 K in a second at most."""

    def make(bridge=BRIDGE, more="made_good_by: a longer hold", plan=PLAN):
        return make_bench(plan.replace("BRIDGE", bridge).replace("MORE", more))

    return make


def heated(lost, level=122.0, changes=None, until=70):
    """Loading to 10 s, hold to 60 s at a level, cooling; without readings in one or more spans of seconds."""
    rows = [("phase/1", at, 1.0 if at < 10 else 3.0 if at < 60 else 4.0) for at in range(until)]
    for at in range(until):
        if not any(first < at < last for first, last in lost):
            value = level if 10 <= at < 60 else 90.0
            rows.append(("t/1", at, (changes or {}).get(at, value)))
    return sorted(rows, key=lambda row: row[1])


def told(bench, rows, until=69):
    """(verdict, from, reason) in the hold."""
    points = bench.decisions(rows, until=until).timeline(bench.program.limits[0])
    found = [(str(each.verdict), each.start // SECOND - BASE, each.reason) for each in points]
    return [each for each in found if each[1] >= 10 and each[0] != "suspended"]


def test_a_silence_that_cannot_have_hidden_a_dip_is_held(retort):
    """From 122.0 to 122.0 in 12 s at 0.1 K/s: 121.4 at least. The hold goes on through it: 50 s, decided at 40."""
    bench = retort()
    rows = heated([(25, 37)])
    assert told(bench, rows) == [("ok", 10, "bridged 12 s: at least 121.4 degC")]
    assert told(retort(""), rows)[0][0] == "indeterminate", "15 and 23 s without a bridge"
    assert bench.decisions(rows, until=69).timeline(bench.program.limits[0])[1].integral.low == 49.0


def test_one_that_can_have_hidden_a_dip_is_indeterminate(retort):
    """From 122.0 to 122.0 in 22 s: 120.9; from 121.5 in 12 s: 120.9. To its very end nothing can be said."""
    for rows in (heated([(20, 42)]), heated([(25, 37)], 121.5)):
        assert told(retort(), rows)[0][0] == "indeterminate"
    assert told(retort(), heated([(20, 40)]))[0][0] == "ok", "121.0 is not less"


@pytest.mark.parametrize("side", [25, 37])
def test_both_sides_must_be_good(retort, side):
    """A reading below the bound before or behind it is a dip."""
    assert told(retort(), heated([(25, 37)], changes={side: 120.9}))[0][0] == "deviation"


def test_a_longer_one_is_not_bridged(retort):
    """At 125 degC in 31 s it cannot have cooled below 123.4, and 30 s is the plan's most."""
    assert told(retort(), heated([(20, 51)], 125.0))[0][0] == "indeterminate"
    assert told(retort(), heated([(20, 50)], 125.0))[0][0] == "ok"


def test_a_reading_in_it_that_had_a_value_forbids_it(retort):
    """160 degC is out of range, and no evidence; nobody can say that it was not so. No answer at all says nothing."""
    rows = heated([(25, 37)])
    for value, verdict in ((160.0, "indeterminate"), (None, "ok")):
        assert told(retort(), sorted([*rows, ("t/1", 30, value)], key=lambda row: row[1]))[0][0] == verdict


def test_while_it_lasts_nothing_can_be_said(retort):
    """At 33 s the thermometer is silent; at 37 s that is taken back, and the hold is under way from its beginning on."""
    bench = retort()
    rows = heated([(25, 37)])
    assert told(bench, [row for row in rows if row[1] <= 33], 33)[-1][:2] == ("indeterminate", 25)
    assert told(bench, [row for row in rows if row[1] <= 37], 37) == [("starting", 10, "under way")]


def test_a_hold_that_ends_with_a_dip_goes_on_through_a_bridge_too(retort):
    """Without a longer hold the silence would have ended what is credited."""
    assert told(retort(more="during: hold"), heated([(25, 37)]))[0][0] == "ok"
    assert told(retort("", more="during: hold"), heated([(25, 37)]))[0][0] == "indeterminate"


@pytest.mark.parametrize("every", [1, 7, 45])
@pytest.mark.parametrize("level", [122.0, 121.3])
def test_any_cut_into_blocks_and_any_restart_give_the_same(retort, every, level):
    """Also a reading out of range in a block of its own, before the one behind the silence."""
    bench = retort()
    for changes in ({}, {52: 160.0}):
        rows = heated([(15, 21), (25, 37), (50, 57)], level)
        rows = sorted([*rows, *(("t/1", at, value) for at, value in changes.items())], key=lambda row: row[1])
        whole = bench.decisions(rows, until=69).timeline(bench.program.limits[0])
        state, decisions = begin(bench.program, complete=False), Decisions(bench.program)
        for number in range(0, len(rows), every):
            block: Block = bench.block(rows[number : number + every])
            state, changed = step(bench.program, state, block, int(block.time[-1]), position=number)
            decisions.take(changed)
            if state.oldest_kept is None:
                state = EngineState.decode(state.encode())
        state, changed = step(bench.program, state, bench.block([]), (BASE + 69) * SECOND, position=len(rows))
        decisions.take(changed)
        decisions.finish(state)
        mine = decisions.timeline(bench.program.limits[0])
        assert [(each.start, each.verdict, each.reason, each.integral) for each in mine] == [
            (each.start, each.verdict, each.reason, each.integral) for each in whole
        ]


@pytest.mark.parametrize(
    ("bridge", "plan", "message"),
    [
        (
            "bridge: {up_to: 30 s, if: others good, for: [t]}",
            PLAN,
            "no limit of C judges readings of t one by one",
        ),
        (
            "bridge: {up_to: 30 s, for: [t]}",
            PLAN.replace(", slew_at_most: 6 K/min", ""),
            "nobody says how fast t can move at most",
        ),
        ("bridge: {up_to: 5 s}", PLAN, "nothing is bridged: t is silent after 5 s"),
        ("bridge: {up_to: 90 s}", PLAN, "bridge shorter ones only"),
    ],
)
def test_a_bridge_that_nothing_can_show_is_refused(retort, bridge, plan, message):
    """A hold takes the slew of its sensor, and a time between its silence and its case."""
    with pytest.raises(PlanError, match=message):
        retort(bridge, plan=plan)
