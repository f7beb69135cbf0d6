"""What `health.json` must look like to be believed: whatever else stands in it, pages and API can show this."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class DoubtSaid(msgspec.Struct, frozen=True):
    """What a source gives that hardly anybody can have meant; see `gateway.doubts.Doubt`."""

    kind: str
    about: str = ""
    facts: dict[str, str | Count] = {}


class TroubleSaid(msgspec.Struct):
    """What is not as it should be: one of `dashboards.views.trouble_kinds`, and the record process's own words.

    A doubt says its source and its facts besides.
    """

    kind: str
    words: str
    source: str = ""
    doubt: DoubtSaid | None = None


class BooksSaid(msgspec.Struct):
    """The books of the journal; see `readings.ports.Books`."""

    acquired: Count
    duplicate: Count
    stored: Count
    waiting: Count
    quarantined: Count
    balance: int


class JournalSaid(msgspec.Struct):
    """The last block, the last one that the clerk has heard, readings that came too late to decide."""

    last: Count
    clerk: Count
    too_late_to_decide: Count


class LedgerSaid(msgspec.Struct):
    """How many records the ledger holds."""

    records: Count


class UnitSaid(msgspec.Struct):
    """A unit on a Modbus link; see `gateway.tally.UnitHealth`."""

    unit: Count
    connected: bool
    since: Count | None = None
    errors: dict[str, Count] = {}
    refused: list[str] = []
    counter_since: Count | None = None


class DeviceSaid(msgspec.Struct):
    """A device behind an edge node: whether it is there, and is read; see `gateway.node_tally.DeviceHealth`."""

    device: str
    connected: bool
    read: bool
    births: Count
    deaths: Count
    last_heard: Count | None
    since: Count | None


class NodeSaid(msgspec.Struct):
    """An edge node: whether it is there, is read, and its births hold; see `gateway.node_tally.NodeHealth`."""

    node: str
    connected: bool
    read: bool
    born: bool
    births: Count
    deaths: Count
    lost: Count
    asked: Count
    last_heard: Count | None
    since: Count | None
    devices: list[DeviceSaid]


class SourceSaid(msgspec.Struct):
    """A source: whether it is connected, what it gave, when it last gave a good reading, ns UTC; what is behind it."""

    name: str
    connected: bool
    readings: Count
    missed: Count
    errors: dict[str, Count]
    last_good: Count | None
    failure: str
    units: list[UnitSaid] = []
    nodes: list[NodeSaid] = []


class CopySaid(msgspec.Struct):
    """A copy to InfluxDB: points written, points refused, what is wrong."""

    written: Count
    poison: Count
    trouble: str | None


class HeldSaid(msgspec.Struct, frozen=True):
    """Bytes of the journal's blocks, and how many there may be; None for no bound."""

    bytes: Count = 0
    most: Count | None = None


class CompletenessSaid(msgspec.Struct, frozen=True):
    """How many series lack readings now."""

    gaps: Count = 0


class HandedInSaid(msgspec.Struct, frozen=True):
    """Batches that were handed in or imported and wait for the record process, and their bytes."""

    batches: Count = 0
    bytes: Count = 0


class ClockSaid(msgspec.Struct, frozen=True):
    """Seconds from event to arrival, by source; how often the machine's clock was set, and the last time."""

    skew_seconds: dict[str, float] = {}
    steps: Count = 0
    last_step: str | None = None


class HealthSaid(msgspec.Struct):
    """All of it; times are RFC 3339. What has a default, an earlier release did not say."""

    at: str
    started: str
    books: BooksSaid
    journal: JournalSaid
    ledger: LedgerSaid
    trouble: list[TroubleSaid]
    sources: list[SourceSaid]
    influxdb: dict[str, CopySaid] | None
    quarantine: dict[str, Count] = {}
    books_by_source: dict[str, BooksSaid] = {}
    held: HeldSaid = HeldSaid()
    completeness: CompletenessSaid = CompletenessSaid()
    clock: ClockSaid = ClockSaid()
    handed_in: HandedInSaid = HandedInSaid()
