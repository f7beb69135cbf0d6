"""Limits that are decided once for each cycle of the line: holds, phases."""

from __future__ import annotations

import pytest

from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
PLAN = """
line:
  state: {from: phase, codes: {"1": loading, "2": come_up, "3": hold, "4": cool}}
  judged_when: hold
sensors:
  phase: {unit: code, every: 1 s, silent_after: 10 s}
  t: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 5 s, points: 2 points}
ccps:
  - id: C
    critical:
      - {id: a, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, made_good_by: a longer hold}
      - {id: strict, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s}
      - {id: one, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, combine: 1 of 2}
      - {id: up, kind: phase_duration, of: phase, during: come_up, at_most: 12 s}
      - {id: long, kind: phase_duration, of: phase, during: hold, at_least: 25 s}
"""


@pytest.fixture(scope="module")
def plant(make_bench):
    """A small retort."""
    return make_bench(PLAN)


def cycle(hold=30, up=10, temperature=121.5, start=0, dips=(), lost=(), lost_point=None):
    """Loading, come-up, hold, cooling, a reading a second."""
    rows = []
    for at in range(start, start + 10 + up + hold + 15):
        since = at - start
        phase = 1 if since < 10 else 2 if since < 10 + up else 3 if since < 10 + up + hold else 4
        rows.append(("phase/1", at, float(phase)))
        value = temperature if phase == 3 else 90.0
        for point in "12":
            here = 120.9 if since in dips and point == "1" else value
            if since not in lost or (lost_point is not None and point != lost_point):
                rows.append((f"t/{point}", at, here))
    return rows


def verdicts(plant, rows, limit, until):
    """(verdict, from, to) of one limit."""
    found = []
    for verdict, begins, end, _ in plant.spans(rows, until=until, limit=limit):
        start = found.pop()[1] if found and found[-1][0] == verdict == "suspended" else begins
        found.append((verdict, start, end))
    return found


def test_a_hold_that_was_long_enough_is_ok_from_its_beginning(plant):
    """The whole cycle is ok, decided when the time was reached; between cycles nothing is judged."""
    assert plant.spans(cycle(), until=64, limit="a")[2] == ("ok", 20, 50, 40)
    assert verdicts(plant, cycle(), "a", 64) == [
        ("suspended", 0, 20),
        ("ok", 20, 50),
        ("suspended", 50, None),
    ]


def test_under_way_it_is_starting(plant):
    """Before it is decided nothing is said to hold."""
    rows = [row for row in cycle() if row[1] <= 30]
    assert verdicts(plant, rows, "a", 30) == [("suspended", 0, 20), ("starting", 20, None)]


def test_a_hold_that_was_too_short_is_a_deviation_of_the_whole_cycle(plant):
    """It is decided at the end, and begins where the cycle begins."""
    found = plant.spans(cycle(hold=18), until=50, limit="a")
    assert found[2] == ("deviation", 20, 38, 38)


def test_a_dip_is_made_good_by_a_longer_hold(plant):
    """The time begins anew behind it; the record says so; without the plan's leave it is a deviation."""
    rows = cycle(hold=40, dips=(25,))
    decisions = plant.decisions(rows, until=70)
    (limit,) = [each for each in plant.program.limits if each.limit == "a"]
    ok = decisions.timeline(limit)[2]
    assert ok.verdict == "ok"
    assert ok.reason.startswith("corrected in process: a dip at ")
    assert ok.integral is not None
    assert (ok.integral.low, ok.low) == (
        33,
        33,
    )  # of the point that dipped: from 26, its first good reading, to 59
    assert verdicts(plant, rows, "strict", 70)[1] == ("deviation", 20, 60)


def test_a_silence_breaks_a_hold_and_stays_in_the_record(plant):
    """What was not seen is not credited; the span is indeterminate also where the cycle is ok without it."""
    lost = tuple(range(26, 33))
    assert verdicts(plant, cycle(hold=40, lost=lost), "a", 70) == [
        ("suspended", 0, 20),
        ("ok", 20, 25),
        ("indeterminate", 25, 33),
        ("ok", 33, 60),
        ("suspended", 60, None),
    ]
    assert verdicts(plant, cycle(hold=30, lost=lost), "a", 60)[1] == ("indeterminate", 20, 50)


def test_a_spared_point_may_be_lost(plant):
    """One of two is enough where the plan says so, and is named."""
    rows = cycle(hold=30, lost=tuple(range(24, 60)), lost_point="1")
    decisions = plant.decisions(rows, until=64)
    (limit,) = [each for each in plant.program.limits if each.limit == "one"]
    point = decisions.timeline(limit)[2]
    assert point.verdict == "ok"
    assert point.reason.startswith("without point 1")
    assert point.integral is not None
    assert point.integral.low == 29
    assert verdicts(plant, rows, "a", 64)[1] == ("indeterminate", 20, 50)


def test_edge_8_a_reading_at_the_boundary_belongs_to_the_phase_that_begins(plant):
    """Time counts from the first reading of the phase on, and none from before it."""
    assert verdicts(plant, cycle(hold=21), "a", 56)[1] == ("ok", 20, 41)
    assert verdicts(plant, cycle(hold=20), "a", 55)[1] == ("deviation", 20, 40)


@pytest.mark.parametrize(("up", "verdict"), [(11, "ok"), (12, "deviation")])
def test_a_phase_must_not_last_too_long(plant, up, verdict):
    """It may have begun right behind the last reading before it: that much is counted too."""
    assert verdicts(plant, cycle(up=up), "up", 70)[1][:2] == (verdict, 10)


@pytest.mark.parametrize(("hold", "verdict"), [(26, "ok"), (25, "deviation")])
def test_a_phase_must_last_long_enough(plant, hold, verdict):
    """From its first reading to its last."""
    assert verdicts(plant, cycle(hold=hold), "long", 70)[1][:2] == (verdict, 20)


def test_two_cycles_are_two(plant):
    """Each is decided for itself."""
    rows = [*cycle(hold=18), *cycle(start=60)]
    assert [v for v, *_ in verdicts(plant, rows, "a", 130)] == [
        "suspended",
        "deviation",
        "suspended",
        "ok",
        "suspended",
    ]
    assert plant.events(rows, until=130)[0][0] == "deviation"


BATCHES = """
line:
  state: {from: phase, codes: {"1": waiting, "3": hold}}
  judged_when: hold
  batch: {from: batch}
sensors:
  phase: {unit: code, every: 1 s, silent_after: 10 s}
  batch: {unit: text, every: on change}
  t: {unit: degC, resolution: 0.1, range: [0, 150], every: 1 s, silent_after: 5 s}
  core: {unit: degC, resolution: 0.1, range: [0, 150], every: 1 s, silent_after: 5 s, optional: true}
ccps:
  - id: C
    critical:
      - {id: a, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s}
    supporting:
      - {id: f0, kind: lethality, of: core, reference: 121.1 degC, z: 10 K, at_least: 0.4 min}
"""


def batch_rows(until, core=()):
    """In the hold from 10 s on."""
    rows = [("phase/1", at, 3.0 if at >= 10 else 1.0) for at in range(until)]
    rows += [("t/1", at, 121.5) for at in range(until)]
    rows += [("core/1", at, 121.1) for at in range(until) if at in core]
    return sorted(rows, key=lambda row: row[1])


def said(at, text):
    """A batch's name."""
    return State(START + at * SECOND, "L", "batch", text)


def test_each_batch_is_a_cycle_of_its_own(bench):
    """Without any change of state the next batch begins anew: what the one before was held does not count for it."""
    plant = bench(BATCHES)
    found = plant.spans(
        batch_rows(60), until=59, states=[said(0, "B1"), said(40, "B2"), said(55, "B3")], limit="a"
    )
    assert [span[:3] for span in found[1:]] == [("ok", 10, 40), ("deviation", 40, 55), ("starting", 55, None)]


def test_a_batch_without_its_probe_is_not_judged_by_it(bench):
    """Supporting evidence is there in some batches; without a reading nothing is said, and nothing is lost."""
    plant = bench(BATCHES)
    rows = batch_rows(100, core=range(40, 70))
    states = [said(0, "B1"), said(40, "B2"), said(70, "B3"), said(90, "B4")]
    found = [span[:3] for span in plant.spans(rows, until=99, states=states, limit="f0")]
    assert [verdict for verdict, *_ in found[:2] + found[4:]] == [
        "suspended",
        "suspended",
        "suspended",
        "starting",
    ]
    assert found[2:4] == [("ok", 40, 69), ("indeterminate", 69, 70)], "behind its last reading nobody saw it"
    assert not [
        event
        for event in plant.decisions(rows, until=99, states=states).events()
        if event.kind != "deviation"
    ]


def test_a_cycle_that_goes_on_at_the_start_began_before_it_was_watched(bench):
    """What cannot be shown is not held against the batch as a deviation."""
    plant = bench(BATCHES)
    rows = [(name, at, 3.0 if name == "phase/1" else value) for name, at, value in batch_rows(30)]
    rows = [row if row[1] < 15 or row[0] != "phase/1" else ("phase/1", row[1], 1.0) for row in rows]
    assert plant.spans(rows, until=29, limit="a")[0][:3] == ("indeterminate", 0, 15)


POINTS = """
line: {state: {from: phase, codes: {"1": idle, "2": hold}}, judged_when: hold}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, points: 2 points, range: [0, 95]}
ccps:
  - id: C
    critical:
      - {id: most, kind: pasteurisation_units, of: t, formula: 1.393^(T-60), at_most: 20 PU}
      - {id: row, kind: table_dwell, of: t, table: pmo_milk}
      - {id: long, kind: phase_duration, of: phase, during: hold, at_least: 90 s}
"""


def holds(second: float, *, dead: bool = False):
    """Two cycles of 100 s: both points at 66 degC, then the second one at another; read 8 s apart, or not at all."""
    rows = [("phase", at, 2.0 if 100 <= at < 200 or 300 <= at < 400 else 1.0) for at in range(0, 501, 10)]
    for at in range(0, 491, 10):
        rows.append(("t/1", at + 1, 90.0 if 300 <= at < 400 else 60.0))
        rows += [] if dead and at >= 300 else [("t/2", at + 9, second if 300 <= at < 400 else 60.0)]
    return rows


def test_points_that_are_read_one_after_the_other_are_not_missed_where_a_cycle_begins(make_bench):
    """The second point speaks 8 s behind the first: neither is its cycle open for that, nor part of it."""
    bench = make_bench(POINTS)
    assert verdicts(bench, holds(60.0), "most", 500)[1] == ("ok", 100, 200)
    assert verdicts(bench, holds(90.0), "row", 500)[3] == ("ok", 300, 400)
    assert verdicts(bench, holds(20.0), "row", 500)[3] == ("deviation", 300, 400)
    assert verdicts(bench, holds(0.0, dead=True), "row", 500)[3] == ("indeterminate", 300, 400)
    assert verdicts(bench, holds(0.0, dead=True)[:-1], "most", 500)[1] == ("ok", 100, 200)


def test_a_silence_of_the_state_is_no_certain_part_of_a_phase(make_bench):
    """100 s in it, of which 70 s were not heard: it cannot be shown that it was 90 s."""
    bench = make_bench(POINTS)
    rows = [row for row in holds(60.0) if row[0] != "phase" or not 320 < row[1] < 390]
    assert verdicts(bench, rows, "long", 500)[1] == ("ok", 100, 200)
    (limit,) = [each for each in bench.program.limits if each.limit == "long"]
    told = {
        (point.start // SECOND - 1_700_000_000, str(point.verdict), point.integral.low)
        for point in bench.decisions(rows, until=500).timeline(limit)
        if point.integral is not None
    }
    assert told == {(100, "ok", 90.0), (300, "indeterminate", 20.0), (390, "indeterminate", 0.0)}


def test_what_began_unwatched_and_what_began_in_a_silence_of_the_state_are_told_apart(make_bench):
    """A hold that goes on at the start of the record; one cut in two where the state was silent from 340 s to 390 s."""
    bench = make_bench(POINTS.replace("every: 10 s, silent_after: 60 s", "every: 10 s, silent_after: 30 s"))
    rows = [row if row[0] != "phase" or row[1] >= 50 else ("phase", row[1], 2.0) for row in holds(60.0)]
    rows = [row for row in rows if row[0] != "phase" or not 340 < row[1] < 390]
    (limit,) = [each for each in bench.program.limits if each.limit == "long"]
    told = {
        point.start // SECOND - 1_700_000_000: point.reason
        for point in bench.decisions(rows, until=500).timeline(limit)
        if point.verdict == "indeterminate"
    }
    assert told[0] == "began before it was watched"
    assert told[300] == "cannot be shown: the state of the line fell silent"
    assert told[370] == told[390] == "its state was not known"


def test_two_cycles_with_a_silence_of_the_state_between_them_never_make_one(make_bench):
    """Each too short: neither times nor credits add up, and what holds before the silence says nothing of behind it."""
    bench = make_bench(
        POINTS.replace("pmo_milk}", "pmo_milk}\n      - {id: f, kind: lethality, of: t, REST}").replace(
            "REST", "reference: 60.0 degC, z: 10 K, at_least: 2.0 min"
        )
    )
    rows = [("phase", at, 2.0 if 100 <= at < 180 or 300 <= at < 400 else 1.0) for at in range(0, 501, 10)]
    rows += [(f"t/{point}", at + 3, 60.0) for at in range(0, 491, 10) for point in (1, 2)]
    whole = {limit: [v for v, *_ in verdicts(bench, rows, limit, 500)] for limit in ("f", "long")}
    assert whole["f"][1] == whole["f"][3] == whole["long"][1] == "deviation"
    silent = [row for row in rows if row[0] != "phase" or not 150 < row[1] < 330]
    for limit in ("f", "long"):
        assert "ok" not in {verdict for verdict, *_ in verdicts(bench, silent, limit, 500)}, limit
    long = [(name, at, 66.0 if name != "phase" and at < 180 else value) for name, at, value in silent]
    told = verdicts(bench, long, "f", 500)
    assert told[1] == ("ok", 100, 210), "reached before the state fell silent"
    assert {verdict for verdict, begin, _ in told if begin >= 210} == {"indeterminate", "suspended"}


def test_a_point_that_missed_a_part_of_the_cycle_says_nothing_of_it(plant):
    """It came back and did not reach the time: that is no deviation, for nobody saw it dip; where it is spared, it is."""
    rows = cycle(hold=30, lost=tuple(range(26, 33)), lost_point="1")
    decisions = plant.decisions(rows, until=64)
    said = {
        limit.limit: decisions.timeline(limit)[2]
        for limit in plant.program.limits
        if limit.limit in ("a", "one")
    }
    assert (said["a"].verdict, said["a"].reason) == ("indeterminate", "cannot be shown: point 1 (no reading)")
    assert (said["one"].verdict, said["one"].reason) == ("ok", "without point 1 (no reading)")


def test_a_batch_that_cannot_be_shown_is_a_monitoring_loss(plant):
    """It is held like a deviation, from its beginning to its end, and stays so."""
    rows = cycle(hold=30, lost=tuple(range(26, 65)))
    loss = [event for event in plant.decisions(rows, until=64).raised() if event[0].limit == "a"]
    assert [
        (event.kind, (event.start - START) / SECOND, (event.end - START) / SECOND) for _, event in loss
    ] == [("monitoring_loss", 20, 50)]


def test_of_a_deviation_the_worst_point_is_named(plant):
    """Where one of several points never got there, its figures stand in the record."""
    rows = cycle(hold=30, dips=tuple(range(20, 50)))
    decisions = plant.decisions(rows, until=64)
    (limit,) = [each for each in plant.program.limits if each.limit == "one"]
    point = decisions.timeline(limit)[2]
    assert (point.verdict, point.integral.low) == ("deviation", 0)


def test_what_is_held_behind_a_break_counts_in_no_blocks(plant):
    """25 s, a dip, 30 s: where a dip ends the hold its 25 s are credited, read at once or second by second."""
    rows = cycle(hold=60, dips=(45,))
    (limit,) = [each for each in plant.program.limits if each.limit == "strict"]
    whole = plant.decisions(rows, until=90).timeline(limit)
    state, decisions = begin(plant.program), Decisions(plant.program)
    for at in range(91):
        block = plant.block([row for row in rows if row[1] == at])
        state, changes = step(plant.program, state, block, START + at * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    credited = [
        [point.integral for point in points if point.integral]
        for points in (whole, decisions.timeline(limit))
    ]
    assert credited[0] == credited[1]
    assert credited[0][0].low == 24


@pytest.mark.parametrize("whole", [True, False])
def test_where_the_state_speaks_again_another_cycle_begins_however_the_counter_moved_meanwhile(
    make_bench, whole
):
    """The state, last heard at 49 s, is silent from 59 s to 120 s, while the counter moves at 70 s and 118 s.

    In hold from 20 s on: that ends at 59 s, and nobody saw it end. What is held from 120 s to 150 s began in no sight: its
    30 s suffice for 20 s, and what was made of it is told from 120 s on, where it is known to begin.
    """
    counted = PLAN.replace(
        "judged_when: hold", "judged_when: hold\n  produced: {from: made, contradicted_after: 5 s}"
    )
    counted = counted.replace(
        "sensors:\n", "sensors:\n  made: {unit: count, every: 1 s, silent_after: 10 s}\n"
    )
    bench = make_bench(counted.replace("\nline:", "\nreorder: 20 s\nline:"))
    rows = []
    for at in range(170):
        phase = 3.0 if 20 <= at < 150 else 4.0
        rows += [("phase/1", at, phase)] if not 50 <= at < 120 else []
        rows += [("made", at, float((at >= 70) + (at >= 118)))]
        rows += [(f"t/{point}", at, 121.5) for point in "12"]
    state, decisions = begin(bench.program, complete=whole), Decisions(bench.program)
    for part in [rows] if whole else [[row for row in rows if row[1] == at] for at in range(170)]:
        state, changes = step(bench.program, state, bench.block(part), START + part[-1][1] * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    (limit,) = [each for each in bench.program.limits if each.limit == "strict"]
    spans = [(str(each.verdict), (each.start - START) // SECOND) for each in decisions.timeline(limit)]
    assert ("ok", 120) in spans
    known = next(each.integral for each in decisions.timeline(limit) if each.start == START + 120 * SECOND)
    assert (known.low, known.high) == (30.0, 30.0)


WATCHED = PLAN.replace("points: 2 points", "points: POINTS, stuck: {unchanged_for: 10 s}").partition(
    "      - {id: a,"
)[0]
ANY = "      - {id: a, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, combine: any, made_good_by: a longer hold}\n"
ANY += "      - {id: b, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, combine: any}\n"


@pytest.mark.parametrize(("second", "verdict"), [(90.0, "indeterminate"), (121.5, "ok")])
@pytest.mark.parametrize("limit", ["a", "b"])
def test_what_any_point_reached_is_no_evidence_where_that_was_stuck(make_bench, limit, second, verdict):
    """Point 1 moves and holds for 20 s, and is frozen from 45 s on; the hold ends at 60 s. Point 2 is cold, or it holds."""
    bench = make_bench(WATCHED.replace("POINTS", "2 points") + ANY)
    rows = [("phase/1", at, 3.0 if 20 <= at < 60 else 1.0) for at in range(80)]
    rows += [("t/1", at, 121.5 if at >= 45 else 121.5 + at % 2 / 10) for at in range(80)]
    rows += [("t/2", at, second + at % 2 / 10) for at in range(80)]
    assert bench.spans([row for row in rows if row[1] <= 50], until=50, limit=limit)[-1][0] == "ok"
    assert bench.spans(rows, until=79, limit=limit)[1][:3] == (verdict, 20, 60)


@pytest.mark.parametrize("ends", [None, 60])
def test_a_cycle_that_began_before_it_was_watched_names_what_was_held_in_it(make_bench, ends):
    """Held from the first reading at 0 s to the last at 79 s, or to the end at 60 s."""
    dwell = "      - {id: a, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s}\n"
    bench = make_bench(WATCHED.replace("POINTS", "1 point") + dwell)
    rows = [("phase/1", at, 3.0 if ends is None or at < ends else 1.0) for at in range(80)]
    rows += [("t/1", at, 121.5 + at % 2 / 10) for at in range(80)]
    point = bench.decisions(rows, until=79).timeline(bench.program.limits[0])[0]
    assert (str(point.verdict), point.low, point.high) == ("ok", *[float(ends or 79)] * 2)
