"""State held: mixing, sealing, a door that stays shut."""

from __future__ import annotations

import pytest

from rules.faults import PlanError

PLAN = """
sensors: {mixer: {unit: bool, every: 1 s, silent_after: 30 s}}
ccps: [{id: C, critical: [{id: a, kind: state_held, of: mixer, REST}]}]
"""


def mixing(*off, until=100):
    return [("mixer", at, float(not any(start <= at < end for start, end in off))) for at in range(until)]


def test_off_for_as_long_as_allowed_is_tolerated_and_longer_is_not(bench):
    """20 s off are allowed: back at 20 s is well, one second longer is a deviation from the first moment on."""
    make = bench(PLAN.replace("REST", "is: true, off_at_most: 20 s"))
    assert make.spans(mixing((10, 30)), until=99) == [("ok", 0, None, 0)]
    assert make.spans(mixing((10, 31)), until=99) == [
        ("ok", 0, 10, 0),
        ("deviation", 10, 31, 30),
        ("ok", 31, None, 31),
    ]


def test_without_an_allowance_it_must_never_be_otherwise(bench):
    """A door that must stay shut: `is: false`."""
    make = bench(PLAN.replace("REST", "is: false"))
    rows = [("mixer", at, float(40 <= at < 45)) for at in range(100)]
    assert [span[:3] for span in make.spans(rows, until=99)] == [
        ("ok", 0, 40),
        ("deviation", 40, 45),
        ("ok", 45, None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("REST", "at_least: 1 bool", "write is: true or is: false"),
        ("REST", "for_more_than: 3 s", "is called off_at_most"),
        ("unit: bool", "unit: degC", "mixer is no signal: its unit is degC, not bool"),
    ],
)
def test_what_is_no_state_is_refused(bench, old, new, message):
    """Bounds, another word for the allowance, a sensor that measures."""
    with pytest.raises(PlanError, match=message):
        bench(PLAN.replace(old, new, 1).replace("REST", "is: true"))
