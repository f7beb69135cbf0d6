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


def test_readings_beyond_behind_a_gap_as_long_as_the_hold_are_not_ok(simple):
    """It may have begun in the gap: what was indeterminate stays so until a reading within."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 60 s")
    rows = [("air", 0, 4), *(("air", at, 6) for at in range(100, 150, 10)), ("air", 150, 4)]
    assert bench.spans(rows, until=150) == [
        ("indeterminate", 0, 100, 35),
        ("indeterminate", 100, 150, 100),
        ("ok", 150, None, 150),
    ]


def test_readings_beyond_behind_a_gap_are_a_deviation_once_they_outlast_the_hold(simple):
    """From the first of them on; the gap before it stays what it was."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 60 s")
    rows = [("air", 0, 4), *(("air", at, 6) for at in range(100, 180, 10)), ("air", 180, 4)]
    assert bench.spans(rows, until=180) == [
        ("indeterminate", 0, 100, 35),
        ("deviation", 100, 180, 160),
        ("ok", 180, None, 180),
    ]


def test_an_excursion_behind_a_short_gap_is_measured_from_the_beginning_of_the_gap(simple):
    """Gap and readings together no longer than the hold: it held. Longer: that cannot be shown, from the first on."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 60 s")
    rows = [("air", 0, 4), ("air", 40, 6), ("air", 50, 6), ("air", 60, 4)]
    assert bench.spans(rows, until=60) == [("indeterminate", 0, 40, 35), ("ok", 40, None, 40)]
    rows = [("air", 0, 4), *(("air", at, 6) for at in range(40, 80, 10)), ("air", 80, 4)]
    assert bench.spans(rows[:-2], until=60)[1] == ("ok", 40, None, 40)
    assert bench.spans(rows, until=80) == [
        ("indeterminate", 0, 40, 35),
        ("indeterminate", 40, 80, 60),
        ("ok", 80, None, 80),
    ]


def test_the_first_reading_ever_is_not_ok_when_it_is_beyond(simple):
    """Nobody knows how long it has been so."""
    bench = simple("kind: threshold, at_most: 5.0 degC, for_more_than: 60 s")
    assert [span[0] for span in bench.spans(every(10, [6, 6, 6]), until=20)] == ["indeterminate"]
    assert [span[:2] for span in bench.spans(every(10, [6, 6, 4]), until=20)] == [
        ("indeterminate", 0),
        ("ok", 20),
    ]
    assert bench.spans(every(10, [6] * 8), until=70) == [("deviation", 0, None, 60)]


def test_an_unconfirmed_reading_beyond_behind_a_gap_does_not_end_it(simple):
    """It may have been confirmed in the gap; a second one makes it a deviation from the first."""
    bench = simple("kind: threshold, at_most: 5.0 degC, confirm: 2 readings")
    within = bench.spans([("air", 0, 4), ("air", 100, 6), ("air", 110, 4)], until=110)
    assert [span[:2] for span in within] == [("indeterminate", 0), ("indeterminate", 100), ("ok", 110)]
    beyond = bench.spans([("air", 0, 4), ("air", 100, 6), ("air", 110, 6)], until=110)
    assert beyond == [("indeterminate", 0, 100, 35), ("deviation", 100, None, 110)]


def test_an_unconfirmed_excursion_with_a_gap_inside_stays_indeterminate_to_its_end(simple):
    """Three readings are asked for; two were heard, and how many there were is not known."""
    bench = simple("kind: threshold, at_most: 5.0 degC, confirm: 3 readings")
    rows = [("air", 0, 4), ("air", 10, 6), ("air", 100, 6), ("air", 110, 4)]
    assert [span[:2] for span in bench.spans(rows, until=110)] == [
        ("ok", 0),
        ("indeterminate", 10),
        ("ok", 110),
    ]


def test_a_monitoring_loss_does_not_return_on_a_reading_beyond_the_limit(bench):
    """It lasts until a reading within, or until it is known to be a deviation."""
    make = bench(
        "sensors: {air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}\n"
        "ccps:\n"
        "  - id: C\n"
        "    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 60 s}]\n"
        "    silence: {case: {after: 90 s, as: monitoring_loss}}\n"
    )
    rows = [("air", 0, 4), *(("air", at, 6) for at in range(300, 350, 10))]
    assert make.events(rows, until=340) == [("monitoring_loss", 0, None)]
    rows = [*rows, *(("air", at, 6) for at in range(350, 380, 10))]
    assert make.events(rows, until=370) == [("deviation", 300, None), ("monitoring_loss", 0, 300)]


def test_an_excursion_that_the_line_stops_in_a_silence_may_have_outlasted_its_hold(bench):
    """Beyond, nothing more, the line stops, and only then the silence is found out."""
    make = bench(
        "line: {state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running}\n"
        "sensors:\n"
        "  st: {unit: code, every: 10 s, silent_after: 5 min}\n"
        "  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 20 s}]}]\n"
    )
    rows = [("st", 0, 1), ("air", 0, 4), ("air", 10, 6), ("air", 20, 6)]
    assert make.spans([*rows, ("st", 40, 0)], until=100) == [
        ("ok", 0, 10, 0),
        ("indeterminate", 10, 40, 55),
        ("suspended", 40, None, 40),
    ]
    assert make.spans([*rows, ("st", 30, 0)], until=100) == [
        ("ok", 0, 20, 0),
        ("indeterminate", 20, 30, 55),
        ("suspended", 30, None, 30),
    ]


def test_what_one_point_lacks_to_be_confirmed_another_may_have_had_while_it_was_silent(bench):
    """The second falls silent while the first is beyond, unconfirmed: three readings of it may have been missed."""
    make = bench(
        "line: {unit: zone, zones: [Z]}\n"
        "sensors: {air: {zones: {Z: 2 points}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, confirm: 3 readings}]}]\n"
    )
    one = [("air/Z.1", at, 6.0 if at in (30, 60) else 4.0) for at in range(0, 101, 30)]
    two = [("air/Z.2", at, 4.0) for at in range(0, 101, 10)]
    heard = sorted(one + two, key=lambda row: row[1])
    assert make.spans(heard, until=100) == [("ok", 0, None, 0)]
    lost = [row for row in heard if row[0] != "air/Z.2" or not 40 < row[1] < 85]
    assert [span[:2] for span in make.spans(lost, until=100)] == [
        ("ok", 0),
        ("indeterminate", 30),
        ("ok", 90),
    ]


def test_where_the_state_has_fallen_silent_an_excursion_may_be_as_old_as_its_last_word(bench):
    """The line may have run since: beyond for longer than the hold by then is not ok when judging begins."""
    make = bench(
        "line: {state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running}\n"
        "sensors:\n"
        "  st: {unit: code, every: 10 s, silent_after: 60 s}\n"
        "  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\n"
        "ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 40 s}]}]\n"
    )
    rows = [("st", 0, 0), *every(10, [6] * 12)]
    assert [span[:2] for span in make.spans(rows[:-2], until=90)] == [
        ("suspended", 0),
        ("indeterminate", 60),
    ]
    assert make.spans(rows, until=110)[1:] == [("deviation", 60, None, 100)]
    told = [("st", 0, 0), ("st", 60, 1), *every(10, [6] * 12)]
    assert [span[:2] for span in make.spans(told[:-2], until=90)] == [("suspended", 0), ("ok", 60)]


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
