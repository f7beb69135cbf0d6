"""What the ledger tells reports: cases, timelines, plans, in one pass over the records of a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboards.reports.facts import CheckpointFact
from dashboards.views.cases import CaseFold, CaseView, EventView
from dashboards.views.evidence import EvidenceFold
from dashboards.views.look_backs import LookBackFold
from dashboards.views.plans import PlanFold
from dashboards.views.production import Signed, StartView
from dashboards.views.verdicts import VerdictFold, VerdictSpan
from ledger.store import Ledger
from ledger.timelines import Key
from readings.times import DAY
from rules.signed_ends import PRODUCTION_BEGUN, PRODUCTION_ENDED

_FOR_EVER = 40_000 * DAY


@dataclass(slots=True)
class Past:
    """The ledger, read; of one line or of all.

    Attributes:
        cases: with every event, also those without a case.
        verdicts: every timeline in force, from the beginning.
        plans: every plan adopted.
        replaced: by line, when a plan was replaced (ns UTC), its hash and that of the new one.
        signed: by line, who signed the end of production or said that it begins, in order.
        starts: the starts of lines, by line, unit of product and begin (ns UTC).
        notices: every notice sent, also of what was no case: when it was recorded (ns UTC), its line and body.
        look_backs: what failed calibrations look back on.
        evidence: what other systems handed in with evidence.
        checkpoint_over: the first signed note that covers a record; None where none does.
    """

    cases: CaseFold = field(default_factory=CaseFold)
    verdicts: VerdictFold = field(default_factory=lambda: VerdictFold(keep=_FOR_EVER))
    plans: PlanFold = field(default_factory=PlanFold)
    replaced: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    signed: list[tuple[str, Signed]] = field(default_factory=list)
    starts: dict[tuple[str, str, int], StartView] = field(default_factory=dict)
    notices: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    look_backs: LookBackFold = field(default_factory=LookBackFold)
    evidence: EvidenceFold = field(default_factory=lambda: EvidenceFold(keep=None))
    checkpoint_over: Callable[[int], str | None] = lambda _seq: None

    def checkpoint(self, seq: int) -> CheckpointFact | None:
        """The first checkpoint that covers a record; None where none does yet."""
        note = self.checkpoint_over(seq)
        return CheckpointFact.of(note) if note is not None else None

    def spans(self, key: Key) -> list[VerdictSpan]:
        """A timeline; a span that its plan's replacement ended ends there."""
        spans = self.verdicts.spans.get(key, [])
        if spans and spans[-1].end is None:
            for at, old, _ in self.replaced.get(key[0], ()):
                if spans[-1].plan == old and spans[-1].start <= at:
                    spans[-1].end = at
        return spans

    def spans_of(self, event: EventView) -> list[VerdictSpan]:
        """The spans that an event is made of."""
        return [
            span
            for span in self.spans((event.line, event.ccp, event.limit, event.unit))
            if span.verdict in ("deviation", "indeterminate")
            and (event.end is None or span.start < event.end)
            and (span.end is None or span.end > event.start)
        ]


def read_past(ledger: Ledger, line: str | None = None) -> Past:
    """Read a ledger from its beginning.

    Args:
        ledger: open for reading.
        line: only what is said of this one; of all where it is not given.
    """
    past, after = Past(checkpoint_over=ledger.checkpoint_over), 0
    while page := ledger.read(after, line=line):
        for record in page:
            past.cases.take(record)
            past.verdicts.take(record)
            past.plans.take(record)
            past.look_backs.take(record)
            past.evidence.take(record)
            if record.kind == "notice.sent":
                past.notices.append((record.at, record.line, record.content))
            elif record.kind in (PRODUCTION_ENDED, PRODUCTION_BEGUN):
                past.signed.append((record.line, Signed.of(record)))
            elif record.kind.startswith("start."):
                start = StartView.of(record)
                past.starts[record.line, start.unit, start.start] = start
                if record.kind == "start.withdrawn":
                    del past.starts[record.line, start.unit, start.start]
            elif record.kind == "plan.replaced":
                body = record.content
                past.replaced.setdefault(record.line, []).append((record.at, body["old"], body["new"]))
        after = page[-1].seq
    return past


def evidence_bodies(ledger: Ledger, past: Past, case: CaseView) -> dict[int, dict[str, Any]]:
    """The records of the spans that a case's events are made of, by their number."""
    return {
        span.seq: ledger.record(span.seq).content for event in case.events for span in past.spans_of(event)
    }


def adopted(ledger: Ledger) -> set[str]:
    """The lines of which something was recorded."""
    found, after = set(), 0
    while page := ledger.read(after, kind="plan.adopted"):
        found |= {record.line for record in page}
        after = page[-1].seq
    return found
