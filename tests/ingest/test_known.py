"""Which readings are known: exact, whatever the hash says."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.known import Keys, Recent, Run, keys_of

ROW = st.tuples(
    st.integers(0, 3),
    st.integers(-5, 5),
    st.sampled_from([0.0, -0.0, 1.5, float("nan")]),
    st.sampled_from([0, 60]),
    st.integers(-1, 1),
)


def keys(rows: list[tuple[int, int, float, int, int]]) -> Keys:
    code, time, value, reason, seq = list(zip(*rows, strict=True)) or [()] * 5
    return keys_of(
        np.array(code, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(reason, np.uint8),
        np.array(seq, np.int64),
    )


def named(row: tuple[int, int, float, int, int]) -> tuple[object, ...]:
    return (row[0], row[1], "nan" if row[2] != row[2] else str(row[2]), *row[3:])


@given(st.lists(st.lists(ROW, max_size=12), max_size=6), st.lists(ROW, max_size=20))
def test_recent_equals_a_set(blocks: list[Any], asked: list[Any]) -> None:
    """Lookups over any history of blocks answer as a set of the rows would; NaN equals NaN, 0.0 is not -0.0."""
    recent, there = Recent(), set()
    for position, block in enumerate(blocks, 1):
        recent.add(keys(block), position)
        there |= {named(row) for row in block}
        assert recent.holds(keys(asked)).tolist() == [named(row) in there for row in asked]


@given(st.lists(ROW, max_size=30))
def test_repeated_marks_all_but_the_first(rows: list[Any]) -> None:
    """Of equal rows the first is not repeated, every later one is."""
    seen: set[tuple[object, ...]] = set()
    expected = []
    for row in rows:
        expected.append(named(row) in seen)
        seen.add(named(row))
    assert keys(rows).repeated().tolist() == expected


def test_a_shared_hash_is_looked_through() -> None:
    """Rows of other series and times that happen to share a hash are told apart."""
    spread = 0x9E3779B97F4A7C15
    twin = (1, 1000, 1.0, 0, -1)
    other_time = (1000 + spread) % 2**64
    other = (0, other_time - 2**64 if other_time >= 2**63 else other_time, 1.0, 0, -1)
    assert keys([twin]).hashed() == keys([other]).hashed()
    assert Run(keys([twin])).holds(keys([twin, other])).tolist() == [True, False]


def test_drop_forgets_only_what_is_sealed() -> None:
    """What lies behind the sealed position is still known."""
    recent = Recent()
    first, second = (0, 1, 1.0, 0, -1), (0, 2, 1.0, 0, -1)
    recent.add(keys([first] * 4), 1)
    assert recent.holds(keys([first])).all()
    recent.add(keys([second]), 2)
    recent.drop(1)
    assert recent.holds(keys([second])).all()
    assert not recent.holds(keys([first])).any()


def test_a_steady_stream_is_forgotten_as_it_is_sealed() -> None:
    """Nobody asks while all is new, and newer blocks always wait: what is sealed is forgotten all the same."""
    recent = Recent()
    for position in range(1, 1001):
        recent.add(keys([(0, position, 1.0, 0, -1)]), position)
        recent.drop(position - 10)
        assert len(recent) <= 10
    assert recent.holds(keys([(0, 991, 1.0, 0, -1), (0, 990, 1.0, 0, -1)])).tolist() == [True, False]
