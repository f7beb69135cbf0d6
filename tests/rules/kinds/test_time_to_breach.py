"""Forecasts: somebody hears of a breach before there is one, and of none where none is in sight."""

from __future__ import annotations

import math

import pytest

from readings.times import SECOND
from rules.engine import begin, step
from rules.faults import PlanError

START = 1_700_000_000 * SECOND  # 20 s past a whole minute
WHOLE = 40  # s from there to the next whole minute
FORECAST = "kind: time_to_breach, warns_within: 10 min, trend_over: 8 min, mean_over: 60 s"


@pytest.fixture
def forecast(bench):
    """A bench with a forecast on `air`, read every 10 s."""

    def make(limit="limit: {at_most: 8.0 degC}", more=FORECAST, place="operating"):
        critical = (
            ""
            if place == "critical"
            else "    critical: [{id: c, kind: threshold, of: air, at_most: 50 degC}]\n"
        )
        return bench(
            "sensors:\n  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\n"
            f"ccps:\n  - id: C\n{critical}    {place}: [{{id: a, of: air, {more}, {limit}}}]\n"
        )

    return make


def rows(of, seconds, start=WHOLE):
    return [("air", start + at, round(of(at), 1)) for at in range(0, seconds, 10)]


def steady(_at):
    return 4.0


def worst(make, readings, until):
    decisions = make.decisions(readings, until=until)
    limit = next(each for each in make.program.limits if each.limit == "a")
    return [
        (str(point.verdict), (point.start - START) // SECOND - WHOLE, limit.worst(point.low, point.high))
        for point in decisions.timeline(limit)
    ]


def test_a_rise_is_foreseen(forecast):
    """0.2 K a minute from 4.0 degC: 8.0 is met at 20 min. It warns from the window on in which that may be 10 min away."""
    found = worst(forecast(), rows(lambda at: 4 + at / 300, 1000), WHOLE + 990)
    assert [each[0] for each in found] == ["indeterminate", "ok", "operating"]
    assert 540 <= found[2][1] <= 660
    assert 3.9 < found[2][2] < 4.2  # at 16 min


def test_it_is_the_earliest_plausible_time_that_counts(forecast):
    """The same rise with noise warns sooner than without."""
    rise = rows(lambda at: 4 + at / 300, 1000)
    noisy = rows(lambda at: 4 + at / 300 + (0.4 if at // 60 % 2 else -0.4), 1000)
    first = [
        next(
            start for verdict, start, _ in worst(forecast(), readings, WHOLE + 990) if verdict == "operating"
        )
        for readings in (rise, noisy)
    ]
    assert first[1] < first[0]


@pytest.mark.parametrize("of", [steady, lambda at: 7.9 - at / 300, lambda at: 5 + math.sin(at / 7)])
def test_no_trend_toward_the_limit_is_no_breach_in_sight(forecast, of):
    """Steady, or going away from it, or swinging: ok; a time longer than a day is shown as a day."""
    found = worst(forecast(), rows(of, 1200), WHOLE + 1190)
    assert [each[0] for each in found] == ["indeterminate", "ok"]
    assert 10.0 <= found[1][2] <= 1440.0


def test_a_fall_is_foreseen_as_a_rise_is(forecast):
    """At least 2.0 degC, from 6.0 by 0.2 K a minute."""
    found = worst(forecast("limit: {at_least: 2.0 degC}"), rows(lambda at: 6 - at / 300, 1000), WHOLE + 990)
    mirrored = worst(forecast(), rows(lambda at: 4 + at / 300, 1000), WHOLE + 990)
    assert [each[:2] for each in found] == [each[:2] for each in mirrored]
    assert [each[2] for each in found[1:]] == [each[2] for each in mirrored[1:]]


def test_beyond_the_limit_there_is_no_time_left(forecast):
    """The worst value is 0 min."""
    found = worst(forecast(), rows(lambda at: 9 - at / 900, 600), WHOLE + 590)
    assert found[-1][0] == "operating"
    assert found[-1][2] == 0.0


def test_too_few_windows_are_never_ok(forecast):
    """Four of eight must be known: until then nothing can be said, at the start and behind a silence."""
    readings = [*rows(steady, 900), *rows(steady, 900, start=WHOLE + 3000)]
    found = worst(forecast(), readings, WHOLE + 3890)
    assert [each[:2] for each in found] == [
        ("indeterminate", 0),
        ("ok", 240),
        ("indeterminate", 900),
        ("ok", 3240),
    ]


def test_behind_a_stop_it_is_starting_until_it_knows_enough(bench):
    """Windows before the stop are none of the new run, whose fourth ends 240 s after its beginning."""
    make = bench("""
line: {state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running}
sensors:
  st: {unit: code, every: 10 s, silent_after: 60 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical: [{id: c, kind: threshold, of: air, at_most: 50 degC}]
    operating:
      - id: a
        kind: time_to_breach
        of: air
        limit: {at_most: 8.0 degC}
        warns_within: 10 min
        trend_over: 8 min
        mean_over: 60 s
""")
    states = [("st", WHOLE + at, float(not 900 <= at < 960)) for at in range(0, 2000, 10)]
    found = make.spans([*states, *rows(steady, 2000)], until=WHOLE + 1990)
    assert [(verdict, start - WHOLE) for verdict, start, *_ in found if start >= WHOLE + 900] == [
        ("suspended", 900),
        ("starting", 960),
        ("ok", 1200),
    ]


def test_what_is_remembered_is_bounded_by_the_windows_looked_back_on(forecast):
    """Twenty bytes a window, and what a limit needs anyway."""
    sizes = []
    for seconds in (2_000, 40_000):
        make = forecast()
        state, _ = step(
            make.program,
            begin(make.program),
            make.block(rows(lambda at: 4.0 + at % 7 / 10, seconds)),
            START + seconds * SECOND,
        )
        sizes.append(len(state.encode()))
    assert sizes[1] < sizes[0] + 100


@pytest.mark.parametrize(
    ("limit", "more", "message"),
    [
        ("limit: {at_most: 8.0 K}", FORECAST, "difference is not a temperature"),
        ("limit: {at_most: 8.0 degC, at_least: 2.0 degC}", FORECAST, "one bound is foreseen"),
        (
            "at_most: 8.0 degC, limit: {at_most: 8.0 degC}",
            FORECAST,
            "write the bound that is foreseen under limit",
        ),
        ("limit: {at_most: 8.0 degC}", FORECAST.replace("60 s", "15 s"), "whole windows|windows of 15 s"),
        ("limit: {at_most: 8.0 degC}", FORECAST.replace("8 min", "3 min"), "4 to 200 whole windows"),
        ("limit: {at_most: 8.0 degC}", FORECAST.replace("8 min", "250 s"), "4 to 200 whole windows"),
        ("limit: {at_most: 8.0 degC}", FORECAST.replace("10 min", "0 min"), "greater than 0"),
    ],
)
def test_what_cannot_be_foreseen_is_refused(forecast, limit, more, message):
    """With what to write instead."""
    with pytest.raises(PlanError, match=message):
        forecast(limit, more)


def test_a_forecast_is_no_critical_limit(forecast):
    """It warns; what holds is the limit that it runs ahead of."""
    with pytest.raises(PlanError, match="write it under operating"):
        forecast(place="critical")
