"""A stuck instrument under limits that judge what follows from its readings."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.window_means import half_even

START = 1_700_000_000 * SECOND  # 20 s past a whole minute
WHOLE = 40
PLAN = """
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 3 min}}
ccps:
  - id: C
    critical: [{id: c, kind: threshold, of: air, at_most: 50 degC}]
    operating:
      - {id: rate, kind: rate, of: air, at_most: 6 K/min}
      - {id: mean, kind: ewma, of: air, target: 4.0 degC, sigma: 1.0 K, lambda: 1, width: 3, mean_over: 60 s}
"""


def verdicts(bench, parts, limit):
    """(verdict, from) of one limit, the rows heard part by part."""
    state, decisions = begin(bench.program), Decisions(bench.program)
    for number, part in enumerate(parts):
        until = START + int(max(at for _, at, *_ in part) * SECOND)
        state, changes = step(bench.program, state, bench.block(part), until, position=number)
        decisions.take(changes)
    decisions.finish(state)
    found = next(each for each in bench.program.limits if each.limit == limit)
    return [
        (str(point.verdict), (point.start - START) / SECOND, point.reason)
        for point in decisions.timeline(found)
    ]


def cuts(rows):
    """In one, one by one, and in threes."""
    return [rows], [[row] for row in rows], [rows[at : at + 3] for at in range(0, len(rows), 3)]


@pytest.mark.parametrize("limit", ["rate", "mean"])
def test_a_number_that_stands_still_is_no_evidence(bench, limit):
    """A rate of nothing, a mean without a spread: ok until it is known, then stuck from the last move on."""
    rows = [("air", WHOLE + at, 4.0, 400.0 + (at < 300) * at) for at in range(0, 900, 10)]
    found = [verdicts(bench(PLAN), parts, limit) for parts in cuts(rows)]
    assert found[0] == found[1] == found[2]
    assert found[0][-1][0] == "indeterminate"
    assert found[0][-1][2] == "stuck: unchanged for 3 min"
    assert WHOLE + 240 <= found[0][-1][1] <= WHOLE + 360


def test_a_number_that_moves_within_its_windows_is_not_stuck(bench):
    """Though it is the same at the end of each."""
    rows = [("air", WHOLE + at, 4.0, 400.0 + at % 30) for at in range(0, 900, 10)]
    for parts in cuts(rows):
        assert [verdict for verdict, *_ in verdicts(bench(PLAN), parts, "mean")][-1] == "ok"


def test_two_numbers_of_one_time_are_a_move_in_whatever_order_they_come(bench):
    """The last one heard does not decide."""
    still = [("air", WHOLE + at, 4.0, 400.0) for at in range(0, 400, 10)]
    one, other = ("air", WHOLE + 400, 4.0, 400.0), ("air", WHOLE + 400, 4.1, 410.0)
    found = [
        verdicts(bench(PLAN), parts, "rate")
        for parts in (
            [[*still, one, other]],
            [[*still, other, one]],
            [still, [one], [other]],
            [still, [other], [one]],
        )
    ]
    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][-1][0] == "ok"


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_a_mean_is_rounded_half_to_even(numerator, denominator):
    """As fractions are."""
    assert half_even(numerator, denominator) == round(Fraction(numerator, denominator))
