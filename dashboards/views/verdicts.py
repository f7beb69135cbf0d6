"""Verdict timelines kept up to date record by record: what `ledger.timelines.effective` makes, for the last days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.record import Record
from ledger.timelines import Key
from readings.times import DAY, parse_time

KEEP = 8 * DAY  # a page shows a week at most
_PRUNE_FROM = 64  # spans of one timeline


@dataclass(frozen=True, slots=True)
class CameTo:
    """What a cycle has come to at the point that is worst: credited at the least, likely, at most; in `unit`."""

    low: float
    best: float
    high: float
    unit: str

    @classmethod
    def of(cls, body: dict[str, str] | None) -> CameTo | None:
        """As a record says it; None where it says nothing."""
        if body is None:
            return None
        return cls(float(body["low"]), float(body["best"]), float(body["high"]), body["unit"])

    @property
    def body(self) -> dict[str, str]:
        """As the record says it."""
        return {"low": repr(self.low), "best": repr(self.best), "high": repr(self.high), "unit": self.unit}


@dataclass(slots=True)
class VerdictSpan:
    """A span of a verdict.

    Attributes:
        start: event time, ns UTC.
        end: not included; None while it is open.
        verdict: ok, operating, deviation, indeterminate, suspended, starting.
        reason: in the engine's words.
        decided: event time at which it could first be known.
        worst: of the whole span once it is over, of what was known at the decision before; None where it rests on none.
        plan: hash of the plan that it was judged by.
        sensors: series with instrument and calibration, as recorded.
        seq: of the record that decided it.
        came_to: of a limit decided per cycle: of the whole cycle once it is over, before of what was known at the decision.
    """

    start: int
    end: int | None
    verdict: str
    reason: str
    decided: int
    worst: float | None
    plan: str
    sensors: list[dict[str, Any]]
    seq: int
    came_to: CameTo | None = None


class VerdictFold:
    """The timelines in force; `spans` by line, CCP, limit, unit, each in order of time.

    Args:
        keep: spans that ended longer than this before the newest record are forgotten, ns.
    """

    def __init__(self, *, keep: int = KEEP) -> None:
        self.spans: dict[Key, list[VerdictSpan]] = {}
        self._keep = keep
        self._words: dict[str, str] = {}  # verdicts, reasons and hashes repeat: kept once each
        self._sensors: dict[Key, list[dict[str, Any]]] = {}  # and so do the instruments of a limit

    def take(self, record: Record) -> None:
        """Take a `verdict` record; others say nothing here."""
        if record.kind != "verdict":
            return
        body = record.content
        key = (record.line, body["ccp"], body["limit"], body["unit"])
        spans = self.spans.setdefault(key, [])
        if self._sensors.get(key) != body["sensors"]:
            self._sensors[key] = body["sensors"]
        start = parse_time(body["from"])
        gone = {parse_time(each["from"]) for each in body["supersedes"]}
        while spans and (spans[-1].start >= start or spans[-1].start in gone):
            gone.discard(spans.pop().start)
        if gone:
            spans[:] = [span for span in spans if span.start not in gone]
        if spans:
            spans[-1].end = start
            spans[-1].worst = _number(body["worst_before"])
            spans[-1].came_to = CameTo.of(body.get("integral_before")) or spans[-1].came_to
        spans.append(
            VerdictSpan(
                start,
                None,
                self._once(body["verdict"]),
                self._once(body["reason"]),
                parse_time(body["decided"]),
                _number(body["worst"]),
                self._once(body["plan"]),
                self._sensors[key],
                record.seq,
                CameTo.of(body.get("integral")),
            )
        )
        if len(spans) > _PRUNE_FROM:
            self._prune(spans, record.at)

    def current(self, key: Key) -> VerdictSpan | None:
        """The open span of a timeline."""
        spans = self.spans.get(key)
        return spans[-1] if spans else None

    def last_cycle(self, key: Key) -> VerdictSpan | None:
        """Of a limit decided per cycle the last span that says what its cycle came to, and is over or decided."""
        for span in reversed(self.spans.get(key, [])):
            if span.came_to is not None and (span.end is not None or span.verdict != "indeterminate"):
                return span
        return None

    def between(self, key: Key, start: int, end: int) -> list[VerdictSpan]:
        """The spans of a timeline that reach into start <= time < end."""
        found = []
        for span in reversed(self.spans.get(key, [])):
            if span.end is not None and span.end <= start:
                break
            if span.start < end:
                found.append(span)
        return found[::-1]

    def _once(self, text: str) -> str:
        return self._words.setdefault(text, text)

    def _prune(self, spans: list[VerdictSpan], now: int) -> None:
        first = 0
        while first < len(spans) - 1:
            end = spans[first].end
            if end is None or end >= now - self._keep:
                break
            first += 1
        if first > len(spans) // 4:
            del spans[:first]


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
