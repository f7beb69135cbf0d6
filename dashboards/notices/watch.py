"""What the ledger says that people must hear of: cases that are not over, silences that are no case yet.

A fold over the records: the same records give the same watch, so a restart knows what was known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from ledger.record import Record
from readings.times import NEVER, format_time, parse_time
from rules.notices import CaseCourse

FORM = 3  # of what is kept; what an earlier release kept is made anew from the ledger
KIND_NAMES = {"deviation": "deviation", "loss": "monitoring_loss", "fault": "instrument_fault"}
_CHANGES = ("opened", "revised", "returned", "withdrawn")


class Seen(msgspec.Struct):
    """A deviation, a monitoring loss or an instrument fault.

    Attributes:
        id: of the event.
        told: the id under which it is told: of the silence that it was before, else its own.
        line, ccp, limit, unit: what it is about.
        kind: `deviation`, `monitoring_loss`, `instrument_fault`.
        start, end: ns; NEVER while it lasts; of one that was withdrawn, when it was.
        worst: the worst value, as text; empty where there is none.
        plan: hash of the plan that judged.
        series: what gave no usable reading, `line/sensor/point`; of losses.
        withdrawn: late truth took it back.
        others: the limits, `CCP/limit`, that a failed calibration looks back on beside this one.
    """

    id: str
    told: str
    line: str
    ccp: str
    limit: str
    unit: str
    kind: str
    start: int
    end: int
    worst: str
    plan: str
    series: list[str] = []
    withdrawn: bool = False
    others: list[str] = []


class Silent(msgspec.Struct):
    """A limit without usable readings.

    Attributes:
        id: of the monitoring loss that it will be, if it lasts.
        line, ccp, limit, unit: what it is about.
        since: last usable reading, ns.
        known: when that became known, ns.
        plan: hash of the plan that judged.
        series: `line/sensor/point`.
    """

    id: str
    line: str
    ccp: str
    limit: str
    unit: str
    since: int
    known: int
    plan: str
    series: list[str]


class Watched(msgspec.Struct):
    """A case that is not over.

    Attributes:
        id: of the case.
        line: of it.
        joined: its events and when each became known, ns, in that order.
        acknowledged, sign, contained: see `rules.notices.CaseCourse`.
    """

    id: str
    line: str
    joined: dict[str, int] = {}
    acknowledged: int | None = None
    sign: int | None = None
    contained: int | None = None


class Watch(msgspec.Struct):
    """All of it, as of a ledger record.

    Attributes:
        seq: the last record heard.
        at: how far time had come then, ns.
        plans: text by hash.
        cases: by id.
        events: by id, of these cases.
        silences: by line, CCP, limit and unit, joined by newlines.
        sent: what the ledger says was sent of these: event, rung, again.
        delivered: who has heard of them by what: event, rung, person, channel.
        failed: what did not reach somebody: event, rung, whether it was a late upload.
        looked: by event that is not known yet, the limits, CCP and limit, that a failed calibration looks back on.
        form: `FORM`, as of the release that kept it.
    """

    form: int = 0
    seq: int = 0
    at: int = 0
    plans: dict[str, str] = {}
    cases: dict[str, Watched] = {}
    events: dict[str, Seen] = {}
    silences: dict[str, Silent] = {}
    sent: set[tuple[str, int, int]] = set()
    delivered: set[tuple[str, int, str, str]] = set()
    failed: set[tuple[str, int, bool]] = set()
    looked: dict[str, list[tuple[str, str]]] = {}

    def hear(self, record: Record) -> None:
        """Take the next record."""
        self.seq, self.at = record.seq, max(self.at, record.at)
        room, _, what = record.kind.partition(".")
        if record.kind == "plan.adopted":
            self.plans[record.content["hash"]] = record.content["text"]
        elif record.kind == "verdict":
            self._verdict(record.line, record.at, record.content)
        elif room == "case":
            self._case(record, what, record.content)
        elif record.kind == "notice.sent":
            self._sent(record.content)
        elif record.kind == "calibration.look_back":
            body = record.content
            self.looked[body["event"]] = [(ccp, limit) for ccp, limit, _ in body["limits"]]
        elif what in _CHANGES and "id" in record.content:
            self._event(record, room, what, record.content)

    def forget(self) -> None:
        """Let go of what belongs to no case and no silence any more; between transactions of the ledger, not within."""
        live = {event for case in self.cases.values() for event in case.joined}
        self.events = {id_: event for id_, event in self.events.items() if id_ in live}
        told = self.told()
        self.sent = {each for each in self.sent if each[0] in told}
        self.delivered = {each for each in self.delivered if each[0] in told}
        self.failed = {each for each in self.failed if each[0] in told}

    def told(self) -> set[str]:
        """The ids under which everything is told that is open."""
        return {event.told for event in self.events.values()} | {each.id for each in self.silences.values()}

    def course(self, case: Watched) -> CaseCourse:
        """The case as the ladder sees it."""
        events = tuple((self.events[event].told, known) for event, known in case.joined.items())
        return CaseCourse(events, case.acknowledged, case.sign, case.contained)

    def lasting(self, told: str) -> bool:
        """Whether what was told under this id still lasts."""
        events = any(each.told == told and each.end == NEVER for each in self.events.values())
        return events or any(each.id == told for each in self.silences.values())

    def _verdict(self, line: str, at: int, body: dict[str, Any]) -> None:
        """The last record of a timeline is its present span, also when it revises."""
        if body["class"] == "operating":
            return
        key = "\n".join([line, body["ccp"], body["limit"], body["unit"]])
        if body["verdict"] != "indeterminate" or _at_fault(body):
            self.silences.pop(key, None)
            return
        start = parse_time(body["from"])
        silent = self.silences.get(key)
        if silent is None:
            self.silences[key] = Silent(
                id=_loss_id(key, start),
                line=line,
                ccp=body["ccp"],
                limit=body["limit"],
                unit=body["unit"],
                since=start,
                known=at,
                plan=body["plan"],
                series=[each["series"] for each in body["sensors"]],
            )
        elif start < silent.since or format_time(silent.since) in [
            each["from"] for each in body["supersedes"]
        ]:
            silent.since = start

    def _event(self, record: Record, kind: str, what: str, body: dict[str, Any]) -> None:
        known, line = self.events.get(body["id"]), record.line
        start, end = parse_time(body["from"]), parse_time(body["to"]) if body["to"] else NEVER
        if known is None:
            silent = self.silences.get("\n".join([line, body["ccp"], body["limit"], body["unit"]]))
            was = silent if kind == "loss" else None
            known = self.events[body["id"]] = Seen(
                id=body["id"],
                told=was.id if was is not None else body["id"],
                line=line,
                ccp=body["ccp"],
                limit=body["limit"],
                unit=body["unit"],
                kind=KIND_NAMES.get(kind, kind),
                start=start,
                end=end,
                others=_beside(self.looked.pop(body["id"], []), body),
                worst="",
                plan=body["plan"],
                series=was.series if was is not None else [],
            )
        known.withdrawn = what == "withdrawn"
        known.start, known.end = start, record.at if known.withdrawn else end
        known.worst = body["worst"] or known.worst

    def _case(self, record: Record, what: str, body: dict[str, Any]) -> None:
        if what == "opened":
            self.cases[body["case"]] = Watched(body["case"], record.line)
        case = self.cases.get(str(body.get("case")))
        if case is None or what == "refused":
            return
        event = self.events.get(str(body.get("event")))
        if what in ("opened", "joined") and event is not None:
            case.joined.setdefault(event.id, record.at)
            if what == "opened" and case.id != event.id:  # taken up again after its case was over: told anew
                event.told = case.id
        elif what in ("acknowledged", "contained"):
            case.acknowledged = case.acknowledged or record.at
            case.sign = record.at
        elif what == "noted" and case.acknowledged is not None:
            case.sign = record.at
        if what == "contained":
            case.contained = case.contained or record.at
        if what in ("closed", "voided"):
            del self.cases[case.id]

    def _sent(self, body: dict[str, Any]) -> None:
        again = parse_time(body["again"]) if body["again"] else 0
        if isinstance(body["rung"], int):
            self.sent.add((body["event"], body["rung"], again))
            if body["delivered"]:
                self.delivered.add((body["event"], body["rung"], body["to"], body["channel"]))
            else:
                self.failed.add((body["event"], body["rung"], body["late"]))


def _at_fault(body: dict[str, Any]) -> bool:
    """Whether a verdict is indeterminate because an instrument is at fault: it speaks, and is told as a fault."""
    stuck = body["reason"].startswith("stuck") or ": stuck: " in body["reason"]
    return stuck or (body["class"] == "instrument" and body["worst"] is not None)


def _beside(limits: Iterable[tuple[str, str]], body: dict[str, Any]) -> list[str]:
    """The limits beside the one that an event names, each once."""
    return [
        f"{ccp}/{limit}"
        for ccp, limit in dict.fromkeys(limits)
        if (ccp, limit) != (body["ccp"], body["limit"])
    ]


def _loss_id(key: str, start: int) -> str:
    """As `rules.events.event_id` has it, so that a silence that lasts is told under the loss's own id."""
    return hashlib.sha256(f"{key}\nmonitoring_loss\n{format_time(start)}".encode()).hexdigest()[:16]
