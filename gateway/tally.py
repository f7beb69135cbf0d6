"""What a source has done so far, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from readings.block import Block
from readings.quality import REASON_TEXT, Quality


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source at one moment.

    Attributes:
        name: of the source.
        connected: whether its other end answers now.
        polls: requests for all values of a device, or blocks taken from a broker.
        missed: polls whose time passed while the one before was not done.
        readings: handed over durably, bad ones included.
        quarantined: messages set aside.
        errors: bad readings by reason, in words.
        last_good: when the last good or uncertain reading was received, ns UTC; None if there was none.
        restarts: how often it failed as a whole and was started again.
        failure: the last such failure, in words; empty if there was none.
    """

    name: str
    connected: bool
    polls: int
    missed: int
    readings: int
    quarantined: int
    errors: dict[str, int]
    last_good: int | None
    restarts: int
    failure: str


@dataclass(slots=True)
class Tally:
    """The running counts of a source; `snapshot` is for others."""

    name: str
    connected: bool = False
    polls: int = 0
    missed: int = 0
    readings: int = 0
    quarantined: int = 0
    restarts: int = 0
    failure: str = ""
    last_good: int | None = None
    errors: Counter[str] = field(default_factory=Counter)

    def took(self, block: Block) -> None:
        """Count a block that is durable now."""
        self.readings += len(block)
        bad = block.quality == Quality.BAD
        for code in block.reason[bad].tolist():
            self.errors[REASON_TEXT[code]] += 1
        if not bad.all():
            self.last_good = max(int(block.received[~bad].max()), self.last_good or 0)

    def snapshot(self) -> SourceHealth:
        """The counts as they are now."""
        return SourceHealth(
            name=self.name,
            connected=self.connected,
            polls=self.polls,
            missed=self.missed,
            readings=self.readings,
            quarantined=self.quarantined,
            errors=dict(self.errors),
            last_good=self.last_good,
            restarts=self.restarts,
            failure=self.failure,
        )
