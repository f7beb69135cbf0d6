"""Blocks: what is written is what is read."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.block import Block, BlockBuilder, by_line, join
from readings.errors import BlockError, HaccplineError
from readings.inputs import Act, Series, State, series_named
from readings.quality import Quality, Reason

AIR, DOOR, OTHER = Series("cold", "air", "CS1.1"), Series("cold", "door"), Series("wet", "o3")

rows = st.lists(
    st.tuples(
        st.sampled_from([AIR, DOOR, OTHER]),
        st.integers(-(2**62), 2**62),
        st.floats(allow_nan=True, allow_infinity=True),
        st.sampled_from([Reason.NONE, Reason.RETAINED, Reason.NO_ANSWER]),
    ),
    max_size=20,
)


def build(given_rows, tick=None) -> Block:
    builder = BlockBuilder()
    for number, (series, time, value, reason) in enumerate(given_rows):
        builder.reading(
            series, time=time, value=value, raw=value, reason=reason, received=time + 1, seq=number
        )
    return builder.build(tick)


@given(rows, st.none() | st.integers(0, 2**62))
def test_a_block_comes_back_as_it_was(given_rows, tick):
    """encode and decode are inverse, bit by bit, states and acts included."""
    block = build(given_rows, tick)
    block = Block(
        **{name: getattr(block, name) for name in ("series", "which", "time", "value", "raw", "quality")},
        **{name: getattr(block, name) for name in ("reason", "received", "seq", "tick")},
        states=(State(5, "cold", "lot", "批号 1", "CS1", 6),),
        acts=(Act(7, "plan.adopt", body={"text": "x", "n": 3, "list": ["a"]}, id="i"),),
    )
    again = Block.decode(block.encode())
    assert again.encode() == block.encode()
    assert (again.series, again.states, again.acts, again.tick) == (
        block.series,
        block.states,
        block.acts,
        block.tick,
    )


@given(rows)
def test_a_bad_reading_has_no_value_and_an_impossible_one_is_bad(given_rows):
    """Quality follows the reason; NaN and infinity are never a value."""
    block = build(given_rows)
    bad = block.quality == Quality.BAD
    assert np.isnan(block.value[bad]).all()
    assert np.isfinite(block.value[~bad]).all()


@pytest.mark.parametrize("cut", [0, 3, 10, -1])
def test_a_damaged_block_is_an_error(cut):
    """Truncated or altered bytes are refused, never read as something else."""
    data = build([(AIR, 1, 2.0, Reason.NONE)]).encode()
    with pytest.raises(BlockError):
        Block.decode(data[:cut])


def test_joining_keeps_every_reading_in_order():
    """Series of several blocks are numbered anew; the tick is the latest."""
    joined = join([build([(AIR, 1, 1.0, 0)], 5), build([(DOOR, 2, 2.0, 0), (AIR, 3, 3.0, 0)], 4)])
    assert [str(joined.series[code]) for code in joined.which] == [
        "cold/air/CS1.1",
        "cold/door",
        "cold/air/CS1.1",
    ]
    assert joined.value.tolist() == [1.0, 2.0, 3.0]
    assert joined.tick == 5


def test_a_block_falls_into_its_lines():
    """Each line gets its own readings and only the series it uses."""
    parts = dict(by_line(build([(AIR, 1, 1.0, 0), (OTHER, 2, 2.0, 0), (AIR, 3, math.nan, 60)])))
    assert parts["cold"].series == (AIR,)
    assert parts["cold"].time.tolist() == [1, 3]
    assert parts["wet"].value.tolist() == [2.0]


def test_a_part_shares_the_columns():
    """A part is a view; states go with it only when asked."""
    block = build([(AIR, at, float(at), 0) for at in range(5)])
    assert block.part(1, 3).time.tolist() == [1, 2]
    assert np.shares_memory(block.part(1, 3).time, block.time)


def test_a_sensor_is_named_with_or_without_its_point():
    """`air/CS1.1` and `door`; anything else is refused."""
    assert series_named("air/CS1.1", "cold") == AIR
    assert series_named("door", "cold") == DOOR
    for wrong in ("", "/", "a/b/c", "a/"):
        with pytest.raises(HaccplineError):
            series_named(wrong, "cold")
