"""When a parcel has passed a volume: between the fastest and the slowest that the flow can have been."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from readings.times import NEVER, SECOND
from rules.passage import Flow, Passed, passed
from rules.sensor import Sensor
from rules.transit import Transit

LITRES_100 = Transit.model_validate({"volume": "100 L", "flow": "flow"})


def flow(rows: list[tuple[float, float]], until: float, **said: object) -> Flow:
    """Of a sensor with steps of 0.1 m3/h, read every 10 s, silent after 30 s."""
    given = {"unit": "m3/h", "resolution": Decimal("0.1"), "every": "10 s", "silent_after": "30 s"} | said
    time = np.array([at * SECOND for at, _ in rows], np.int64)
    value = np.array([value for _, value in rows], np.float64)
    usable = np.ones(time.size, np.bool_)
    return Flow.of(Sensor.model_validate(given), time, value, usable, int(until * SECOND))


def steady(first: int, last: int, value: float) -> list[tuple[float, float]]:
    return [(at, value) for at in range(first, last + 1, 10)]


def told(found: Passed) -> tuple[float | None, float | None, float]:
    times = [None if each == NEVER else each / SECOND for each in (found.earliest, found.latest)]
    return times[0], times[1], found.unknown / SECOND


def test_a_steady_flow_passes_its_volume_in_the_time_that_it_takes():
    """3.6 m3/h are 1 L/s: 100 L take 100 s, and both bounds are that."""
    known = flow(steady(0, 200, 3.6), 200)
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (100.0, 100.0, 0.0)


def test_a_flow_step_shortens_the_time_of_what_is_inside_already():
    """50 L by 50 s at 1 L/s; then 2 L/s, which began somewhere in the next 10 s: between 75 and 80 s."""
    known = flow([*steady(0, 50, 3.6), *steady(60, 200, 7.2)], 200)
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (75.0, 80.0, 0.0)


def test_the_uncertainty_of_the_sensor_widens_it_to_both_sides():
    """3.6 m3/h give or take 0.4: 4.0 passes 100 L in 90 s, 3.2 in 112.5 s."""
    known = flow(steady(0, 200, 3.6), 200, uncertainty=Decimal("0.4"))
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (90.0, 112.5, 0.0)


def test_a_flow_finer_than_the_resolution_lies_between_two_steps():
    """3.9 m3/h in steps of 0.4 are 3.6 to 4.0: 100 L take 90 to 100 s."""
    known = flow(steady(0, 200, 3.9), 200, resolution=Decimal("0.4"))
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (90.0, 100.0, 0.0)


def test_in_a_silence_the_flow_may_have_been_anything():
    """50 L by 50 s, silent until 150 s: at 20 m3/h (5.56 L/s) the rest takes 9 s; standing still it waits for the end."""
    rows = [*steady(0, 50, 3.6), *steady(150, 300, 3.6)]
    known = flow(rows, 300, range=[0, 20])
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (59.0, 200.0, 100.0)
    endless = flow(rows, 300)
    assert told(passed(endless, 0, endless.amount_of(LITRES_100))) == (50.0, 200.0, 100.0)


def test_what_stands_still_has_not_arrived():
    """50 L by 50 s, then the flow is 0: nobody knows when the rest comes, and it has not come at the latest reading."""
    known = flow([*steady(0, 50, 3.6), *steady(60, 200, 0.0)], 200)
    found = passed(known, 0, known.amount_of(LITRES_100))
    assert (found.earliest, found.latest) == (NEVER, NEVER)


def test_it_is_not_guessed_ahead_of_the_last_reading():
    """As of 90 s at 1 L/s not all of 100 L has passed; as of 100 s it has."""
    early = flow(steady(0, 90, 3.6), 95)
    assert told(passed(early, 0, early.amount_of(LITRES_100))) == (None, None, 0.0)
    late = flow(steady(0, 100, 3.6), 100)
    assert told(passed(late, 0, late.amount_of(LITRES_100))) == (100.0, 100.0, 0.0)


def test_a_flow_that_never_spoke_gives_the_greatest_span():
    """Without a reading it may have come at once, and it may never come."""
    known = flow([], 200)
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (0.0, None, 200.0)


def test_two_readings_of_one_time_count_on_both_sides():
    """1 and 2 L/s at every reading: 50 s at the fastest, 100 s at the slowest."""
    rows = [row for at in range(0, 201, 10) for row in ((at, 3.6), (at, 7.2))]
    known = flow(rows, 200)
    assert told(passed(known, 0, known.amount_of(LITRES_100))) == (50.0, 100.0, 0.0)


def test_a_parcel_that_leaves_between_two_readings_counts_from_then():
    """At 1 L/s what leaves at 5 s has passed at 105 s."""
    known = flow(steady(0, 200, 3.6), 200)
    assert told(passed(known, 5 * SECOND, known.amount_of(LITRES_100))) == (105.0, 105.0, 0.0)
