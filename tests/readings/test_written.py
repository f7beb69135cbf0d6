"""Columns as text are what each number would be as text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readings.written import doubles_written, written


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1]), max_size=30))
def test_whole_numbers(numbers):
    """Many that are alike, or none, or each once: each has its text, in order."""
    assert written(np.array(numbers, np.int64), lambda some: list(map(str, some.tolist()))) == list(
        map(str, numbers)
    )


@given(
    st.lists(st.floats() | st.sampled_from([0.0, -0.0, float("nan"), -19.3]), max_size=30), st.integers(1, 4)
)
def test_doubles(numbers, times):
    """-0.0 keeps its sign among zeros, and NaN is what NaN is written as."""
    column = np.array(numbers * times, np.float64)
    assert doubles_written(column, lambda some: list(map(repr, some))) == [
        repr(each) for each in column.tolist()
    ]
