"""A record of the ledger, and the one line of text that is hashed for it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.canonical import Body, canonical, parse
from readings.times import format_time


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the ledger.

    Attributes:
        seq: 1, 2, 3 ... without gaps; `seq - 1` is the index of its leaf.
        at: when it became known, ns UTC.
        kind: `verdict`, `case.closed`, ...
        line: the plan's line; empty for the site.
        body: canonical JSON of what belongs to the kind.
        leaf: the leaf hash of `text`.
    """

    seq: int
    at: int
    kind: str
    line: str
    body: bytes
    leaf: bytes

    @property
    def text(self) -> bytes:
        """The canonical line that the leaf is the hash of: at, body, kind, line, seq."""
        return record_text(seq=self.seq, at=self.at, kind=self.kind, line=self.line, body=self.body)

    @property
    def content(self) -> Body:
        """The body as an object."""
        return parse(self.body, where=f"the body of record {self.seq}")


def record_text(*, seq: int, at: int, kind: str, line: str, body: bytes) -> bytes:
    """The canonical JSON line of a record; `at` as RFC 3339, `body` as canonical bytes."""
    frame = canonical({"at": format_time(at), "kind": kind, "line": line, "seq": seq}, where=f"record {seq}")
    time, rest = frame.split(b',"kind":', 1)
    return time + b',"body":' + body + b',"kind":' + rest
