"""What a limit's verdict is over time: hold, confirmation, clearing, silence."""

from __future__ import annotations


def every(step: float, values):
    return [("air", at * step, value) for at, value in enumerate(values)]


def test_without_a_hold_the_first_reading_beyond_opens_and_the_first_within_ends(simple):
    """The span goes from the first reading beyond to the first within, decided at once."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    assert bench.spans(every(10, [4, 6, 7, 5, 4]), until=40) == [
        ("ok", 0, 10, 0),
        ("deviation", 10, 30, 10),
        ("ok", 30, None, 30),
    ]


def test_a_breach_by_one_reading_is_not_forgotten_in_the_silence_behind_it(simple):
    """It is proof for its moment; what follows is indeterminate, and the deviation goes on until it is known to end."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    spans = bench.spans([("air", 0, 4.0), ("air", 10, 6.0)], until=1000)
    assert [verdict for verdict, *_ in spans] == ["ok", "deviation", "indeterminate"]
    assert spans[1][1] == 10
    spans = bench.spans([("air", 0, 4.0), ("air", 10, 6.0), ("air", 900, 4.0)], until=905)
    assert [verdict for verdict, *_ in spans] == ["ok", "deviation", "indeterminate", "ok"]
    assert spans[3][1] == 900


def test_a_hold_delays_the_decision_never_the_beginning(simple):
    """With a hold of 45 s the deviation begins at its first reading and is decided 45 s later."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 45 s")
    assert bench.spans(every(10, [4, 6, 6, 6, 6, 6, 6, 4]), until=70) == [
        ("ok", 0, 10, 0),
        ("deviation", 10, 70, 55),
        ("ok", 70, None, 70),
    ]


def test_an_excursion_as_long_as_the_hold_is_tolerated(simple):
    """`for_more_than` means more: back within after exactly the hold is no deviation."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 30 s")
    assert bench.spans(every(10, [4, 6, 6, 6, 4]), until=40) == [("ok", 0, None, 0)]
    assert bench.spans(every(10, [4, 6, 6, 6, 6, 4]), until=50)[1] == ("deviation", 10, 50, 40)


def test_confirmation_delays_the_decision_never_the_beginning(simple):
    """Two readings in a row are believed; one alone is not."""
    bench = simple("kind: threshold, at_most: 5.0 degC, confirm: 2 readings")
    assert bench.spans(every(10, [4, 6, 4, 6, 6, 4]), until=50) == [
        ("ok", 0, 30, 0),
        ("deviation", 30, 50, 40),
        ("ok", 50, None, 50),
    ]


def test_clearing_merges_returns_that_do_not_last(simple):
    """A return below the clearing bound must last; the end is where the lasting return began."""
    bench = simple("kind: threshold, at_most: 5.0 degC, clears: {at_most: 4.0 degC, for: 20 s}")
    values = [3, 6, 4, 6, 4.5, 4, 3, 3, 3]
    assert bench.spans(every(10, values), until=80) == [
        ("ok", 0, 10, 0),
        ("deviation", 10, 50, 10),
        ("ok", 50, None, 70),
    ]


def test_bounds_are_inclusive_unless_said_otherwise(simple):
    """5.0 holds `at_most: 5.0`, not `below: 5.0`; a decimal that binary cannot write does not matter."""
    assert simple("kind: threshold, at_most: 5.0 degC").spans([("air", 0, 5.0)], until=0) == [
        ("ok", 0, None, 0)
    ]
    assert simple("kind: threshold, below: 5.0 degC").spans([("air", 0, 5.0)], until=0)[0][0] == "deviation"
    sum_of_tenths = 0.1 + 0.2
    assert (
        simple("kind: threshold, at_most: 0.3 degC").spans([("air", 0, sum_of_tenths)], until=0)[0][0] == "ok"
    )


def test_a_band_has_two_sides(simple):
    """Below the one or above the other is a deviation."""
    bench = simple("kind: band, at_least: 2.0 degC, at_most: 5.0 degC")
    assert [span[0] for span in bench.spans(every(10, [3, 1.9, 2, 5, 5.1]), until=40)] == [
        "ok",
        "deviation",
        "ok",
        "deviation",
    ]


def test_rounded_comparison_rounds_half_to_even_to_the_digits_of_the_limit(bench):
    """GB/T 8170: -17.95 compared with -18.0 to one digit is -18.0; -17.94 is -17.9."""
    make = bench(
        "sensors: {air: {unit: degC, resolution: 0.01, every: 10 s, silent_after: 35 s}}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: -18.0 degC, compare: rounded}]}]\n"
    )
    verdicts = [make.spans([("air", 0, value)], until=0)[0][0] for value in (-17.95, -17.94, -18.0, -17.96)]
    assert verdicts == ["ok", "deviation", "ok", "ok"]


def test_silence_is_indeterminate_from_the_last_usable_reading(simple):
    """Nothing after 35 s: nothing can be said since the last reading, and that is known 35 s later."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    assert bench.spans([("air", 0, 4), ("air", 10, 4)], until=45) == [("ok", 0, None, 0)]
    assert bench.spans([("air", 0, 4), ("air", 10, 4)], until=46) == [
        ("ok", 0, 10, 0),
        ("indeterminate", 10, None, 45),
    ]


def test_bad_readings_are_no_evidence(simple):
    """A sensor that answers badly is as silent as one that does not answer."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    rows = [("air", 0, 4), *(("air", at, None) for at in range(10, 60, 10)), ("air", 60, 4)]
    assert bench.spans(rows, until=60) == [
        ("indeterminate", 0, 60, 35),
        ("ok", 60, None, 60),
    ]


def test_a_sensor_never_seen_is_indeterminate_from_the_start(bench):
    """Nothing was ever heard of `b`: that is never ok."""
    make = bench(
        "sensors:\n"
        "  air: {unit: degC, every: 10 s}\n"
        "  b: {unit: degC, every: 10 s}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: b, at_most: 5 degC}]}]\n"
    )
    assert make.spans([("air", 0, 4)], until=600) == [("indeterminate", 0, None, 0)]


def test_an_excursion_goes_on_through_a_gap_with_both_sides_beyond(simple):
    """The hold is over when the reading after the gap is still beyond; the gap itself stays indeterminate."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 60 s")
    rows = [("air", 0, 4), ("air", 10, 6), ("air", 20, 6), ("air", 100, 6), ("air", 110, 4)]
    assert bench.spans(rows, until=110) == [
        ("ok", 0, 10, 0),
        ("deviation", 10, 20, 100),
        ("indeterminate", 20, 100, 55),
        ("deviation", 100, 110, 100),
        ("ok", 110, None, 110),
    ]


def test_an_excursion_that_may_have_outlasted_its_hold_in_a_gap_is_indeterminate_from_its_beginning(simple):
    """Beyond, then silence past the hold, then within: it cannot be shown that the limit held."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 60 s")
    rows = [("air", 0, 4), ("air", 10, 6), ("air", 20, 6), ("air", 100, 4)]
    assert bench.spans(rows, until=100) == [
        ("ok", 0, 10, 0),
        ("indeterminate", 10, 100, 70),
        ("ok", 100, None, 100),
    ]


def test_a_value_outside_the_range_is_no_evidence(bench):
    """850 degC from a broken thermocouple is neither ok nor a deviation."""
    make = bench(
        "sensors: {air: {unit: degC, range: [-50, 60], every: 10 s, silent_after: 35 s}}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]}]\n"
    )
    rows = [("air", 0, 4), *(("air", at, 850) for at in range(10, 60, 10))]
    assert make.spans(rows, until=50)[-1][0] == "indeterminate"


def test_two_values_of_one_time_count_as_the_worse(simple):
    """A conflict is never resolved in favour of ok."""
    bench = simple("kind: threshold, at_most: 5.0 degC")
    assert bench.spans([("air", 0, 4), ("air", 0, 6)], until=0) == [("deviation", 0, None, 0)]
    assert bench.spans([("air", 0, 6), ("air", 0, 4)], until=0) == [("deviation", 0, None, 0)]
