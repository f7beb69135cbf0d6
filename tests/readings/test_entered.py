"""What people enter becomes a reading, and the act that says who entered it stays beside it."""

from __future__ import annotations

import pytest

from readings.entered import block_of, reading_of
from readings.errors import HaccplineError
from readings.inputs import Act, Series
from readings.quality import Quality, Reason
from readings.times import SECOND, format_time

NOW = 1_800_000_000 * SECOND
BODY = {"sensor": "indigo", "point": "1", "value": "0.35", "measured": format_time(NOW - 60 * SECOND)}


def act(**body: object) -> Act:
    """An act that enters a value, a minute after it was measured."""
    return Act(time=NOW, kind="value.entered", line="water", who="olga", body=BODY | body, id="a")


def test_a_value_entered_is_a_good_reading_of_when_it_was_measured():
    """Event time and the time of entering are both kept; it says that a person entered it."""
    block = block_of([act(), Act(time=NOW, kind="note.site", id="b")])
    assert [each.id for each in block.acts] == ["a", "b"]
    assert block.series == (Series("water", "indigo", "1"),)
    assert (block.time.tolist(), block.value.tolist()) == ([NOW - 60 * SECOND], [0.35])
    assert (block.received.tolist(), block.quality.tolist()) == ([NOW], [Quality.GOOD])
    assert block.reason.tolist() == [Reason.BY_HAND]


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "1e3"},
        {"value": "nan"},
        {"value": 3},
        {"measured": "yesterday"},
        {"sensor": ""},
        {"point": 1},
    ],
)
def test_what_cannot_be_read_is_no_reading(wrong):
    """The act goes on alone: the clerk refuses it and says why."""
    with pytest.raises(HaccplineError):
        reading_of(act(**wrong))
    block = block_of([act(**wrong)])
    assert (len(block), len(block.acts)) == (0, 1)
