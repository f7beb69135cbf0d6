"""The fold over the ledger: what of its records people must hear of, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest
from notice_plant import PLAN, START

from dashboards.notices.watch import Watch
from ledger.canonical import canonical
from ledger.record import Record
from readings.times import MINUTE, NEVER, format_time


class Told:
    """A ledger that is told record by record, a minute apart."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.tell("plan.adopted", hash="h", text=PLAN)

    def tell(self, kind: str, **body: Any) -> None:
        seq = self.watch.seq + 1
        self.watch.hear(Record(seq, START + seq * MINUTE, kind, "cold-3", canonical(body), b""))

    def event(self, kind: str, id_: str = "e1", to: int | None = None) -> None:
        end = None if to is None else format_time(to)
        named = {"ccp": "CCP1", "limit": "air", "unit": "Z1", "plan": "h"}
        self.tell(kind, id=id_, **{"from": format_time(START), "to": end}, worst="-10.0", **named)

    def sent(self, event: str, *, to: str = "ann", delivered: bool = True) -> None:
        said = {"event": event, "rung": 0, "again": None, "late": False, "to": to, "channel": "pager"}
        self.tell("notice.sent", delivered=delivered, **said)

    def verdict(
        self,
        verdict: str,
        start: int,
        supersedes: tuple[int, ...] = (),
        rank: str = "critical",
        reason: str = "no reading",
        worst: str | None = None,
    ) -> None:
        named = {"ccp": "CCP1", "limit": "air", "unit": "Z1", "plan": "h", "class": rank}
        gone = [{"from": format_time(each), "now": ""} for each in supersedes]
        said = {"verdict": verdict, "from": format_time(start), "decided": format_time(start)}
        said |= {"reason": reason, "worst": worst}
        self.tell("verdict", **named, **said, supersedes=gone, sensors=[{"series": "cold-3/air/Z1.1"}])


def test_a_case_is_watched_until_it_is_over():
    """Opened, acknowledged, noted, contained: each with its time; closed, nothing of it is left."""
    told = Told()
    told.event("deviation.opened")
    told.tell("case.opened", case="e1", event="e1")
    told.tell("case.noted", case="e1")
    assert told.watch.course(told.watch.cases["e1"]).sign is None
    told.tell("case.acknowledged", case="e1")
    told.tell("case.noted", case="e1")
    told.tell("case.refused", case="e1")
    told.tell("case.contained", case="e1")
    course = told.watch.course(told.watch.cases["e1"])
    minutes = [
        (each - START) // MINUTE for each in (course.acknowledged, course.sign, course.contained) if each
    ]
    assert minutes == [5, 8, 8]
    told.tell("case.closed", case="e1")
    told.watch.forget()
    assert (told.watch.cases, told.watch.events) == ({}, {})


def test_an_event_that_was_taken_back_does_not_last():
    """Withdrawn by late truth: its case stays, the condition is over."""
    told = Told()
    told.event("deviation.opened")
    told.tell("case.opened", case="e1", event="e1")
    assert told.watch.lasting("e1")
    told.event("deviation.withdrawn")
    assert not told.watch.lasting("e1")
    assert told.watch.events["e1"].withdrawn
    assert "e1" in told.watch.cases


def test_an_event_taken_up_again_after_its_case_was_closed_is_told_anew():
    """Late truth made it longer than what people signed: a new case, a new telling."""
    told = Told()
    told.event("deviation.opened")
    told.tell("case.opened", case="e1", event="e1")
    told.sent("e1")
    told.tell("case.closed", case="e1")
    told.watch.forget()
    told.event("deviation.revised")
    told.tell("case.opened", case="e1-2", event="e1")
    told.watch.forget()
    assert [event for event, _ in told.watch.course(told.watch.cases["e1-2"]).events] == ["e1-2"]
    assert told.watch.sent == set()


def test_a_silence_keeps_its_name_when_it_is_revised():
    """Late truth moves its begin: it is the same silence; its loss is told under its name."""
    told = Told()
    told.verdict("indeterminate", START)
    [silent] = told.watch.silences.values()
    name = silent.id
    told.verdict("indeterminate", START + MINUTE, (START,))
    told.verdict("indeterminate", START + 3 * MINUTE)
    [silent] = told.watch.silences.values()
    assert (silent.id, silent.since) == (name, START + MINUTE)
    told.event("loss.opened", "other")
    assert told.watch.events["other"].told == name
    assert told.watch.events["other"].series == ["cold-3/air/Z1.1"]
    told.verdict("ok", START + 4 * MINUTE)
    assert told.watch.silences == {}
    assert told.watch.events["other"].end == NEVER


def test_operating_limits_are_no_news():
    """They warn on the board and open no case; their silence is that of the critical limit beside them."""
    told = Told()
    told.verdict("indeterminate", START, rank="operating")
    assert told.watch.silences == {}


@pytest.mark.parametrize(
    ("reason", "rank", "worst"),
    [
        ("stuck: unchanged for 10 min", "critical", None),
        ("stuck: may have been below 0.25 mg/L", "critical", None),
        ("uvt: stuck: unchanged for 10 min", "critical", None),
        ("within 0.5 K of tid", "instrument", "0.7"),
    ],
)
def test_an_instrument_at_fault_is_not_silent(reason, rank, worst):
    """Its verdict is indeterminate too, but it speaks: nobody hears of missing readings, also when it was silent before."""
    told = Told()
    told.verdict("indeterminate", START)
    assert len(told.watch.silences) == 1
    told.verdict("indeterminate", START + MINUTE, reason=reason, rank=rank, worst=worst)
    assert told.watch.silences == {}


def test_who_heard_and_who_did_not_is_known_as_long_as_it_matters():
    """By event: from the ledger alone, so that a lost outbox forgets nobody."""
    told = Told()
    told.event("deviation.opened")
    told.tell("case.opened", case="e1", event="e1")
    told.sent("e1", delivered=False)
    told.sent("e1", to="bob")
    told.watch.forget()
    assert told.watch.failed == {("e1", 0, False)}
    assert told.watch.delivered == {("e1", 0, "bob", "pager")}
    told.tell("case.closed", case="e1")
    told.watch.forget()
    assert (told.watch.failed, told.watch.delivered) == (set(), set())


def test_a_look_back_names_every_limit_that_rests_on_the_instrument():
    """Beside the one that its fault is told under, each once: also where several zones rest on it."""
    told = Told()
    limits = [["CCP1", "air", "Z1"], ["CCP1", "air", "Z2"], ["CCP1", "near", "Z1"], ["OPRP1", "room", "Z1"]]
    told.tell("calibration.look_back", event="e1", limits=limits)
    told.event("fault.opened")
    told.event("fault.opened", "e2")
    assert told.watch.events["e1"].others == ["CCP1/near", "OPRP1/room"]
    assert told.watch.events["e2"].others == []
    assert told.watch.looked == {}
