"""Cooling curves: the clock of each stage, and what its time is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import SECOND
from rules.engine import begin, step
from rules.plan_check import PlanError, load_plan

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = """
line:
  state: {{from: phase, codes: {{"0": empty, "1": cooling}}}}
  judged_when: cooling
sensors:
  phase: {{unit: code, every: 60 s, silent_after: 5 min}}
  core: {{unit: {unit}, resolution: 0.1, every: 60 s, silent_after: 5 min, uncertainty: 0.3}}
ccps:
  - id: C
    critical: [{{id: a, kind: cooling_curve, of: core, {limit}}}]
"""
TWO = "stages: [{from: 57 degC, to: 21 degC, within: 60 min}, {from: 57 degC, to: 5 degC, within: 120 min}]"


@pytest.fixture(scope="module")
def chiller(make_bench):
    """Makes a chiller with one limit."""
    made = {}

    def make(limit: str = TWO, unit: str = "degC"):
        if (limit, unit) not in made:
            made[limit, unit] = make_bench(PLAN.format(limit=limit, unit=unit))
        return made[limit, unit]

    return make


def ramp(*legs):
    """Temperatures a minute apart, going linearly through (minute, degC)."""
    values = []
    for (start, first), (end, last) in pairwise(legs):
        values += [round(first + (last - first) * n / (end - start), 1) for n in range(end - start)]
    return [*values, float(legs[-1][1])]


def judged(bench, values, before=20.0):
    """The spans of a batch that begins in minute 10 with these readings a minute apart, None left out."""
    size = len(values)
    rows = [("phase/1", 60 * n, float(10 <= n < 10 + size)) for n in range(size + 20)]
    rows += [
        ("core/1", 60 * n, value)
        for n in range(size + 20)
        if (value := values[n - 10] if 10 <= n < 10 + size else before) is not None
    ]
    decisions = bench.decisions(rows, until=60 * (size + 19))
    (limit,) = bench.program.limits
    points = decisions.timeline(limit)
    start = next(n for n, point in enumerate(points) if n and point.verdict != "suspended")
    return points[start : next(n for n in range(start, len(points)) if points[n].verdict == "suspended")]


def minute(point, points):
    """When it was decided, in minutes since the batch began."""
    return (point.decided - points[0].start) / 60e9


def test_a_food_cooled_in_time_is_ok_once_it_is_cold(chiller):
    """57 to 21 in 50 min, to 5 in 100: ok for the whole batch, decided at the first reading at 5.0."""
    points = judged(chiller(), ramp((0, 60), (4, 57), (54, 21), (104, 5), (130, 4)))
    assert [point.verdict for point in points] == ["ok"]
    assert minute(points[0], points) == 104
    assert points[0].integral.high == pytest.approx(50 / 60 * 100)


def test_until_then_it_is_under_way(chiller):
    """Nothing is said to hold before the last stage is over."""
    rows = [("phase/1", 60 * n, float(n >= 10)) for n in range(60)]
    rows += [("core/1", 60 * n, 60.0 - n / 2) for n in range(60)]
    assert chiller().spans(rows, until=3540)[-1][0] == "starting"


@pytest.mark.parametrize(("minutes", "verdict"), [(60, "ok"), (61, "deviation")])
def test_the_clock_runs_from_the_last_reading_at_or_above_to_the_first_at_or_below(chiller, minutes, verdict):
    """57.0 and 21.0 count as at the temperatures; 60 min are within 60 min, 61 are not."""
    values = [58.0, 57.0, *[40.0] * (minutes - 1), 21.0, *ramp((0, 20), (30, 5))]
    assert judged(chiller(), values)[0].verdict == verdict


def test_too_slow_is_a_deviation_at_once(chiller):
    """At 60 min it is read at 40 degC: what is cold later is late, though the batch goes on for hours."""
    points = judged(chiller(), [58.0, *[40.0] * 200])
    assert [point.verdict for point in points] == ["deviation"]
    assert minute(points[0], points) == 60
    assert "cooled from 57 degC to 21 degC within 1 h" in points[0].reason


def test_the_second_stage_has_the_clock_of_the_first(chiller):
    """Food Code: 6 h in all. 21 in time, and 5 after 121 min: a deviation."""
    values = [57.0, *[40.0] * 30, *[15.0] * 89, 5.0, 5.0]
    assert len(values) - 2 == 120
    assert judged(chiller(), values)[0].verdict == "ok"
    assert judged(chiller(), [57.0, *[40.0] * 30, *[15.0] * 90, 5.0, 5.0])[0].verdict == "deviation"


def test_a_stage_may_have_a_clock_of_its_own(chiller):
    """FSIS: each stage counts from its own temperature; 55 and 55 min are within 60 and 60."""
    own = (
        "stages: [{from: 57 degC, to: 21 degC, within: 60 min}, {from: 21 degC, to: 5 degC, within: 60 min}]"
    )
    values = [57.0, *[40.0] * 54, 21.0, *[15.0] * 54, 5.0]
    assert judged(chiller(own), values)[0].verdict == "ok"
    assert judged(chiller(own), [57.0, *[40.0] * 54, 21.0, *[15.0] * 60, 5.0])[0].verdict == "deviation"


def test_edge_case_23_re_heating_does_not_stop_a_running_clock(chiller):
    """Back above 57 degC half way: the clock runs on from the first crossing."""
    values = [58.0, *[50.0] * 30, *[60.0] * 10, *[40.0] * 25, 20.0]
    points = judged(chiller(), values)
    assert points[0].verdict == "deviation"
    assert minute(points[0], points) == 60


FIRST = "stages: [{from: 57 degC, to: 21 degC, within: 20 min}, {from: 57 degC, to: 5 degC, within: 60 min}]"


@pytest.mark.parametrize(("cold", "decided"), [(60, 63), (61, None)])
def test_edge_case_23_a_food_heated_again_after_a_stage_is_to_be_cooled_anew(chiller, cold, decided):
    """57.0 at 0 min, 21 at 18; 58 last at 40 min: 20 min are over at 60, at 61 it is too late, and 5 at 63 is no ok."""
    values = [57.0, *[40.0] * 17, 21.0, *[20.0] * 11, *[58.0] * 11, *[40.0] * (cold - 41), 21.0]
    assert (values.index(21.0), len(values) - 1) == (18, cold)
    values += [20.0] * (62 - cold) + [5.0] * 10
    points = judged(chiller(FIRST.replace("60 min", "70 min")), values)
    if decided:
        assert [point.verdict for point in points] == ["ok"]
        assert minute(points[0], points) == decided
        assert points[0].integral.high == 100.0  # 20 of 20 min; of the other stage 63 of 70
    else:
        assert [point.verdict for point in points] == ["deviation"]
        assert minute(points[0], points) == 60


def test_the_clock_of_a_stage_that_is_not_over_runs_on_all_the_same(chiller):
    """Cold at 18 min, hot again at 40, cold at 55: 15 min. The second stage runs since 0, and 60 min are over at 60."""
    values = [57.0, *[40.0] * 17, 21.0, *[20.0] * 21, 58.0, *[40.0] * 14, 21.0, *[10.0] * 20]
    points = judged(chiller(FIRST), values)
    assert points[0].verdict == "deviation"
    assert minute(points[0], points) == 60


def test_a_food_warmed_again_below_where_the_stage_begins_was_cooled(chiller):
    """56.9 is colder than 57: no cooling begins, of a stage with a clock that has stopped."""
    values = [57.0, *[40.0] * 17, 21.0, *[56.9] * 30, *[10.0] * 5, 5.0]
    assert judged(chiller(FIRST), values)[0].verdict == "ok"
    values[28] = 57.0  # and at 48 min, 20 later, it is at 56.9
    assert judged(chiller(FIRST), values)[0].verdict == "deviation"


def test_a_batch_that_was_cold_and_is_hot_again_is_not_ok_until_it_is_cold_anew(chiller):
    """5.0 at 10 min: ok. Hot from 20 to 25 min: under way again; cold at 40 it is ok from then on known."""
    bench = chiller(FIRST)
    values = [57.0, *[20.0] * 9, *[5.0] * 10, *[60.0] * 6, *[30.0] * 14, *[5.0] * 5]
    assert (len(values), values[40], values[39]) == (45, 5.0, 30.0)
    rows = [("phase/1", 60 * n, 1.0) for n in range(45)]
    rows = [("phase/1", 0, 0.0), *rows[1:]]
    rows += [("core/1", 60 * n, values[n - 1]) for n in range(1, 45)]
    state, told = begin(bench.program), []
    for upto in (15, 22, 45):
        part = [row for row in rows if row[1] < 60 * upto]
        rows = [row for row in rows if row[1] >= 60 * upto]
        state, changes = step(
            bench.program, state, bench.block(part), (1_700_000_000 + 60 * upto - 1) * SECOND
        )
        told.append(
            [(str(point.verdict), point.decided) for each in changes for point in each.rewrite.points][-1]
        )
    assert [verdict for verdict, _ in told] == ["ok", "starting", "ok"]
    assert told[-1][1] == (1_700_000_000 + 41 * 60) * SECOND


def test_a_batch_that_is_hot_again_at_its_end_is_a_deviation(chiller):
    """Cold at 10 min, ok; taken out at 60 degC at 20 min."""
    points = judged(chiller(FIRST), [57.0, *[20.0] * 9, *[5.0] * 8, 60.0, 60.0])
    assert [point.verdict for point in points] == ["deviation"]


def test_a_cooling_of_which_its_end_was_not_seen_hides_no_later_one(chiller):
    """Cold in a silence from 13 to 25 min: 20 may have been kept. Hot at 30, and too warm at 50: a deviation at 50 min."""
    values = [57.0, *[40.0] * 13, *[None] * 11, 20.0, *[20.0] * 4, 57.0, *[40.0] * 25]
    points = judged(chiller(FIRST), values)
    assert points[0].verdict == "deviation"
    assert minute(points[0], points) == 50
    cold = [57.0, *[40.0] * 13, *[None] * 11, 20.0, *[20.0] * 4, 57.0, *[40.0] * 5, *[5.0] * 5]
    assert judged(chiller(FIRST), cold)[-1].verdict == "indeterminate"


ANY = PLAN.replace("unit: {unit}", "unit: {unit}, points: 2 points").replace(
    "{limit}", "{limit}, combine: {combine}"
)


@pytest.mark.parametrize(("combine", "verdict"), [("any", "ok"), ("worst", "deviation")])
def test_of_several_points_those_count_that_stayed_cold(make_bench, combine, verdict):
    """Both cold at 10 min; one is hot again at its end, the other is not."""
    bench = make_bench(ANY.format(unit="degC", limit=FIRST, combine=combine))
    rows = [("phase/1", 60 * n, float(1 <= n < 21)) for n in range(25)]
    for point in (1, 2):
        hot = 60.0 if point == 2 else 5.0
        values = [57.0, *[20.0] * 9, *[5.0] * 8, hot, hot, *[20.0] * 4]
        rows += [(f"core/{point}", 60 * n, values[n - 1]) for n in range(1, 25)]
    assert [span[0] for span in bench.spans(rows, until=1440)][1:] == [verdict, "suspended"]


def test_a_food_met_colder_counts_from_the_beginning_of_the_batch(chiller):
    """It has been cooling since then at least."""
    assert judged(chiller(), [*[40.0] * 60, 21.0, *[10.0] * 30, 5.0])[0].verdict == "ok"
    points = judged(chiller(), [*[40.0] * 70, 21.0, 5.0])
    assert points[0].verdict == "deviation"
    assert minute(points[0], points) == 60


def test_a_batch_that_ends_before_it_is_cold_is_not_ok(chiller):
    """Taken out at 15 degC: it was not cooled to 5 degC."""
    points = judged(chiller(), ramp((0, 57), (40, 15)))
    assert points[-1].verdict == "deviation"


def test_a_silence_that_the_clock_survives_is_no_reason(chiller):
    """20 min without a reading between two crossings that were seen: ok, and the silence stays in the record."""
    values = ramp((0, 60), (4, 57), (54, 21), (104, 5), (110, 5))
    values[20:40] = [None] * 20
    assert [point.verdict for point in judged(chiller(), values)] == ["ok", "indeterminate", "ok"]


def test_a_silence_at_a_crossing_leaves_it_open_or_not(chiller):
    """When 21 degC was reached in a silence from 50 to 70 min, 60 may have been kept or not; from 30 to 50 it was."""
    late, early = ramp((0, 57), (57, 21), (110, 5), (115, 5)), ramp((0, 57), (45, 21), (110, 5), (115, 5))
    late[51:70] = [None] * 19
    early[31:50] = [None] * 19
    assert judged(chiller(), late)[-1].verdict == "indeterminate"
    assert [point.verdict for point in judged(chiller(), early)][-1] == "ok"


def test_published_schemes_go_by_name(chiller):
    """The Food Code's, on a sensor in degC: 135 degF is 57.22, 70 is 21.11, 41 is 5.0 degC."""
    values = [57.3, *[40.0] * 119, 21.1, *[10.0] * 200, 5.0]
    assert judged(chiller("scheme: food_code"), values)[0].verdict == "ok"
    assert judged(chiller("scheme: food_code"), [57.3, *[40.0] * 120, 21.1, 5.0])[0].verdict == "deviation"
    fahrenheit = [135.0, *[100.0] * 119, 70.0, *[50.0] * 200, 41.0]
    assert judged(chiller("scheme: food_code", "degF"), fahrenheit)[0].verdict == "ok"


def test_guarded_by_its_uncertainty(chiller):
    """U = 0.3 K: at or above is 57.3, at or below is 4.7."""
    values = ramp((0, 60), (4, 57), (54, 20), (104, 5), (110, 5))
    assert judged(chiller(TWO + ", guard: uncertainty"), values)[-1].verdict == "deviation"
    values[-4:] = [4.7] * 4
    assert judged(chiller(TWO + ", guard: uncertainty"), values)[-1].verdict == "ok"


@pytest.mark.parametrize(("warmed", "verdict"), [(56.6, "ok"), (56.7, "deviation"), (57.0, "deviation")])
def test_a_guard_band_never_lets_a_food_that_is_hot_again_pass(chiller, warmed, verdict):
    """U = 0.3 K: read at 56.7 it may be at 57.0 again; it stays at 30 degC then, and 21 is not reached in 60 min."""
    values = [60.0, 40.0, 20.0, 4.0, warmed, *[30.0] * 70]
    assert judged(chiller(TWO + ", guard: uncertainty"), values)[0].verdict == verdict


@settings(max_examples=20, deadline=None)
@given(
    drops=st.lists(st.integers(0, 12), min_size=20, max_size=160),
    gone=st.tuples(st.integers(0, 150), st.integers(6, 40)),
    warmer=st.integers(0, 159),
)
def test_taking_readings_away_or_warming_never_makes_it_ok(chiller, drops, gone, warmer):
    """A silence never turns a deviation into ok; nor does a warmer reading."""
    values, value = [], 60.0
    for drop in drops:
        value = max(2.0, round(value - drop / 10, 1))
        values.append(value)
    whole = judged(chiller(), values)[0].verdict
    less = [None if gone[0] <= n < gone[0] + gone[1] else v for n, v in enumerate(values)]
    if any(v is not None for v in less):
        assert whole == "ok" or judged(chiller(), less)[0].verdict != "ok"
    hotter = [v + 8 if n == warmer and v < 50 else v for n, v in enumerate(values)]
    assert whole == "ok" or judged(chiller(), hotter)[0].verdict != "ok"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("stages: []", "or a scheme by name"),
        ("scheme: fsis", "known are food_code"),
        ("stages: [{from: 21 degC, to: 57 degC, within: 2 h}]", "goes up"),
        ("stages: [{from: 57 K, to: 21 K, within: 2 h}]", "no temperature"),
        ("stages: [{from: 57 degC, to: 21 degC, within: 5 min}]", "comes only every 1 min"),
        (f"at_most: 5 degC, {TWO}", "leave at_most out"),
    ],
)
def test_what_cannot_be_meant_is_refused(limit, message):
    """With the words that say what to write."""
    with pytest.raises(PlanError, match=message):
        load_plan(HEAD + PLAN.format(limit=limit, unit="degC"), "plan.yaml")


QUICK = PLAN.replace("every: 60 s, silent_after: 5 min", "every: 10 s, silent_after: 35 s")
STAGE = "stages: [{from: 57 degC, to: 21 degC, within: 125 s}]"


def cooling(last_warm=57.0, ends=None, **more):
    """A batch from 50 s on: 70 degC, from 60 s on the clock runs, at 40 degC; readings every 10 s up to 180 s."""
    stops = 1000 if ends is None else ends
    rows = [
        ("phase/1", at, float(50 <= at < stops)) for at in [*range(0, 181, 10), *([ends] if ends else [])]
    ]
    rows += [("core/1", at, 70.0 if at < 60 else last_warm if at == 60 else 40.0) for at in range(0, 181, 10)]
    return rows + [("core/1", int(at[3:]), value) for at, value in more.items()]


def test_too_late_is_known_when_the_time_is_over(make_bench):
    """125 s from 60 s on are over at 185 s: then it is a deviation, with the last reading 5 s ago and none since."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE))
    assert bench.spans(cooling(), until=185)[-1][::3] == ("starting", 50)
    assert bench.spans(cooling(), until=186)[-1] == ("deviation", 50, None, 185)
    assert bench.events(cooling(), until=186) == [("deviation", 50, None)]


def test_what_is_read_next_does_not_change_it(make_bench):
    """At 190 s it is cold, and that is too late: the decision stays that of 185 s. Cold at 185 s is in time."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE))
    assert bench.spans(cooling(at_190=20.0), until=195)[-1] == ("deviation", 50, None, 185)
    assert bench.spans(cooling(at_185=20.0), until=195)[-1] == ("ok", 50, None, 185)
    state, told = begin(bench.program), []
    for rows, until in ((cooling(), 187), ([("core/1", 190, 20.0)], 191), ([("core/1", 183, 21.0)], 192)):
        state, changes = step(bench.program, state, bench.block(rows), (1_700_000_000 + until) * SECOND)
        told += [str(point.verdict) for change in changes for point in change.rewrite.points]
    assert told[-2:] == ["deviation", "ok"], "a reading of 183 s that comes late"


def test_a_batch_that_ends_before_the_time_is_over_is_decided_at_its_end(make_bench):
    """At 184 s it was not cold: too late is no word for it, and it is a deviation all the same."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE))
    rows = cooling(ends=184, at_190=40.0)
    assert bench.spans(rows, until=200)[-2] == ("deviation", 50, 184, 184)
    point = bench.decisions(rows, until=200).timeline(bench.program.limits[0])[-2]
    beyond = "core not cooled from 57 degC to 21 degC within 125 s"
    assert point.reason == f"{beyond}; its cycle ended before that time"
    assert point.high == pytest.approx(120 / 125 * 100), "read last at 180 s, 120 s from the start"
    late = bench.decisions(cooling(), until=186).timeline(bench.program.limits[0])[-1]
    assert late.reason == beyond


def test_a_thermometer_that_fell_silent_before_says_nothing_of_it(make_bench):
    """Last read at 140 s, silent from 175 s on: at 185 s nobody knows how cold it is."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE))
    rows = [row for row in cooling() if row[0] != "core/1" or row[1] <= 140]
    assert bench.spans(rows, until=200)[-1][0] == "indeterminate"


def silent_at_its_end():
    """A batch to 300 s, last read at 180 s."""
    return cooling(ends=300) + [("phase/1", at, 1.0) for at in range(190, 300, 10)]


def test_too_warm_at_the_very_time_is_too_late_and_a_silence_behind_it_takes_nothing_back(make_bench):
    """60 s + 120 s: at 180 s it is read at 40 degC, and nothing more until the batch is over."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE.replace("125 s", "120 s")))
    rows = [*silent_at_its_end(), ("core/1", 301, 40.0)]
    assert bench.spans(rows, until=310)[-2] == ("deviation", 50, 300, 180)


def test_a_deviation_of_time_alone_outlasts_the_silence_at_the_end_of_its_batch(make_bench):
    """Last read at 180 s, too late at 185 s; the batch ends at 300 s, unread. What comes at 301 s is of the next."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE))
    rows = [row for row in silent_at_its_end() if row[0] == "core/1" or row[1] < 300]
    for known in (rows, [*rows, ("core/1", 301, 20.0)]):
        assert bench.spans([*known, ("phase/1", 300, 0.0)], until=302)[-2] == ("deviation", 50, 300, 185)
    state, told = begin(bench.program), []
    for part, until in ((rows, 290), ([("phase/1", 300, 0.0), ("core/1", 301, 20.0)], 302)):
        state, changes = step(bench.program, state, bench.block(part), (1_700_000_000 + until) * SECOND)
        told += [str(point.verdict) for change in changes for point in change.rewrite.points]
    assert "indeterminate" not in told[told.index("deviation") :]


def test_one_crossing_that_was_not_read_leaves_it_open_however_well_the_other_was(make_bench):
    """Warm at 120 s, silent for 60 s, cold at 180 s: it may have been cold at 150 s, 90 s from the start. 100 are given."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE.replace("125 s", "100 s")))
    rows = [row for row in silent_at_its_end() if row[0] != "core/1" or row[1] <= 120]
    rows += [("core/1", at, 20.0) for at in range(180, 320, 10)]
    assert bench.spans(rows, until=310)[-2][::3] == ("indeterminate", 300)


BOTH = "stages: [{from: 57 degC, to: 21 degC, within: 100 s}, {from: 57 degC, to: 5 degC, within: 125 s}]"


def test_a_first_stage_that_was_not_seen_hides_no_time_of_the_second(make_bench):
    """Warm at 110 s, at 20 degC at 170 s: 100 s may have been kept, or not. 60 s + 125 s = 185 s are over all the same."""
    bench = make_bench(QUICK.format(unit="degC", limit=BOTH))
    rows = [row for row in cooling() if row[0] != "core/1" or row[1] <= 110]
    rows += [("core/1", 170, 20.0), ("core/1", 180, 20.0)]
    assert bench.spans(rows, until=185)[-1][0] != "deviation"
    for known, until in ((rows, 186), ([*rows, ("core/1", 190, 20.0)], 195)):
        assert [span[::3] for span in bench.spans(known, until=until)][-1] == ("deviation", 185)


@pytest.mark.parametrize("cold", [None, 20.0])
def test_a_deviation_of_time_alone_names_all_of_its_time(make_bench, cold):
    """Last read at 180 s, 96 % of 125 s; at 185 s all of it was used, and that is what stands, also once it is over."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE))
    rows = cooling() if cold is None else [*silent_at_its_end(), ("core/1", 301, cold)]
    points = bench.decisions(rows, until=186 if cold is None else 310).timeline(bench.program.limits[0])
    (point,) = [each for each in points if each.verdict == "deviation"]
    assert (point.high, point.integral.high) == (100.0, 100.0)


def test_a_deviation_that_was_read_names_what_was_used_in_spite_of_a_silence_behind_it(make_bench):
    """180 s - 60 s of 100 s are 120 %; nothing was read from 180 s to 300 s, and 120 % it stays."""
    bench = make_bench(QUICK.format(unit="degC", limit=STAGE.replace("125 s", "100 s")))
    points = bench.decisions([*silent_at_its_end(), ("core/1", 301, 40.0)], until=310).timeline(
        bench.program.limits[0]
    )
    (point,) = [each for each in points if each.verdict == "deviation"]
    assert point.high == 120.0
