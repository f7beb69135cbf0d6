"""Readings of many files in time order, without loading them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ingest.sheet import Sheet, joined
from readings.block import I32
from readings.times import NEVER


@dataclass(frozen=True, slots=True)
class Part:
    """Some readings that are loaded together.

    Attributes:
        first_time: none of them is earlier.
        load: gives them, in any order.
    """

    first_time: int
    load: Callable[[], Sheet]


def in_time_order(parts: Iterable[Part], rank: I32, size: int) -> Iterator[Sheet]:
    """Sheets of about `size` readings by time, then rank of the series, position, order.

    Holds what overlaps in time and no more: a part is loaded when the time of its first reading is reached.
    """
    waiting = sorted(parts, key=lambda part: part.first_time)
    held: list[Sheet] = []
    for number, part in enumerate(waiting):
        held.append(part.load())
        until = waiting[number + 1].first_time if number + 1 < len(waiting) else NEVER
        ready = [sheet.time < until for sheet in held]
        if until != NEVER and sum(int(np.count_nonzero(one)) for one in ready) < size:
            continue
        out = joined([sheet.take(one) for sheet, one in zip(held, ready, strict=True)]).by_time(rank)
        rest = [sheet.take(~one) for sheet, one in zip(held, ready, strict=True) if not one.all()]
        held = [joined(rest)] if rest else []
        for start in range(0, len(out), size):
            yield out.take(slice(start, start + size))
