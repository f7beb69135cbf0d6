"""Quotients of products too great for 64 bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.exact_ratio import MOST, floor_ratio

ROWS = st.lists(st.tuples(st.integers(-(2**40), 2**40), st.integers(1, 2**58)), min_size=1, max_size=20)


@given(ROWS, st.integers(0, 2**70))
def test_it_is_the_quotient_of_whole_numbers(rows, factor):
    """Exactly Python's, up to where float64 holds every whole number; beyond it, that."""
    value, divisor = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    found = floor_ratio(value, factor, divisor).tolist()
    for got, (one, other) in zip(found, rows, strict=True):
        exact = one * factor // other
        if abs(exact) < MOST - 2:
            assert got == exact
        elif abs(exact) > MOST + 2:
            assert got == (MOST if exact > 0 else -MOST)


def test_of_nothing_it_is_nothing():
    """No row, no divisor to look at."""
    assert floor_ratio(np.empty(0, np.int64), 60, np.empty(0, np.int64)).size == 0
