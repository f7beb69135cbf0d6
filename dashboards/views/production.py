"""A line's production as the ledger tells it: who signed its end, and its starts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ledger.record import Record
from readings.times import parse_time
from rules.signed_ends import PRODUCTION_BEGUN, PRODUCTION_ENDED

_KEPT = 20  # starts of a line


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody signed the end of production, or said that it begins.

    Attributes:
        seq: of the record.
        at: from when it holds, ns UTC.
        ended: whether it is the end.
        who: id of the person.
        name: of the person, as recorded.
        role: in which they signed.
    """

    seq: int
    at: int
    ended: bool
    who: str
    name: str
    role: str

    @classmethod
    def of(cls, record: Record) -> Signed:
        """A record `production.ended` or `production.begun`."""
        body = record.content
        return cls(
            record.seq,
            parse_time(body["at"]),
            record.kind == PRODUCTION_ENDED,
            body["who"],
            body["name"],
            body["role"],
        )


@dataclass(frozen=True, slots=True)
class StartView:
    """A start of the line: it came into a state in which it is judged, and was settling.

    Attributes:
        seq: of the record that tells it last.
        unit: the line, or a zone of it.
        start: ns UTC.
        end: ns UTC; None while it lasts.
        product: what becomes of the product made meanwhile: `divert` or `hold`.
        lots: that were there.
    """

    seq: int
    unit: str
    start: int
    end: int | None
    product: str
    lots: tuple[str, ...]

    @classmethod
    def of(cls, record: Record) -> StartView:
        """A record `start.*`."""
        body = record.content
        end = None if body["to"] is None else parse_time(body["to"])
        return cls(
            record.seq, body["unit"], parse_time(body["from"]), end, body["product"], tuple(body["lots"])
        )


@dataclass(frozen=True, slots=True)
class ProductionView:
    """What is known of a line's production.

    Attributes:
        signed: what was signed last; None where nothing was.
        starts: the last ones, the latest first.
    """

    signed: Signed | None = None
    starts: tuple[StartView, ...] = ()


@dataclass(slots=True)
class ProductionFold:
    """Makes it out of the ledger's records, taken in order."""

    _signed: dict[str, Signed] = field(default_factory=dict)
    _starts: dict[str, deque[StartView]] = field(default_factory=dict)

    def take(self, record: Record) -> bool:
        """Take a record; whether it was about production."""
        if record.kind in (PRODUCTION_ENDED, PRODUCTION_BEGUN):
            self._signed[record.line] = Signed.of(record)
            return True
        if not record.kind.startswith("start."):
            return False
        mine, start = self._starts.setdefault(record.line, deque(maxlen=_KEPT)), StartView.of(record)
        others = [each for each in mine if (each.unit, each.start) != (start.unit, start.start)]
        if record.kind != "start.withdrawn":
            others.append(start)
        mine.clear()
        mine.extend(sorted(others, key=lambda each: each.start))
        return True

    def of(self, line: str) -> ProductionView:
        """Of a line."""
        return ProductionView(self._signed.get(line), tuple(reversed(self._starts.get(line, ()))))
