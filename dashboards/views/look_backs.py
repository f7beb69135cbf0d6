"""Look-backs on calibrations that failed: which one, since when, and what was decided then and is decided now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from dashboards.views.verdicts import VerdictFold, VerdictSpan
from ledger.calibration import CALIBRATED, LOOKED_BACK
from ledger.record import Record
from ledger.store import Ledger
from ledger.timelines import Key
from readings.times import NEVER, parse_time


@dataclass(frozen=True, slots=True)
class LookBackView:
    """A calibration failed, and every decision since it last passed is decided again.

    Attributes:
        event: id of the instrument fault.
        calibration: id of the entry.
        entered: body of the record `calibration.entered`.
        line, series: of the instrument; the series as `line/sensor/point`.
        start: when it last passed, or the line was first judged, ns UTC.
        end: when it failed, ns UTC.
        error: what it showed less the reference, with its unit.
        limits: that rest on it.
        done: seq of the record that says it is done; 0 before.
        spans: how many can be shown no more; 0 before it is done.
        lots: that were made meanwhile.
    """

    event: str
    calibration: str
    entered: dict[str, Any]
    line: str
    series: str
    start: int
    end: int
    error: str
    limits: tuple[Key, ...]
    done: int = 0
    spans: int = 0
    lots: tuple[str, ...] = ()

    @property
    def sensor(self) -> str:
        """Its sensor in the plan."""
        return self.series.split("/")[1]

    @property
    def point(self) -> str:
        """Of the sensor."""
        return self.series.split("/")[2]


@dataclass(slots=True)
class LookBackFold:
    """Makes them out of the ledger's records, taken in order; by the id of their event."""

    of_event: dict[str, LookBackView] = field(default_factory=dict)
    _entered: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, record: Record) -> bool:
        """Take a record; whether it is one about calibrations."""
        if not record.kind.startswith("calibration."):
            return False
        body = record.content
        if record.kind == CALIBRATED:
            if not body["passed"]:
                self._entered[body["calibration"]] = body
        elif record.kind == LOOKED_BACK:
            known = self.of_event.get(body["event"])
            if known is not None:
                self.of_event[known.event] = replace(
                    known, done=record.seq, spans=body["spans"], lots=tuple(body["lots"])
                )
        else:
            self.of_event[body["event"]] = LookBackView(
                event=body["event"],
                calibration=body["calibration"],
                entered=self._entered.pop(body["calibration"], {}),
                line=record.line,
                series=body["series"],
                start=parse_time(body["from"]),
                end=parse_time(body["to"]),
                error=body["error"],
                limits=tuple((record.line, ccp, limit, unit) for ccp, limit, unit in body["limits"]),
            )
        return True


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end` one thing was decided then, and another is now; ns UTC."""

    start: int
    end: int
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class DecidedAgain:
    """A limit that was looked back on.

    Attributes:
        key: of it.
        then: its spans as they stood before, in the time that was looked back on.
        now: as they were left.
    """

    key: Key
    then: tuple[VerdictSpan, ...]
    now: tuple[VerdictSpan, ...]

    def changes(self, start: int, end: int) -> Iterator[Stretch]:
        """Where the two differ, in start <= time < end, in order."""
        cuts = {start, end, *(span.start for span in (*self.then, *self.now) if start < span.start < end)}
        times = sorted(cuts)
        last: Stretch | None = None
        for at, until in pairwise(times):
            then, now = _verdict_at(self.then, at), _verdict_at(self.now, at)
            if last is not None and (last.then, last.now, last.end) == (then, now, at):
                last = replace(last, end=until)
                continue
            if last is not None and last.then != last.now:
                yield last
            last = Stretch(at, until, then, now)
        if last is not None and last.then != last.now:
            yield last


def decided_again(ledger: Ledger, view: LookBackView) -> list[DecidedAgain]:
    """What was decided then and is decided now, of every limit that rests on the instrument; once it is done.

    Args:
        ledger: open for reading; all verdicts of the line are read.
        view: of the look-back.
    """
    then, now = VerdictFold(keep=NEVER), VerdictFold(keep=NEVER)
    before, after = True, 0
    while page := ledger.read(after, kind="verdict", line=view.line):
        for record in page:
            if record.seq > view.done:
                break
            before = before and record.content.get("look_back") != view.calibration
            for fold in (then, now) if before else (now,):
                fold.take(record)
        after = page[-1].seq
    return [
        DecidedAgain(
            key,
            tuple(then.between(key, view.start, view.end)),
            tuple(now.between(key, view.start, view.end)),
        )
        for key in view.limits
    ]


def _verdict_at(spans: tuple[VerdictSpan, ...], time: int) -> str:
    for span in spans:
        if span.start <= time and (span.end is None or time < span.end):
            return span.verdict
    return ""
