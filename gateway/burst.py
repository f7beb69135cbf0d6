"""A list of plain numbers of one series, evenly spaced in time, read all at once: how loggers send what they gathered.

What is anything else (a word, a null, a number beyond what is exact, a time that is not believed) is left to whoever reads
element by element; what comes out is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gateway.columns import Columns
from gateway.feeds import Feed
from gateway.paths import way
from gateway.topic_settings import Topic
from readings.block import LARGEST

_EXACT = float(2**53)  # from here on a whole number may be another than was written, and its reading says so


def bursts(topic: Topic) -> bool:
    """Whether the elements of a topic's lists are the values themselves, so long after each other."""
    if not topic.each or not topic.every or topic.bytes or topic.sequence or topic.readings:
        return False
    value = way(topic.value)
    return not (value.steps or value.whole)


def read_burst(  # noqa: PLR0913 - what is known of the list, and where it goes
    columns: Columns, feed: Feed, values: Any, *, time: int, steps: Sequence[int], received: int
) -> bool:
    """Put the numbers of a list into the columns; whether it was such a list. If not, nothing was added.

    Args:
        columns: where they go.
        feed: their series.
        values: what stands in the message.
        time: of the message, believed, ns UTC.
        steps: how far each element is from it, ns.
        received: ns UTC.
    """
    if not feed.plain or type(values) is not list or not values or set(map(type, values)) - {float, int}:
        return False
    try:
        numbers = np.array(values, np.float64)
    except OverflowError:
        return False
    if not (np.abs(numbers) < _EXACT).all() or not 0 < time + steps[0] <= time + steps[-1] <= LARGEST:
        return False
    columns.burst(feed.number, time + np.array(steps, np.int64), numbers, received)
    return True
