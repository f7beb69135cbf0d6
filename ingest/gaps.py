"""Gaps: spans between two usable readings that are longer than the plan expects, and what they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from readings.block import I64
from readings.quality import REASON_TEXT
from readings.times import format_time

SILENCE = "silence"
STANDS_STILL = "its counter stands still"
NOT_RECORDED = "not recorded"
CLOCK_STEP = "clock step"


@dataclass(frozen=True, slots=True)
class Interruption:
    """A span in which nothing could be recorded.

    Attributes:
        start: ns UTC.
        end: ns UTC.
        cause: `not recorded` (the record process was down, or its disk full) or `clock step`.
    """

    start: int
    end: int
    cause: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A span without a usable reading where one was expected.

    Attributes:
        start: of the last usable reading before it, ns UTC; where there was none, since when one was expected.
        end: of the first one behind it, ns UTC; None while it lasts.
        cause: what explains most of it: the reason of its bad readings, `silence`, `its counter stands still`,
            `not recorded` or `clock step`.
        detail: everything that explains it, in words.
        missed: how many usable readings were expected in it; None while it lasts.
    """

    start: int
    end: int | None
    cause: str
    detail: str
    missed: int | None


def longest(every: int) -> int:
    """How far two usable readings may lie apart without a gap, ns: one that was expected is not there beyond it.

    Args:
        every: how often one is expected, ns.
    """
    return every + every // 2


def wide(times: I64, every: int) -> list[tuple[int, int, int]]:
    """Where usable readings lie too far apart: from one, to another, and how many lie in between.

    Spans that touch are one, however many readings lie between them: a sensor that speaks at half the rate expected has
    one gap, not thousands.

    Args:
        times: int64 [n], of usable readings, in order.
        every: how often one is expected, ns.
    """
    far = np.diff(times) > longest(every)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], far, [False])).astype(np.int8)))
    return [
        (int(times[first]), int(times[behind]), behind - first - 1)
        for first, behind in edges.reshape(-1, 2).tolist()
    ]


def gap(  # noqa: PLR0913 - what makes a gap
    start: int,
    end: int | None,
    *,
    now: int,
    every: int,
    bad: Mapping[int, int],
    interruptions: Sequence[Interruption],
    inside: int = 0,
    silence: str = SILENCE,
) -> Gap:
    """A gap with what it comes from.

    Args:
        start: ns UTC.
        end: ns UTC; None while it lasts.
        now: how far time has come, ns UTC.
        every: how often a usable reading is expected, ns.
        bad: how many bad readings there were in it, by code of the reason.
        interruptions: those that may overlap with it.
        inside: usable readings in it, each too far from the next.
        silence: what the rest of it is called, in which nothing came.
    """
    until = now if end is None else end
    shares: dict[str, int] = {}
    words: list[str] = []
    for code, count in sorted(bad.items(), key=lambda item: -item[1]):
        name = REASON_TEXT.get(code, f"reason {code}")
        shares[name] = shares.get(name, 0) + count * every
        words.append(f"{name}: {count} readings" if count > 1 else f"{name}: 1 reading")
    for each in interruptions:
        shared = min(each.end, until) - max(each.start, start)
        if shared > 0 or (each.start == each.end and start <= each.start < until):
            shares[each.cause] = shares.get(each.cause, 0) + max(shared, every)
            words.append(f"{each.cause} from {format_time(each.start)} to {format_time(each.end)}")
    rest = until - start - every * (1 + inside) - sum(shares.values())
    if rest >= every // 2 or not shares:
        shares[silence] = max(rest, 1)
        words.append(silence)
    if inside:
        words.append(f"{inside} usable readings in between")
    cause = max(shares, key=shares.__getitem__)
    missed = None if end is None else max(round((end - start) / every) - 1 - inside, 1)
    return Gap(start, end, cause, "; ".join(words), missed)
