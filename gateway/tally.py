"""What a source has done so far, counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.doubts import Doubt, Doubts
from gateway.node_tally import NodeHealth, NodeTally
from gateway.requests import Span
from readings.block import Block
from readings.quality import REASON_TEXT, Quality
from readings.times import MS


@dataclass(frozen=True, slots=True)
class UnitHealth:
    """A unit on a Modbus link at one moment.

    Every poll that fell due is one of polls, missed and skipped.

    Attributes:
        unit: device id on the link.
        connected: whether it answered in its last poll.
        since: since when it does not answer, ns UTC; None while it does, and where it was never asked.
        polls: begun.
        missed: whose time passed before they could begin.
        skipped: left out, because the unit was silent and is tried only now and then.
        overruns: polls that were not done when the next was due.
        asked: requests sent, those that halve a refused block included.
        answered: requests that it answered, if only with an exception.
        round_trip_mean: from a request to its answer, ms; None before the first.
        round_trip_max: the longest, ms.
        errors: requests that gave no values, by reason, in words.
        until: when a silent unit is tried again, ns UTC; None where it is not silent.
        refused: addresses that it refuses; their values are bad, and tried again now and then.
        counter_since: since when its counter shows what it shows, ns UTC; None where it has none, or does not answer.
    """

    unit: int
    connected: bool
    since: int | None
    polls: int
    missed: int
    skipped: int
    overruns: int
    asked: int
    answered: int
    round_trip_mean: float | None
    round_trip_max: float | None
    errors: dict[str, int]
    until: int | None
    refused: tuple[str, ...]
    counter_since: int | None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source at one moment.

    Attributes:
        name: of the source.
        connected: whether its other end answers now; of several units on a link, whether one does.
        polls: requests for all values of a device that are due, or blocks taken from a broker.
        missed: polls whose time passed while the one before was not done.
        readings: handed over durably, bad ones included.
        quarantined: messages set aside.
        errors: bad readings by reason, in words.
        last_good: when the last good or uncertain reading was received, ns UTC; None if there was none.
        restarts: how often it failed as a whole and was started again.
        failure: the last such failure, in words; empty if there was none.
        address: which of its addresses is in use; empty where it has one.
        units: on a Modbus link.
        nodes: edge nodes of Sparkplug.
        doubts: what it gives that hardly anybody can have meant.
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
    address: str
    units: tuple[UnitHealth, ...]
    nodes: tuple[NodeHealth, ...]
    doubts: tuple[Doubt, ...]


@dataclass(slots=True)
class UnitTally:
    """The running counts of a unit; `snapshot` is for others."""

    unit: int
    connected: bool = False
    since: int | None = None  # the first request in a row that was not answered
    polls: int = 0
    missed: int = 0
    skipped: int = 0
    overruns: int = 0
    asked: int = 0
    answered: int = 0
    round_trips: int = 0  # ns, in all
    round_trip_max: int = 0  # ns
    until: int | None = None
    errors: Counter[str] = field(default_factory=Counter)
    refused: Sequence[Span] = ()
    counter_pause: int = 0  # the longest time between two moves of the counter, ns
    _counter: int | None = None
    _moved: int | None = None
    _moves: bool = False

    @property
    def counter_since(self) -> int | None:
        """Since when its counter shows what it shows, ns UTC; None where it has none, or does not answer."""
        return self._moved if self.connected else None

    def counted(self, counter: int, now: int) -> None:
        """What the unit's own counter shows, at this time (ns UTC)."""
        if counter != self._counter:
            if self._moves:
                self.counter_pause = max(self.counter_pause, now - (self._moved or now))
            self._moves = self._moved is not None  # when it came to what it showed first, nobody saw
            self._counter, self._moved = counter, now

    def heard(self, took: int) -> None:
        """Count an answer to a request, and the ns that it took."""
        self.answered += 1
        self.round_trips += took
        self.round_trip_max = max(self.round_trip_max, took)

    def snapshot(self) -> UnitHealth:
        """The counts as they are now."""
        answered = self.answered
        return UnitHealth(
            unit=self.unit,
            connected=self.connected,
            since=None if self.connected else self.since,
            polls=self.polls,
            missed=self.missed,
            skipped=self.skipped,
            overruns=self.overruns,
            asked=self.asked,
            answered=answered,
            round_trip_mean=round(self.round_trips / answered / MS, 3) if answered else None,
            round_trip_max=round(self.round_trip_max / MS, 3) if answered else None,
            errors=dict(self.errors),
            until=self.until,
            refused=tuple(str(span) for span in self.refused),
            counter_since=self.counter_since,
        )


@dataclass(slots=True)
class Tally:
    """The running counts of a source; `snapshot` is for others."""

    name: str
    connected: bool = False
    polls: int = 0
    readings: int = 0
    quarantined: int = 0
    restarts: int = 0
    failure: str = ""
    address: str = ""
    last_good: int | None = None
    errors: Counter[str] = field(default_factory=Counter)
    units: dict[int, UnitTally] = field(default_factory=dict)
    nodes: dict[str, NodeTally] = field(default_factory=dict)
    doubts: Doubts = field(default_factory=Doubts)

    @property
    def missed(self) -> int:
        """Polls whose time passed before they could begin."""
        return sum(unit.missed for unit in self.units.values())

    def unit(self, number: int) -> UnitTally:
        """The counts of a unit; they go on when the source is started again."""
        return self.units.setdefault(number, UnitTally(number))

    def node(self, name: str) -> NodeTally:
        """The counts of an edge node, named by its group and id; they go on when the source is started again."""
        return self.nodes.setdefault(name, NodeTally(node=name))

    def took(self, block: Block) -> None:
        """Count a block that is durable now."""
        self.readings += len(block)
        bad = block.quality == Quality.BAD
        for code, count in Counter(block.reason[bad].tolist()).items():
            self.errors[REASON_TEXT[code]] += count
        if not bad.all():
            self.last_good = max(int(block.received[~bad].max()), self.last_good or 0)
        self.doubts.took(block)

    def snapshot(self) -> SourceHealth:
        """The counts as they are now."""
        units = tuple(unit.snapshot() for unit in list(self.units.values()))
        return SourceHealth(
            name=self.name,
            connected=any(unit.connected for unit in units) if units else self.connected,
            polls=self.polls + sum(unit.polls for unit in units),
            missed=self.missed,
            readings=self.readings,
            quarantined=self.quarantined,
            errors=dict(self.errors),
            last_good=self.last_good,
            restarts=self.restarts,
            failure=self.failure,
            address=self.address,
            units=units,
            nodes=tuple(node.snapshot() for node in list(self.nodes.values())),
            doubts=self.doubts.said(list(self.units.values()), time.time_ns()),
        )
