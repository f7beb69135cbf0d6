"""Affected product: from the last good to the first good reading, and on to where lots are counted."""

from __future__ import annotations

import pytest

from readings.times import NEVER, SECOND
from rules.affected import Affected, affected
from rules.faults import PlanError
from rules.transit import Transit

START = 1_700_000_000 * SECOND
GATED = """
line: {state: {from: mode, codes: {"0": stopped, "1": running}}, judged_when: running, settle: 30 s}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 60 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]
"""
BATCH = """
line: {state: {from: mode, codes: {"0": idle, "1": hold}}, judged_when: hold}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 60 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical: [{id: a, kind: dwell, of: air, at_least: 70.0 degC, for: 5 min}]
    silence: {case: {after: 45 s}}
"""
WATER = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 35 s}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - id: a
        kind: contact_time
        of: o3
        flow: flow
        volume: 100 L
        baffling: {factor: 0.5, basis: x}
        judged_every: 20 s
        at_least: 0.20 mg.min/L
    silence: {case: {after: 60 s}}
"""
DOOR = """
sensors:
  door: {unit: bool, every: 10 s, silent_after: 30 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, while: {door: false}}]}]
"""


def products(bench, rows, *, until):
    """(kind, from, to, last good, first good) of each event, in seconds."""
    found = []
    for event in bench.decisions(rows, until=until).events():
        times = [event.start, event.end, event.since, event.through]
        found.append(
            (str(event.kind), *(None if each == NEVER else (each - START) / SECOND for each in times))
        )
    return sorted(found, key=lambda each: each[1:2])


def air(*values, every=10, start=0, point="1"):
    """A reading every 10 s; None is none at all."""
    return [
        (f"air/{point}", start + at * every, value) for at, value in enumerate(values) if value is not None
    ]


def test_it_runs_from_the_last_good_to_the_first_good_reading(simple):
    """Beyond at 20 and 30 s: good at 10 s, and again at 40 s."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    assert products(bench, air(4, 4, 6, 6, 4, 4), until=50) == [("deviation", 20, 40, 10, 40)]


def test_confirmation_moves_it_no_more_than_the_deviation(simple):
    """Believed at the third reading beyond, 40 s; the product is that since the last good one, 10 s."""
    bench = simple("kind: threshold, at_most: 5.0 degC, confirm: 3 readings")
    assert products(bench, air(4, 4, 6, 6, 6, 4), until=50) == [("deviation", 20, 50, 10, 50)]


def test_what_is_tolerated_for_a_while_counts_from_the_same_reading(simple):
    """Beyond from 20 to 80 s, tolerated for 30 s: good at 10 s."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 30 s")
    rows = air(4, 4, 6, 6, 6, 6, 6, 6, 4)
    assert products(bench, rows, until=80) == [("deviation", 20, 80, 10, 80)]


def test_it_reaches_back_through_a_gap(simple):
    """Good at 10 s, silent until 100 s, then beyond: what was made in the gap is affected."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    rows = [*air(4, 4), *air(6, 4, start=100)]
    assert products(bench, rows, until=110) == [("deviation", 100, 110, 10, 110)]


def test_an_instrument_that_was_stuck_before_it_says_nothing(bench):
    """It moved last at 10 s, stood still for 60 s and more, and moved at 100 s to beyond: since 10 s nothing is shown."""
    plant = bench(
        "sensors:\n  air: {unit: degC, resolution: 0.1, every: 10 s, stuck: {unchanged_for: 60 s}}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]\n"
    )
    found = products(plant, air(3.0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 4.5), until=110)
    assert found == [("instrument_fault", 10, 100, 10, 100), ("deviation", 100, 110, 10, 110)]


def test_the_first_reading_ever_is_affected_since_judging_began(simple):
    """Nothing before it was good."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    assert products(bench, air(6, 4), until=10) == [("deviation", 0, 10, 0, 10)]


def test_a_slower_point_widens_it(bench):
    """Point 2, read every 30 s, is beyond at 30 s and was good at 0; point 1 is within until 30 s."""
    plant = bench(
        "sensors:\n  air: {unit: degC, resolution: 0.1, points: 2 points, every: 30 s, silent_after: 90 s}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]\n"
    )
    rows = [*air(4, 4, 4, 4, 6, 6, 6, 4, 4, 4), *air(4, 6, 6, 4, every=30, point="2")]
    assert products(plant, sorted(rows, key=lambda row: row[1]), until=90) == [("deviation", 30, 90, 0, 90)]


def test_a_second_point_that_was_good_longer_ago_moves_the_last_good_reading(bench):
    """Point 1 goes beyond at 40 s (good at 30 s), point 2 at 50 s, and was read last at 10 s, silence allowed."""
    plant = bench(
        "sensors:\n  air: {unit: degC, resolution: 0.1, points: 2 points, every: 30 s, silent_after: 90 s}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]\n"
    )
    rows = [*air(4, 4, 4, 4, 6, 6, 4), ("air/2", 10, 4), ("air/2", 50, 6), ("air/2", 60, 4)]
    assert products(plant, sorted(rows, key=lambda row: row[1]), until=70) == [("deviation", 40, 60, 10, 60)]


def test_a_start_that_led_into_it_belongs_to_it_and_yesterday_does_not(bench):
    """Running from 100 s, settling until 130 s, beyond at 130 s; the last good reading, at 50 s, was of another run."""
    rows = [("mode/1", at, float(at < 60 or at >= 100)) for at in range(0, 200, 10)]
    rows += [("air/1", at, 4 if at < 60 or at >= 150 else 6) for at in range(0, 200, 10)]
    found = products(bench(GATED), sorted(rows, key=lambda row: row[1]), until=190)
    assert found == [("deviation", 130, 150, 100, 150)]


def test_of_what_is_decided_per_batch_it_is_the_batch(bench):
    """A hold that was not reached: the batch, from 60 to 240 s. A loss within a batch that goes on: all of it."""
    rows = [("mode/1", at, float(60 <= at < 240)) for at in range(0, 300, 10)]
    rows += [("air/1", at, 75.0) for at in range(0, 300, 10)]
    short = sorted(rows, key=lambda row: row[1])
    assert products(bench(BATCH), short, until=290) == [("deviation", 60, 240, 60, 240)]
    lost = [row for row in short if row[0] == "mode/1" or not 100 < row[1] < 180]
    assert products(bench(BATCH), [row for row in lost if row[1] <= 200], until=200) == [
        ("monitoring_loss", 100, 180, 60, None)
    ]


def water(o3, until=500):
    """Every 10 s the ozone and a flow of 1 L/s; None is no reading."""
    rows = [("flow/1", at, 3.6) for at in range(0, until, 10)]
    rows += [("o3/1", at, o3(at)) for at in range(0, until, 10) if o3(at) is not None]
    return sorted(rows, key=lambda row: row[1])


def test_of_what_is_judged_on_windows_it_reaches_back_into_the_last_good_one(bench):
    """Ozone is low at 300 and 310 s. The window from 280 to 300 s is the last good one, and was read before it ended."""
    found = products(bench(WATER), water(lambda at: 0.10 if at in (300, 310) else 0.40), until=490)
    assert [each for each in found if each[0] == "deviation"] == [("deviation", 320, 340, 280, 340)]


@pytest.mark.parametrize(("back", "kind"), [(0.40, "monitoring_loss"), (0.10, "deviation")])
def test_a_silence_of_windows_reaches_back_into_the_last_good_one(bench, back, kind):
    """No ozone from 300 to 420 s: the last reading, at 290 s, is of the window from 280 to 300 s."""
    rows = water(lambda at: 0.40 if at < 300 else back if at >= 420 else None, until=600)
    found = [each for each in products(bench(WATER), rows, until=590) if each[0] == kind]
    assert [each[3] for each in found if each[1] >= 300] == [280]


def test_a_time_in_which_nobody_knows_whether_it_is_judged_hides_no_good_reading(bench):
    """The door is heard last at 110 s, lost at 140 s, heard at 170 s; the air was good at 130 s, and warm from 140 s on."""
    rows = [("door/1", at, 0.0) for at in range(0, 240, 10) if not 110 < at < 170]
    rows += [("air/1", at, 6 if 140 <= at < 200 else 4) for at in range(0, 240, 10)]
    found = products(bench(DOOR), sorted(rows, key=lambda row: row[1]), until=230)
    assert [each for each in found if each[0] == "deviation"] == [("deviation", 170, 200, 130, 200)]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (None, (100, 160)),
        ({"at_least": "20 s", "at_most": "60 s"}, (120, 220)),
        ({"at_most": "60 s"}, (100, 220)),
    ],
)
def test_transit_widens_it_to_the_safe_side(text, span):
    """The first of it comes no sooner than at least, the last no later than at most."""
    transit = None if text is None else Transit.model_validate(text)
    assert affected(transit, 100 * SECOND, 160 * SECOND, None) == Affected(*(at * SECOND for at in span))
    assert affected(transit, 100 * SECOND, NEVER, None).end == NEVER


@pytest.mark.parametrize(
    ("transit", "why"),
    [
        ("{at_least: 2 min}", "how long does it take at most?"),
        ("{at_least: 2 min, at_most: 1 min}", "the wrong way round"),
        ("{volume: 85 L}", "belong together"),
        ("{flow: flow, at_most: 1 min}", "belong together"),
        ("{volume: 85 kg, flow: flow}", "is no volume"),
        ("{volume: 85 L, flow: air}", "air is no flow: it measures temperature"),
        ("{volume: 85 L, flow: gone}", "no sensor named gone"),
        ("{volume: 85 L, flow: pair}", "several points"),
        ("{volume: 85 L, flow: quiet}", "alive_every"),
    ],
)
@pytest.mark.parametrize("place", ["point", "limit"])
def test_a_transit_that_says_too_little_or_the_wrong_thing_is_refused(bench, transit, why, place):
    """It is bounded, and by a flow that is one; at the control point and at a limit alike."""
    text = (
        "sensors:\n"
        "  air: {unit: degC, every: 10 s}\n"
        "  flow: {unit: m3/h, every: 10 s}\n"
        "  pair: {unit: m3/h, every: 10 s, points: 2 points}\n"
        "  quiet: {unit: m3/h, every: on change}\n"
        f"ccps:\n  - id: C\n    {'transit: ' + transit if place == 'point' else 'step: s'}\n"
        "    critical: [{id: a, kind: threshold, of: air, at_most: 5 degC"
        f"{', transit: ' + transit if place == 'limit' else ''}}}]\n"
    )
    with pytest.raises(PlanError, match=why):
        bench(text)


def test_a_limit_may_have_a_transit_of_its_own(bench):
    """It goes before that of its control point."""
    plant = bench(
        "sensors: {air: {unit: degC, every: 10 s}}\n"
        "ccps:\n"
        "  - id: C\n"
        "    transit: {at_most: 5 min}\n"
        "    critical:\n"
        "      - {id: a, kind: threshold, of: air, at_most: 5 degC}\n"
        "      - {id: b, kind: threshold, of: air, at_most: 6 degC, transit: {at_most: 0 s, to: here}}\n"
    )
    assert [limit.transit.at_most for limit in plant.program.limits] == [300 * SECOND, 0]
