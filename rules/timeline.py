"""Verdict timelines: change points over event time, and how one timeline supersedes another."""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec

from readings.times import NEVER
from rules.derivation import Integral


class Verdict(StrEnum):
    """What can be said of a limit for a unit of product."""

    OK = "ok"
    OPERATING = "operating"
    DEVIATION = "deviation"
    INDETERMINATE = "indeterminate"
    SUSPENDED = "suspended"
    STARTING = "starting"


class Point(msgspec.Struct, array_like=True):
    """From `start` on this verdict holds, until the next point.

    Attributes:
        start: event time, ns.
        verdict: what holds.
        decided: the event time at which it could first be known, ns.
        reason: in words; empty for a plain ok.
        low: least value seen in the span; NaN when none was.
        high: greatest value seen in the span; NaN when none was.
        revision: how often what stood here was superseded.
        fault: the instrument is at fault: it speaks, and what it says is no evidence.
        integral: of a limit that judges what follows from readings, where bounds of it are known: what the cycle has
            come to, or the worst value of the span.
        again: it says what the point before it says, because another version of the plan judges from here on.
        good: of what does not hold, or cannot be shown to: when it was last read to hold; of a cycle, when that begins;
            NEVER where the points before it say so.
        doubt: of a cycle that is over: what was not read may decide it; see `rules.weighing`.
        stuck: of such a cycle: what came from these points is no evidence.
    """

    start: int
    verdict: Verdict
    decided: int
    reason: str = ""
    low: float = math.nan
    high: float = math.nan
    revision: int = 0
    fault: bool = False
    integral: Integral | None = None
    again: bool = False
    good: int = NEVER
    doubt: bool = False
    stuck: tuple[int, ...] = ()

    def says_the_same(self, other: Point) -> bool:
        """Whether both decide the same, whatever the values seen since."""
        return (
            self.start == other.start
            and self.verdict == other.verdict
            and self.decided == other.decided
            and self.reason == other.reason
        )

    def saw_the_same(self, other: Point) -> bool:
        """Whether both saw the same least and greatest value, and came to the same."""
        if self.integral != other.integral:
            return False
        return (self.low, self.high) == (other.low, other.high) or (
            math.isnan(self.low) and math.isnan(other.low)
        )

    def saw(self, low: float, high: float) -> None:
        """Take values into the span."""
        self.low = low if math.isnan(self.low) else min(self.low, low)
        self.high = high if math.isnan(self.high) else max(self.high, high)


class Rewrite(msgspec.Struct):
    """How a timeline went on.

    Attributes:
        points: the new change points, in order.
        before: the point that they follow, with the values of its whole span; None at the beginning.
        superseded: starts of change points that once stood in what is rewritten, and stand no more.
    """

    points: list[Point]
    before: Point | None
    superseded: list[int]


def rewrite(shown: list[Point], now: list[Point], gone: list[int]) -> Rewrite | None:
    """The difference from what was shown to what holds now; None if nothing changed.

    New points get the revision that follows those they supersede.

    Args:
        shown: in order of time.
        now: in order of time.
        gone: starts that were shown once and stood no more; whoever keeps points by their time keeps these too.
    """
    same = 0
    while same < len(shown) and same < len(now) and shown[same].says_the_same(now[same]):
        closed = same + 1 < len(shown) and same + 1 < len(now)
        if closed and not shown[same].saw_the_same(now[same]):
            break
        same += 1
    for old, new in zip(shown[:same], now[:same], strict=True):
        new.revision = old.revision
    if same == len(shown) and same == len(now):
        return None
    if same == len(now) and same:  # what stood behind the last point is gone: that point is said again
        same -= 1
    removed = shown[same:]
    revision = max((point.revision for point in removed), default=-1) + 1
    for point in now[same:]:
        point.revision = revision
    kept = {point.start for point in now[same:]}
    first = min(point.start for point in [*now[same:], *removed])
    once = {*(point.start for point in removed), *(start for start in gone if start >= first)}
    return Rewrite(
        points=now[same:],
        before=now[same - 1] if same else None,
        superseded=sorted(once - kept),
    )


def trim(points: list[Point], first: int) -> None:
    """Drop the points before the one that holds at `first`; that one says what it says for itself."""
    while len(points) > 1 and points[1].start <= first:
        del points[0]
    if points:
        points[0].again = False
