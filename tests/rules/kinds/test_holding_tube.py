"""A heat treatment in flow: how long each parcel was in the tube, and how hot it left it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.faults import PlanError

PLAN = """
sensors:
  outlet: {unit: degC, resolution: 0.1, uncertainty: 0.2, every: 1 s, silent_after: 5 s}
  milk: {unit: m3/h, resolution: 0.1, uncertainty: 0.3, every: 1 s, silent_after: 5 s}
ccps:
  - id: C
    critical: [{id: a, kind: holding_tube, of: outlet, LIMIT}]
"""
TUBE = (
    "at_least: 72.0 degC, for: 15 s, flow: milk, volume: 30 L,"
    " fastest: {factor: 0.85, basis: salt test}, judged_every: 2 s"
)


@pytest.fixture(scope="module")
def tube(make_bench):
    """Makes a tube of 30 L: at 5.4 m3/h, 1.5 L a second, it is full in 20 s."""
    made = {}

    def make(more: str = "", limit: str = TUBE):
        made[limit, more] = made.get((limit, more)) or make_bench(PLAN.replace("LIMIT", limit + more))
        return made[limit, more]

    return make


def flowing(until=60, flow=5.0, hot=72.5, **changes):
    """A reading a second; changes such as `flow_at_40=6.0` hold from then on, None is not read."""
    steps = sorted(
        (int(name.rpartition("_")[2]), name.split("_")[0], value) for name, value in changes.items()
    )
    rows = []
    for at in range(until + 1):
        for since, what, value in steps:
            if since == at and what == "flow":
                flow = value
            elif since == at:
                hot = value
        rows += [("milk", at, flow)] if flow is not None else []
        rows += [("outlet", at, hot)] if hot is not None else []
    return rows


def last(bench, rows, until=60):
    """The last verdict and its worst value, in s."""
    decisions = bench.decisions(rows, until=until)
    (limit,) = bench.program.limits
    point = decisions.timeline(limit)[-1]
    return str(point.verdict), limit.worst(point.low, point.high)


def test_how_long_it_was_held_follows_from_volume_and_flow(tube):
    """At 5.0 m3/h 30 L pass in 21.6 s. The window it leaves in counts none of its 2 s: 0.85 x 19.6 s = 16.66 s."""
    assert last(tube(limit=TUBE.replace("for: 15 s", "for: 16 s")), flowing()) == ("ok", 16.66)
    assert last(tube(), flowing(flow=6.0)) == ("deviation", 0.85 * 16.0), "18 s less 2: 13.6 s"


def test_what_leaves_too_cold_was_not_held(tube):
    """71.9 degC where it leaves: nothing of the time counts, however long it was."""
    assert last(tube(), flowing(flow=2.0, hot=71.9)) == ("deviation", 0.0)
    assert last(tube(), flowing(hot=72.0))[0] == "ok"
    assert last(tube(limit=TUBE.replace("at_least", "above")), flowing(hot=72.0))[0] == "deviation"


def test_a_flow_that_steps_up_shortens_the_time_of_what_is_inside_already(tube):
    """From 3.0 to 9.0 m3/h at 40 s: what leaves some seconds later was inside for less than 36 s, at last for 12."""
    rows = flowing(flow=3.0, flow_at_40=9.0)
    spans = tube().spans(rows, until=60)
    assert [span[0] for span in spans[-2:]] == ["ok", "deviation"]
    assert 42 <= spans[-1][1] <= 60
    assert last(tube(), flowing(flow=3.0, flow_at_40=5.0))[0] == "ok"


def test_guarded_the_temperature_is_less_and_the_flow_more(tube):
    """72.1 less 0.2 is too cold; 5.0 and 0.3 m3/h: 30 L in 20.38 s, less 2, times 0.85 is 15.62 s."""
    bench = tube(", guard: uncertainty", TUBE.replace("for: 15 s", "for: 15500 ms"))
    assert last(bench, flowing(hot=72.1)) == ("deviation", 0.0)
    verdict, worst = last(bench, flowing(hot=72.2))
    assert verdict == "ok"
    assert worst == pytest.approx(0.85 * (30 * 3.6 / 5.3 - 2), abs=0.001)


def test_without_the_flow_nothing_can_be_said(tube):
    """It falls silent at 30 s: not known how long anything was inside; and at first until the tube was full once."""
    assert last(tube(), flowing(flow_at_30=None))[0] == "indeterminate"
    assert tube().spans(flowing(until=15), until=15)[-1][0] == "indeterminate"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at_least: 72.0 degC", "at_most: 72.0 degC", "has one bound: at_least or above"),
        ("volume: 30 L", "volume: 30 kg", "30 kg is no volume"),
        ("factor: 0.85", "factor: 1.2", "the fastest part takes a part of the mean time"),
        ("judged_every: 2 s", "judged_every: 15 s", "shorter than the hold"),
        ("judged_every: 2 s", "judged_every: 500 ms", "a reading of outlet comes only every 1 s"),
        ("flow: milk", "flow: outlet", "outlet is no flow"),
        ("flow: milk", "flow: water", "no sensor named water"),
    ],
)
def test_what_is_no_holding_tube_is_refused(make_bench, old, new, message):
    """With what to write instead."""
    with pytest.raises(PlanError, match=message):
        make_bench(PLAN.replace("LIMIT", TUBE.replace(old, new)))


@settings(max_examples=25, deadline=None)
@given(
    flows=st.lists(st.integers(20, 90), min_size=50, max_size=50),
    temperatures=st.lists(st.integers(715, 730), min_size=50, max_size=50),
    faster=st.integers(1, 20),
    warmer=st.integers(1, 10),
)
def test_slower_and_warmer_is_never_worse(tube, flows, temperatures, faster, warmer):
    """What holds at a flow and a temperature holds at any lower flow and any higher temperature."""
    bench = tube()
    (limit,) = bench.program.limits

    def fails(more, hotter):
        rows = [("milk", at, (flow + more) / 10) for at, flow in enumerate(flows)]
        rows += [("outlet", at, (each + hotter) / 10) for at, each in enumerate(temperatures)]
        return "deviation" in {
            str(point.verdict) for point in bench.decisions(rows, until=49).timeline(limit)
        }

    assert fails(0, warmer) <= fails(0, 0) <= fails(faster, 0)
