"""What limits have come to, as [low, best, high]: in cycles where it decides, and in spans of other sums."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import SECOND
from rules.decisions import Decisions
from rules.derivation import Integral
from rules.engine import begin, step

BASE = 1_700_000_000
CYCLES = """
line:
  state: {from: phase, codes: {"1": loading, "2": heating, "3": cooling}}
  judged_when: heating
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 140], points: POINTS}
ccps:
  - id: C
    critical:
      - {id: f0, of: t, kind: lethality, reference: 121.1 degC, z: 10 K, at_least: AT_LEAST, combine: COMBINE}
      - {id: pu, of: t, kind: pasteurisation_units, formula: 10^((T-60)/7), at_most: 25 PU, combine: COMBINE}
      - {id: held, of: t, kind: dwell, at_least: 100.0 degC, for: 5 min, made_good_by: a longer hold, combine: COMBINE}
"""


@pytest.fixture(scope="module")
def vessel(make_bench):
    """Makes a heated vessel."""
    made = {}

    def make(at_least: str = "3.0 min", points: int = 1, combine: str = "worst"):
        key = (at_least, points, combine)
        text = CYCLES.replace("AT_LEAST", at_least).replace("COMBINE", combine)
        made[key] = made.get(key) or make_bench(text.replace("POINTS", f"{points} points"))
        return made[key]

    return make


def heated(*profiles):
    """A reading every 10 s of each point from 61 s on, None left out; the phase begins at 60 s and ends behind them."""
    size = len(profiles[0])
    ends = 60 + 10 * size
    rows = [("phase", at, 1.0 if at < 60 else 2.0 if at < ends else 3.0) for at in range(0, ends + 60, 10)]
    for point, profile in enumerate(profiles):
        values = {61 + 10 * place: value for place, value in enumerate(profile)}
        rows += [
            (f"t/{point + 1}", at, values.get(at, 20.0))
            for at in range(1, ends + 60, 10)
            if values.get(at, 0) is not None
        ]
    return rows


def came_to(bench, rows, limit):
    """The cycle's verdict, reason and integral."""
    decisions = bench.decisions(rows, until=max(at for _, at, _ in rows))
    unit = next(each for each in bench.program.limits if each.limit == limit)
    point = next(each for each in decisions.timeline(unit) if each.start == (BASE + 60) * SECOND)
    return str(point.verdict), point.reason, point


def test_what_cannot_have_been_reached_is_a_deviation_whatever_was_not_read(vessel):
    """At 20 degC for 10 min, 50 s not read. At 140 degC these are 64.7 min: 100 min are out of reach, 60 min are not."""
    rows = heated([20.0] * 20 + [None] * 4 + [20.0] * 36)
    assert came_to(vessel("60 min"), rows, "f0")[:2] == ("indeterminate", "cannot be shown: 50 s not read")
    verdict, reason, point = came_to(vessel("100 min"), rows, "f0")
    assert (verdict, reason.split(" (")[0]) == ("deviation", "lethality at t less than 100 min")
    assert point.integral.low < 0.001
    assert point.integral.high == pytest.approx(50 / 60 * 10**1.89, rel=0.001)


def test_what_was_read_in_full_is_decided_by_what_is_credited(vessel):
    """17 readings at 121.1 degC: 2.67 min certain, 3.0 at most, and nothing was missed. What is credited decides."""
    verdict, _, point = came_to(vessel(), heated([20.0] * 3 + [121.1] * 17 + [20.0] * 3), "f0")
    assert verdict == "deviation"
    assert point.integral.low == pytest.approx(16 / 6, abs=1e-3)
    assert point.integral.low < 3.0 <= point.integral.high


def test_a_dwell_that_no_silence_can_have_held_is_a_deviation(vessel):
    """5 min at 100 degC: cold at 261 s and 471 s, silent for 50 s between; 3.5 min is the most that it can have been."""
    profile = [120.0] * 20 + [20.0] + [120.0] * 8 + [None] * 4 + [120.0] * 8 + [20.0] + [120.0] * 10
    verdict, _, point = came_to(vessel(), heated(profile), "held")
    assert (verdict, point.integral.high) == ("deviation", 210.0)
    longer = [120.0] * 20 + [None] * 4 + [120.0] * 20
    assert came_to(vessel(), heated(longer), "held")[0] == "indeterminate"


def test_a_silence_at_the_end_may_have_been_hot(vessel):
    """Nothing was read in the last 100 s: 2.5 min are certain, 3.0 may have been."""
    verdict, _, point = came_to(vessel(), heated([121.1] * 16 + [None] * 10), "f0")
    assert verdict == "indeterminate"
    assert point.integral.high > 100


def test_one_of_several_points_that_cannot_have_reached_it_is_enough(vessel):
    """Cold throughout but for a silence, while the other is hot enough: worst asks both, any asks one."""
    hot, cold = [121.1] * 60, [20.0] * 20 + [None] * 4 + [20.0] * 36
    assert came_to(vessel("9 min", 2), heated(hot, cold), "f0")[0] == "indeterminate"
    assert came_to(vessel("9 min", 2, "any"), heated(hot, cold), "f0")[0] == "ok"
    cold = [20.0] * 60
    cold[30] = None
    assert came_to(vessel("30 min", 2), heated([20.0] * 60, cold), "f0")[0] == "deviation"


@pytest.mark.parametrize("size", [None, 1, 50])
@pytest.mark.parametrize("gap", [(20, 25), (40, 45), (57, 60)])
def test_a_point_that_is_spared_for_a_short_silence_fails_where_it_cannot_have_held_all_the_same(
    vessel, gap, size
):
    """5 min at 100 degC: one held for 10, the other is at 20 degC but for 60 s at most that nobody read; one is spared."""
    cold = [None if gap[0] <= place < gap[1] else 20.0 for place in range(60)]
    bench, rows = vessel("3 min", 2, "1 of 2"), heated([120.0] * 60, cold)
    rows = sorted(rows, key=lambda row: row[1])
    until = rows[-1][1]
    told = (
        bench.decisions(rows, until=until) if size is None else bench.lived(rows, size=size, until=until)[0]
    )
    (held,) = [each for each in bench.program.limits if each.limit == "held"]
    batch = [point for point in told.timeline(held) if 60 <= point.start // SECOND - BASE < 660]
    assert [(str(point.verdict), point.start // SECOND - BASE) for point in batch] == [("deviation", 60)]
    assert batch[0].decided == (BASE + 660) * SECOND
    silent = [None if place > 20 else 120.0 for place in range(60)]
    assert came_to(bench, heated([120.0] * 60, silent), "held")[0] == "ok", "it may have held"


def test_a_point_that_is_spared_fails_too_where_the_cycle_began_with_a_silence_of_all(vessel):
    """Nothing is read in the first 100 s; then one holds for 8 min, the other is at 20 degC but for 60 s not read: 150 s."""
    cold = [None if place < 10 or 30 <= place < 35 else 20.0 for place in range(60)]
    rows = heated([None] * 10 + [120.0] * 50, cold)
    assert came_to(vessel("3 min", 2, "1 of 2"), rows, "held")[0] == "deviation"


@pytest.mark.parametrize("limit", ["f0", "held"])
@pytest.mark.parametrize("stuck", [range(60), range(30), range(30, 60)])
def test_a_point_that_is_spared_for_it_is_stuck_has_failed_nothing(make_bench, limit, stuck):
    """It stands at 20.0 degC, which is no evidence of 20 degC; the other moves, and is hot enough."""
    text = CYCLES.replace("POINTS", "2 points, stuck: {unchanged_for: 60 s}").replace("COMBINE", "1 of 2")
    still = [20.0 if place in stuck else 20.0 + place % 2 / 10 for place in range(60)]
    rows = heated([120.0 + place % 2 / 10 for place in range(60)], still)
    bench = make_bench(text.replace("AT_LEAST", "3 min"))
    assert came_to(bench, rows, limit)[:2] == ("ok", "without point 2 (stuck: unchanged for 1 min)")
    rows = sorted(rows, key=lambda row: row[1])
    lived = bench.lived(rows, size=50, until=rows[-1][1])[0]
    unit = next(each for each in bench.program.limits if each.limit == limit)
    (batch,) = [each for each in lived.timeline(unit) if each.start == (BASE + 60) * SECOND]
    assert (str(batch.verdict), batch.stuck) == ("ok", (1,))


def test_a_point_that_has_reached_it_says_nothing_of_one_that_may_have(vessel):
    """One hot enough, the other cold with a single reading missing: 20 s at up to 140 degC are 25.9 min, 9 are asked for."""
    hot, cold = [121.1] * 60, [20.0] * 60
    cold[30] = None
    assert came_to(vessel("9 min"), heated(cold), "f0")[:2] == (
        "indeterminate",
        "cannot be shown: 20 s not read",
    )
    assert came_to(vessel("9 min", 2), heated(hot, cold), "f0")[0] == "indeterminate"
    assert came_to(vessel("9 min", 2), heated([20.0] * 60, cold), "f0")[0] == "deviation"


@pytest.mark.parametrize("limit", ["f0", "held"])
def test_of_any_point_one_that_falls_silent_takes_nothing_from_the_others(vessel, limit):
    """Three at 121.1 degC; the third was read last at 121 s. Two speak: it is under way, and then ok, in one span."""
    hot = [121.1] * 40
    rows = heated(hot, hot, [121.1] * 7 + [None] * 33)
    bench = vessel("3.0 min", 3, "any")
    running = bench.spans([row for row in rows if row[1] <= 220], until=220, limit=limit)
    assert running[-1] == ("starting", 60, None, 60)
    assert bench.spans(rows, until=510, limit=limit)[1][:3] == ("ok", 60, 460)
    verdict, reason, point = came_to(bench, rows, limit)
    assert (verdict, reason) == ("ok", "without point 3 (no reading)")
    # 61 s to 451 s are 6.5 min; the dwell ends with its cycle at 460 s, at 20 degC
    assert point.low == pytest.approx(6.5 if limit == "f0" else 390.0, abs=0.001)


def test_of_any_point_all_that_fall_silent_are_missed(vessel):
    """Two: read last at 121 s and 141 s, each silent 35 s later. Nothing can be said since 141 s, known at 176 s."""
    rows = heated([121.1] * 7 + [None] * 33, [121.1] * 9 + [None] * 31)
    for limit in ("f0", "held"):
        running = vessel("3.0 min", 2, "any").spans(
            [row for row in rows if row[1] <= 220], until=220, limit=limit
        )
        assert running[-2:] == [("starting", 60, 141, 60), ("indeterminate", 141, None, 176)]


def slow(make_bench, at_least: str):
    """The vessel, whose temperature moves by 6 K/min at most."""
    text = CYCLES.replace("range: [0, 140]", "range: [0, 140], slew_at_most: 6 K/min").replace(
        "POINTS", "1 point"
    )
    return make_bench(text.replace("AT_LEAST", at_least).replace("COMBINE", "worst"))


@pytest.mark.parametrize(("at_least", "verdict"), [("3.41 min", "indeterminate"), ("3.43 min", "deviation")])
def test_what_moves_slowly_cannot_have_been_hot_where_it_was_not_read(make_bench, vessel, at_least, verdict):
    """121.1 degC, 20 s not read: 122.1 at most, so 0.420 min. 170 s were read, and 10 s of rise and fall: 3.0 min."""
    rows = heated([121.1] * 10 + [None] + [121.1] * 9)
    assert came_to(vessel(at_least), rows, "f0")[0] == "indeterminate"
    said, _, point = came_to(slow(make_bench, at_least), rows, "f0")
    assert said == verdict
    assert point.integral.low == pytest.approx(170 / 60, abs=1e-3)
    assert point.integral.high == pytest.approx(180 / 60 + 20 / 60 * 10**0.1, abs=2e-3)


def test_a_cold_batch_with_a_reading_missing_is_a_deviation_where_the_plan_says_how_fast_it_moves(make_bench):
    """60 degC, a silence of 70 s in it: 63.5 degC at most. The sum that must not be exceeded is as silent as before."""
    bench, silent = slow(make_bench, "3.0 min"), heated([60.0] * 20 + [None] * 6 + [60.0] * 14)
    assert came_to(bench, silent, "f0")[0] == "deviation"
    assert came_to(bench, silent, "pu")[0] == "indeterminate"
    assert came_to(bench, silent, "pu")[2].integral.high == pytest.approx(33 / 6 + 7 / 6 * 10**0.5, abs=0.02)
    assert came_to(bench, heated([60.0] * 20 + [None] + [60.0] * 14), "pu")[0] == "ok"


def test_how_fast_it_moves_bounds_nothing_beyond_the_range(make_bench):
    """From 139 to 139 degC in 70 s it could have come to 142.5, which the sensor cannot read: it is at most at 140."""
    rows = heated([139.0] * 10 + [None] * 6 + [139.0] * 4)
    high = came_to(slow(make_bench, "3000 min"), rows, "f0")[2].integral.high
    assert high == pytest.approx((130 / 60) * 10**1.79 + 70 / 60 * 10**1.89, rel=1e-3)


def test_what_is_credited_by_name_is_what_the_record_says(make_bench):
    """116.1 and 126.1 degC in turn for 160 s and a rise and a fall: by the trapezoid 4.72 min, ok; 0.90 are certain."""
    text = CYCLES.replace("AT_LEAST", "3.0 min, credit: trapezoid").replace("COMBINE", "worst")
    bench = make_bench(text.replace("POINTS", "1 point"))
    verdict, _, point = came_to(bench, heated([116.1, 126.1] * 8 + [116.1] * 2 + [20.0]), "f0")
    assert verdict == "ok"
    assert point.low == point.integral.best == pytest.approx(4.719, abs=2e-3)
    assert point.integral.low == pytest.approx(0.896, abs=1e-3)


def test_only_what_was_held_is_corrected_in_process(vessel):
    """Any of two: one held for 5 min without a dip, the other was silent. Nothing was corrected."""
    steady, broken = [101.0] * 34, [101.0] * 5 + [None] * 6 + [101.0] * 23
    assert came_to(vessel("3 min", 2, "any"), heated(steady, broken), "held")[:2] == ("ok", "")


def test_what_was_said_of_a_cycle_that_nobody_heard_is_forgotten_when_it_turns_out_so(vessel):
    """A reading behind it comes before the word that it is over: then it was of the cycle, which came to something."""
    bench, rows = vessel(), [("phase", at, 1.0) for at in range(0, 60, 10)] + [("t/1", 51, 20.0)]
    rows += [("phase", at, 2.0) for at in range(60, 260, 10)]
    late = [("t/1", 261, 20.0)], [("phase", 260, 3.0)], [("t/1", 271, 20.0)]
    said = []
    for parts in ([rows, *late], [[*rows, *late[1], *late[0], *late[2]]]):
        state, decisions = begin(bench.program), Decisions(bench.program)
        for part in parts:
            newest = BASE + max(at for _, at, _ in part)
            state, changes = step(bench.program, state, bench.block(part), newest * SECOND)
            decisions.take(changes)
        decisions.finish(state)
        said.append(list(decisions.lines()))
    assert said[0] == said[1]


def test_what_must_not_be_exceeded_says_what_is_certain_and_why_nothing_can_be_said(vessel):
    """60 degC for 6.5 min with 70 s not read: 5.2 PU are certain. At 140 degC these 70 s could be anything."""
    verdict, reason, point = came_to(vessel(), heated([60.0] * 20 + [None] * 6 + [60.0] * 14), "pu")
    assert (verdict, reason) == ("indeterminate", "cannot be shown: 70 s not read")
    assert point.integral.low == pytest.approx((19 + 13) / 6, abs=1e-3)
    assert point.low == point.high == point.integral.low


def test_too_much_in_spite_of_a_silence_is_recorded_as_what_is_certain(vessel):
    """70 s not read, then 67 degC, 10 PU a minute, for 390 s: at least 68.2 PU, and no figure that nobody has measured."""
    verdict, _, point = came_to(vessel(), heated([60.0] * 20 + [None] * 6 + [67.0] * 40), "pu")
    assert verdict == "deviation"
    assert point.high == pytest.approx(19 / 6 + 39 / 6 * 10, abs=0.01)
    assert point.high == point.integral.low < point.integral.high


def test_it_is_the_same_however_many_cycles_there_are(vessel):
    """100 cycles at once, or a quarter of an hour at a time: each keeps what it came to."""
    bench, rows = vessel(), []
    for number in range(100):
        for name, at, value in heated([121.1] * (10 + number % 12)):
            rows.append((name, at + number * 400, value))
    rows = sorted(rows, key=lambda row: row[1])
    whole = bench.decisions(rows, until=40_100)
    state, parts = begin(bench.program, complete=True), Decisions(bench.program)
    for start in range(0, 40_100, 900):
        some = [row for row in rows if start <= row[1] < start + 900]
        state, changes = step(bench.program, state, bench.block(some), (BASE + start + 900) * SECOND)
        parts.take(changes)
    parts.finish(state)
    for limit in bench.program.limits:
        told = [
            [(point.start, point.verdict, point.reason, point.integral) for point in each.timeline(limit)]
            for each in (whole, parts)
        ]
        assert told[0] == told[1]
        assert sum(integral is not None for *_, integral in told[0]) == 100


SPANS = """
line: {state: {from: mode, codes: {"1": stopped, "2": running}}, judged_when: running}
sensors:
  mode: {unit: code, every: 60 s, silent_after: 10 min}
  air: {unit: degC, resolution: 0.1, range: [-40, 40], every: 60 s, silent_after: 150 s}
ccps:
  - id: C
    critical: [{id: room, kind: threshold, of: air, at_most: 30.0 degC}]
    operating:
      - {id: warm, kind: degree_minutes, of: air, above: -18.0 degC, at_most: 20 K.min, window: 60 min}
      - {id: mkt, kind: mean_kinetic_temperature, of: air, at_most: -15.0 degC, window: 60 min}
      - {id: soon, kind: time_to_breach, of: air, limit: {at_most: -15.0 degC}, warns_within: 45 min, trend_over: 20 min,
         mean_over: 5 min}
"""


@pytest.fixture(scope="module")
def store(make_bench):
    """A cold store."""
    return make_bench(SPANS)


def spans(bench, rows, limit):
    """(verdict, from, worst, integral) of the spans of a limit."""
    unit = next(each for each in bench.program.limits if each.limit == limit)
    decisions = bench.decisions(rows, until=max(at for _, at, _ in rows))
    return [
        (str(point.verdict), point.start // SECOND - BASE, unit.worst(point.low, point.high), point.integral)
        for point in decisions.timeline(unit)
    ]


def room(values, **lost):
    """The line runs; a value a minute."""
    rows = [("mode", 60 * at, 2.0) for at in range(len(values))]
    return rows + [("air", 60 * at, value) for at, value in enumerate(values) if value is not None]


def test_degree_minutes_are_told_as_low_best_and_high(store):
    """At -16.0 for 10 min between readings at -18.0: 9 min are certain, 11 possible: 18 to 22 K.min, so 20 is exceeded."""
    rows = room([-18.0] * 10 + [-16.0] * 10 + [-18.0] * 10)
    verdict, _, worst, integral = spans(store, rows, "warm")[-1]
    assert (verdict, worst) == ("operating", 22.0)
    assert (integral.low, integral.best, integral.high) == (18.0, 20.0, 22.0)


@pytest.mark.parametrize("size", [None, 1, 3])
def test_a_point_says_nothing_of_a_span_that_another_has_ended(make_bench, size):
    """The second point falls silent behind 9 min, at 0 K.min; the first goes on, and comes to 2 to 6 K.min behind 15 min."""
    bench = make_bench(SPANS.replace("silent_after: 150 s}", "silent_after: 150 s, points: 2 points}"))
    rows = []
    for at in range(20):
        rows += [("mode", 60 * at, 2.0), ("air/1", 60 * at, -16.0 if at in (15, 16) else -18.0)]
        rows += [("air/2", 60 * at, -18.0)] if at < 10 else []
    unit = next(each for each in bench.program.limits if each.limit == "warm")
    until = 19 * 60
    told = (
        bench.decisions(rows, until=until) if size is None else bench.lived(rows, size=size, until=until)[0]
    )
    first, behind, *_ = told.timeline(unit)
    assert (str(behind.verdict), behind.start // SECOND - BASE) == ("indeterminate", 540)
    assert (first.high, first.integral) == (0.0, Integral(0.0, 0.0, 0.0))


@pytest.mark.parametrize("size", [None, 1, 7])
def test_where_any_point_suffices_a_span_tells_the_bounds_of_its_worst_value(make_bench, size):
    """2 K for 8 to 10 min at the first, then 3 K for 7 to 9 at the second: 27 K.min is the worst, of 21 to 27."""
    bench = make_bench(
        SPANS.replace("silent_after: 150 s}", "silent_after: 150 s, points: 2 points}").replace(
            "20 K.min, window: 60 min}", "20 K.min, window: 60 min, combine: any}"
        )
    )
    rows = []
    for at in range(120):
        rows += [("mode", 60 * at, 2.0), ("air/1", 60 * at, -16.0 if 10 <= at < 19 else -18.0)]
        rows += [("air/2", 60 * at, -15.0 if 90 <= at < 98 else -18.0)]
    unit = next(each for each in bench.program.limits if each.limit == "warm")
    until = 119 * 60
    told = (
        bench.decisions(rows, until=until) if size is None else bench.lived(rows, size=size, until=until)[0]
    )
    (only,) = told.timeline(unit)
    assert (str(only.verdict), only.high, only.integral) == ("ok", 27.0, Integral(21.0, 24.0, 27.0))


def test_time_that_was_not_read_counts_as_far_as_the_sensor_reads(store):
    """3 min not read in the window: 24 K.min are certain, and 3 min at 40 degC would be 174 more, beside 2 of an edge."""
    rows = room([-18.0] * 5 + [None] * 2 + [-18.0] * 3 + [-16.0] * 13 + [-18.0] * 5)
    verdict, _, worst, integral = spans(store, rows, "warm")[-1]
    assert (verdict, worst, integral.low) == ("operating", 24.0, 24.0)
    assert integral.high == 26.0 + 3 * 58.0


def test_a_kinetic_mean_lies_between_the_colder_and_the_warmer_of_its_readings(store):
    """-16.0 and -14.0 by turns: colder than -14.0 and warmer than -16.0 whichever is taken between two readings."""
    rows = room([-16.0, -14.0] * 20)
    verdict, _, worst, integral = spans(store, rows, "mkt")[-1]
    assert verdict == "operating"
    assert -16.1 < integral.low < integral.best < integral.high == worst
    assert worst == pytest.approx(-14.0, abs=0.02)


def test_a_forecast_says_when_at_the_earliest_likely_and_at_the_latest(store):
    """A rise of 0.1 K a minute from -19.0: the line meets -15.0 at 40 min; 0.1 K of noise widens the interval."""
    wobble = (0.0, 0.1, -0.1, 0.1)
    rows = room([round(-19.0 + at / 10 + wobble[at // 5 % 4], 1) for at in range(30)])
    _, at, worst, integral = spans(store, rows, "soon")[-1]
    assert integral.low == worst
    assert 0 < integral.low < integral.best < integral.high
    assert abs(40 - 25 - integral.best) < 3, "told at 25 min"
    assert at <= 1500


def test_it_is_the_same_value_by_value(store):
    """A step for each reading, with stops: what spans came to does not depend on how the readings are cut."""
    values = [round(-19.0 + abs(at % 50 - 25) / 6, 1) for at in range(150)]
    rows = [
        row if row[0] != "mode" or not 60 <= row[1] / 60 < 70 else ("mode", row[1], 1.0)
        for row in room(values)
    ]
    rows = [row for row in rows if row[0] != "air" or not 100 <= row[1] / 60 < 104]
    whole = store.decisions(rows, until=9000)
    state, parts = begin(store.program), Decisions(store.program)
    for at in range(0, 9001, 60):
        state, changes = step(
            store.program, state, store.block([row for row in rows if row[1] == at]), (BASE + at) * SECOND
        )
        parts.take(changes)
    parts.finish(state)
    for limit in store.program.limits[1:]:
        told = [
            [(point.start, point.verdict, point.integral) for point in each.timeline(limit)][-2:]
            for each in (whole, parts)
        ]
        assert told[0] == told[1], limit.limit
        assert any(integral is not None for *_, integral in told[0])


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_low_is_never_above_best_nor_best_above_high(store, vessel, seed):
    """Of anything that is told, whatever was read or not; and what counts lies between them."""
    chance = random.Random(seed)
    profile = [
        chance.choice([None, 20.0, 60.0, 121.1]) if chance.random() < 0.3 else 100.0 for _ in range(50)
    ]
    values = [None if chance.random() < 0.1 else round(chance.uniform(-19, -14), 1) for _ in range(90)]
    told = [
        (point.integral, limit.worst(point.low, point.high))
        for bench, rows in ((vessel(), heated(profile)), (store, room(values)))
        for limit in bench.program.limits
        for point in bench.decisions(rows, until=max(at for _, at, _ in rows)).timeline(limit)
        if point.integral is not None
    ]
    assert told
    for integral, worst in told:
        assert integral.low <= integral.best <= integral.high
        assert integral.low - 1e-9 <= worst <= integral.high + 1e-9 or math.isnan(worst)


BRIDGED = """
reorder: 60 s
line: {state: {from: phase, codes: {"1": loading, "2": heating}}, judged_when: heating}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 140], slew_at_most: 4 K/min}
ccps:
  - id: C
    critical: [{id: held, of: t, kind: dwell, at_least: 60.0 degC, for: 2 min}]
    silence: {bridge: {up_to: 60 s, for: [t]}, case: {after: 4 min}}
"""


def test_why_a_silence_counts_is_said_when_the_beginning_of_the_cycle_is_forgotten(make_bench):
    """Not read until 220 s; from 300 to 350 s 70.0 degC cannot have fallen below 68.3: 50 s at 4 K/min, half of
    them down. Held from 220 s on; the cycle from 100 to 500 s is over, and its beginning is forgotten while others of 40 s
    follow."""
    bench = make_bench(BRIDGED)
    silent = (*range(90, 220, 10), *range(310, 350, 10))
    rows = []
    for at in range(0, 1100, 10):
        rows += [("phase", at, 2.0 if 100 <= at < 500 or (at > 590 and at // 40 % 2) else 1.0)]
        rows += [("t", at, 70.0)] if at not in silent else []
    assert bench.alike(rows, until=1100)[:4] == [
        ("suspended", 0, 0, "loading"),
        ("indeterminate", 100, 135, "no reading yet"),
        ("ok", 220, 350, "bridged 50 s: at least 68.3 degC"),
        ("suspended", 500, 500, "loading"),
    ]
