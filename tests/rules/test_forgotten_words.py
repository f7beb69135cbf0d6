"""What the line said long ago is forgotten while the record runs; what a cycle came to is not."""

from __future__ import annotations

from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.lots import lots_between

START = 1_700_000_000 * SECOND
PLAN = """
reorder: 1 min
line: {state: {from: mode, codes: {"0": idle, "1": hold}}, judged_when: hold, batch: {from: batch}}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  beer: {unit: degC, resolution: 0.1, range: [0, 100], every: 10 s, silent_after: 40 s}
  rinse: {unit: bool, every: 10 s, silent_after: 40 s}
  batch: {unit: text, every: on change}
ccps:
  - id: C
    critical:
      - {id: a, kind: pasteurisation_units, of: beer, formula: 10^((T-60)/7), at_most: 8 PU}
      - {id: held, kind: dwell, of: beer, at_least: 59.0 degC, for: 8 min}
      - id: x
        kind: threshold
        of: beer
        at_least: 50.0 degC
        except: [{while: rinse, at_least: 10.0 degC, for_at_most: 60 s, at_most_times: 2 per 24 h}]
"""
# In the hold from 100 s on, batch 2 from 405 s: at 60.0 degC for 595 s it has come to 9.92 PU.
BATCHES = ((0, "1"), (405, "2"), (1000, "3"))


def live(plant):
    """Verdicts of both limits, readings and texts taken as they come."""
    state, decisions = begin(plant.program), Decisions(plant.program)
    for at in range(0, 1301, 5):
        mode = float(100 <= at < 1200)
        rows = [] if at % 10 else [("mode", at, mode), ("beer/1", at, 60.0), ("rinse", at, 0.0)]
        said = [State(START + time * SECOND, "L", "batch", text) for time, text in BATCHES if time == at]
        state, changes = step(plant.program, state, plant.block(rows, said), START + at * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    return {
        name: [
            (str(each.verdict), (each.start - START) // SECOND, each.integral and round(each.integral.low, 2))
            for limit in plant.program.limits
            if limit.limit == name
            for each in decisions.timeline(limit)
        ]
        for name in ("a", "held")
    }


def test_a_batch_in_a_long_hold_keeps_what_it_came_to(bench):
    """An exception keeps the line's word of 100 s for a day, while that of the batch before 405 s is forgotten.

    8 PU are passed by 595 s = 9.92 min at 60.0 degC. The hold of batch 2 lasts for 595 s, more than 8 min.
    """
    said = live(bench(PLAN))
    assert said["a"] == [
        ("suspended", 0, None),
        ("ok", 100, 5.08),
        ("deviation", 405, 9.92),
        ("ok", 1000, 3.33),
        ("suspended", 1200, None),
    ]
    assert said["held"] == [
        ("suspended", 0, None),
        ("deviation", 100, 305.0),
        ("ok", 405, 595.0),
        ("deviation", 1000, 200.0),
        ("suspended", 1200, None),
    ]


LOTS = """
reorder: 1 min
line: {state: {from: mode, codes: {"0": idle, "1": hold}}, judged_when: hold, lot: {from: lot}}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  beer: {unit: degC, resolution: 0.1, range: [0, 100], every: 10 s, silent_after: 40 s}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: held, kind: dwell, of: beer, at_least: 59.0 degC, for: 8 min}]
"""


def test_the_lots_of_a_long_cycle_are_named_when_it_has_failed(bench):
    """Held from 100 to 1200 s at 50 degC, lots A from 0, B from 300 and C from 900 s: all are of the deviation."""
    plant = bench(LOTS)
    state, named = begin(plant.program), []
    for at in range(0, 1301, 10):
        rows = [("mode", at, float(100 <= at < 1200)), ("beer/1", at, 50.0)]
        lots = {0: "A", 300: "B", 900: "C"}
        said = [State(START + at * SECOND, "L", "lot", lots[at])] if at in lots else []
        state, changes = step(plant.program, state, plant.block(rows, said), START + at * SECOND)
        for told in (each for change in changes for each in change.events):
            event = told.event
            named.append((str(event.kind), lots_between(state.lots, "", event.since, event.through)))
    assert named == [("deviation", ["A", "B", "C"])] * 2  # opened, and over


LOST = """
reorder: 30 s
line: {state: {from: mode, codes: {"0": idle, "1": run}}, judged_when: run, lot: {from: lot}}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  beer: {unit: degC, resolution: 0.1, range: [0, 100], every: 10 s, silent_after: 30 s}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: warm, kind: threshold, of: beer, at_least: 59.0 degC}]
    silence: {verdict: {after: 30 s}, case: {after: 90 s}}
"""


def test_lots_of_a_time_that_is_counted_over_a_stop_are_named_when_it_is_a_loss(bench):
    """A sensor that never spoke: 60 s without it up to a stop at 60 s, 30 s behind it at 600: a loss at 630, of A and B."""
    plant = bench(LOST)
    state, named = begin(plant.program), []
    for at in range(0, 641, 10):
        lots = {0: "A", 100: "B"}
        said = [State(START + at * SECOND, "L", "lot", lots[at])] if at in lots else []
        rows = [("mode", at, float(not 60 <= at < 600))]
        state, changes = step(plant.program, state, plant.block(rows, said), START + at * SECOND)
        for told in (each for change in changes for each in change.events):
            event = told.event
            named.append((str(event.kind), lots_between(state.lots, "", event.since, event.through)))
    assert named == [("monitoring_loss", ["A", "B"])]


def test_the_lot_of_a_start_that_led_into_a_long_silence_is_named_when_it_is_a_loss(bench):
    """It settles from 60 to 90 s, and the sensor never speaks: a loss from 60 s on, 15 min behind 90, of A and B."""
    text = LOST.replace("judged_when: run", "judged_when: run, settle: 30 s").replace("90 s}}", "15 min}}")
    plant = bench(text)
    state, named = begin(plant.program), []
    for at in range(0, 1101, 10):
        lots = {0: "A", 80: "B"}
        said = [State(START + at * SECOND, "L", "lot", lots[at])] if at in lots else []
        rows = [("mode", at, float(at >= 60))]
        state, changes = step(plant.program, state, plant.block(rows, said), START + at * SECOND)
        for told in (each for change in changes for each in change.events):
            event = told.event
            since = (event.since - START) // SECOND
            named.append((str(event.kind), since, lots_between(state.lots, "", event.since, event.through)))
    assert named == [("monitoring_loss", 60, ["A", "B"])]
