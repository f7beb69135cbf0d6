"""The cases of a site: opened by events, moved on by people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.canonical import Body
from ledger.signatures import why_not_signed
from readings.inputs import Act
from readings.times import format_time
from rules.cases import Case, CaseError, act_on, check_action
from rules.events import Event, EventChange
from rules.limit_unit import LimitUnit

PAST = {
    "acknowledge": "acknowledged",
    "contain": "contained",
    "correct": "corrected",
    "dispose": "disposed",
    "note": "noted",
    "close": "closed",
    "void": "voided",
}


@dataclass(slots=True)
class CaseBook:
    """The cases that are not over, and which events had a case that is.

    Attributes:
        cases: by id.
        case_of: the case of every event in them.
        over: events of cases that are over, and how many cases each has had.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    case_of: dict[str, str] = field(default_factory=dict)
    over: dict[str, int] = field(default_factory=dict)

    def take_event(
        self, limit: LimitUnit, change: EventChange, lots: list[str], known: int
    ) -> list[tuple[str, Body]]:
        """What an event means for the cases: kind and body of each record.

        One event, one case. An event that late truth brings back, or makes longer, is taken up again: in its case where
        that is still open, else in a new one, for what people signed was about less.
        """
        event, what = change.event, change.what
        case = self.cases.get(self.case_of.get(event.id, ""))
        ended = event.end <= known or what == "withdrawn"
        if case is None:
            if what == "withdrawn" or (what == "returned" and event.id in self.over):
                return []
            return self._take_up(limit, event.id, str(event.kind), event.start, ended, lots, known)
        was = case.returned
        case.concern(lots)
        case.events[event.id] = ended
        if case.returned == was:
            return []
        kind = "case.returned" if case.returned else "case.reactivated"
        return [(kind, self._body(case, event.id, limit, known))]

    def take_lots(
        self, limit: LimitUnit, event: Event, lots: list[str], known: int
    ) -> list[tuple[str, Body]]:
        """More lots that an event affects: kind and body of each record.

        Its case concerns them; where that is over, another is opened, for what people signed was about less.
        """
        case = self.cases.get(self.case_of.get(event.id, ""))
        if case is not None:
            case.concern(lots)
            return []
        if not lots or event.id not in self.over:
            return []
        return self._take_up(limit, event.id, str(event.kind), event.start, event.end <= known, lots, known)

    def _take_up(  # noqa: PLR0913 - what a case begins with
        self,
        limit: LimitUnit,
        event: str,
        event_kind: str,
        start: int,
        ended: bool,
        lots: list[str],
        known: int,
    ) -> list[tuple[str, Body]]:
        case = next((each for each in self.cases.values() if self._takes(each, limit)), None)
        kind = "case.joined"
        if case is None:
            before = self.over.get(event, 0)
            id_ = f"{event}-{before + 1}" if before else event
            case = Case(id_, limit.line, limit.ccp, limit.unit, limit.group, start)
            self.cases[id_] = case
            kind = "case.opened"
        case.concern(lots)
        case.events[event] = False
        case.kinds = sorted({*case.kinds, event_kind})
        self.case_of[event] = case.id
        told = [(kind, self._body(case, event, limit, known))]
        if ended:
            case.events[event] = True
            if case.returned:
                told.append(("case.returned", self._body(case, event, limit, known)))
        return told

    def act(self, act: Act) -> tuple[str, str, Body]:
        """Let a person act on a case: kind, line and body of the record.

        The body is recorded as it was signed; what cannot be done is recorded as refused.
        """
        action = act.kind.removeprefix("case.")
        body: Body = dict(act.body)
        named = str(body.get("case", ""))
        case = self.cases.get(named)
        try:
            if case is None:
                raise CaseError(f"there is no open case {named!r}")  # noqa: TRY301 - refused like the rest
            cannot = why_not_signed(act.who, body)
            if cannot:
                raise CaseError(cannot)  # noqa: TRY301 - refused like the rest
            check_action(case, action, act.who, [str(body.get("role", ""))], body, now=act.time)
        except CaseError as refusal:
            return (
                "case.refused",
                case.line if case is not None else act.line,
                {
                    "case": named,
                    "action": action,
                    "who": act.who,
                    "reason": str(refusal),
                    "entered": format_time(act.time),
                },
            )
        act_on(case, action, act.who, body, now=act.time)
        if case.over:
            del self.cases[case.id]
            for event in case.events:
                del self.case_of[event]
                self.over[event] = self.over.get(event, 0) + 1
        return f"case.{PAST[action]}", case.line, body

    @staticmethod
    def _takes(case: Case, limit: LimitUnit) -> bool:
        same = (case.line, case.unit, case.group) == (limit.line, limit.unit, limit.group)
        return same and not case.over and not case.returned

    @staticmethod
    def _body(case: Case, event: str, limit: LimitUnit, known: int) -> dict[str, Any]:
        return {
            "case": case.id,
            "event": event,
            "opened": format_time(case.opened),
            "group": case.group,
            "ccp": limit.ccp,
            "limit": limit.limit,
            "unit": limit.unit,
            "kinds": list(case.kinds),
            "lots": list(case.concerned),
            "known": format_time(known),
        }
