"""Exceptions, line states, zones, several points, events."""

from __future__ import annotations

import pytest

from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError

START = 1_700_000_000 * SECOND

DEFROST = """
line: {unit: zone, zones: [Z]}
sensors:
  air: {zones: [Z], unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  defrost: {zones: [Z], unit: bool, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - id: a
        kind: threshold
        of: air
        at_most: -15.0 degC
        except: [{while: defrost, at_most: 0.0 degC, for_at_most: 60 s, at_most_times: 2 per 10 min, recovers_within: 20 s}]
"""


def defrosting(windows, air, until):
    rows = [("air/Z.1", at, air(at)) for at in range(0, until + 1, 10)]
    rows += [
        ("defrost/Z.1", at, float(any(start <= at < end for start, end in windows)))
        for at in range(0, until + 1, 10)
    ]
    return sorted(rows, key=lambda row: row[1])


def verdicts(spans):
    return [(verdict, start, end) for verdict, start, end, _ in spans]


def test_a_defrost_within_its_bounds_is_an_exception_and_is_recorded(bench):
    """Warm while the signal is true, and recovering afterwards: ok, with the exception as its reason."""
    make = bench(DEFROST)
    rows = defrosting([(20, 60)], lambda at: -5 if 20 <= at < 70 else -20, 120)
    assert verdicts(make.spans(rows, until=120)) == [("ok", 0, 20), ("ok", 20, 70), ("ok", 70, None)]


def test_an_exception_is_bounded_in_level(bench):
    """Above the looser bound the exception excuses nothing."""
    make = bench(DEFROST)
    rows = defrosting([(20, 60)], lambda at: 3 if at == 40 else -5 if 20 <= at < 70 else -20, 120)
    assert ("deviation", 40, 70) in verdicts(make.spans(rows, until=120))


def test_an_exception_is_bounded_in_time(bench):
    """A defrost that does not end is excused for its time only, and not for its recovery."""
    make = bench(DEFROST)
    rows = defrosting([(20, 200)], lambda at: -5 if 20 <= at < 200 else -20, 240)
    assert ("deviation", 80, 200) in verdicts(make.spans(rows, until=240))


def test_an_exception_is_bounded_in_count(bench):
    """The third defrost within the window is not granted."""
    make = bench(DEFROST)
    windows = [(20, 50), (120, 150), (220, 250)]
    rows = defrosting(windows, lambda at: -5 if any(s <= at < e for s, e in windows) else -20, 300)
    found = verdicts(make.spans(rows, until=300))
    assert [span for span in found if span[0] == "deviation"] == [("deviation", 220, 250)]


def test_an_exception_needs_a_living_signal(bench):
    """A defrost signal that has fallen silent excuses nothing beyond its silence: nobody heard that it ended in time."""
    make = bench(DEFROST)
    rows = [("air/Z.1", at, -5.0 if at >= 20 else -20.0) for at in range(0, 121, 10)] + [
        ("defrost/Z.1", 10, 1.0)
    ]
    assert ("deviation", 50, None) in verdicts(make.spans(sorted(rows, key=lambda row: row[1]), until=120))


def test_a_signal_that_is_on_before_and_behind_its_silence_was_on_meanwhile(bench):
    """It is one defrost, excused for its time and not for twice as long, and counted once."""
    make = bench(DEFROST)
    air = [("air/Z.1", at, -5.0 if 20 <= at < 130 else -20.0) for at in range(0, 141, 10)]
    on = [("defrost/Z.1", at, float(20 <= at < 100)) for at in range(0, 141, 10)]
    whole = make.spans(sorted(air + on, key=lambda row: row[1]), until=140)
    assert ("deviation", 80, 130) in verdicts(whole)
    lost = [row for row in on if not 30 <= row[1] < 90]
    found = verdicts(make.spans(sorted(air + lost, key=lambda row: row[1]), until=140))
    assert [span for span in found if span[0] == "deviation"] == [("deviation", 60, 130)]


STATES = """
line: {state: {from: filler, codes: {running: running, cip: cip}}, judged_when: running, settle: 20 s}
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  filler: {unit: text, every: on change, alive_every: 1 h}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]
"""


def said(at: float, text: str) -> State:
    return State(START + int(at * SECOND), "L", "filler", text)


def test_a_limit_is_suspended_while_the_line_does_not_run_and_starting_while_it_settles(bench):
    """Suspended names the state; starting lasts for the settling time; then the present reading counts."""
    make = bench(STATES)
    rows = [("air", at, 9.0 if 20 <= at < 60 else 4.0) for at in range(0, 121, 10)]
    spans = make.spans(rows, until=120, states=[said(0, "running"), said(15, "cip"), said(65, "running")])
    assert verdicts(spans) == [("ok", 0, 15), ("suspended", 15, 65), ("starting", 65, 85), ("ok", 85, None)]


def test_an_unknown_state_is_judged(bench):
    """Nobody said what the line is doing: silence never mutes a limit."""
    make = bench(STATES)
    assert verdicts(make.spans([("air", 0, 9.0)], until=0)) == [("deviation", 0, None)]


def test_a_code_that_the_plan_does_not_know_is_judged(bench):
    """A new state of the controller's program does not mute a limit."""
    make = bench(STATES)
    spans = make.spans(
        [("air", 0, 4.0), ("air", 10, 9.0)], until=10, states=[said(0, "running"), said(5, "sip")]
    )
    assert verdicts(spans) == [("ok", 0, 10), ("deviation", 10, None)]


def test_texts_that_a_broker_kept_in_order_are_heard_however_late(bench):
    """The line went on running while nobody listened: the deviation of that time is found."""
    make = bench(STATES.replace("line:", "reorder: 1 min\nline:"))
    rows = [("air", at, 9.0 if 200 <= at < 300 else 4.0) for at in range(10, 400, 10)]
    state, changes = step(
        make.program, begin(make.program), make.block([("air", 0, 4.0)], [said(0, "cip")]), START
    )
    decisions = Decisions(make.program)
    decisions.take(changes)
    for block in (make.block([]), make.block(rows, [said(100, "running")])):
        state, changes = step(make.program, state, block, START + 4000 * SECOND)
        decisions.take(changes)
    assert [str(event.kind) for event in decisions.events()] == ["deviation", "monitoring_loss"]


def test_every_zone_is_judged_for_itself(bench):
    """A warm zone says nothing of the other."""
    make = bench(
        "line: {unit: zone, zones: [A, B]}\n"
        "sensors: {air: {zones: [A, B], unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]\n"
    )
    state, changes = step(
        make.program,
        begin(make.program, complete=True),
        make.block([("air/A.1", 0, 4.0), ("air/B.1", 0, 6.0)]),
        START,
    )
    decisions = Decisions(make.program)
    decisions.take(changes)
    decisions.finish(state)
    assert {(line["unit"], line["verdict"], line["worst"]) for line in decisions.lines()} == {
        ("A", "ok", 4.0),
        ("B", "deviation", 6.0),
    }


def test_of_several_points_the_worst_counts_and_a_lost_one_is_missed(bench):
    """One point beyond is a deviation; one point silent is indeterminate, though the other is fine."""
    make = bench(
        "sensors: {air: {points: 2, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]\n"
    )
    rows = [("air", at, 6.0 if at == 20 else 4.0) for at in range(0, 101, 10)]
    rows += [("air/2", at, 4.0) for at in range(0, 51, 10)]
    spans = make.spans(sorted(rows, key=lambda row: row[1]), until=100)
    assert spans == [
        ("ok", 0, 20, 0),
        ("deviation", 20, 30, 20),
        ("ok", 30, 50, 30),
        ("indeterminate", 50, None, 85),
    ]


def test_a_long_indeterminate_span_becomes_a_monitoring_loss_not_a_deviation(bench):
    """Gap, verdict and case each have their own time; the loss is decided when its patience ends."""
    make = bench(
        "sensors: {air: {unit: degC, every: 10 s, silent_after: 35 s}}\n"
        "ccps:\n"
        "  - id: C\n"
        "    critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]\n"
        "    silence: {case: {after: 2 min}}\n"
    )
    state, changes = step(
        make.program, begin(make.program), make.block([("air", 0, 4.0)]), START + 119 * SECOND
    )
    assert [change.events for change in changes] == [[]]
    state, changes = step(make.program, state, make.block([]), START + 121 * SECOND)
    [opened] = changes[0].events
    assert (opened.what, str(opened.event.kind)) == ("opened", "monitoring_loss")
    assert opened.event.decided == START + 120 * SECOND
    state, changes = step(make.program, state, make.block([("air", 130, 4.0)]), START + 130 * SECOND)
    [returned] = changes[0].events
    assert (returned.what, returned.event.id) == ("returned", opened.event.id)


PHASES = """
line: {state: {from: phase, codes: {1: loading, 2: come_up, 3: hold, 4: cool}}, judged_when: hold}
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  phase: {unit: code, every: 10 s, silent_after: 60 s}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: air, at_most: 5.0 degC, during: [come_up, hold], after: 20 s}
      - {id: b, kind: threshold, of: air, at_most: 5.0 degC}
      - {id: c, kind: threshold, of: air, at_most: 5.0 degC, during: cool}
"""


def test_a_limit_says_in_which_states_it_is_judged(bench):
    """`during` takes the place of the line's states, `after` that of settling; between states of its own nothing starts."""
    make = bench(PHASES)
    codes = [1, 1, 2, 2, 2, 3, 3, 4, 4]
    rows = [
        row for at, code in enumerate(codes) for row in (("phase", at * 10, code), ("air", at * 10 + 5, 9.0))
    ]
    assert verdicts(make.spans(rows, until=85)) == [
        ("suspended", 0, 20),
        ("starting", 20, 40),
        ("deviation", 40, 70),
        ("suspended", 70, None),
    ]
    assert verdicts(make.spans(rows, until=85, limit="b")) == [
        ("suspended", 0, 20),
        ("suspended", 20, 50),
        ("deviation", 50, 70),
        ("suspended", 70, None),
    ]
    assert verdicts(make.spans(rows, until=85, limit="c"))[-1] == ("deviation", 70, None)


def test_a_silent_phase_never_mutes_a_limit(bench):
    """Nobody knows whether it is loading: the limit is judged."""
    rows = [("phase", 0, 1), *(("air", at, 9.0) for at in range(5, 100, 10))]
    assert verdicts(bench(PHASES).spans(rows, until=95)) == [("suspended", 0, 60), ("deviation", 60, None)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("during: cool", "during: cooling", "no code means cooling; known are loading, come_up, hold, cool"),
        ("during: cool", "during: []", "no state is named"),
        ("during: [come_up, hold]", "during: [come_up, holt]", "no code means holt"),
        (
            "{state: {from: phase, codes: {1: loading, 2: come_up, 3: hold, 4: cool}}, judged_when: hold}",
            "{}",
            "there is no line.state",
        ),
        ("code, every: 10 s, silent_after: 60 s", "code, every: on change", "speaks on change alone"),
    ],
)
def test_a_state_that_nobody_gives_is_refused(bench, old, new, message):
    """Misspelt, none, without a line state, or from a sensor whose silence would go unnoticed."""
    with pytest.raises(PlanError, match=message):
        bench(PHASES.replace(old, new))


def test_settling_ends_though_the_sensor_falls_silent_in_it(bench):
    """Hours later, live, another sensor speaking on: the line has long settled, and nothing heard is indeterminate."""
    other = "  air2: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\nccps"
    second = "}, {id: b, kind: threshold, of: air2, at_most: 5.0 degC}]"
    make = bench("reorder: 10 min\n" + STATES.replace("ccps", other).replace("}]}]", f"{second}}}]"))
    program = make.program
    state, decisions = begin(program), Decisions(program)
    states = {0: [said(0, "running")], 100: [said(100, "cip")], 200: [said(200, "running")]}
    for at in range(0, 2 * 3600, 10):
        rows = [("air2", at, 4.0), *([("air", at, 4.0)] if at <= 210 else [])]
        again = states.get(at, []) or ([said(at, "running")] if at > 210 and at % 600 == 0 else [])
        state, changes = step(program, state, make.block(rows, again), START + at * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    last = decisions.timeline(program.limits[0])[-1]
    assert (str(last.verdict), (last.start - START) / SECOND) == ("indeterminate", 220)


def test_lots_told_before_the_readings_of_a_silence_are_those_of_its_events(bench):
    """A broker sends what it kept: lots first, readings next, from longer ago than two windows."""
    make = bench(
        "reorder: 2 min\n"
        "line: {lot: {from: lot}}\n"
        "sensors:\n"
        "  air: {unit: degC, every: 10 s, silent_after: 35 s}\n"
        "  lot: {unit: text, every: on change, alive_every: 1 h}\n"
        "ccps:\n"
        "  - id: C\n"
        "    critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]\n"
        "    silence: {case: {after: 1 h, as: monitoring_loss}}\n"
    )
    program = make.program
    state = begin(program)
    lots = [
        State(START + at * SECOND, "L", "lot", text)
        for at, text in ((0, "A"), (60, "B"), (120, "C"), (180, "D"))
    ]
    end = START + 900 * SECOND
    for rows, told, until in (
        ([("air", 0, 4.0)], lots[:1], START),
        ([], [], end),
        ([], lots[1:], end),
        ([("air", at, 9.0 if 70 <= at < 100 else 4.0) for at in range(10, 900, 10)], [], end),
    ):
        state, changes = step(program, state, make.block(rows, told), until)
    (opened,) = [each.event for change in changes for each in change.events if each.what == "opened"]
    assert opened.start == START + 70 * SECOND
    assert (START + 60 * SECOND, "", "B") in state.lots
