"""Words that come late show that a batch was under way when another version of the plan took over: each says what it saw."""

from __future__ import annotations

import math

import pytest

from readings.block import Block, BlockBuilder
from readings.inputs import Series, State
from readings.times import ALWAYS, NEVER, SECOND, parse_time
from rules.carry import carry, end_at
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan_check import load_plan

START = parse_time("2026-12-01T00:00:00Z")
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-01-01T00:00:00Z
reorder: 5 min
line: {state: {from: st, codes: {0: idle, 1: hold}}, judged_when: hold, batch: {from: batch}}
sensors:
  st: {unit: code, every: 10 s, silent_after: 3 min}
  batch: {unit: text, every: on change}
  core: {unit: degC, resolution: 0.1, range: [0, 150], every: 10 s, silent_after: 35 s}
  food: {unit: degC, resolution: 0.1, range: [0, 150], every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - {id: held, kind: dwell, of: core, at_least: 60.0 degC, for: 5 min}
      - {id: more, kind: dwell, of: core, at_least: 60.0 degC, for: 270 s}
      - {id: kept, kind: lethality, of: core, reference: 60 degC, z: 10 K, at_least: 6.0 min}
      - {id: cool, kind: cooling_curve, of: food, stages: [{from: 60 degC, to: 50 degC, within: 110 s}]}
      - {id: gone, kind: dwell, of: core, at_least: 60.0 degC, for: 5 min}
"""
OTHERWISE = (  # what the second version has otherwise
    ("2026-01-01", "2026-02-01"),
    ("for: 5 min}", "for: 2 min}"),
    ("for: 270 s", "for: 6 min"),
    ("within: 110 s", "within: 10 min"),
    ("id: gone", "id: came"),
)
Row = tuple[int, str, float | str | None]


def versions():
    """Both, made ready."""
    second = PLAN
    for was, now in OTHERWISE:
        assert was in second
        second = second.replace(was, now)
    return [compile_plan(load_plan(text, "plan.yaml")) for text in (PLAN, second)]


def block_of(rows: list[Row]) -> Block:
    """Rows as the journal holds them."""
    builder = BlockBuilder()
    for at, name, value in rows:
        time = START + at * SECOND
        if isinstance(value, str):
            builder.state(State(time, "L", name, value))
        else:
            told = math.nan if value is None else value
            builder.reading(Series("L", name), time=time, value=told, received=time)
    return builder.build()


def whole(rows: list[Row], switch: int) -> Decisions:
    """All of it in order of time; what is of the very time of the switch is heard by both versions."""
    (old, new), at = versions(), START + switch * SECOND
    decisions, state = Decisions(old), begin(old, complete=True)
    for part in ([row for row in rows if row[0] < switch], [row for row in rows if row[0] == switch]):
        state, changes = step(old, state, block_of(part), ALWAYS)
        decisions.take(changes)
        end_at(state, at)
    state = carry(old, state, new, at)
    decisions.follow(new)
    state, changes = step(new, state, block_of([row for row in rows if row[0] >= switch]), NEVER - 1)
    decisions.take(changes)
    decisions.finish(state)
    return decisions


def live(rows: list[Row], switch: int, *, late) -> Decisions:
    """Scan by scan; rows that are late come with a scan of another time."""
    (old, new), at = versions(), START + switch * SECOND
    decisions, program, state = Decisions(old), old, begin(old)
    comes = {row: late(row) for row in rows}
    for scan in sorted(set(comes.values())):
        if program is old and scan >= switch:
            program, state = new, carry(old, state, new, at)
            decisions.follow(new)
        part = [row for row in rows if comes[row] == scan]
        state, changes = step(program, state, block_of(part), START + scan * SECOND, position=scan)
        decisions.take(changes)
    state, changes = step(program, state, Block(), NEVER - 1, position=10**6)
    decisions.take(changes)
    decisions.finish(state)
    return decisions


def said(decisions: Decisions, limit: str, *, verdicts=("ok", "deviation", "indeterminate", "starting")):
    """(from, to, verdict, reason, low and high rounded down to whole numbers) of a limit, in seconds, to 500 s."""
    found = []
    for line in decisions.lines():
        begun = (parse_time(line["from"]) - START) // SECOND
        if line["limit"] == limit and line["verdict"] in verdicts and begun < 500:
            end = (parse_time(line["to"]) - START) // SECOND
            came = line.get("integral")
            both = None if came is None else (int(came["low"] + 0.01), int(came["high"] + 0.01))
            found.append((begun, end, line["verdict"], line["reason"], both))
    return found


def a_batch() -> list[Row]:
    """A hold from 100 to 500 s at 60.0 degC; a food that is 60.0 degC at 100 s, and 55.0 from then on; read every 10 s."""
    rows: list[Row] = [(0, "batch", "A")]
    for at in range(0, 601, 10):
        rows += [(at, "st", float(100 <= at < 500)), (at, "core", 60.0)]
        rows.append((at, "food", 60.0 if at <= 100 else 55.0))
    return rows


def words_late(row: Row) -> int:
    """The words of the state from 100 to 250 s come at 260 s: nobody knows of the hold until then."""
    return 260 if row[1] == "st" and 100 <= row[0] <= 250 else row[0]


TOOK_OVER = "cannot be shown: another version of the plan took over"
SAYS = {
    # 100 s held up to the switch at 200, of 300; then 300 s, of which 120 suffice
    "held": [(100, 200, "indeterminate", TOOK_OVER, (100, 100)), (200, 500, "ok", "", (300, 300))],
    # and of 360 nobody knows: 100 s before it were another version's
    "more": [
        (100, 200, "indeterminate", TOOK_OVER, (100, 100)),
        (200, 500, "indeterminate", "began before it was watched", (300, 300)),
    ],
    # nothing has changed: one batch, 400 s at 60 degC are 6.67 min
    "kept": [(100, 500, "ok", "", (6, 6))],
    # up to the switch 90 s since it was first read colder, or 100 s since it was last not, of 110: 81.8 and 90.9 %;
    # of 10 min 290 s at least, 48.3 %, from the switch to the last reading of the batch
    "cool": [
        (100, 200, "indeterminate", TOOK_OVER, (81, 90)),
        (200, 500, "indeterminate", "began before it was watched", (48, 100)),
    ],
    "gone": [(100, 200, "indeterminate", TOOK_OVER, (100, 100))],
    "came": [(200, 500, "ok", "", (300, 300))],
}


@pytest.mark.parametrize("limit", SAYS)
@pytest.mark.parametrize("way", ["whole", "live", "late"])
def test_what_was_under_way_at_a_switch_is_told_up_to_it_and_from_it_on(limit, way):
    """However the words came; nobody decides of a batch what another version of the plan has seen of it."""
    if way == "whole":
        decisions = whole(a_batch(), 200)
    else:
        decisions = live(a_batch(), 200, late=words_late if way == "late" else lambda row: row[0])
    assert said(decisions, limit) == SAYS[limit]


def test_what_goes_on_over_a_switch_names_the_plan_in_force_at_its_start():
    """One batch, one limit that nothing has changed for: the hash of the first version."""
    decisions = live(a_batch(), 200, late=words_late)
    (plan,) = {
        each["plan"] for each in decisions.lines() if each["limit"] == "kept" and each["verdict"] == "ok"
    }
    assert plan == versions()[0].hash


def test_a_batch_that_ends_with_the_switch_is_decided():
    """Held from 100 to 200 s, too short for 5 min: a deviation, and no version took anything over in it."""
    rows = [(at, name, 0.0 if name == "st" and at >= 200 else value) for at, name, value in a_batch()]
    for decisions in (whole(rows, 200), live(rows, 200, late=words_late)):
        for limit in ("held", "gone"):
            ((begun, end, verdict, _, came),) = said(decisions, limit)
            assert (begun, end, verdict, came) == (100, 200, "deviation", (100, 100))


def test_what_time_decided_before_a_switch_stays_decided():
    """Too slow by the first version: 110 s were over at 210, 20 s behind the last reading, and 5 s before the switch."""
    rows = [row for row in a_batch() if row[1] != "food" or row[0] <= 190 or row[0] > 215]
    for decisions in (whole(rows, 215), live(rows, 215, late=lambda row: row[0])):
        (begun, end, verdict, _, _), *_ = said(decisions, "cool")
        assert (begun, end, verdict) == (100, 215, "deviation")


def test_batches_told_before_a_switch_are_not_forgotten_by_a_late_word_behind_it():
    """Batches from 130, from 200 (the switch), and from 300 s; that of 250 is heard last of all."""
    rows = [*a_batch(), (130, "batch", "B"), (200, "batch", "C"), (250, "batch", "D"), (300, "batch", "E")]
    rows = sorted(rows, key=lambda row: row[0])
    comes = {(200, "batch", "C"): 220, (250, "batch", "D"): 310}
    for decisions in (whole(rows, 200), live(rows, 200, late=lambda row: comes.get(row, row[0]))):
        begins = [begun for begun, *_ in said(decisions, "kept")]
        assert begins == [100, 130, 200, 250, 300]
