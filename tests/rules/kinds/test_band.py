"""Bands: both bounds hold together, each with its own inclusiveness."""

from __future__ import annotations

import pytest

PLAN = """
sensors: {{air: {{unit: kPa, resolution: 0.5, every: 10 s, silent_after: 35 s}}}}
ccps: [{{id: C, critical: [{{id: a, kind: band, of: air, {0}}}]}}]
"""


def day(values, until=340):
    """A reading each 10 s: 100 kPa but for those given."""
    return [("air", at, values.get(at, 100.0)) for at in range(0, until + 1, 10)]


def test_readings_beyond_either_bound_confirm_each_other(bench):
    """59.5, 59.5, then 120.0: three in a row beyond, for 60.0 is within (at least) and 120.0 is not (below 1.2 bar)."""
    plan = bench(PLAN.format("at_least: 60.0 kPa, below: 1.2 bar, confirm: 3 readings"))
    values = {100: 60.0, 110: 59.5, 120: 59.5, 130: 120.0, 140: 119.5, 200: 120.0, 210: 59.5, 220: 60.0}
    assert plan.spans(day(values), until=340) == [
        ("ok", 0, 110, 0),
        ("deviation", 110, 140, 130),
        ("ok", 140, None, 140),
    ]


def test_a_tolerated_time_runs_on_from_one_bound_to_the_other(bench):
    """Above 60.0: 60.0 at 100 s and 120.5 at 110 s are beyond, 120.0 at 130 s is back: 30 s are borne, 40 s are not."""
    plan = bench(PLAN.format("above: 60.0 kPa, at_most: 1.2 bar, for_more_than: 30 s"))
    borne = {100: 60.0, 110: 120.5, 120: 59.0, 130: 120.0}
    assert plan.spans(day(borne), until=340) == [("ok", 0, None, 0)]
    assert plan.spans(day({**borne, 130: 120.5}), until=340) == [
        ("ok", 0, 100, 0),
        ("deviation", 100, 140, 130),
        ("ok", 140, None, 140),
    ]


def test_it_returns_within_its_clearing_bound_and_stays_there(bench):
    """115.0 at 290 s, 115.5 at 300 s begins anew, from 310 s on within: known 20 s later, and back since 310 s."""
    plan = bench(PLAN.format("at_least: 60 kPa, at_most: 120 kPa, clears: {at_most: 115.0 kPa, for: 20 s}"))
    values = {240: 121.0, 250: 118.0, 280: 116.0, 290: 115.0, 300: 115.5, 310: 115.0, 320: 115.0, 330: 110.0}
    values |= {260: 117.0, 270: 116.0}
    assert plan.spans(day(values), until=340) == [
        ("ok", 0, 240, 0),
        ("deviation", 240, 310, 240),
        ("ok", 310, None, 330),
    ]


@pytest.mark.parametrize(("other", "worst"), [(120.5, 59.0), (121.5, 121.5)])
def test_its_worst_value_is_the_one_farthest_beyond(bench, other, worst):
    """59.0 is 1.0 kPa below 60.0: worse than 0.5 above 120.0, and not as bad as 1.5 above it."""
    plan = bench(PLAN.format("at_least: 60.0 kPa, at_most: 120.0 kPa"))
    lines = plan.decisions(day({100: 59.0, 110: other}), until=340).lines()
    assert [each["worst"] for each in lines if each["verdict"] == "deviation"] == [worst]
