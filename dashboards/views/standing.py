"""Whether what is shown is of now; if not, why not. One thing alone is never believed: not a file's age, not a tick."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dashboards.views.health import SILENT, Finding, HealthView
from readings.times import SECOND

_LAG = 3 * SECOND  # who waits for another may seem to have stopped before it by so much


class Doubt(StrEnum):
    """Why what is shown is not of now; what goes deepest first."""

    UNREADABLE = "unreadable"  # a store cannot be read
    UNRECORDED = "unrecorded"  # there is no ledger yet
    NEVER = "never"  # the record process has not said anything of itself
    GARBLED = "garbled"  # what it says of itself cannot be read
    SILENT = "silent"  # it does not speak any more
    NO_JOURNAL = "no journal"
    NO_READING = "no reading"  # a recording is played back, and nothing of it has come: no time has
    CLOCK = "clock"  # the machine's clock was set back, and time stands still
    STUCK = "stuck"  # nothing reaches the journal
    UNHEARD = "unheard"  # what reaches it is not judged


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the record has come, and whether that is now.

    Attributes:
        doubt: None where what is shown is of now.
        since: the last moment that is known, ns UTC; None where there is none.
        known: up to where something was recorded and judged, ns UTC; what is later is not known.
    """

    doubt: Doubt | None
    since: int | None
    known: int

    def finding(self, wall: int) -> Finding | None:
        """What the page Health says of it, where the record process does not say it of itself."""
        if self.doubt not in (Doubt.NO_JOURNAL, Doubt.NO_READING, Doubt.STUCK, Doubt.UNHEARD):
            return None
        lasting = 0 if self.since is None else max(wall - self.since, 0)
        return Finding(str(self.doubt), number=lasting // SECOND)


def standing(  # noqa: PLR0913 - everything that may be wrong
    health: HealthView,
    *,
    wall: int,
    played: bool,
    recorded: bool,
    readable: bool,
    journal: bool,
    tick: int | None,
    heard: int | None,
    decided: int,
) -> Standing:
    """How far the record has come, and whether that is now.

    Args:
        health: of the record process.
        wall: now by the machine's clock, ns UTC.
        played: whether a recording is played back: its ticks say nothing of the machine's clock.
        recorded: whether there is a ledger.
        readable: whether all stores could be read.
        journal: whether there is one.
        tick: how far time has come in it, ns UTC; None without one, and before anything told it a time.
        heard: how far time has come for the clerk, ns UTC; None where that is not known.
        decided: time of the last record of the ledger, ns UTC; 0 without one.
    """
    known = decided if tick is None else tick
    if not played and tick is not None:
        known = min(tick, decided if heard is None else heard)
    timed = tick if not played else None
    stopped = [health.age] + ([wall - timed, wall - (heard or 0)] if timed is not None else [])
    patience = SILENT - _LAG if max(stopped) > SILENT else SILENT  # then it is asked who stopped first
    doubts: list[tuple[Doubt, bool, int | None]] = [
        (Doubt.UNREADABLE, not readable, None),
        (Doubt.UNRECORDED, not recorded, None),
        (Doubt.NEVER, health.never, None),
        (Doubt.GARBLED, not health.said, None),
        (Doubt.SILENT, health.age > patience, wall - health.age),
        (Doubt.NO_JOURNAL, not journal, None),
        (Doubt.NO_READING, tick is None, None),
    ]
    if timed is not None:
        doubts += [
            (Doubt.CLOCK, timed - wall > SILENT, timed),
            (Doubt.STUCK, wall - timed > patience, timed),
            (Doubt.UNHEARD, wall - (heard or 0) > patience, heard),
        ]
    for doubt, there, since in doubts:
        if there:
            return Standing(doubt, since, known)
    return Standing(None, None, known)
