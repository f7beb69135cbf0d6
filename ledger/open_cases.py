"""The cases that are not over, as the records make them; for those who only read."""

from __future__ import annotations

from ledger.case_book import PAST
from ledger.decision_records import KIND_OF
from ledger.store import Ledger
from readings.times import parse_time
from rules.cases import Case, act_on

_ACTION = {past: action for action, past in PAST.items()}


def open_cases(ledger: Ledger) -> dict[str, Case]:
    """Every case that is not over, by id."""
    cases: dict[str, Case] = {}
    after = 0
    while page := ledger.read(after, kind="case."):
        for record in page:
            body, what = record.content, record.kind.removeprefix("case.")
            case = cases.get(str(body.get("case")))
            if what == "opened":
                opened = Case(
                    body["case"], record.line, body["ccp"], body["unit"], "", parse_time(body["known"])
                )
                opened.events, opened.kinds, opened.opened_seq = (
                    {body["event"]: False},
                    body["kinds"],
                    record.seq,
                )
                opened.concern(body["lots"])
                cases[opened.id] = opened
            elif case is None or what == "refused":
                continue
            elif what in ("joined", "reactivated"):
                case.events[body["event"]] = False
                case.kinds = body["kinds"]
                case.concern(body["lots"])
            elif what == "returned":
                case.events = dict.fromkeys(case.events, True)
                case.concern(body["lots"])
            elif what in _ACTION:
                act_on(case, _ACTION[what], str(body.get("who", "")), body, now=record.at)
                if case.over:
                    del cases[case.id]
        after = page[-1].seq
    for kind in KIND_OF.values():
        _concern(ledger, cases, f"{kind}.")
    return cases


def _concern(ledger: Ledger, cases: dict[str, Case], kind: str) -> None:
    """The lots that became known of their events since they opened."""
    of = {event: case for case in cases.values() for event in case.events}
    after = 0
    while of and (page := ledger.read(after, kind=kind)):
        for record in page:
            case = of.get(record.content["id"])
            if case is not None and record.seq > case.opened_seq:
                case.concern(record.content["lots"])
        after = page[-1].seq
