"""Lethality and pasteurisation units in plans: credited at the lower bound, in each cycle, at each point."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState
from rules.plan_check import PlanError, load_plan

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = """
line:
  state: {{from: phase, codes: {{"1": loading, "2": heating, "3": cooling}}}}
  judged_when: heating
sensors:
  phase: {{unit: code, every: 10 s, silent_after: 60 s}}
  t: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, points: {points} points, range: [0, 140],
      uncertainty: 0.5}}
ccps:
  - id: C
    critical:
      - {{id: a, of: t, {limit}}}
"""
F0 = "kind: lethality, reference: 121.1 degC, z: 10 K, at_least: 3.0 min"


@pytest.fixture(scope="module")
def plant(make_bench):
    """Makes a line with one limit on the temperatures of a vessel."""
    made = {}

    def make(limit: str, points: int = 1):
        if (limit, points) not in made:
            made[limit, points] = make_bench(PLAN.format(limit=limit, points=points))
        return made[limit, points]

    return make


def cycle(*profiles, begins=60, ends=None):
    """Rows of a cycle: readings every 10 s of each point, None left out; the state around it."""
    size = len(profiles[0])
    ends = begins + 10 * size if ends is None else ends
    rows = [
        ("phase/1", at, 1.0 if at < begins else 2.0 if at < ends else 3.0) for at in range(0, ends + 60, 10)
    ]
    for point, profile in enumerate(profiles):
        for at in range(0, ends + 60, 10):
            place = (at - begins) // 10
            value = profile[place] if 0 <= place < size else 20.0
            if value is not None:
                rows.append((f"t/{point + 1}", at, value))
    return rows


def decided(bench, rows):
    """The point of the first cycle once it is over."""
    decisions = bench.decisions(rows, until=max(at for _, at, _ in rows))
    (limit,) = bench.program.limits
    return next(
        point
        for point in decisions.timeline(limit)
        if point.verdict in ("ok", "deviation", "indeterminate") and point.integral is not None
    )


def test_three_minutes_at_the_reference_are_an_f0_of_3(plant):
    """180 s at 121.1 degC reach 3.0 min and 170 s do not: what lies between a cold and a hot reading counts as cold."""
    for readings, verdict in ((19, "ok"), (18, "deviation")):
        point = decided(plant(F0), cycle([121.1] * readings))
        assert point.verdict == verdict
        assert point.integral.low == pytest.approx((readings - 1) / 6, abs=1e-6)


def test_low_best_and_high_are_told(plant):
    """The spans before the first and behind the last hot reading make the difference."""
    point = decided(plant(F0), cycle([111.1, *[121.1] * 20, 111.1]))
    assert point.integral.low == pytest.approx((19 + 0.2) / 6, abs=1e-3)
    ramp = 10 / 60 * 10 / 10 / math.log(10) * (1 - 0.1)
    assert point.integral.best == pytest.approx(19 / 6 + 2 * ramp, abs=0.01)
    assert point.integral.high > point.integral.best


def test_the_least_of_the_points_counts(plant):
    """A cold spot is not hidden by the others, and each point has its own integral."""
    hot, cold = [121.1] * 30, [118.1] * 30
    point = decided(plant(F0, 3), cycle(hot, cold, hot))
    assert point.verdict == "deviation"
    assert point.integral.low == pytest.approx(29 / 6 * 10**-0.3, abs=1e-3)
    assert decided(plant(F0, 3), cycle(hot, hot, hot)).verdict == "ok"


def test_the_integral_of_the_least_is_less_than_the_least_of_the_integrals(plant):
    """Two points that are cold by turns: each earns its half, though one of them is always cold."""
    one = [121.1 if n % 20 < 10 else 100.0 for n in range(60)]
    other = [121.1 if n % 20 >= 10 else 100.0 for n in range(60)]
    point = decided(plant(F0, 2), cycle(one, other))
    assert point.verdict == "ok"
    assert point.integral.low > 4


def test_guarded_by_its_uncertainty(plant):
    """U = 0.5 K costs 10 ** (0.5 / 10): 12.2 % more time at the same temperature."""
    for readings, verdict in ((22, "ok"), (21, "deviation")):
        point = decided(plant(F0 + ", guard: uncertainty"), cycle([121.1] * readings))
        assert point.verdict == verdict
        assert point.integral.low == pytest.approx((readings - 1) / 6 / 10**0.05, abs=1e-4)
        assert point.integral.high == pytest.approx((readings - 1) / 6 * 10**0.05, rel=0.2)


@pytest.mark.parametrize(("credit", "edge", "enough"), [("log-mean", 0.43, 22), ("trapezoid", 5.0, 21)])
def test_what_is_credited_by_name_is_guarded_too(plant, credit, edge, enough):
    """T - U counts: so many tens of seconds at 121.1 degC, and a fall to 20 degC that counts as 0.43 s or 5 s of it."""
    for readings, verdict in ((enough, "ok"), (enough - 1, "deviation")):
        point = decided(plant(f"{F0}, guard: uncertainty, credit: {credit}"), cycle([121.1] * readings))
        assert point.verdict == verdict
        counts = (10 * (readings - 1) + edge) / 60 / 10**0.05
        assert point.low == point.integral.best == pytest.approx(counts, abs=1e-3)


def test_the_other_credits_are_named(plant):
    """log-mean and trapezoid count what lies between a cold and a hot reading; the trapezoid far too much of it."""
    rows = cycle([101.1, *[121.1] * 18, 101.1])
    assert decided(plant(F0), rows).verdict == "deviation"
    credited = {}
    for credit in ("log-mean", "trapezoid"):
        point = decided(plant(f"{F0}, credit: {credit}"), rows)
        credited[credit] = point.integral.best
    assert 17 / 6 < credited["log-mean"] < credited["trapezoid"] < 19 / 6


def test_a_missing_reading_earns_nothing(plant):
    """One left out costs the two spans beside it. 2.67 min are certain, and it may have been hot: nothing can be said."""
    profile = [121.1] * 19
    profile[9] = None
    point = decided(plant(F0), cycle(profile))
    assert (point.verdict, point.reason) == ("indeterminate", "cannot be shown: 20 s not read")
    assert point.integral.low == pytest.approx(16 / 6, abs=1e-6)
    assert point.integral.high > 10


def test_a_silence_leaves_it_open_unless_it_was_reached_without(plant):
    """50 s without a reading: what was seen does not suffice, and what was not seen may have: indeterminate."""
    short, long = [121.1] * 22, [121.1] * 30
    short[8:12] = [None] * 4
    long[8:12] = [None] * 4
    assert decided(plant(F0), cycle(short)).verdict == "indeterminate"
    assert decided(plant(F0), cycle(long)).verdict == "ok"


def test_edge_case_8_what_lies_outside_the_cycle_counts_nothing(plant):
    """Hot before the phase begins and behind its end: only the time in it is credited."""
    rows = [row if row[0] != "t/1" else ("t/1", row[1], 121.1) for row in cycle([121.1] * 12)]
    point = decided(plant(F0), rows)
    assert point.verdict == "deviation"
    assert point.integral.low == pytest.approx(2.0, abs=1e-6)


def test_below_the_floor_nothing_counts(plant):
    """With a floor of 100 degC a long time at 99.9 degC counts nothing."""
    point = decided(plant(F0 + ", floor: 100 degC"), cycle([99.9] * 60))
    assert point.integral.high < 0.2
    assert decided(plant(F0), cycle([99.9] * 60)).integral.low > 0


PU = "kind: pasteurisation_units, formula: {}, {}"


@pytest.mark.parametrize(("formula", "rate"), [("10^((T-60)/7)", 10 ** (6 / 7)), ("1.393^(T-60)", 1.393**6)])
def test_pasteurisation_units_are_reached_in_either_definition(plant, formula, rate):
    """15 PU at 66 degC: 7.1969 or 7.3065 a minute."""
    reached = math.ceil(15 / rate * 6) + 1
    for readings, verdict in ((reached, "ok"), (reached - 1, "deviation")):
        point = decided(plant(PU.format(formula, "at_least: 15 PU")), cycle([66.0] * readings))
        assert point.verdict == verdict
        assert point.integral.low == pytest.approx((readings - 1) / 6 * rate, abs=0.001)


@pytest.mark.parametrize("formula", ["10^((T-60)/7)", "1.393^(T-60)"])
def test_as_many_pasteurisation_units_as_allowed_are_not_too_many(plant, formula):
    """At most 25 PU includes 25: 1500 s at 60.0 degC are 25 PU in either definition, 1510 s are more."""
    for seconds, verdict in ((1500, "ok"), (1510, "deviation")):
        point = decided(
            plant(PU.format(formula, "at_most: 25 PU")),
            cycle([60.0] * (seconds // 10 + 1), ends=60 + seconds),
        )
        assert point.verdict == verdict, seconds
        assert point.integral.high == seconds / 60


def test_too_many_pasteurisation_units_are_a_deviation_at_once(plant):
    """At most 25 PU: at 67 degC, 10 PU a minute, it is decided while the tunnel is still hot."""
    limit = PU.format("10^((T-60)/7)", "at_most: 25 PU")
    rows = cycle([67.0] * 24)
    spans = plant(limit).spans(rows, until=max(at for _, at, _ in rows))
    assert spans[1][0] == "deviation"
    assert 60 + 140 <= spans[1][3] <= 60 + 160
    assert decided(plant(limit), cycle([67.0] * 12)).verdict == "ok"


def test_what_was_not_seen_cannot_be_shown_to_stay_below(plant):
    """At most 25 PU with a reading missing: it may have been hot; nothing can be said, but no deviation either."""
    profile = [65.0] * 12
    profile[5] = None
    limit = PU.format("10^((T-60)/7)", "at_most: 25 PU")
    assert decided(plant(limit), cycle([65.0] * 12)).verdict == "ok"
    assert decided(plant(limit), cycle(profile)).verdict == "indeterminate"


def test_what_may_have_been_too_much_is_no_deviation_where_nothing_certain_is(plant):
    """One reading of 67 degC, 10 PU a minute, behind a cold one: 10 s of it are 1.7 PU at most, of which none is certain.

    At most 1 PU is allowed. All read, the upper bound counts; with nothing read behind it nobody knows.
    """
    bench = plant(PU.format("10^((T-60)/7)", "at_most: 1 PU"))
    whole = decided(bench, cycle([20.0, 67.0, *[20.0] * 10]))
    assert (whole.verdict, whole.integral.low) == ("deviation", 0.0)
    assert whole.high == pytest.approx(2 * 10 / 6, abs=0.001), "before it and behind it"
    rows = cycle([20.0, 67.0, *[None] * 10])
    point = decided(bench, rows)
    assert (point.verdict, point.integral.low) == ("indeterminate", 0.0)
    assert point.decided == 1_700_000_180 * 10**9, "when the cycle was over"
    assert point.reason.startswith("cannot be shown: 110 s not read, may have come to ")
    assert point.reason.endswith(" PU")
    certain = decided(bench, cycle([20.0, 67.0, 67.0, *[None] * 9]))
    assert certain.verdict == "deviation", "10 s between two readings of 67 degC are 1.6 PU for certain"
    assert certain.high == pytest.approx(10 / 6, abs=0.002)


@settings(max_examples=20, deadline=None)
@given(
    profile=st.lists(st.integers(1100, 1250), min_size=8, max_size=40),
    gone=st.sets(st.integers(0, 39)),
    raised=st.integers(0, 39),
)
def test_taking_readings_away_or_cooling_never_makes_it_ok(plant, profile, gone, raised):
    """Fewer readings never turn a deviation into ok; a hotter reading never turns ok into anything else."""
    bench = plant("kind: lethality, reference: 121.1 degC, z: 10 K, at_least: 1.0 min")
    values = [step / 10 for step in profile]
    whole = decided(bench, cycle(values))
    less = decided(bench, cycle([None if n in gone else v for n, v in enumerate(values)]))
    assert whole.verdict == "ok" or less.verdict != "ok"
    hotter = decided(bench, cycle([v + 3 if n == raised else v for n, v in enumerate(values)]))
    assert hotter.verdict == "ok" or whole.verdict != "ok"
    assert hotter.integral.low >= whole.integral.low


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("kind: lethality, reference: 121.1 K, z: 10 K, at_least: 3 min", "is no temperature"),
        ("kind: lethality, reference: 121.1 degC, z: 10 degC, at_least: 3 min", "no temperature difference"),
        ("kind: lethality, reference: 121.1 degC, z: 10 K, at_most: 3 min", "at_least or above"),
        ("kind: lethality, reference: 121.1 degC, z: 10 K, at_least: 3 K", "cannot become min"),
        (PU.format("10^((T-60)/7)", "at_least: 15 PU, at_most: 25 PU"), "a second limit"),
        (PU.format("10^((T-60)/7)", "at_most: 25 PU, credit: log-mean"), "leave credit out"),
        ("kind: pasteurisation_units, at_least: 15 PU", "formula is missing"),
        ("kind: pasteurisation_units, formula: z7, at_least: 15 PU", "formula"),
        (PU.format("1.393^(T-60)", "at_least: 15 min"), "cannot become PU"),
    ],
)
def test_what_cannot_be_meant_is_refused(limit, message):
    """With the words that say what to write."""
    with pytest.raises(PlanError, match=message.replace("(", r"\(")):
        load_plan(HEAD + PLAN.format(limit=limit, points=1), "plan.yaml")


@pytest.mark.parametrize(
    ("sensor", "message"),
    [
        ("{unit: degC, resolution: 0.1, every: 10 s}", "has no range"),
        ("{unit: degC, resolution: 0.1, range: [0, 140], every: on change, alive_every: 60 s}", "on change"),
        ("{unit: kPa, resolution: 0.1, range: [0, 140], every: 10 s}", "no thermometer"),
        ("{unit: degC, resolution: 0.001, range: [0, 140], every: 10 s}", "100000 steps"),
    ],
)
def test_a_sensor_that_cannot_be_integrated_is_refused(sensor, message):
    """A range keeps a sentinel of 850 degC from counting for years."""
    text = HEAD + (f"sensors:\n  t: {sensor}\nccps:\n  - id: C\n    critical: [{{id: a, of: t, {F0}}}]\n")
    with pytest.raises(PlanError, match=message):
        load_plan(text, "plan.yaml")


def test_edge_case_16_a_dip_resets_a_hold_and_costs_a_lethality_only_its_own_time(make_bench):
    """3 min at 121.1 degC with a dip of 10 s: the hold of 3 min is broken, F0 of 2.5 is reached; both are reported."""
    hold = "critical: [{id: hold, kind: dwell, of: t, at_least: 121.0 degC, for: 180 s}, {id: a,"
    limit = "kind: lethality, reference: 121.1 degC, z: 10 K, at_least: 2.5 min"
    bench = make_bench(
        PLAN.format(limit=limit, points=1).replace("critical:\n      - {id: a,", hold).rstrip() + "]"
    )
    rows = cycle([121.1] * 10 + [115.0] + [121.1] * 10)
    decisions = bench.decisions(rows, until=max(at for _, at, _ in rows))
    verdicts = {
        limit.limit: [str(point.verdict) for point in decisions.timeline(limit) if point.integral is not None]
        for limit in bench.program.limits
    }
    assert verdicts == {"hold": ["deviation"], "a": ["ok"]}


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [
        ([60.0, None] * 30, "indeterminate"),  # a range to 140 degC allows each of them any number of PU
        ([105.0] * 2400, "deviation"),  # nearly 7 h of steam, at 2 ** 20 PU a minute
    ],
)
def test_however_great_a_sum_is_it_can_be_stored(plant, profile, verdict):
    """What was not read may have been as hot as the range goes: sums stop growing where no bound is any more."""
    bench = plant("kind: pasteurisation_units, formula: 10^((T-60)/7), at_most: 30 PU")
    rows = cycle(profile)
    start = 1_700_000_000
    state, decisions = begin(bench.program), Decisions(bench.program)
    for part in range(0, len(rows), 400):
        block = bench.block(rows[part : part + 400])
        until = (start + int(max(at for _, at, _ in rows[: part + 400]))) * SECOND
        state, changes = step(bench.program, state, block, until, position=part)
        decisions.take(changes)
        assert EngineState.decode(state.encode()).until == state.until
    decisions.finish(state)
    said = [
        point for point in decisions.timeline(bench.program.limits[0]) if point.start >= (start + 60) * SECOND
    ]
    assert str(said[0].verdict) == verdict
