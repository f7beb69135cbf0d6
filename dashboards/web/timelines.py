"""Verdicts for the API: the timelines of the last days kept up to date, older ones and what was known read anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboards.views.verdicts import KEEP, VerdictFold, VerdictSpan
from ledger.store import Ledger
from ledger.timelines import Key
from readings.times import NEVER, format_time


@dataclass(frozen=True, slots=True)
class Asked:
    """Which spans are asked for.

    Attributes:
        line: of this line; None for all.
        ccp: of this CCP or OPRP; None for all.
        start: spans that reach behind this, ns UTC; None for the present ones.
        end: spans that begin before this, ns UTC.
        known: as known then, ns UTC; None for now.
    """

    line: str | None = None
    ccp: str | None = None
    start: int | None = None
    end: int = NEVER
    known: int | None = None


class Timelines:
    """The verdicts of a ledger."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._fold = VerdictFold()
        self._seq = self._at = 0

    def spans(self, ledger: Ledger, asked: Asked) -> list[tuple[Key, VerdictSpan]]:
        """The spans asked for, by line, CCP, limit, unit and time.

        Args:
            ledger: open for reading.
            asked: which.
        """
        if asked.known is not None:
            return _found(_anew(ledger, asked.known), asked)
        with self._turn:
            self._refresh(ledger)
            if asked.start is None or asked.start >= self._at - KEEP:
                return _found(self._fold, asked)
        return _found(_anew(ledger, NEVER), asked)

    def _refresh(self, ledger: Ledger) -> None:
        if ledger.last_seq() < self._seq:  # put back from a backup
            self._fold, self._seq, self._at = VerdictFold(), 0, 0
        while page := ledger.read(self._seq, kind="verdict"):
            for record in page:
                self._fold.take(record)
            self._seq, self._at = page[-1].seq, page[-1].at


def span_body(ledger: Ledger, key: Key, span: VerdictSpan) -> dict[str, Any]:
    """A span as the API shows it: the body of its record, with what is known of the whole span."""
    body = ledger.record(span.seq).content
    integral = {} if span.came_to is None else {"integral": span.came_to.body}
    return body | {
        **integral,
        "line": key[0],
        "seq": span.seq,
        "to": None if span.end is None else format_time(span.end),
        "worst": None if span.worst is None else f"{span.worst:.15g}",
    }


def _anew(ledger: Ledger, known: int) -> VerdictFold:
    fold, after = VerdictFold(keep=NEVER), 0
    while page := ledger.read(after, kind="verdict"):
        for record in page:
            if record.at > known:
                return fold
            fold.take(record)
        after = page[-1].seq
    return fold


def _found(fold: VerdictFold, asked: Asked) -> list[tuple[Key, VerdictSpan]]:
    return [(key, span) for key in sorted(fold.spans) for span in _of_key(fold, key, asked)]


def _of_key(fold: VerdictFold, key: Key, asked: Asked) -> Iterator[VerdictSpan]:
    if asked.line not in (None, key[0]) or asked.ccp not in (None, key[1]):
        return
    if asked.start is None:
        current = fold.current(key)
        if current is not None and current.start < asked.end:
            yield current
        return
    yield from fold.between(key, asked.start, asked.end)
