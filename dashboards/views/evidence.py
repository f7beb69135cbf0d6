"""Events that other systems handed in with evidence: where it lies, and its hash, as the ledger has it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dashboards.views.cases import CaseView
from ledger.record import Record
from ledger.store import Ledger
from readings.inputs import LONE_POINT
from readings.posted import EVIDENCE
from readings.times import MINUTE, NEVER, parse_time

KEPT = 1000  # of a line, the last ones
BEFORE = 15 * MINUTE  # a case's evidence may lie so long before its first event began


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """An event with evidence.

    Attributes:
        seq: of the ledger record.
        at: event time, ns UTC.
        sensor: of the plan, with its point where it has several.
        value: as it came.
        url: where the evidence lies; never fetched.
        sha256: of its bytes.
        note: what it shows.
        source: of the site file, that handed it in.
    """

    seq: int
    at: int
    sensor: str
    value: str
    url: str
    sha256: str
    note: str
    source: str

    @property
    def leads(self) -> bool:
        """Whether a browser may be sent there."""
        return urlsplit(self.url).scheme in ("http", "https")


@dataclass(slots=True)
class EvidenceFold:
    """Collects them out of the ledger's records, taken in order, by line; of each line the last `keep`, None for all."""

    keep: int | None = KEPT
    _of: dict[str, deque[EvidenceView]] = field(default_factory=dict)

    def take(self, record: Record) -> bool:
        """Take a record; whether it is one of evidence."""
        if record.kind != EVIDENCE:
            return False
        self._of.setdefault(record.line, deque(maxlen=self.keep)).append(_view(record))
        return True

    def between(self, line: str, start: int, end: int) -> list[EvidenceView]:
        """Those of a line with start <= time < end, ns UTC, by time, of those that are kept."""
        found = [each for each in self._of.get(line, ()) if start <= each.at < end]
        return sorted(found, key=lambda each: (each.at, each.seq))


def evidence_between(
    ledger: Ledger, start: int, end: int, *, line: str | None = None, sensor: str | None = None
) -> list[tuple[str, EvidenceView]]:
    """All that the ledger has with start <= time < end, ns UTC, each with its line, by time.

    Args:
        ledger: with the records.
        start: ns UTC.
        end: ns UTC.
        line: None for all.
        sensor: by the name of the plan; None for all.
    """
    found, after = [], 0
    while page := ledger.read(after, kind=EVIDENCE, line=line):
        after = page[-1].seq
        told = [(record.line, _view(record)) for record in page if sensor in (None, record.content["sensor"])]
        found += [(of, view) for of, view in told if start <= view.at < end]
    return sorted(found, key=lambda each: (each[1].at, each[1].seq))


def _view(record: Record) -> EvidenceView:
    body = record.content
    point = body["point"]
    return EvidenceView(
        seq=record.seq,
        at=parse_time(body["at"]),
        sensor=body["sensor"] if point == LONE_POINT else f"{body['sensor']}/{point}",
        **{name: body[name] for name in ("value", "url", "sha256", "note", "source")},
    )


def around(view: CaseView) -> tuple[int, int]:
    """From when to when evidence belongs to a case: a little before its first event, to the end of its last, ns UTC."""
    if not view.events:
        return 0, 0
    ends = [event.end for event in view.events]
    last = NEVER if None in ends else max(end for end in ends if end is not None) + 1
    return min(event.start for event in view.events) - BEFORE, last
