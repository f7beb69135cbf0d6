"""A value by hand that is due at the start of each shift: missed only where the line ran, and known when it was late."""

from __future__ import annotations

import pytest

from readings.times import HOUR, MINUTE, SECOND, parse_time
from rules.calendar import Calendar
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError

BASE = 1_700_000_000  # 2023-11-15 06:13:20 in Shanghai
EARLY, LATE = 6_400, 35_200  # 08:00 and 16:00 there, in seconds since then
PLAN = """
line:
  state: {from: mode, codes: {"0": stopped, "1": running}}
  judged_when: running
  calendar: {production: ["daily 08:00-16:00", "daily 16:00-23:00"]}
sensors:
  mode: {unit: code, every: 60 s}
by_hand:
  bottles: {unit: bool, every: 2 h, grace: 15 min, at_shift_start: true}
ccps:
  - id: C
    critical: [{id: a, kind: state_held, of: bottles}]
    silence: {case: {after: 10 min}}
"""


@pytest.fixture(scope="module")
def line(make_bench):
    """A line whose test bottles are due at shift starts and every 2 h."""
    return make_bench(PLAN)


def shift(until, values, stopped=(0, 0)):
    """The line runs but for a stop; values are measured at these seconds."""
    rows = [("mode/1", at, float(not stopped[0] <= at < stopped[1])) for at in range(0, until + 1, 60)]
    rows += [("bottles/1", at, 1.0) for at in values]
    return sorted(rows, key=lambda row: row[1])


def told(bench, rows, until):
    """(verdict, from, known) in s, from the second value on."""
    points = bench.decisions(rows, until=until).timeline(bench.program.limits[0])
    return [
        (str(each.verdict), each.start // SECOND - BASE, each.decided // SECOND - BASE) for each in points
    ]


def test_a_value_of_the_shift_before_counts_for_the_grace_of_the_next(line):
    """Measured at 07:53; the shift begins at 08:00: by 08:15 another is due, though 2 h are not over."""
    assert told(line, shift(7_200, [0, 6_000]), 7_200) == [("ok", 0, 0)]
    missed = told(line, shift(9_600, [0, 6_000, 9_000]), 9_600)
    assert missed == [("ok", 0, 0), ("indeterminate", 6_000, EARLY + 900), ("ok", 9_000, 9_000)]


@pytest.mark.parametrize("measured", [EARLY, EARLY + 899])
def test_one_from_the_start_of_the_shift_on_is_of_it(line, measured):
    """At 08:00 sharp, or in the grace."""
    assert told(line, shift(12_000, [0, 6_000, measured]), 12_000) == [("ok", 0, 0)]


def test_it_is_a_monitoring_loss_after_its_patience_from_when_it_was_due(line):
    """Missed at 08:15, and lost 10 min later."""
    events = line.events(shift(8_400, [0, 6_000]), until=8_400)
    assert [kind for kind, *_ in events] == ["monitoring_loss"]
    assert line.events(shift(7_860, [0, 6_000]), until=7_860) == []


def test_nothing_is_due_while_nothing_is_made(line):
    """Stopped from 07:57 to 11:33: the grace begins with the first product of the shift."""
    stopped = (6_180, 19_980)
    assert told(line, shift(20_700, [0, 6_000], stopped), 20_700)[-1][0] == "ok"
    assert told(line, shift(21_000, [0, 6_000], stopped), 21_000)[-1] == ("indeterminate", 19_980, 20_880)


def test_a_shift_that_made_next_to_nothing_leaves_its_grace_to_the_next(line):
    """Stopped until 15:57: 3 min of the early shift ask for nothing; of the late one it is due by 16:15."""
    stopped = (6_180, 35_040)
    assert told(line, shift(36_060, [0, 6_000], stopped), 36_060)[-1][0] == "ok"
    assert told(line, shift(36_300, [0, 6_000], stopped), 36_300)[-1][0] == "indeterminate"
    assert told(line, shift(36_300, [0, 6_000, LATE + 60], stopped), 36_300)[-1][0] == "ok"


@pytest.mark.parametrize("every", [1, 40])
def test_live_it_is_the_same(line, every):
    """Block by block, with time told on the way: a shift that is missed is known when its grace is over."""
    rows = shift(12_000, [0, 6_000, 9_000, 9_600])
    program, state = line.program, begin(line.program, complete=False)
    decisions, known = Decisions(program), []
    for number in range(0, len(rows), every):
        block = line.block(rows[number : number + every])
        state, changes = step(program, state, block, int(block.time[-1]), position=number)
        known += [(change.until // SECOND - BASE) for change in changes if change.rewrite is not None]
        decisions.take(changes)
    decisions.finish(state)
    whole = line.decisions(rows, until=12_000)
    (limit,) = program.limits
    said, asked = (
        [(each.start, each.verdict, each.decided, each.reason) for each in found.timeline(limit)]
        for found in (decisions, whole)
    )
    assert said == asked
    if every == 1:
        assert any(EARLY + 900 < at <= EARLY + 960 for at in known)


def test_shifts_that_touch_begin_all_the_same():
    """Production goes on from shift to shift; their beginnings are three, in wall time, also on a day of 25 hours."""
    calendar = Calendar(production=["daily 06:00-14:00", "daily 14:00-22:00", "daily 22:00-06:00"])
    shifts = calendar.in_zone("Europe/Berlin")
    midnight = parse_time("2026-10-24T22:00:00Z")  # 2026-10-25, the clocks go back at 03:00
    begins = shifts.begins(midnight, midnight + 25 * HOUR)
    assert [(at - midnight) // MINUTE for at in begins] == [7 * 60, 15 * 60, 23 * 60]
    assert shifts.begins(begins[0], begins[1]) == [begins[1]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '  calendar: {production: ["daily 08:00-16:00", "daily 16:00-23:00"]}\n',
            "",
            "nothing says when shifts begin",
        ),
        (", grace: 15 min", "", "at_shift_start goes with every and grace"),
        ("every: 2 h, grace: 15 min", "per: batch", "at_shift_start goes with every and grace"),
    ],
)
def test_what_cannot_be_due_so_is_refused(make_bench, old, new, message):
    """Without shifts, or without a time that is still good."""
    assert old in PLAN
    with pytest.raises(PlanError, match=message):
        make_bench(PLAN.replace(old, new))
