"""A value by hand is entered by a person who may, in time, and as a number that can be."""

from __future__ import annotations

import pytest

from ledger.entering import EnteringError
from ledger.entering_values import Measured, enter_value
from ledger.people import Person
from readings.entered import reading_of
from readings.inputs import Series
from readings.times import HOUR, MINUTE, SECOND, format_time
from rules.plan_check import load_plan

NOW = 1_800_000_000 * SECOND
OLGA = Person("olga", "Olga Wei", ("operator",))
PLAN = load_plan(
    """
plan: water
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
line: {unit: zone, zones: [A, B]}
sensors:
  o3: {unit: mg/L, zones: [A, B], every: 10 s}
by_hand:
  indigo:
    {unit: mg/L, zones: [A, B], resolution: 0.05, range: [0, 2], every: 15 min, late_after: 5 min, back_to: 1 h}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: o3, at_most: 1 mg/L}]
    silence: {by_hand: {of: indigo}}
""",
    "plan.yaml",
)


def enter(value="0.35", *, name="indigo", zone="A", ago=0, person=OLGA, **more):
    return enter_value(PLAN, Measured(name, value, NOW - ago, zone, **more), person, now=NOW)


def test_who_entered_what_and_when_stands_in_the_act():
    """Measured and entered, value and unit, person, name and role; the reading is that of the zone."""
    act = enter(ago=MINUTE, note=" after the filter ")
    assert act.body == {
        "sensor": "indigo",
        "point": "A.1",
        "value": "0.35",
        "unit": "mg/L",
        "measured": format_time(NOW - MINUTE),
        "entered": format_time(NOW),
        "late": False,
        "who": "olga",
        "name": "Olga Wei",
        "role": "operator",
        "note": "after the filter",
    }
    assert (act.kind, act.line, act.who) == ("value.entered", "water", "olga")
    assert reading_of(act) == (Series("water", "indigo", "A.1"), NOW - MINUTE, 0.35)


@pytest.mark.parametrize("typed", ["0,35", "\uff10\uff0e\uff13\uff15"], ids=ascii)
def test_a_number_is_understood_as_people_type_it(typed):
    """A decimal comma, full-width digits; what is recorded is plain."""
    assert enter(typed).body["value"] == "0.35"


def test_a_note_of_nothing_is_no_note():
    """Spaces and letters without a shape alone."""
    assert "note" not in enter(note=" \u200b ").body


def test_without_a_time_it_was_measured_just_now():
    """Whoever enters at once need not say when."""
    act = enter_value(PLAN, Measured("indigo", "0.3", zone="B"), OLGA, now=NOW)
    assert act.body["measured"] == act.body["entered"] == format_time(NOW)


def test_edge_case_26_back_dated_entries_are_flagged_and_bounded():
    """More than 5 min after: late, and the record says so; more than 1 h after: refused; a time to come: refused."""
    assert enter(ago=5 * MINUTE).body["late"] is False
    assert enter(ago=5 * MINUTE + 1).body["late"] is True
    assert enter(ago=HOUR).body["late"] is True
    with pytest.raises(EnteringError, match="more than 1 h ago: that is too late"):
        enter(ago=HOUR + 1)
    with pytest.raises(EnteringError, match="is still to come"):
        enter(ago=-2 * MINUTE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value": "many"}, "'many' is no number; write one such as 1"),
        ({"value": "1,234"}, "1,234 may be 1.234 or 1234: write the one that is meant"),
        ({"note": "rel\u202eease"}, "note holds characters that nobody sees, or that turn the text around"),
        ({"note": "a\x00b"}, "note holds characters that nobody sees"),
        ({"note": "x" * 1001}, "note: at most 1000 characters"),
        ({"value": ""}, "is no number"),
        ({"value": "1e-1"}, "is no number"),
        ({"value": "0.37"}, "0.37 is finer than indigo is read off: in steps of 0.05"),
        ({"value": "2.05"}, "2.05 cannot be: indigo lies between 0 and 2 mg/L"),
        ({"name": "o3"}, "has no value 'o3' that is entered by hand; it has indigo"),
        ({"zone": "C"}, "say where indigo was measured: A, B"),
        ({"person": Person("aud", "Aud Lin", ("auditor",))}, "Aud Lin is auditor"),
    ],
)
def test_what_is_not_taken(given, said):
    """No number, finer than it is read off, out of range, no such value, nowhere, nobody who may."""
    with pytest.raises(EnteringError) as refused:
        enter(**given)
    assert said in str(refused.value)
