"""Looking back: a calibration failed, and every decision since the last one that passed is decided again with its doubt.

The instrument may have been off by up to the error found, at any moment of the span, and in the direction found. What
held with room to spare stays; what was beyond by more than the error stays beyond; what can no longer be shown becomes
indeterminate. Readings are never changed; verdicts are superseded by revisions that name the calibration.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ledger.canonical import Body
from readings.inputs import Series
from readings.times import NEVER, format_time, parse_time
from rules.events import Event, EventKind
from rules.limit_unit import LimitUnit
from rules.terms import Terms
from rules.timeline import Verdict

METHOD = "look_back/1"
SPAN = ("ok", "operating", "deviation")  # what the doubt of an instrument can take away


class LookBack(msgspec.Struct):
    """What is to be decided again.

    Attributes:
        calibration: id of the entry that failed.
        series: of the instrument.
        start: when it last passed, or the line was first judged, ns.
        end: when it failed, ns.
        error: what it showed less the reference: `0.05 mg/L`.
        since: decisions behind this moment name the calibration, ns.
        event: the instrument fault.
        ccp, limit, unit, zone: of the first limit that rests on it.
        limits: every one that does: CCP, limit, unit.
        plan: hash of the plan in force when it was entered.
    """

    calibration: str
    series: Series
    start: int
    end: int
    error: str
    since: int
    event: Event
    ccp: str
    limit: str
    unit: str
    zone: str
    limits: list[tuple[str, str, str]]
    plan: str

    @property
    def reason(self) -> str:
        """Why a verdict became indeterminate."""
        name = self.series.sensor if self.series.point == "1" else f"{self.series.sensor}/{self.series.point}"
        return f"calibration failed: {name} was off by {self.error}; it cannot be shown what held"

    @property
    def judged(self) -> LimitUnit:
        """The unit that the fault is of, in words of the engine; it judges nothing."""
        return LimitUnit(
            line=self.series.line,
            ccp=self.ccp,
            limit=self.limit,
            unit=self.unit,
            zone=self.zone,
            kind="calibration",
            method=METHOD,
            rank="instrument",
            sensor=self.series.sensor,
            tracks=(),
            terms=Terms(0, 0, 1, Verdict.INDETERMINATE, ""),
            lost_after=NEVER,
            upward=True,
            middle=0.0,
            exceptions=(),
            gate=-1,
            judged=(),
            settle=0,
            group=f"{self.ccp}:calibration {self.calibration}",
            window=0,
            seen=0,
        )

    def body(self) -> Body:
        """Of the record `calibration.look_back`."""
        return {
            "calibration": self.calibration,
            "event": self.event.id,
            "series": f"{self.series.line}/{self.series.sensor}/{self.series.point}",
            "from": format_time(self.start),
            "to": format_time(self.end),
            "error": self.error,
            "limits": [list(each) for each in self.limits],
            "reason": self.reason,
            "plan": self.plan,
        }


def fault_of(line: str, calibration: str, series: Series, start: int, failed: int) -> Event:
    """The instrument fault that a failed calibration is; it lasts until everything was decided again."""
    named = "\n".join([line, "calibration", calibration, str(series), EventKind.FAULT])
    id_ = hashlib.sha256(named.encode()).hexdigest()[:16]
    return Event(id_, EventKind.FAULT, start, NEVER, failed, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Verdicts of one limit unit by their beginnings, as decided again.

    Attributes:
        starts: ns, in order.
        verdicts: that hold from then on.
        decided: when each could first be known, ns.
    """

    starts: list[int]
    verdicts: list[str]
    decided: list[int]

    def at(self, time: int) -> int:
        """The number of the span that holds at a time; -1 before the first."""
        return bisect_right(self.starts, time) - 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a timeline as it is said again.

    Attributes:
        start: ns.
        body: of the verdict that held there.
        known: when the doubt of it could first be known by readings, ns; None where it stays as it was.
    """

    start: int
    body: dict[str, Any]
    known: int | None


def pieces_of(
    recorded: Sequence[dict[str, Any]], plain: Timeline, shifted: Sequence[Timeline], *, start: int
) -> list[Piece]:
    """The timeline from its first doubtful moment on; empty where everything held with room to spare.

    Args:
        recorded: the spans in force, as `ledger.timelines.effective` gives them.
        plain: decided again by the readings as they are.
        shifted: decided again by readings that are off by as much as the instrument may have been.
        start: the instrument may have been off from then on, ns.
    """
    begins = [parse_time(span["from"]) for span in recorded]
    cuts = {start, *begins, *plain.starts, *(time for each in shifted for time in each.starts)}
    found: list[Piece] = []
    for cut in sorted(time for time in cuts if time >= start):
        number = bisect_right(begins, cut) - 1
        if number < 0:
            continue
        body = recorded[number]
        known = _doubted(body["verdict"], plain, shifted, cut)
        last = found[-1] if found else None
        if last is not None and last.body is body and (last.known is None) == (known is None):
            continue
        if known is not None or last is not None:
            found.append(Piece(cut, body, known))
    return found


def _doubted(verdict: str, plain: Timeline, shifted: Sequence[Timeline], time: int) -> int | None:
    """Whether an instrument that was off would have had another verdict, and by which readings that is known."""
    there = plain.at(time)
    if verdict not in SPAN or there < 0:
        return None
    for each in shifted:
        number = each.at(time)
        if number >= 0 and each.verdicts[number] not in (plain.verdicts[there], verdict):
            return each.decided[number]
    return None


def revisions_of(said: Body, pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """Bodies of `verdict` records, without `known`, and without the evidence of those in doubt.

    Each piece is said again with a higher revision, for whoever follows a timeline takes a verdict for all that follows.

    Args:
        said: body of the record `calibration.look_back`.
        pieces: of a limit unit.
    """
    bodies: list[dict[str, Any]] = []
    before: Piece | None = None
    for piece in pieces:
        body = {name: value for name, value in piece.body.items() if name not in ("to", "integral")}
        body |= {
            "from": format_time(piece.start),
            "revision": piece.body["revision"] + 1,
            "supersedes": [],
            "from_before": format_time(before.start) if before is not None else piece.body["from_before"],
            "worst_before": _worst(before) if before is not None else piece.body["worst_before"],
            "worst": None,
            "look_back": said["calibration"],
        }
        body.pop("integral_before", None)
        if piece.known is None:
            if "integral" in piece.body:
                body["integral"] = piece.body["integral"]
        else:
            body |= {
                "verdict": str(Verdict.INDETERMINATE),
                "reason": said["reason"],
                "decided": said["to"],
            }
        bodies.append(body)
        before = piece
    if bodies and parse_time(pieces[0].body["from"]) < pieces[0].start:  # it goes on up to there
        bodies[0] |= {"from_before": pieces[0].body["from"], "worst_before": pieces[0].body["worst"]}
    return bodies


def _worst(piece: Piece) -> str | None:
    return piece.body["worst"] if piece.known is None else None
