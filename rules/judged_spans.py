"""In which of the spans in which a limit is judged a time lies."""

from __future__ import annotations

import numpy as np

from readings.block import I64
from readings.times import ALWAYS, NEVER
from rules.derivation import Spans


def span_of(spans: Spans, settle: int, time: I64) -> I64:
    """The number of the span in which each time lies; -1 where it lies in none.

    A time at which a span begins lies in it, one at which it ends in what is behind it.

    Args:
        spans: as far as the line has told.
        settle: so long after coming into a state a span begins, ns.
        time: int64 [n], ns.
    """
    if not spans.gates:
        return np.zeros(time.size, np.int64)
    begins, ends = _edges(spans, settle)
    number = np.searchsorted(begins, time, "right") - 1
    inside = (number >= 0) & (time < ends[number])
    return np.where(inside, number, -1)


def _edges(spans: Spans, settle: int) -> tuple[I64, I64]:
    """Begins and ends, int64, of spans that are not empty; the first, and the last, may be open."""
    found: list[tuple[int, int]] = []
    begin: int | None = ALWAYS
    for gate in spans.gates:
        if gate.state == "suspended":
            if begin is not None and begin < gate.time:
                found.append((begin, gate.time))
            begin = None
        elif begin is None:
            begin = gate.time + settle if gate.state == "starting" else gate.time
    if begin is not None:
        found.append((begin, NEVER))
    begins, ends = np.array(found or [(NEVER, NEVER)], np.int64).T
    return begins, ends
