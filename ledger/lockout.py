"""After too many wrong passwords an id rests: pure, the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass

from readings.times import MINUTE

MAX_FAILURES = 5
REST = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a password was wrong.

    Attributes:
        failures: wrong ones since the last right one or the last rest.
        until: when the rest ends, ns UTC; 0 for none.
    """

    failures: int = 0
    until: int = 0


def locked(tries: Tries, now: int) -> bool:
    """Whether the id rests."""
    return now < tries.until


def failed(tries: Tries, now: int) -> Tries:
    """The tries after one more wrong password."""
    failures = tries.failures + 1
    return Tries(0, now + REST) if failures >= MAX_FAILURES else Tries(failures, 0)
