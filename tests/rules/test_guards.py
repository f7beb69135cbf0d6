"""Guard bands and rounding, value by value: what is accepted, counted by hand."""

from __future__ import annotations

import pytest

PLAN = """
sensors: {{air: {{unit: degC, resolution: {step}, range: [0, 150], uncertainty: {u}, every: 10 s, silent_after: 35 s}}}}
ccps: [{{id: C, critical: [{{id: a, kind: threshold, of: air, {limit}}}]}}]
"""


def accepted(bench, limit, values, *, step=0.01, u=0.3):
    """Those of the values that hold."""
    plan = bench(PLAN.format(limit=limit, step=step, u=u))
    rows = [("air", number * 10, value) for number, value in enumerate(values)]
    spans = plan.spans(rows, until=len(values) * 10)
    held = [span for span in spans if span[0] == "ok"]
    return [
        value
        for at, value in ((number * 10, value) for number, value in enumerate(values))
        if any(since <= at and (end is None or at < end) for _, since, end, _ in held)
    ]


@pytest.mark.parametrize(
    ("limit", "holds"),
    [
        ("at_least: 70.0 degC", [70.0, 70.24, 70.25, 70.29, 70.3]),
        ("at_least: 70.0 degC, guard: uncertainty", [70.3]),  # 70.0 + 0.3
        ("at_least: 70.0 degC, guard: 0.83", [70.25, 70.29, 70.3]),  # 70.0 + 0.83 * 0.3 = 70.249
        ("at_least: 70.0 degC, compare: rounded", [69.95, 69.96, 69.99, 70.0, 70.24, 70.25, 70.29, 70.3]),
        (
            "at_least: 70.0 degC, compare: rounded, guard: uncertainty",
            [70.29, 70.3],
        ),  # 70.25 is 70.2, half to even
        (
            "at_least: 158.0 degF, compare: rounded",
            [69.99, 70.0, 70.24, 70.25, 70.29, 70.3],
        ),  # 69.96: 157.928 degF
        ("at_least: 158.0 degF", [70.0, 70.24, 70.25, 70.29, 70.3]),
    ],
)
def test_a_lower_bound_with_its_band(bench, limit, holds):
    """U = 0.3 K: simple acceptance, w = U, w = 0.83 U, values rounded first, and the same bound in degF."""
    values = [69.94, 69.95, 69.96, 69.99, 70.0, 70.24, 70.25, 70.29, 70.3]
    assert accepted(bench, limit, values) == holds


def test_an_upper_bound_that_is_exclusive_stays_so(bench):
    """Below 90.0 degC less 0.3: 89.69 is, 89.7 is not."""
    values = [89.69, 89.7, 89.99, 90.0]
    assert accepted(bench, "below: 90.0 degC, guard: uncertainty", values) == [89.69]


@pytest.mark.parametrize("bound", ["at_least", "above"])
def test_a_band_that_ends_between_two_steps_asks_for_the_next(bench, bound):
    """70.0 + 0.25 in tenths: 70.2 is less and 70.3 is more, whichever the bound is."""
    values = [70.0, 70.1, 70.2, 70.3, 70.4]
    limit = f"{bound}: 70.0 degC, guard: uncertainty"
    assert accepted(bench, limit, values, step=0.1, u=0.25) == [70.3, 70.4]
