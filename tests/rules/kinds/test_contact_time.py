"""Contact time: published figures, and that no parcel of water is credited with more than it had."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from readings.times import MINUTE, SECOND
from rules.contact import Contact, Passed, credited, credited_of, longest_in
from rules.faults import PlanError

START = 1_700_000_000 * SECOND  # on a whole window of 10 s
PLAN = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 5 s, silent_after: 30 s}
  flow: {unit: m3/h, resolution: 0.001, every: 5 s, silent_after: 30 s}
  tank: {unit: kPa, every: 5 s}
ccps:
  - id: C
    critical:
      - id: a
        kind: contact_time
        of: o3
        flow: flow
        volume: 1000 L
        baffling: {factor: 0.3, basis: tracer study}
        judged_every: 10 s
        at_least: 1.5 mg.min/L
"""


def contact_of(bench, volume, factor):
    """The vessel of a plan, as its limit unit has it."""
    text = PLAN.replace("1000 L", volume).replace("factor: 0.3", f"factor: {factor}")
    (derived,) = bench(text).program.limits[0].derived
    return derived.derivation.contact


@pytest.mark.parametrize(
    ("volume", "flow", "factor", "concentration", "exact"),
    [
        # 282,000 gal, 347 gpm, T10/T 0.1: T = 813 min, T10 = 81.3 min; C 0.8 mg/L: CT = 65 (US EPA worked example)
        ("1067486.123 L", "78.812", "0.1", "0.80", "65.0"),
        # 300,000 gal, 5,000 gpm, T10/T 0.7: T10 = 42 min; C 1.2 mg/L: CT = 50 (US EPA worked example)
        ("1135623.535 L", "1135.624", "0.7", "1.20", "50.4"),
    ],
)
def test_published_examples(bench, volume, flow, factor, concentration, exact):
    """At a steady flow the credit is the published one, less at most the one window that counts with no time."""
    contact = contact_of(bench, volume, factor)
    steps = int(Fraction(flow) * 1000)
    least = int(Fraction(concentration) * 100)
    windows = dict.fromkeys(range(2000), steps)
    found = credited(contact, Passed(windows), 1999, least, MINUTE)
    assert found is not None
    lost = Fraction(concentration) * Fraction(factor)  # of one minute
    assert (
        Fraction(exact) - lost - Fraction("0.05")
        <= Fraction(found, 1000)
        <= Fraction(exact) + Fraction("0.05")
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_parcel_is_credited_with_more_than_it_had(bench, seed):
    """Against every parcel that leaves in a window, of water that flows as it likes below each window's greatest flow."""
    chance = random.Random(seed)
    contact = contact_of(bench, "1000 L", "1")
    greatest = [chance.choice([500, 3000, 6000, 12000]) for _ in range(400)]  # in steps of 0.001 m3/h
    true = [[chance.randint(0, most) for _ in range(10)] for most in greatest]  # each second
    seconds = [flow for window in true for flow in window]
    found = credited(contact, Passed(dict(enumerate(greatest))), 399, 100, 10 * SECOND)  # 1 mg/L
    for leaves in range(3990, 4000):
        left, since = Fraction(1), leaves  # m3
        while left > 0 and since > 0:
            since -= 1
            left -= Fraction(seconds[since], 1000 * 3600)
        if left <= 0 and found is not None:
            assert Fraction(found, 1000) <= Fraction(leaves - since, 60)


def water(until, flow, o3=0.4):
    rows = []
    for at in range(0, until + 1, 5):
        rows += [("o3", at, o3), ("flow", at, flow(at))]
    return rows


def test_a_flow_step_shortens_the_time_of_water_inside_already(bench):
    """0.4 mg/L x 0.3: 1.5 mg.min/L need 12.5 min. At 4 m3/h water stays 15 min, at 6 m3/h 10 min.

    After the step from 4 to 6 m3/h a parcel that leaves t later was in for 15 min - t/2: too short 5 min after the step,
    not at once, as a flow limit would have it, and not never.
    """
    spans = bench(PLAN).spans(water(3000, lambda at: 4.0 if at < 1500 else 6.0), until=3000)
    assert [span[:3] for span in spans][1:] == [("ok", 760, 1790), ("deviation", 1790, None)]


def test_after_a_start_nothing_is_said_until_enough_is_known(bench):
    """12.5 min of flow have been seen: that much contact is certain, however long the water was there before."""
    spans = bench(PLAN).spans(water(1200, lambda _at: 4.0), until=1200)
    assert [span[:3] for span in spans] == [("indeterminate", 0, 760), ("ok", 760, None)]


def test_a_gap_of_the_flow_is_looked_back_on(bench):
    """A minute without flow readings: until a whole 12.5 min are known again, nothing can be said."""
    rows = [row for row in water(3000, lambda _at: 4.0) if row[0] == "o3" or not 1500 <= row[1] < 1560]
    spans = [span[:3] for span in bench(PLAN).spans(rows, until=3000)]
    assert spans[1:] == [("ok", 760, 1500), ("indeterminate", 1500, 2320), ("ok", 2320, None)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at_least: 1.5 mg.min/L", "at_most: 1.5 mg.min/L", "a contact has one bound"),
        ("at_least: 1.5 mg.min/L", "at_least: 1.5 mg/L", "cannot become mg.min/L"),
        ("1000 L", "1000 kg", "is no volume; write volume: 2.5 m3"),
        ("factor: 0.3", "factor: 1.3", "a baffling factor is T10/T"),
        ("of: o3", "of: tank", "tank is no concentration"),
        ("flow: flow", "flow: tank", "tank is no flow"),
        ("flow: flow", "flow: pipe", "no sensor named pipe"),
        (
            "judged_every: 10 s",
            "judged_every: 6 s",
            "windows of 6 s, but a reading of o3 comes only every 5 s; write at least 10 s",
        ),
        ("factor: 0.3, basis: tracer study", "factor: 0.3", "basis is missing"),
    ],
)
def test_a_vessel_that_cannot_be_judged_is_refused(bench, old, new, message):
    """Bounds, units, a factor without a basis, windows of a single reading."""
    assert old in PLAN
    with pytest.raises(PlanError, match=message):
        bench(PLAN.replace(old, new, 1))


def test_guarded_by_the_uncertainties_of_both(bench):
    """C - U and Q + U: 1 mg/L less 0.05 at 12 m3/h and 0.5 more, x 0.3."""
    text = PLAN.replace("o3: {", "o3: {uncertainty: 0.05, ").replace("flow: {", "flow: {uncertainty: 0.5, ")
    (derived,) = bench(text + "        guard: uncertainty\n").program.limits[0].derived
    contact = derived.derivation.contact
    windows = dict.fromkeys(range(200), 12000 + contact.more)
    found = credited(contact, Passed(windows), 199, 100, 10 * SECOND)
    assert found == int((Fraction(3600, Fraction("12.5")) - 10) / 60 * Fraction("0.3") * 95 / 100 * 1000)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [1, 10**9, 10**16])
def test_many_windows_at_once_are_credited_as_each_by_itself(seed, size):
    """In columns, with what is looked back on and no more, and where numbers are too great for 64 bits: all the same."""
    chance = random.Random(seed)
    flow = {
        number: chance.choice([0, 1, 30, 90, 400]) * size
        for number in range(100, 3100)
        if chance.random() > seed / 3000 + 0.01
    }
    contact = Contact(
        volume=Fraction(chance.randint(1, 9_000) * size * 10 * SECOND, chance.choice([1, 7])),
        credit=Fraction(chance.randint(1, 50), chance.choice([1, 10**9, 10**12])),
        enough=chance.choice([1, 10**4, 10**15]),
        less=chance.choice([0, 3]),
    )
    asked = [number for number in range(2500, 3100) if number in flow]
    least = [chance.randint(0, 100) for _ in asked]
    whole = Passed(flow)
    singly = [
        credited(contact, whole, window, steps, 10 * SECOND)
        for window, steps in zip(asked, least, strict=True)
    ]
    behind = Passed.behind(contact.volume, flow.get, asked, 10 * SECOND)
    assert credited_of(contact, behind, asked, least, 10 * SECOND) == singly
    assert credited_of(contact, behind, asked[:5], least[:5], 10 * SECOND) == singly[:5]
    assert any(value is not None for value in singly)
    longest = [whole.longest(contact.volume, window, 10 * SECOND) for window in asked]
    assert longest_in(behind, contact.volume, asked, 10 * SECOND) == longest
    assert longest_in(behind, contact.volume, asked[:5], 10 * SECOND) == longest[:5]
    assert any(time is not None for time in longest)
