"""What late truth may still change is not forgotten: an event that it reaches back to stays one event."""

from __future__ import annotations

from readings.times import SECOND
from rules import again
from rules.carry import carry
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND

PLAN = """
reorder: 1 min
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]
    silence: {case: {after: 2 min}}
"""


def test_a_late_reading_that_shows_an_instrument_stuck_long_ago_revises_the_deviation_before(bench):
    """Above 5.0 degC at 100 and 110 s, then 2.5 degC: 40 s of it to 160 s, 10 s from 400 s on, and at 430 s it moves,
    and is above the limit again at 440 s.

    The reading of 420 s comes last: with it 60 s of one number were seen, so it was stuck since 120 s. So nothing says that
    the deviation of 100 s ended before 430 s, and it is one with the one that was told to have ended at 120 s.
    """
    rows = [("air", at, 3.0 + at // 10 % 2 / 10) for at in range(0, 100, 10)]
    rows += [("air", 100, 6.0), ("air", 110, 6.1)]
    rows += [("air", at, 2.5) for at in (*range(120, 170, 10), 400, 410)]
    rows += [("air", 430, 3.0), ("air", 440, 6.2), ("air", 420, 2.5)]
    plant = bench(PLAN)
    whole = plant.decisions(rows, until=450)
    live, told = plant.lived(rows, size=1, until=450)
    spans = [
        sorted((event.start, event.end, event.kind) for event in each.events()) for each in (live, whole)
    ]
    assert spans[0] == spans[1]
    opened = [change.event for change in told if change.what == "opened" and change.event.kind == "deviation"]
    assert len(opened) == 2


RESTING = """
reorder: 2 min
line: {state: {from: st, codes: {"0": stop, "1": run}}, judged_when: run, produced: {from: count, contradicted_after: 60 s}}
sensors:
  st: {unit: code, every: 10 s, silent_after: 40 s}
  count: {unit: count, every: 10 s, silent_after: 60 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 115 s}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]
    silence: {case: {after: 90 s}}
"""


def test_a_rest_that_began_with_a_silence_is_not_final_while_a_late_reading_may_end_it(bench, monkeypatch):
    """Above 5.0 degC from 100 s on, read last at 240 s, silent as is known at 355 s. The state is told last at 350 s.

    So nobody knows from 390 s on whether the line runs, and at 450 s the counter has stood for 60 s: it rests, since the
    silence began. But then the reading of 440 s comes, above the limit: the deviation of 100 s went on to 450 s, and from
    240 to 440 s, longer than 90 s, it could not be shown: one of each.
    """
    monkeypatch.setattr(
        again, "lag_of", lambda program: program.window
    )  # by how much it lags decides nothing
    rows = [("st", at, 1.0) for at in range(0, 360, 10)] + [("count", at, 5.0) for at in range(0, 460, 10)]
    rows += [("air", at, 3.0 if at < 100 else 6.0) for at in range(0, 250, 10)]
    rows.sort(key=lambda row: row[1])
    rows += [("air", 440, 6.5), ("count", 460, 5.0)]
    plant = bench(RESTING)
    each = plant.decisions(rows, until=470), plant.lived(rows, size=1, until=470)[0]
    found = [sorted((event.start, event.end, event.kind) for event in one.events()) for one in each]
    assert found[0] == found[1]
    begin = int(plant.block(rows).time.min())
    spans = [((start - begin) // SECOND, (end - begin) // SECOND) for start, end, _ in found[0]]
    assert spans == [(100, 450), (240, 440)]


CORRECTED = """
reorder: 1 min
line: {state: {from: st, codes: {"0": stop, "1": run}}, judged_when: run}
sensors:
  st: {unit: code, every: 10 s, silent_after: 40 s}
  air: {unit: degC, resolution: 0.1, range: [0, 150], every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical: [{id: a, kind: dwell, of: air, at_least: 60.0 degC, for: 90 s, made_good_by: a longer hold}]
    silence: {case: {after: 1 min}}
"""


def test_a_cycle_that_a_switch_of_plans_ends_is_not_forgotten_while_its_last_reading_may_come(make_bench):
    """Hot from 100 s on, not read from 120 to 260 s, another version takes over at 500 s. The reading of 500 s comes last.

    It was held for 90 s at 350 s; at 490 s for 230 s, and with that reading for 240.
    """
    old, new = make_bench(CORRECTED), make_bench(CORRECTED.replace("for: 90 s", "for: 80 s"))
    state, decisions, program = begin(old.program), Decisions(old.program), old.program
    for at in range(0, 700, 10):
        if at == 500:
            state, program = carry(old.program, state, new.program, START + at * SECOND), new.program
            decisions.follow(program)
        rows = [("st", at, float(100 <= at < 600)), ("air", at, 70.0)]
        rows = rows[:1] if at == 500 or 120 < at < 260 else rows
        rows += [("air", 500, 70.0)] if at == 510 else []
        state, changes = step(program, state, old.block(rows), START + at * SECOND, position=at)
        decisions.take(changes)
    decisions.finish(state)
    (limit,) = new.program.limits
    told = [
        (str(point.verdict), (point.start - START) // SECOND, point.integral and point.integral.low)
        for point in decisions.timeline(limit)
    ]
    assert told[1:4] == [("ok", 100, 240.0), ("indeterminate", 120, None), ("ok", 260, None)]
