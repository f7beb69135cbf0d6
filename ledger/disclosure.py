"""Which records a package discloses: a period of some lines, and what it cannot be understood without.

All records of the lines, and of the site, that became known in the period stand in one unbroken run. From
elsewhere in the ledger come: the verdicts in force when it began, the whole story of every deviation,
loss and case that was open in it, what later truth said of it, the adoption of every plan named, and who
the signers are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ledger.canonical import Body
from ledger.record import Record
from ledger.store import Ledger
from readings.errors import TimeError
from readings.times import parse_time

SITE = ""  # the line of records that belong to no line
SEALED = "segment.sealed"
ADOPTED = "plan.adopted"
VERDICT = "verdict"
_STORIES = ("deviation.", "loss.", "fault.", "case.")
_EVENT_ENDS = (".returned", ".withdrawn")
_CASE_ENDS = ("case.close", "case.closed", "case.void", "case.voided")
_NAMED = ("case", "deviation", "loss", "event", "id")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is disclosed.

    Attributes:
        first: index of the first leaf of the run, from 0.
        end: index behind its last leaf.
        records: disclosed, by seq; of the run those of the lines and the site.
    """

    first: int
    end: int
    records: list[Record]


def disclose(ledger: Ledger, *, lines: Collection[str], start: int, end: int, size: int) -> Disclosure:
    """The records of a period.

    Args:
        ledger: where they are.
        lines: the plan's lines.
        start: of the period, ns UTC.
        end: of the period, not included, ns UTC.
        size: how many records the ledger is taken to hold.
    """
    first, last = ledger.between(start, end)
    last = min(last, size)
    first = min(first, last + 1) if first else last + 1
    picked: dict[int, Record] = {}
    story = _Story()
    for record in _of(ledger, lines, last=size):
        if first <= record.seq <= last:
            picked[record.seq] = record
            story.within(record)
        elif record.kind == VERDICT or record.kind.startswith(_STORIES):
            content = record.content
            if record.at < start:
                story.before(record, content)
            elif (span := span_of(content)) and span[0] < end and span[1] > start:
                picked[record.seq] = record  # later truth about the period
            story.beside(record, content)
    for record in (*story.in_force(), *story.told()):
        picked[record.seq] = record
    for record in _background(ledger, lines, size, end, list(picked.values())):
        picked[record.seq] = record
    if first <= last:
        for record in _of(ledger, [SITE], after=first - 1, last=last):
            picked[record.seq] = record
    return Disclosure(first - 1, last, [picked[seq] for seq in sorted(picked)])


@dataclass(slots=True)
class _Story:
    """What goes on at the beginning of the period, and what is told in it."""

    _ids: set[str] = field(default_factory=set)
    _open: dict[tuple[bool, str], set[str]] = field(default_factory=dict)
    _beside: list[tuple[Record, set[str]]] = field(default_factory=list)
    _force: dict[tuple[str, ...], tuple[int, Record]] = field(default_factory=dict)

    def within(self, record: Record) -> None:
        if record.kind.startswith(_STORIES):
            self._ids |= _ids(record.content)

    def beside(self, record: Record, content: Body) -> None:
        if record.kind.startswith(_STORIES):
            self._beside.append((record, _ids(content)))

    def before(self, record: Record, content: Body) -> None:
        if record.kind == VERDICT:
            span = span_of(content)
            begin = span[0] if span else record.at
            key = (record.line, *(str(content.get(name)) for name in ("ccp", "limit", "unit")))
            if key not in self._force or begin >= self._force[key][0]:
                self._force[key] = (begin, record)
            return
        # an event may return while its case stays open, so each has an end of its own
        of_case = record.kind.startswith("case.")
        name = str(content.get("case" if of_case else "id"))
        if record.kind in _CASE_ENDS or (not of_case and record.kind.endswith(_EVENT_ENDS)):
            self._open.pop((of_case, name), None)
        else:
            self._open[of_case, name] = _ids(content)

    def in_force(self) -> Iterator[Record]:
        """The verdicts in force when the period began."""
        return (record for _, record in self._force.values())

    def told(self) -> Iterator[Record]:
        """The records beside the run that belong to what was open or is told in it."""
        wanted = self._ids.union(*self._open.values())
        size = -1
        while size != len(wanted):  # a case leads to its other events, and an event to its case
            size = len(wanted)
            wanted = wanted.union(*(ids for _, ids in self._beside if ids & wanted))
        return (record for record, ids in self._beside if ids & wanted)


def _ids(content: Body) -> set[str]:
    return {value for name in _NAMED if isinstance(value := content.get(name), str) and value}


def span_of(content: Body) -> tuple[int, int] | None:
    """`from` and `to` of a body, ns UTC; an open end is later than any time. None where it has no span."""
    try:
        start = parse_time(content["from"])
        end = content.get("to")
        return start, parse_time(end) if end else 2**63 - 1
    except (KeyError, TypeError, AttributeError, TimeError):
        return None


def plans_named(records: Iterable[Record]) -> set[str]:
    """The hashes of all plans that these records name."""
    contents = [(record.kind, record.content) for record in records]
    named = {content.get("hash" if kind == ADOPTED else "plan") for kind, content in contents}
    return {plan for plan in named if isinstance(plan, str) and _HASH.fullmatch(plan)}


def _background(
    ledger: Ledger, lines: Collection[str], size: int, end: int, records: list[Record]
) -> Iterator[Record]:
    named = plans_named(records)
    for line in lines:
        adopted = [record for record in _of(ledger, [line], last=size, kind=ADOPTED) if record.at < end]
        yield from adopted[-1:]
        yield from (record for record in adopted if record.content.get("hash") in named)
    signers = {
        signature.get("who")
        for record in records
        if isinstance(signature := record.content.get("signature"), dict)
    }
    for record in _of(ledger, [SITE], last=size, kind="person."):
        if signers & {record.content.get("id"), record.content.get("who")}:
            yield record
    yield from _of(ledger, [SITE], last=size, kind="key.")


def _of(
    ledger: Ledger, lines: Iterable[str], *, last: int, after: int = 0, kind: str | None = None
) -> Iterator[Record]:
    for line in lines:
        seq = after
        while seq < last and (page := ledger.read(seq, 1000, kind=kind, line=line)):
            yield from (record for record in page if record.seq <= last)
            seq = page[-1].seq


def sealed_segments(ledger: Ledger, line: str, size: int) -> list[Record]:
    """All `segment.sealed` records of a line, by seq."""
    return list(_of(ledger, [line], last=size, kind=SEALED))
