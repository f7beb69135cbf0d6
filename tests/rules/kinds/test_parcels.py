"""What is credited to water that leaves, as [low, best, high]: by hand, and against water that flows as it likes."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from readings.times import ALWAYS, SECOND
from rules.decisions import Decisions
from rules.derivation import Spans, Taken
from rules.engine import begin, step
from rules.published import EQUATIONS

HEAD = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 5 s, silent_after: 30 s, uncertainty: 0.02}
  flow: {unit: m3/h, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.4}
  t: {unit: degC, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.3}
  uv: {unit: mW/cm2, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.5}
  uvt: {unit: percent, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.5}
ccps:
  - id: C
    critical: [{id: a, flow: flow, judged_every: 10 s, LIMIT}]
"""
VESSEL = "of: o3, volume: 1000 L, baffling: {factor: 0.3, basis: tracer study}"
CONTACT = f"kind: contact_time, {VESSEL}, at_least: 1.5 mg.min/L"
LOG = f"kind: log_inactivation, temperature: t, by: epa_2020_giardia_ozone_equation, {VESSEL}, at_least: 1.0 log"
LIT = "kind: uv_exposure, of: uv, volume: 20 L, sensor: at the wall, at_least: 10 mJ/cm2"
LAMP = LIT.replace("at the wall", "at the lamp, path: 5 cm, transmittance: uvt")
TUBE = "kind: holding_tube, of: t, at_least: 10.0 degC, for: 15 s, volume: 30 L, fastest: {factor: 0.8, basis: salt test}"


def swinging(until, **inputs):
    """Readings every 5 s, from one of two values to the other: each window of 10 s has both."""
    return [
        (f"{name}/1", at, ends[at // 5 % 2]) for at in range(0, until, 5) for name, ends in inputs.items()
    ]


def last(make_bench, limit, rows, until):
    """The last verdict, its worst value, and what is known of that."""
    bench = make_bench(HEAD.replace("LIMIT", limit))
    point = bench.decisions(rows, until=until).timeline(bench.program.limits[0])[-1]
    known = point.integral and (point.integral.low, point.integral.best, point.integral.high)
    return str(point.verdict), point.low, known


def settled(limit, make_bench, **inputs):
    """The same of a span that begins when the water has long been known: what is judged was 0 before."""
    (of, ends), *others = inputs.items()
    rows = swinging(4000, **dict(others))
    rows += [(f"{of}/1", at, ends[at // 5 % 2] if at >= 2000 else 0.0) for at in range(0, 4000, 5)]
    return last(make_bench, limit, rows, 3995)


def test_a_contact_is_known_between_two_bounds(make_bench):
    """0.38 to 0.42 mg/L and 3.6 to 4.4 m3/h through 1 m3, T10/T 0.3.

    Low: 1 m3 at 4.4 m3/h is 818.2 s, less the window it leaves in, 808.2 s x 0.3 x 0.38. Best: 900 s x 0.3 x 0.40 = 1.8.
    High: 1000 s x 0.3 x 0.42 = 2.1.
    """
    found = settled(CONTACT, make_bench, o3=(0.38, 0.42), flow=(3.6, 4.4))
    assert found == ("ok", 1.535, (1.535, 1.8, 2.1))


def test_with_a_guard_the_uncertainties_go_through_both_ways(make_bench):
    """C and U: 0.36 to 0.44 mg/L; 3.2 to 4.8 m3/h: 740 s x 0.3 x 0.36 and 1125 s x 0.3 x 0.44; best as it was read."""
    limit = CONTACT.replace("at_least: 1.5", "at_least: 1.3") + ", guard: uncertainty"
    found = settled(limit, make_bench, o3=(0.38, 0.42), flow=(3.6, 4.4))
    assert found == ("ok", 1.332, (1.332, 1.8, 2.475))


def test_where_the_flow_is_not_known_far_enough_back_nothing_bounds_it_above(make_bench):
    """What was seen of the flow suffices; how long the water was there before nobody knows, and nothing is said of it."""
    verdict, worst, known = last(make_bench, CONTACT, swinging(900, o3=(0.4, 0.4), flow=(4.0, 4.0)), 895)
    assert (verdict, known) == ("ok", None)
    assert worst >= 1.5


def test_an_inactivation_goes_by_the_coldest_the_mean_and_the_warmest(make_bench):
    """The contacts 1.535, 1.8 and 2.1 mg.min/L at 8, 10 and 12 degC, by US EPA's equation, factor x base ** T x contact."""
    by = EQUATIONS["epa_2020_giardia_ozone_equation"]
    verdict, worst, known = settled(LOG, make_bench, o3=(0.38, 0.42), flow=(3.6, 4.4), t=(8.0, 12.0))
    asked = [
        min(float(by.factor) * float(by.base) ** celsius * contact, float(by.logs))
        for celsius, contact in ((8, 1.535), (10, 1.8), (12, 2.1))
    ]
    assert verdict == "ok"
    assert worst == known[0]
    assert known == pytest.approx(asked, abs=0.0011)


def test_a_dose_of_uv_is_known_between_two_bounds(make_bench):
    """8 to 12 mW/cm2 at the wall, 5 to 7.2 m3/h through 20 L: 10 s x 8, 20/6.1 x 3.6 s x 10, 14.4 s x 12 mJ/cm2."""
    found = settled(LIT, make_bench, uv=(8.0, 12.0), flow=(5.0, 7.2))
    assert found[:2] == ("ok", 80.0)
    assert found[2] == pytest.approx((80.0, 20 * 3.6 / 6.1 * 10, 172.8), abs=0.002)


def test_at_the_lamp_the_clearest_water_bounds_it_above(make_bench):
    """T ** 5 of 88, 90 and 92 % over 1 cm."""
    found = settled(LAMP, make_bench, uv=(8.0, 12.0), flow=(5.0, 7.2), uvt=(88.0, 92.0))
    asked = (80 * 0.88**5, 20 * 3.6 / 6.1 * 10 * 0.9**5, 172.8 * 0.92**5)
    assert found[2] == pytest.approx(asked, abs=0.002)


def test_a_hold_is_known_between_two_bounds(make_bench):
    """30 L at 2 to 3 m3/h: 36 s less the window of 10 s, 43.2 s and 54 s, the fastest part 0.8 of it."""
    found = settled(TUBE, make_bench, t=(10.0, 14.0), flow=(2.0, 3.0))
    assert found == ("ok", 20.8, (20.8, 34.56, 43.2))


def test_what_was_cold_at_times_may_have_been_hot(make_bench):
    """At 8 and 12 degC, in the mean just 10: nothing is credited, likely it was held, and at most as long as ever."""
    found = last(make_bench, TUBE, swinging(400, t=(8.0, 12.0), flow=(2.0, 3.0)), 395)
    assert found == ("deviation", 0.0, (0.0, 34.56, 43.2))


@pytest.mark.parametrize("seed", range(4))
def test_no_parcel_lies_outside_its_bounds(make_bench, seed):
    """Water that flows as it likes between the least and the greatest reading of each window, followed second by second."""
    chance = random.Random(seed)
    limit = CONTACT.replace("0.3", "1").replace("1.5 mg", "0.1 mg")
    (derived,) = make_bench(HEAD.replace("LIMIT", limit)).program.limits[0].derived
    levels = [chance.choice([5, 30, 60, 120]) for _ in range(400)]
    flow = [level + chance.randint(0, 20) for level in levels for _ in range(10)]  # 0.1 m3/h, each second
    ozone = [chance.randint(10, 60) for _ in flow]  # 0.01 mg/L
    at = np.arange(len(flow), dtype=np.int64) * SECOND
    memory = derived.derivation.fresh()
    read = [Taken(at, np.array(each, np.int64)) for each in (ozone, flow)]
    ready, _ = derived.derivation.hear(memory.windows, read, Spans(()), int(at[-1]))
    found = {each.window: each for each in derived.derivation.parcels(memory.windows, ready)}
    checked = 0
    for leaves in range(3000, 3990, 7):
        left, since = Fraction(1), leaves  # m3
        while left > 0 and since > 0:
            since -= 1
            left -= Fraction(flow[since], 10 * 3600)
        parcel = found.get(leaves // 10)
        if left <= 0 and parcel is not None and parcel.high is not None:
            over = left * 36000 / flow[since]  # of its first second it was not inside
            had = (leaves - since + over) * ozone[leaves] * 10 / 60
            assert parcel.low <= had <= parcel.high
            assert parcel.best is not None
            checked += 1
    assert checked > 100


@pytest.mark.parametrize("whole", [True, False])
def test_what_leaves_may_have_come_in_before_a_stop_however_it_is_read(make_bench, whole):
    """100 L at 1 L/s, which stands still from 320 s to 500 s; what leaves at 600 s has 100 L of the flow behind it.

    So it may have come in when the water stopped, at 320 s by the least flows: 280 s x 0.5 x 0.40 = 0.934 mg.min/L, rounded
    up. By the means, half of them in the window from 320 s on, at 340 s: 260 s x 0.5 x 0.40 = 0.867. By the greatest, and no
    more than from window to window: 80 s x 0.5 x 0.40 = 0.266, rounded down.
    """
    limit = "kind: contact_time, of: o3, volume: 100 L, baffling: {factor: 0.5, basis: x}, at_least: 0.266 mg.min/L"
    plan = HEAD.replace("LIMIT", limit).replace("judged_every: 10 s", "judged_every: 20 s")
    plan = plan.replace("5 s, silent_after: 30 s", "10 s, silent_after: 35 s").replace(
        "\nsensors:",
        "\nreorder: 1 min\nline: {state: {from: st, codes: {0: stop, 1: run}}, judged_when: run, settle: 0 s}"
        "\nsensors:\n  st: {unit: code, every: 10 s, silent_after: 40 s}",
    )
    bench = make_bench(plan)
    rows = [
        row
        for at in range(0, 801, 10)
        for row in (
            ("st", at, 1.0 if at < 320 or at >= 500 else 0.0),
            ("o3", at, 0.4),
            ("flow", at, 3.6 if at <= 320 or at >= 500 else 0.0),
        )
    ]
    state, decisions = begin(bench.program, complete=whole), Decisions(bench.program)
    for part in [rows] if whole else [rows[at : at + 3] for at in range(0, len(rows), 3)]:
        state, changes = step(bench.program, state, bench.block(part), ALWAYS)
        decisions.take(changes)
    decisions.finish(state)
    point = decisions.timeline(bench.program.limits[0])[-1]
    known = point.integral
    assert (str(point.verdict), (known.low, known.best, known.high)) == ("ok", (0.266, 0.867, 0.934))


NOTHING = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 35 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  uv: {unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 35 s}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps: [{id: C, critical: [{id: a, KIND, flow: flow, volume: 600 L, judged_every: 20 s}]}]
"""


@pytest.mark.parametrize("windows", [4, 40])
@pytest.mark.parametrize(
    "kind",
    [
        "kind: contact_time, of: o3, baffling: {factor: 0.9, basis: none}, at_least: 0.5 mg.min/L",
        LOG.replace(VESSEL, "of: o3, baffling: {factor: 0.9, basis: none}"),
        "kind: holding_tube, of: t, at_least: 60.0 degC, for: 100 s, fastest: {factor: 0.9, basis: none}",
        "kind: uv_exposure, of: uv, sensor: at the wall, at_least: 20 mJ/cm2",
    ],
)
def test_where_nothing_acts_it_takes_no_flow_to_know_that_nothing_is_credited(make_bench, kind, windows):
    """Six hours are needed at 0.1 m3/h, and minutes are known. From 60 s on no ozone, no light, 59.9 degC: known at 80 s."""
    bench, until = make_bench(NOTHING.replace("KIND", kind)), 20 * windows
    rows = []
    for at in range(0, until + 20, 10):
        acts = at < 60
        rows += [("o3", at, 0.3 if acts else 0.0), ("uv", at, 3.0 if acts else 0.0), ("flow", at, 0.1)]
        rows += [("t", at, 65.0 if acts else 59.9)]
    spans = [span for span in bench.spans(rows, until=until) if span[0] == "deviation"]
    assert spans == [("deviation", 80, None, 80)]
