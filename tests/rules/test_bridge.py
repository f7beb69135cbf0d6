"""Bridging a short silence: only what cannot have reached the limit is ok, and it says so."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.times import SECOND
from rules.bounds import Bound
from rules.bridge import Bridge
from rules.engine import begin, step
from rules.faults import PlanError
from rules.timeline import Verdict

SENSORS = """
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, slew_at_most: 0.6 K/min, range: [-50, 60]}
  two: {unit: degC, resolution: 0.1, points: 2 points, every: 10 s, silent_after: 35 s, slew_at_most: 6 K/min}
  still: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, slew_at_most: 6 K/min, stuck: {unchanged_for: 40 s}}
"""


@pytest.fixture
def bridging(make_bench):
    """Makes a bench of one limit and one bridge."""

    def make(limit: str, bridge: str = "{up_to: 90 s}"):
        return make_bench(
            f"{SENSORS}ccps:\n  - id: C\n    critical: [{{id: a, {limit}}}]\n    silence: {{bridge: {bridge}}}\n"
        )

    return make


@pytest.fixture
def upper(bridging):
    """A bench of a limit of 5.0 degC on a sensor that moves by 0.1 K in 10 s at most."""
    return bridging("kind: threshold, of: air, at_most: 5.0 degC")


def reasons(bench, rows, *, until: float) -> list[tuple[str, float, str]]:
    """(verdict, from, reason) of the only limit."""
    points = bench.decisions(rows, until=until).timeline(bench.program.limits[0])
    return [
        (str(each.verdict), (each.start - 1_700_000_000 * SECOND) / SECOND, each.reason) for each in points
    ]


def test_what_cannot_have_reached_the_limit_is_ok_and_says_how_far_it_can_have_gone(upper):
    """From 4.6 to 4.6 in a minute at 0.6 K/min: 4.9 at most."""
    rows = [("air", 0, 4.0), ("air", 10, 4.6), ("air", 70, 4.6), ("air", 80, 4.0)]
    assert reasons(upper, rows, until=90) == [
        ("ok", 0, ""),
        ("ok", 10, "bridged 1 min: at most 4.9 degC"),
        ("ok", 70, ""),
    ]


@pytest.mark.parametrize(("last", "verdict"), [(4.7, "ok"), (4.8, "indeterminate")])
def test_the_limit_itself_may_be_touched_and_not_passed(upper, last, verdict):
    """4.7 and 4.7 a minute apart come to 5.0 at most; 4.8 and 4.7 to 5.05, which nobody knows to be within."""
    rows = [("air", 0, 4.0), ("air", 10, last), ("air", 70, 4.7), ("air", 80, 4.0)]
    assert reasons(upper, rows, until=90)[1][0] == verdict


def test_while_the_silence_lasts_nothing_is_known(upper):
    """Decided at once: indeterminate from the last reading on, superseded when the next one shows that it held."""
    rows = [("air", 0, 4.0), ("air", 10, 4.6)]
    assert reasons(upper, rows, until=60) == [("ok", 0, ""), ("indeterminate", 10, "no reading")]
    state, shown = begin(upper.program), []
    for block, until in ((rows, 60), ([("air", 70, 4.6)], 70)):
        state, changes = step(upper.program, state, upper.block(block), (1_700_000_000 + until) * SECOND)
        shown.append([point for change in changes for point in change.rewrite.points])
    assert [(point.verdict, point.revision) for point in shown[1]] == [(Verdict.OK, 1), (Verdict.OK, 1)]
    assert shown[1][0].decided == (1_700_000_000 + 70) * SECOND


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("longer than it may be", [("air", 10, 1.0), ("air", 101, 1.0)]),
        ("no end", [("air", 10, 1.0)]),
        ("beyond before it", [("air", 10, 5.1), ("air", 70, 1.0)]),
        ("beyond behind it", [("air", 10, 1.0), ("air", 70, 5.1)]),
        ("out of range in it", [("air", 10, 1.0), ("air", 30, 99.0), ("air", 70, 1.0)]),
    ],
)
def test_what_is_not_bridged(upper, name, rows):
    """A long silence, one with a side that is not good, one in which the instrument said something else."""
    points = reasons(upper, [("air", 0, 1.0), *rows], until=120)
    assert "indeterminate" in [verdict for verdict, *_ in points], name
    assert not any("bridged" in reason for *_, reason in points)


def test_an_unusable_reading_without_a_value_does_not_hinder(upper):
    """No answer is a silence like any other."""
    rows = [("air", 0, 1.0), ("air", 10, 1.0), ("air", 30, None), ("air", 60, 1.0)]
    assert reasons(upper, rows, until=60)[1][2] == "bridged 50 s: at most 1.3 degC"


def test_a_band_is_bridged_where_neither_bound_can_have_been_reached(bridging):
    """Both ways are said."""
    band = bridging("kind: band, of: air, at_least: 1.0 degC, at_most: 5.0 degC")
    rows = [("air", 0, 1.5), ("air", 50, 1.5), ("air", 60, 1.1), ("air", 110, 1.1)]
    assert reasons(band, rows, until=110) == [
        ("ok", 0, "bridged 50 s: at least 1.2 degC and at most 1.8 degC"),
        ("ok", 50, ""),
        ("indeterminate", 60, "no reading"),
        ("ok", 110, ""),
    ]


def test_of_two_readings_of_one_time_the_worse_one_counts(upper):
    """4.0 and 4.8 at once: it may have been 4.8."""
    rows = [("air", 0, 4.0), ("air", 10, 4.0), ("air", 10, 4.8), ("air", 70, 4.7)]
    assert reasons(upper, rows, until=70)[1][0] == "indeterminate"


def test_a_bridged_silence_ends_no_excursion(bridging):
    """On the way back, within the limit and not yet clear: the return begins anew behind the silence."""
    bench = bridging("kind: threshold, of: air, at_most: 5.0 degC, clears: {at_most: 4.0 degC, for: 60 s}")
    rows = [("air", 0, 5.1), *(("air", at, 3.0) for at in (10, 20, 30)), ("air", 80, 3.0)]
    rows += [("air", at, 3.0) for at in range(90, 160, 10)]
    assert bench.spans(rows, until=150) == [("deviation", 0, 80, 0), ("ok", 80, None, 140)]


def test_a_bridged_silence_confirms_nothing(bridging):
    """What was counted before it is counted no more, and it adds nothing."""
    bench = bridging("kind: threshold, of: air, at_most: 5.0 degC, confirm: 2 readings")
    rows = [
        ("air", 0, 4.0),
        ("air", 10, 5.1),
        ("air", 20, 4.0),
        ("air", 70, 4.0),
        ("air", 80, 5.1),
        ("air", 90, 4.0),
    ]
    assert {verdict for verdict, *_ in bench.spans(rows, until=90)} == {"ok"}


def test_other_points_that_stayed_good_speak_for_the_one_that_was_silent(bridging):
    """And only where all of them did, for as long as it lasted."""
    bench = bridging("kind: threshold, of: two, at_most: 5.0 degC", "{up_to: 90 s, if: others good}")
    rows = [("two/1", at, 4.0) for at in range(0, 90, 10)] + [("two/2", 0, 4.9), ("two/2", 60, 4.9)]
    assert reasons(bench, rows, until=80) == [
        ("ok", 0, "bridged 1 min: every other point stayed good"),
        ("ok", 60, ""),
    ]
    beyond = [("two/1", 30, 5.1) if row[:2] == ("two/1", 30) else row for row in rows]
    assert not any("bridged" in reason for *_, reason in reasons(bench, beyond, until=80))
    silent = [row for row in rows if row[0] != "two/1" or not 20 <= row[1] <= 60]
    assert not any("bridged" in reason for *_, reason in reasons(bench, silent, until=80))


def test_it_may_take_both(bridging):
    """The others good, and out of reach."""
    bench = bridging("kind: threshold, of: two, at_most: 8.0 degC", "{up_to: 90 s, if: slew and others good}")
    rows = [("two/1", at, 4.0) for at in range(0, 90, 10)] + [("two/2", 0, 4.0), ("two/2", 60, 4.0)]
    assert (
        reasons(bench, rows, until=80)[0][2]
        == "bridged 1 min: at most 7.0 degC, every other point stayed good"
    )
    warm = [(name, at, 5.1 if name == "two/2" else value) for name, at, value in rows]
    assert reasons(bench, warm, until=80)[0][0] == "indeterminate"


def test_a_far_side_that_turns_out_to_be_stuck_is_no_side(bridging):
    """What the bridge rested on was no evidence: the silence is one again, from its beginning."""
    bench = bridging("kind: threshold, of: still, at_most: 50.0 degC")
    rows = [("still", 0, 1.0), ("still", 10, 1.1), *(("still", at, 1.2) for at in range(60, 110, 10))]
    assert reasons(bench, rows[:-1], until=90)[1][2].startswith("bridged")
    known = [verdict for verdict, *_ in reasons(bench, rows, until=100)]
    assert known == ["ok", "indeterminate", "indeterminate"]


BOUND = Bound(per_unit=10, step=1, lower=10.0, upper=50.0)


@given(
    before=st.integers(10, 50),
    behind=st.integers(10, 50),
    lasting=st.integers(1, 900),
    slew=st.integers(1, 20),
)
def test_the_farthest_is_where_the_fastest_ways_meet(before, behind, lasting, slew):
    """Walked through second by second, at the greatest slew in tenths of a step, nothing gets farther than is said."""
    bridge = Bridge(
        up_to=1000 * SECOND,
        bound=BOUND,
        step=Fraction(1, 10),
        unit="degC",
        slew=Fraction(slew, 10 * SECOND),
        others=0,
    )
    ways = [
        min(
            Fraction(before) + Fraction(slew * at, 20),
            Fraction(behind) + Fraction(slew * (2 * lasting - at), 20),
        )
        for at in range(2 * lasting + 1)
    ]
    lows = [
        max(
            Fraction(before) - Fraction(slew * at, 20),
            Fraction(behind) - Fraction(slew * (2 * lasting - at), 20),
        )
        for at in range(2 * lasting + 1)
    ]
    possible = abs(before - behind) <= Fraction(slew * lasting, 10)
    why = bridge.why((before / 10, before / 10), (behind / 10, behind / 10), lasting * SECOND)
    if possible and (max(ways) > 50 or min(lows) < 10):
        assert why is None
    elif possible and max(ways) <= 49 and min(lows) >= 11:
        assert why is not None


@pytest.mark.parametrize(
    ("sensors", "silence", "said"),
    [
        ("{unit: degC, every: 10 s}", "{bridge: {up_to: 60 s}}", "13:23: nobody says how fast air can move"),
        (
            "{unit: degC, every: 10 s, slew_at_most: 1 degC/min}",
            "{bridge: {up_to: 60 s}}",
            "a temperature difference is not a temperature: write K/min",
        ),
        (
            "{unit: degC, every: 10 s, slew_at_most: 1 kPa/min}",
            "{bridge: {up_to: 60 s}}",
            "write how much air changes in a time, such as 0.5 K/min",
        ),
        (
            "{unit: degC, every: 10 s, slew_at_most: 0 K/min}",
            "{bridge: {up_to: 60 s}}",
            "what is measured moves",
        ),
        (
            "{unit: degC, every: 10 s, slew_at_most: 1 K/min}",
            "{bridge: {up_to: 30 s}}",
            "nothing is bridged: air is silent after 30 s, and no more than 30 s may be",
        ),
        (
            "{unit: degC, every: 10 s, slew_at_most: 1 K/min}",
            "{bridge: {up_to: 6 min}}",
            "a silence of air is a monitoring loss after 330 s: bridge shorter ones only",
        ),
        (
            "{unit: degC, every: 10 s, slew_at_most: 1 K/min}",
            "{bridge: {up_to: 60 s, for: [door]}}",
            "no limit of C judges readings of door one by one; only those of air",
        ),
        (
            "{unit: degC, every: 10 s}",
            "{bridge: {up_to: 60 s, if: others good}}",
            "a has one point of air: there are no others",
        ),
        ("{unit: bool, every: 10 s}", "{bridge: {up_to: 60 s}}", "there is no silence to bridge"),
    ],
)
def test_a_bridge_that_cannot_stand_is_refused(make_bench, sensors, silence, said):
    """No slew, one of something else, too short, too long, another's sensor, no other points, nothing that moves."""
    limit = (
        "{id: a, kind: state_held, of: air}"
        if "bool" in sensors
        else "{id: a, kind: threshold, of: air, at_most: 5 degC}"
    )
    with pytest.raises(PlanError) as refused:
        make_bench(
            f"sensors:\n  air: {sensors}\n  door: {{unit: bool, every: 10 s}}\n"
            f"ccps:\n  - id: C\n    critical:\n      - {limit}\n    silence: {silence}\n"
        )
    assert said in str(refused.value)
