"""Cases for readers, with everything that happened in them."""

from __future__ import annotations

from typing import Any

from dashboards.views.cases import read_cases
from readings.times import HOUR, MINUTE, format_time, parse_time

START = parse_time("2026-12-01T00:00:00+08:00")
QA = {"who": "ann", "name": "Ann Li", "role": "qa"}


def test_a_case_has_its_event_its_acts_and_its_end(written: Any) -> None:
    """Also after it was closed, in the order in which things happened."""
    written.event("deviation.opened")
    written.case("opened")
    written.case("acknowledged", who="olga", name="Olga Zhou", role="operator", text="seen")
    written.case("contained", lots=["L1", "L2"], correction="set aside", **QA)
    written.event("deviation.returned", to=format_time(START + 4 * MINUTE), worst="-4.2")
    written.case("returned", at=START + 5 * MINUTE)
    written.case("corrected", cause="c", control="c", recurrence="r", product="p", **QA)
    written.case("disposed", lot="L1", disposition="release", evaluation="e", signature={}, **QA)
    written.case(
        "closed", at=START + HOUR, verification="v", who="bob", name="Bob Wang", role="qa", signature={}
    )
    view = read_cases(written.ledger)["c1"]
    assert view.case.stage == "closed"
    assert view.case.returned
    assert view.returned_at == START + 5 * MINUTE
    assert (view.opened_at, view.closed_at) == (START + MINUTE, START + HOUR)
    assert view.case.lots == {"L1": "release", "L2": ""}
    assert [act.action for act in view.acts] == [
        *("acknowledge", "contain", "correct", "dispose", "close"),
    ]
    (event,) = view.events
    assert (event.kind, event.worst, event.end) == ("deviation", -4.2, START + 4 * MINUTE)
    assert view.plan == "0" * 64
    assert len(view.seqs) == 8


def test_a_step_that_came_too_late_is_told_and_changes_nothing(written: Any) -> None:
    """What was refused stands in the history with its reason."""
    written.event("deviation.opened")
    written.case("opened")
    written.case("refused", action="close", who="ann", reason="case c1 is open", entered=format_time(START))
    view = read_cases(written.ledger)["c1"]
    assert view.case.stage == "open"
    assert (view.acts[0].action, view.acts[0].body["reason"]) == ("refused", "case c1 is open")


def test_a_loss_and_a_fault_are_told_apart_from_a_deviation(written: Any) -> None:
    """Three kinds, each by its record."""
    written.event("loss.opened", id="e1", worst=None)
    written.case("opened", kinds=["monitoring_loss"])
    written.event("fault.opened", id="e2", worst=None)
    written.case("joined", event="e2", kinds=["instrument_fault", "monitoring_loss"])
    view = read_cases(written.ledger)["c1"]
    assert [event.kind for event in view.events] == ["monitoring_loss", "instrument_fault"]
    assert view.case.kinds == ["instrument_fault", "monitoring_loss"]


def test_lots_of_later_revisions_are_seen(written: Any) -> None:
    """An event that goes on takes in the lots that come."""
    written.event("deviation.opened")
    written.case("opened")
    written.event("deviation.revised", lots=["L1", "L2"])
    assert read_cases(written.ledger)["c1"].lots_seen == ["L1", "L2"]


def test_who_was_told_stands_with_the_case(written: Any) -> None:
    """A notice is a record of its own."""
    written.event("deviation.opened")
    written.case("opened")
    told = {
        "case": "c1",
        "event": "e1",
        "rung": 0,
        "to": "qa",
        "channel": "wecom",
        "delivered": True,
        "attempts": 1,
    }
    written.write("notice.sent", told, at=START + 2 * MINUTE)
    (notice,) = read_cases(written.ledger)["c1"].notices
    assert (notice["at"], notice["to"]) == (START + 2 * MINUTE, "qa")
