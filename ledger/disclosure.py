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
_STORIES = ("deviation.", "loss.", "case.")
_ENDS = (".returned", ".withdrawn", ".close", ".closed", ".void")
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
    outside: list[tuple[Record, Body]] = []
    for record in _of(ledger, lines, last=size):
        if record.kind == SEALED:
            continue
        content = record.content
        if first <= record.seq <= last:
            picked[record.seq] = record
            story.within(record, content)
        else:
            outside.append((record, content))
            if record.at < start:
                story.before(record, content)
    for record in [*story.in_force.values(), *_redecided(outside, start, end)]:
        picked[record.seq] = record
    ids = story.ids | set(story.open)
    for record, content in outside:
        if record.kind.startswith(_STORIES) and ids & _ids(content):
            picked[record.seq] = record
    for record in _background(ledger, lines, size, end, list(picked.values())):
        picked[record.seq] = record
    if first <= last:
        for record in _of(ledger, [*lines, SITE], after=first - 1, last=last):
            picked[record.seq] = record
    return Disclosure(first - 1, last, [picked[seq] for seq in sorted(picked)])


@dataclass(slots=True)
class _Story:
    """What goes on at the beginning of the period, and what it tells of."""

    ids: set[str] = field(default_factory=set)
    open: dict[str, int] = field(default_factory=dict)
    in_force: dict[tuple[str, ...], Record] = field(default_factory=dict)

    def within(self, record: Record, content: Body) -> None:
        if record.kind.startswith(_STORIES):
            self.ids |= _ids(content)

    def before(self, record: Record, content: Body) -> None:
        if record.kind == "verdict":
            key = (record.line, *(str(content.get(name)) for name in ("ccp", "limit", "unit")))
            known = self.in_force.get(key)
            if known is None or _begin(content) >= _begin(known.content):
                self.in_force[key] = record
        elif record.kind.startswith(_STORIES):
            for id_ in _ids(content):
                if record.kind.endswith(_ENDS):
                    self.open.pop(id_, None)
                else:
                    self.open[id_] = record.seq


def _begin(content: Body) -> int:
    span = span_of(content)
    return span[0] if span else 0


def _ids(content: Body) -> set[str]:
    return {value for name in _NAMED if isinstance(value := content.get(name), str) and value}


def _redecided(outside: Iterable[tuple[Record, Body]], start: int, end: int) -> Iterator[Record]:
    for record, content in outside:
        if record.at >= end and (span := span_of(content)) and span[0] < end and span[1] > start:
            yield record


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
