"""The cases of a site for readers: all of them, with their events and everything that was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.case_book import PAST
from ledger.record import Record
from ledger.store import Ledger
from readings.times import parse_time
from rules.cases import Case, act_on

ACTION_OF = {past: action for action, past in PAST.items()}
KIND_OF = {"deviation": "deviation", "loss": "monitoring_loss", "fault": "instrument_fault"}


@dataclass(frozen=True, slots=True)
class Product:
    """What an event affects: from the last good to the first good reading, where its lots are counted.

    Attributes:
        start: ns UTC; None while it is still on its way there.
        end: ns UTC; None while more may come.
        at: where lots are counted; empty where that is at the control point.
        unknown: for how long the flow was not known, so that the greatest span was taken; empty for not at all.
    """

    start: int | None
    end: int | None
    at: str = ""
    unknown: str = ""

    @classmethod
    def of(cls, body: dict[str, Any]) -> Product:
        """What a record of an event says of it; those of the first releases said the event alone."""
        said = body.get("affected", {"from": body["from"], "to": body["to"]})
        start, end = (None if said[key] is None else parse_time(said[key]) for key in ("from", "to"))
        return cls(start, end, said.get("at", ""), said.get("unknown", ""))


@dataclass(slots=True)
class EventView:
    """A deviation, a monitoring loss or an instrument fault, as it is known now.

    Attributes:
        id: of the event.
        kind: `deviation`, `monitoring_loss`, `instrument_fault`.
        line, ccp, limit, unit: what it is about.
        start: event time, ns UTC.
        end: where it ended; None while it lasts.
        decided: event time at which it could first be known.
        worst: in the sensor's unit; None where it rests on no value.
        lots: that it affects.
        plan: hash of the plan that it was judged by.
        withdrawn: late truth took it away.
        revised: how often it changed after it was opened.
        product: what it affects.
    """

    id: str
    kind: str
    line: str
    ccp: str
    limit: str
    unit: str
    start: int
    end: int | None
    decided: int
    worst: float | None
    lots: tuple[str, ...]
    plan: str
    withdrawn: bool = False
    revised: int = 0
    product: Product = Product(None, None)


@dataclass(frozen=True, slots=True)
class ActView:
    """Something that was done with a case, or tried.

    Attributes:
        seq: of the ledger record.
        at: when, ns UTC.
        action: one of `rules.cases.TRANSITIONS`, or `refused`: then the body says which action and why.
        who: id of the person.
        name: of the person, as recorded.
        role: in which they acted.
        body: what was recorded, the signature included.
    """

    seq: int
    at: int
    action: str
    who: str
    name: str
    role: str
    body: dict[str, Any]


@dataclass(slots=True)
class CaseView:
    """A case with its history.

    Attributes:
        case: as `rules.cases` has it; its `stage` and `lots` are those of now.
        limit: that the first event was about.
        opened_at: when it became known, ns UTC; `case.opened` is the event time.
        closed_at: when it was closed or voided; None before.
        returned_at: when the condition returned last; None while it is active.
        plan: hash of the plan that the first event was judged by.
        events: in it, in the order in which they joined.
        acts: what was done, in order.
        notices: bodies of the notices sent about it, with `at`, in order.
        lots_seen: lots that were there when it opened, and since.
        seqs: of every ledger record about it.
    """

    case: Case
    limit: str
    opened_at: int
    plan: str = ""
    closed_at: int | None = None
    returned_at: int | None = None
    events: list[EventView] = field(default_factory=list)
    acts: list[ActView] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    lots_seen: list[str] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The case's id."""
        return self.case.id


class CaseFold:
    """Makes the cases out of the ledger's records, taken in order; `cases` is what is known so far."""

    def __init__(self) -> None:
        self.cases: dict[str, CaseView] = {}
        self.events: dict[str, EventView] = {}

    def take(self, record: Record) -> str | None:
        """Take a record; the id of the case that it changed, if it changed one."""
        family, _, what = record.kind.partition(".")
        if family == "case":
            return self._case(record, what)
        if family in KIND_OF:
            return self._event(record, KIND_OF[family], what)
        if record.kind == "notice.sent":
            return self._notice(record)
        return None

    def _event(self, record: Record, kind: str, what: str) -> str | None:
        body = record.content
        known = self.events.get(body["id"])
        worst = body.get("worst")
        values: dict[str, Any] = {
            "start": parse_time(body["from"]),
            "end": None if body["to"] is None else parse_time(body["to"]),
            "decided": parse_time(body["decided"]),
            "worst": None if worst is None else float(worst),
            "lots": tuple(body["lots"]),
            "product": Product.of(body),
            "withdrawn": what == "withdrawn",
        }
        if known is None:
            names: dict[str, Any] = {name: body[name] for name in ("id", "ccp", "limit", "unit", "plan")}
            self.events[body["id"]] = EventView(kind=kind, line=record.line, **names, **values)
            return None
        decided = (known.start, known.end, known.decided, known.withdrawn)
        for name, value in values.items():
            setattr(known, name, value)
        again = decided != (known.start, known.end, known.decided, known.withdrawn)
        known.revised += what in ("revised", "withdrawn") and again  # more lots are no other decision
        for view in self.cases.values():
            if known in view.events:
                view.seqs.append(record.seq)
                _add(view.lots_seen, known.lots)
                view.case.concern(known.lots)
                return view.id
        return None

    def _case(self, record: Record, what: str) -> str | None:
        body = record.content
        view = self.cases.get(str(body.get("case")))
        if what == "opened":
            view = self._open(record, body)
        elif view is None:
            return None
        view.seqs.append(record.seq)
        if what in ("opened", "joined", "reactivated"):
            view.case.events[body["event"]] = False
            view.case.kinds = list(body["kinds"])
            view.returned_at = None
            event = self.events.get(body["event"])
            if event is not None and event not in view.events:
                view.events.append(event)
            _add(view.lots_seen, body["lots"])
            view.case.concern(body["lots"])
        elif what == "returned":
            view.case.events = dict.fromkeys(view.case.events, True)
            view.case.concern(body["lots"])
            view.returned_at = record.at
        else:
            self._act(view, record, body, what)
        return view.id

    def _open(self, record: Record, body: dict[str, Any]) -> CaseView:
        case = Case(
            body["case"], record.line, body["ccp"], body["unit"], body["group"], parse_time(body["opened"])
        )
        case.opened_seq = record.seq
        view = CaseView(case, body["limit"], record.at)
        event = self.events.get(body["event"])
        view.plan = event.plan if event is not None else ""
        self.cases[case.id] = view
        return view

    def _act(self, view: CaseView, record: Record, body: dict[str, Any], what: str) -> None:
        action = ACTION_OF.get(what, what)
        if what in ACTION_OF:
            act_on(view.case, action, str(body.get("who", "")), body, now=record.at)
            if view.case.over:
                view.closed_at = record.at
        who = str(body.get("who", ""))
        name, role = str(body.get("name", who)), str(body.get("role", ""))
        view.acts.append(ActView(record.seq, record.at, action, who, name, role, body))

    def _notice(self, record: Record) -> str | None:
        view = self.cases.get(str(record.content.get("case")))
        if view is None:
            return None
        view.notices.append(record.content | {"at": record.at})
        view.seqs.append(record.seq)
        return view.id


def read_cases(ledger: Ledger) -> dict[str, CaseView]:
    """Every case there ever was, by id, in the order in which they were opened.

    Args:
        ledger: open for reading.
    """
    fold, after = CaseFold(), 0
    while page := ledger.read(after):
        for record in page:
            fold.take(record)
        after = page[-1].seq
    return fold.cases


def _add(seen: list[str], lots: list[str] | tuple[str, ...]) -> None:
    seen.extend(lot for lot in lots if lot not in seen)
