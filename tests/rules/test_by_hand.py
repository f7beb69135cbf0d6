"""Values that people enter: instead of a silent sensor, every so often, once a batch or lot."""

from __future__ import annotations

import pytest

from readings.inputs import State
from readings.times import SECOND
from rules.carry import carry
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError

BASE = 1_700_000_000


def told(bench, rows, *, until: float, limit: str = "a", states=()):
    """(verdict, from, decided, reason) in seconds, of one limit."""
    decisions = bench.decisions(rows, until=until, states=states)
    unit = next(each for each in bench.program.limits if each.limit == limit)
    return [
        (str(each.verdict), each.start / SECOND - BASE, each.decided / SECOND - BASE, each.reason)
        for each in decisions.timeline(unit)
    ]


def every(name: str, start: int, end: int, value: float, step: int = 10):
    """A reading of one value every so often."""
    return [(name, at, value) for at in range(start, end + 1, step)]


OZONE = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 30 s}
by_hand:
  indigo: {unit: mg/L, resolution: 0.05, range: [0, 2], every: 5 min, by: operator, form: indigo test}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: o3, at_most: 0.40 mg/L LIMIT}]
    silence: {by_hand: {of: indigo MORE}, case: {after: 6 min}}
"""


@pytest.fixture
def ozone(make_bench):
    """Makes a bench of a limit whose silent sensor is stood in for by an indigo test every 5 min."""
    return lambda limit="", more="": make_bench(OZONE.replace(" LIMIT", limit).replace(" MORE", more))


def test_a_value_by_hand_within_the_limit_is_ok_by_hand_while_the_sensor_is_silent(ozone):
    """From the value on, until the sensor speaks again."""
    rows = [*every("o3", 0, 60, 0.3), ("indigo", 120, 0.35), *every("o3", 300, 330, 0.3)]
    assert told(ozone(), rows, until=330) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 60, 90, "no reading"),
        ("ok", 120, 120, "by hand (indigo)"),
        ("ok", 300, 300, ""),
    ]


def test_one_entered_before_the_silence_counts_as_long_as_any(ozone):
    """Measured at 0:30, the sensor is silent from 1:00: ok by hand until 5:30, when the next one was due."""
    rows = [("indigo", 30, 0.35), *every("o3", 0, 60, 0.3)]
    assert told(ozone(), rows, until=500) == [
        ("ok", 0, 0, ""),
        ("ok", 60, 90, "by hand (indigo)"),
        ("indeterminate", 330, 330, "no reading"),
    ]


def test_in_time_again_and_again_it_stays_ok(ozone):
    """Every 5 min, for as long as the sensor is silent."""
    rows = [*every("o3", 0, 60, 0.3), *every("indigo", 80, 980, 0.4, 300)]
    assert [each[:2] for each in told(ozone(), rows, until=1200)] == [
        ("ok", 0),
        ("indeterminate", 60),
        ("ok", 80),
    ]


def test_a_value_by_hand_beyond_the_limit_is_a_deviation(ozone):
    """While the sensor is silent; it ends with a value within."""
    rows = [*every("o3", 0, 60, 0.3), ("indigo", 100, 0.45), ("indigo", 200, 0.40)]
    assert [each[:3] for each in told(ozone(), rows, until=250)] == [
        ("ok", 0, 0),
        ("indeterminate", 60, 90),
        ("deviation", 100, 100),
        ("ok", 200, 200),
    ]


def test_one_value_by_hand_is_enough_to_confirm(ozone):
    """Readings that must be confirmed are those of an instrument; a person has looked."""
    rows = [*every("o3", 0, 60, 0.3), ("indigo", 100, 0.45)]
    assert told(ozone(limit=", confirm: 3 readings"), rows, until=120)[-1][:3] == ("deviation", 100, 100)


def test_a_breach_by_the_last_reading_stays_one(ozone):
    """Beyond at 1:00, then silent: the reading was beyond, and a value from before it says nothing of what came."""
    rows = [("indigo", 30, 0.35), *every("o3", 0, 50, 0.3), ("o3", 60, 0.45)]
    assert [each[0] for each in told(ozone(), rows, until=200)] == [
        "ok",
        "deviation",
        "indeterminate",
    ]


def test_a_value_by_hand_does_not_outlive_what_the_sensor_read_since(ozone):
    """Within by hand at 0:30, beyond by the sensor at 1:00 for 10 s, then silent: nobody has seen it return."""
    bench = ozone(limit=", for_more_than: 30 s")
    rows = [("indigo", 30, 0.35), *every("o3", 0, 50, 0.3), ("o3", 60, 0.45), ("o3", 70, 0.45)]
    assert told(bench, rows, until=200)[-1][0] == "indeterminate"


def test_of_one_moment_the_sensor_counts(ozone):
    """Back with a reading beyond, at the very time of a value within: the deviation by hand goes on."""
    rows = [
        *every("o3", 0, 60, 0.3),
        ("indigo", 100, 0.45),
        ("indigo", 200, 0.35),
        ("o3", 200, 0.5),
        ("o3", 210, 0.5),
    ]
    assert [each[:2] for each in told(ozone(), rows, until=215)][-1] == ("deviation", 100)


def test_an_excursion_may_be_as_old_as_the_last_look(ozone):
    """The sensor is back beyond the limit, 100 s after anybody looked: it may have lasted longer than the 30 s borne."""
    rows = [*every("o3", 0, 60, 0.3), ("indigo", 100, 0.35), ("o3", 200, 0.45), ("o3", 210, 0.3)]
    bench = ozone(limit=", for_more_than: 30 s")
    assert told(bench, rows, until=215)[-2][:3] == ("indeterminate", 200, 200)


def test_while_the_sensor_speaks_it_alone_is_judged(ozone):
    """A value by hand beside it decides nothing here; a limit of its own may judge it."""
    rows = [*every("o3", 0, 300, 0.3), ("indigo", 100, 0.9)]
    assert told(ozone(), rows, until=300) == [("ok", 0, 0, "")]


def test_the_bound_is_that_of_the_limit_in_the_unit_of_the_value(make_bench):
    """Entered in g/m3 with its own resolution, held against mg/L exactly."""
    bench = make_bench(
        OZONE.replace(" LIMIT", "").replace(" MORE", "").replace("indigo: {unit: mg/L", "indigo: {unit: g/m3")
    )
    rows = [*every("o3", 0, 60, 0.3), ("indigo", 100, 0.40), ("indigo", 200, 0.45)]
    assert [each[0] for each in told(bench, rows, until=210)] == ["ok", "indeterminate", "ok", "deviation"]


CHECKS = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 30 s}
by_hand:
  chlorine: {unit: mg/L, resolution: 0.1, every: 15 min, grace: 2 min}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: chlorine, at_least: 0.5 mg/L}, {id: b, kind: threshold, of: o3, at_most: 1 mg/L}]
    silence: {verdict: {after: 30 s}, case: {after: 5 min}, notice: {after: 1 min}}
"""


def test_edge_case_26_a_missing_manual_check_is_indeterminate_when_it_is_due_and_a_loss_later(make_bench):
    """Due 15 min after the last one, 2 min of grace; the control point's times count from there."""
    bench = make_bench(CHECKS)
    rows = [("chlorine", 0, 0.6), *every("o3", 0, 2000, 0.3)]
    assert told(bench, rows, until=1021)[-1] == ("indeterminate", 0, 1020, "no reading")
    assert told(bench, rows[:1], until=1020) == [("ok", 0, 0, "")]
    assert bench.events(rows, until=2000) == [("monitoring_loss", 0, None)]
    assert bench.events([row for row in rows if row[1] < 1310], until=1319) == []
    late = [*rows, ("chlorine", 1000, 0.7)]
    assert told(bench, late, until=1500) == [("ok", 0, 0, "")]


def test_a_manual_check_beyond_its_bound_is_a_deviation(make_bench):
    """As readings are."""
    rows = [("chlorine", 0, 0.6), ("chlorine", 600, 0.4), ("chlorine", 900, 0.5)]
    assert [each[:2] for each in told(make_bench(CHECKS), rows, until=950)] == [
        ("ok", 0),
        ("deviation", 600),
        ("ok", 900),
    ]


BATCH = """
line:
  state: {from: phase, codes: {1: loading, 2: come_up, 3: hold, 4: cool, 5: unload}}
  lot: {from: lot}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 30 s}
  lot: {unit: text, every: on change}
by_hand:
  initial: {unit: degC, resolution: 0.5, per: batch, before: come_up}
  chlorine: {unit: mg/L, resolution: 0.1, per: batch, during: cool, within: 60 s}
  weight: {unit: g, per: lot}
ccps:
  - id: C
    critical:
      - {id: initial, kind: by_hand, of: initial, at_least: 8.0 degC}
      - {id: chlorine, kind: by_hand, of: chlorine, at_least: 0.5 mg/L}
      - {id: weight, kind: by_hand, of: weight, at_least: 330 g, at_most: 347 g}
    silence: {case: {after: 30 s}}
"""
PHASES = [
    *every("phase", 0, 90, 1.0),
    *every("phase", 100, 190, 2.0),
    *every("phase", 200, 290, 3.0),
    *every("phase", 300, 490, 4.0),
    *every("phase", 500, 590, 5.0),
    *every("phase", 600, 690, 1.0),
    *every("phase", 700, 790, 2.0),
    *every("phase", 800, 900, 3.0),
]


@pytest.fixture(scope="module")
def retort(make_bench):
    """A retort line with values by hand."""
    return make_bench(BATCH)


def judged_spans(bench, rows, *, limit: str, until: float = 900, states=()):
    """The verdicts of the cycles alone: (verdict, from, decided, reason)."""
    return [
        each for each in told(bench, rows, until=until, limit=limit, states=states) if each[0] != "suspended"
    ]


def test_what_is_due_before_a_state_is_decided_when_that_begins(retort):
    """The last value before counts; the next batch needs one of its own."""
    rows = [*PHASES, ("initial", 20, 7.0), ("initial", 50, 8.5)]
    assert judged_spans(retort, rows, limit="initial") == [
        ("ok", 100, 100, ""),
        ("indeterminate", 700, 700, "not entered"),
    ]


def test_a_value_measured_when_it_was_due_already_is_too_late(retort):
    """Come-up began at 1:40; measured at 1:50 it says nothing of the temperature before."""
    rows = [*PHASES, ("initial", 110, 9.0)]
    assert ("indeterminate", 100) in [each[:2] for each in judged_spans(retort, rows, limit="initial")]


def test_one_beyond_its_bound_is_a_deviation_of_the_whole_state(retort):
    """Too cold before come-up."""
    rows = [*PHASES, ("initial", 50, 7.5)]
    assert ("deviation", 100, 100, "initial not at least 8.0 degC") in judged_spans(
        retort, rows, limit="initial"
    )


def test_what_is_due_in_a_state_is_starting_until_it_is_entered(retort):
    """Within 60 s of the beginning of cooling; ok for all of it as soon as it is there."""
    rows = [*PHASES, ("chlorine", 340, 0.6)]
    before = [row for row in rows if row[1] <= 330]
    assert judged_spans(retort, before, limit="chlorine", until=330)[-1] == (
        "starting",
        300,
        300,
        "under way",
    )
    assert ("ok", 300, 340, "") in judged_spans(retort, rows, limit="chlorine")


def test_not_entered_when_due_it_is_indeterminate_then(retort):
    """A minute after cooling began nobody has measured; measured later, it is ok from then on."""
    assert ("indeterminate", 300, 360, "not entered") in judged_spans(retort, PHASES, limit="chlorine")
    rows = [*PHASES, ("chlorine", 400, 0.6)]
    assert [each[:3] for each in judged_spans(retort, rows, limit="chlorine") if each[1] >= 300] == [
        ("indeterminate", 300, 360),
        ("ok", 400, 400),
    ]


def test_measured_at_the_very_time_when_it_is_due_it_is_in_time(retort):
    """Within 60 s of 300 s: at 360 s it is, as a bound holds what lies on it; at 361 s it was missed."""
    judged = [
        judged_spans(retort, [*PHASES, ("chlorine", at, 0.6)], limit="chlorine")[-1][:3] for at in (360, 361)
    ]
    assert judged == [("ok", 300, 360), ("ok", 361, 361)]
    rows = [*PHASES, ("chlorine", 360, 0.6)]
    assert "indeterminate" not in [each[0] for each in judged_spans(retort, rows, limit="chlorine")]


def test_never_entered_is_a_monitoring_loss_however_short_the_state_was(make_bench):
    """Cooling is over before the case's patience is: the batch was not judged all the same, and somebody is told."""
    patient = make_bench(BATCH.replace("case: {after: 30 s}", "case: {after: 30 min}"))
    raised = patient.decisions(PHASES, until=900).raised()
    found = [
        (str(event.kind), event.start - patient.block([("initial", 300, 0.0)]).time[0])
        for limit, event in raised
        if limit.limit == "chlorine"
    ]
    assert found == [("monitoring_loss", 0)]


def test_every_value_of_a_state_must_hold(retort):
    """0.6, then 0.4: the water was not safe throughout."""
    rows = [*PHASES, ("chlorine", 320, 0.6), ("chlorine", 350, 0.4), ("chlorine", 380, 0.7)]
    assert [each[:3] for each in judged_spans(retort, rows, limit="chlorine") if each[1] >= 300] == [
        ("deviation", 300, 350)
    ]


def test_per_lot_each_lot_has_its_value(retort):
    """L2 has none when L3 comes."""
    states = [
        State(BASE * SECOND + at * SECOND, "L", "lot", text)
        for at, text in ((10, "L1"), (200, "L2"), (400, "L3"))
    ]
    rows = [*PHASES, ("weight", 100, 340.0), ("weight", 450, 350.0)]
    spans = judged_spans(retort, rows, limit="weight", states=states)
    assert [each[:3] for each in spans if each[1] >= 200] == [
        ("indeterminate", 200, 400),
        ("deviation", 400, 450),
    ]


def test_edge_case_26_entered_late_it_is_decided_again(retort):
    """Measured at 0:50, entered when come-up is over: indeterminate at first, then ok, both on record."""
    state, told_so = begin(retort.program), []
    for rows, until in ((PHASES[:25], 240), ([("initial", 50, 8.5)], 250)):
        state, changes = step(retort.program, state, retort.block(rows), (BASE + until) * SECOND)
        told_so.append(
            [
                (str(point.verdict), point.start // SECOND - BASE, point.revision)
                for change in changes
                if change.limit.limit == "initial"
                for point in change.rewrite.points
            ]
        )
    assert ("indeterminate", 100, 0) in told_so[0]
    assert ("ok", 100, 1) in told_so[1]


RUNS = """
line:
  state: {from: mode, codes: {1: stopped, 2: running}}
  judged_when: running
  lot: {from: lot}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 30 s}
  lot: {unit: text, every: on change}
by_hand:
  weight: {unit: g, per: lot}
  soon: {unit: g, per: lot, within: 10 min}
  chlorine: {unit: mg/L, resolution: 0.1, every: 15 min, grace: 2 min}
ccps:
  - id: C
    critical:
      - {id: weight, kind: by_hand, of: weight, at_least: 330 g}
      - {id: soon, kind: by_hand, of: soon, at_least: 330 g}
      - {id: chlorine, kind: threshold, of: chlorine, at_least: 0.5 mg/L}
    silence: {case: {after: 5 min}}
"""


@pytest.fixture(scope="module")
def filler(make_bench):
    """A line that stops and starts, with values once a lot and every 15 min."""
    return make_bench(RUNS)


def mode(*spans):
    """What the line does: (from, to, 1 stopped or 2 running)."""
    return [("mode", at, float(code)) for start, end, code in spans for at in range(start, end, 10)]


def lots(*names):
    """When which lot was said."""
    return [State((BASE + at) * SECOND, "L", "lot", text) for at, text in names]


def known(rows, until):
    """What was read up to then."""
    return [row for row in rows if row[1] <= until]


def losses(bench, rows, limit, until, states=()):
    """(from, decided) of the monitoring losses of a limit, as known then."""
    rows, states = known(rows, until), [said for said in states if said.time <= (BASE + until) * SECOND]
    return [
        (event.start / SECOND - BASE, event.decided / SECOND - BASE)
        for of, event in bench.decisions(rows, until=until, states=states).raised()
        if of.limit == limit
    ]


def test_a_lot_is_asked_once_whatever_stops_lie_in_it(filler):
    """Weighed at 150 s; the line stops from 300 to 400 s, and the lot is still the same one."""
    rows = [*mode((0, 100, 1), (100, 300, 2), (300, 400, 1), (400, 600, 2)), ("weight", 150, 340.0)]
    assert told(filler, rows, until=590, limit="weight", states=lots((0, "L1"))) == [
        ("suspended", 0, 0, "stopped"),
        ("ok", 100, 150, ""),
    ]


def test_a_value_in_a_stop_is_of_the_lot_that_is_there(filler):
    """L2 comes while the line stands, and is weighed before it runs; a lot that never ran asks for nothing."""
    rows = [*mode((0, 100, 1), (100, 300, 2), (300, 400, 1), (400, 600, 2)), ("weight", 380, 340.0)]
    states = lots((0, "L1"), (320, "unused"), (350, "L2"))
    assert [each[:3] for each in told(filler, rows, until=590, limit="weight", states=states)] == [
        ("suspended", 0, 0),
        ("indeterminate", 100, 320),
        ("suspended", 320, 320),
        ("ok", 400, 400),
    ]


def test_a_lot_that_never_ran_leaves_its_value_to_no_other(filler):
    """Weighed for a lot of which nothing was made: the next one needs a value of its own."""
    rows = [*mode((0, 100, 1), (100, 300, 2), (300, 400, 1), (400, 600, 2)), ("weight", 330, 340.0)]
    states = lots((0, "L1"), (320, "unused"), (350, "L2"))
    assert told(filler, rows, until=590, limit="weight", states=states)[-1][:2] == ("starting", 400)


def test_at_the_first_start_a_value_is_missed_when_it_is_due_and_not_before(filler):
    """Nobody saw the lot begin: within 10 min of the start at the latest, or at its end."""
    rows, states = mode((0, 1300, 2)), lots((0, "L1"), (1200, "L2"))
    assert losses(filler, rows, "soon", 590, states) == []
    assert told(filler, known(rows, 590), until=590, limit="soon")[0][0] == "starting"
    assert losses(filler, rows, "soon", 1290, states)[:1] == [(0, 600)]
    assert losses(filler, rows, "weight", 1190, states) == []
    assert losses(filler, rows, "weight", 1290, states) == [(0, 1200)]


def test_a_line_that_stands_when_it_is_first_heard_was_not_missed(filler):
    """20 s pass before its state is told: whether it ran in them nobody knows, and no value of them is missed."""
    rows = [("chlorine", 0, 0.6), *mode((20, 1200, 1))]
    assert losses(filler, rows, "weight", 1190, lots((0, "L1"))) == []
    assert [each[:2] for each in told(filler, rows, until=1190, limit="weight")] == [
        ("starting", 0),
        ("suspended", 20),
    ]


NIGHT = [("chlorine", 0, 0.6), ("chlorine", 600, 0.6), *mode((0, 900, 2), (900, 8100, 1), (8100, 9600, 2))]


def test_the_time_of_a_value_stands_while_nothing_is_made(filler):
    """It counts for 17 min. 5 of them are gone at the stop, so it is missed 12 min after the next start, at 8820 s."""
    assert told(filler, known(NIGHT, 8820), until=8820, limit="chlorine") == [
        ("ok", 0, 0, ""),
        ("suspended", 900, 900, "stopped"),
        ("ok", 8100, 8100, ""),
    ]
    assert told(filler, known(NIGHT, 8830), until=8830, limit="chlorine") == [
        ("ok", 0, 0, ""),
        ("indeterminate", 600, 8820, "no reading"),
        ("suspended", 900, 900, "stopped"),
        ("indeterminate", 8100, 8820, "no reading"),
    ]
    assert losses(filler, NIGHT, "chlorine", 9119) == []
    assert losses(filler, NIGHT, "chlorine", 9120) == [(600, 9120)], (
        "of all of it: nothing showed it before the stop"
    )
    in_time = [*NIGHT, ("chlorine", 8820, 0.7)]
    assert [each[0] for each in told(filler, in_time, until=9500, limit="chlorine")] == [
        "ok",
        "suspended",
        "ok",
    ]


def test_stops_spare_no_value(filler):
    """Stopped for a minute in every five, a value is missed after 17 min of running: at 0, 300, ... 4 min each."""
    spans = [(at, at + 240, 2) for at in range(0, 2400, 300)] + [
        (at + 240, at + 300, 1) for at in range(0, 2400, 300)
    ]
    rows = [("chlorine", 0, 0.6), *mode(*sorted(spans))]
    found = told(filler, known(rows, 1300), until=1300, limit="chlorine")
    assert found[0] == ("indeterminate", 0, 1260, "no reading"), (
        "4 x 4 min until 1140 s, and one from 1200 s on"
    )


def test_it_is_the_same_step_by_step(filler):
    """A block at a time, and all at once."""
    state, decisions = begin(filler.program), Decisions(filler.program)
    rows = sorted([*NIGHT, ("weight", 700, 340.0), ("chlorine", 9000, 0.6)], key=lambda row: row[1])
    states = lots((0, "L1"), (400, "L2"), (8500, "L3"))
    for start in range(0, 9600, 60):
        block = filler.block(
            [row for row in rows if start <= row[1] < start + 60],
            [said for said in states if start <= said.time / SECOND - BASE < start + 60],
        )
        state, changes = step(filler.program, state, block, (BASE + start + 60) * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    whole = filler.decisions(rows, until=9600, states=states)
    for limit in filler.program.limits:
        found = [
            [(point.start, point.verdict, point.decided, point.reason) for point in each.timeline(limit)]
            for each in (decisions, whole)
        ]
        assert found[0][-3:] == found[1][-3:], limit.limit


def test_a_value_behind_its_time_is_on_record(retort):
    """Measured at 400 s, due at 360 s: what was measured stands in the record."""
    decisions = retort.decisions([*PHASES, ("chlorine", 400, 0.6)], until=900)
    (limit,) = [each for each in retort.program.limits if each.limit == "chlorine"]
    point = next(each for each in decisions.timeline(limit) if each.start / SECOND - BASE == 400)
    assert (str(point.verdict), point.low, point.high) == ("ok", 0.6, 0.6)


@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (
            "{unit: g}",
            "kind: threshold, of: w, at_most: 1 g",
            "say when it is due: every: 15 min, or per: batch",
        ),
        ("{unit: g, every: 5 min, per: lot}", "kind: threshold, of: w, at_most: 1 g", "say when it is due"),
        ("{unit: g, per: lot}", "kind: by_hand, of: w, at_most: 1 g", "there is no line.lot"),
        ("{unit: g, per: batch, before: hold}", "kind: by_hand, of: w, at_most: 1 g", "no code means hold"),
        ("{unit: g, per: lot, before: hold}", "kind: by_hand, of: w, at_most: 1 g", "write per: batch"),
        (
            "{unit: g, every: 5 min}",
            "kind: by_hand, of: w, at_most: 1 g",
            "w is due every 5 min: write kind: threshold",
        ),
        (
            "{unit: g, per: batch}",
            "kind: threshold, of: w, at_most: 1 g",
            "w is entered per batch: write kind: by_hand",
        ),
        ("{unit: g, every: 5 min}", "kind: by_hand, of: air, at_most: 1 degC", "air is measured by a sensor"),
        (
            "{unit: g, per: batch}",
            "kind: by_hand, of: w, at_most: 1 g, confirm: 2 readings",
            "leave confirm out",
        ),
        ("{unit: g, per: batch}", "kind: by_hand, of: w", "a value by hand has a bound"),
        (
            "{unit: g, every: 5 min, within: 1 min}",
            "kind: threshold, of: w, at_most: 1 g",
            "for every, write grace",
        ),
    ],
)
def test_what_cannot_be_entered_is_refused(make_bench, value, limit, said):
    """Not due at any time, due twice over, parted by nothing, judged in another way than it is due."""
    with pytest.raises(PlanError) as refused:
        make_bench(
            "sensors:\n  air: {unit: degC, every: 60 s}\n"
            f"by_hand:\n  w: {value}\nccps:\n  - id: C\n    critical:\n      - {{id: a, {limit}}}\n"
        )
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        ("{of: nobody}", "no value named nobody is entered by hand; the plan has w, t under by_hand"),
        ("{of: w}", "no limit of C judges, reading by reading, what w measures (mass)"),
        ("{of: t}", "say how long a value of t counts: every: 15 min"),
        (
            "{of: t, every: 5 min, for: [other]}",
            "no limit of C judges readings of other that t could stand in for",
        ),
    ],
)
def test_what_cannot_stand_in_is_refused(make_bench, silence, said):
    """Unknown, of another measure, without a time, for a sensor that is not judged."""
    with pytest.raises(PlanError) as refused:
        make_bench(
            "line: {lot: {from: lot}}\n"
            "sensors:\n  air: {unit: degC, every: 60 s}\n  lot: {unit: text, every: on change}\n"
            "by_hand:\n  w: {unit: g, every: 5 min}\n  t: {unit: degC, per: lot}\n"
            "ccps:\n  - id: C\n    critical:\n      - {id: a, kind: threshold, of: air, at_most: 1 degC}\n"
            f"    silence: {{by_hand: {silence}}}\n"
        )
    assert said in str(refused.value)


@pytest.mark.parametrize("limit", ["", ", confirm: 2 readings"])
def test_a_value_by_hand_counts_on_over_a_change_of_plan(ozone, limit):
    """Measured at 1:40 under the old plan: it stands in under the new one too, until it is as old as it may be."""
    old, new = ozone(), ozone(limit=limit, more="")
    rows = [*every("o3", 0, 60, 0.3), ("indigo", 100, 0.35)]
    state, _ = step(old.program, begin(old.program), old.block(rows), (BASE + 200) * SECOND)
    state = carry(old.program, state, new.program, (BASE + 200) * SECOND)
    known = []
    for until in (300, 399, 401):
        state, _ = step(new.program, state, new.block([]), (BASE + until) * SECOND)
        known.append(str(state.shown[0].points[-1].verdict))
    assert known == ["ok", "ok", "indeterminate"]
