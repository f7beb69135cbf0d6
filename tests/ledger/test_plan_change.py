"""Edge cases of the record while a plan, a product or a program changes: what runs goes on, and everything is said once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.clerk import Clerk
from ledger.open_cases import open_cases
from ledger.store import Ledger
from ledger.timelines import effective
from ledger.turns import turns_of
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series, State
from readings.times import ALWAYS, SECOND, format_time
from rules.plan_check import load_plan

START = 1_700_000_000 * SECOND
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 1 h
line: {lot: {from: lot}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: %s degC, for_more_than: %s}%s]
    silence: {case: {after: 10 min}}
"""
BATCHES = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 1 h
line: {state: {from: phase, codes: {"1": idle, "2": hold}}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  phase: {unit: code, every: 60 s, silent_after: 5 min}
ccps:
  - id: C
    critical: [{id: hold, kind: dwell, of: air, at_least: %s degC, for: 5 min, during: hold}]
"""


def at(minutes: float) -> int:
    return START + int(minutes * 60 * SECOND)


def moment(minutes: float) -> str:
    return format_time(at(minutes))


def plan(minutes: float | None, bound: str = "5.0", hold: str = "10 min", more: str = "") -> str:
    """A version of the plan that holds from then on; the first one has held for long."""
    return PLAN % ("2023-01-01T00:00:00Z" if minutes is None else moment(minutes), bound, hold, more)


def said(*rows: tuple[str, float, float], tick: float | None = None, lots: tuple = ()) -> Block:
    builder = BlockBuilder()
    for sensor, minutes, value in rows:
        builder.reading(Series("L", sensor), time=at(minutes), value=value, received=at(minutes))
    for minutes, text in lots:
        builder.state(State(at(minutes), "L", "lot", text))
    newest = max((minutes for _, minutes, _ in rows), default=0.0)
    return builder.build(at(newest if tick is None else tick))


def air(*rows: tuple[float, float], tick: float | None = None) -> Block:
    return said(*(("air", *row) for row in rows), tick=tick)


def every_minute(start: int, end: int, value: float) -> list[Block]:
    return [air((minute, value)) for minute in range(start, end)]


def adopt(text: str, minutes: float = 0) -> Block:
    act = Act(
        at(minutes), "plan.adopt", "L", body={"file": "plan.yaml", "text": text}, id=f"{hash(text)}{minutes}"
    )
    return Block(acts=(act,), tick=at(minutes))


class Desk:
    """A journal, an archive, a ledger and a clerk who can be killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.journal = SqliteJournal(folder / "journal.db")
        self.archive = ParquetArchive(folder / "segments", self.journal)
        self.ledger = Ledger(folder / "ledger.db")
        self.now = 0
        self.clerk = self.sit_down()

    def sit_down(self) -> Clerk:
        self.clerk = Clerk("S", self.ledger, self.journal, self.archive)
        self.clerk.resume()
        return self.clerk

    def hear(self, *blocks: Block) -> None:
        for block in blocks:
            self.journal.append(block)
            self.clerk.work(self.now)

    def records(self, *kinds: str) -> list[tuple[str, dict]]:
        found, after = [], 0
        while page := self.ledger.read(after):
            found += [(record.kind, record.content) for record in page if record.kind.startswith(kinds or "")]
            after = page[-1].seq
        return found

    def spans(self, limit: str = "a") -> list[tuple[str, float, str]]:
        """(verdict, from in minutes, plan) of what is in force."""
        [spans] = [
            spans
            for key, spans in effective(("L", body) for _, body in self.records("verdict")).items()
            if key[2] == limit
        ]
        times = {moment(tenth / 10): tenth / 10 for tenth in range(10_000)}
        return [(span["verdict"], times[span["from"]], span["plan"]) for span in spans]

    def close(self) -> None:
        self.ledger.close()
        self.journal.close()


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    yield made
    made.close()


def hash_of(text: str) -> str:
    return load_plan(text, "plan.yaml").hash


def test_edge_case_3_a_lot_that_changes_in_an_excursion_resets_no_timer(desk):
    """One deviation, decided when its hold is over, that names both lots."""
    desk.hear(adopt(plan(None)), said(lots=((0, "A"),), tick=0), air((1, 4.0)), *every_minute(2, 8, 6.0))
    desk.hear(said(("air", 8, 6.0), lots=((8, "B"),)), *every_minute(9, 20, 6.0), air((20, 4.0)))
    [opened] = [body for kind, body in desk.records("deviation") if kind == "deviation.opened"]
    assert (opened["from"], opened["decided"], opened["lots"]) == (moment(2), moment(12), ["A", "B"])


def test_edge_case_11_an_excursion_goes_on_through_a_change_of_plan(desk):
    """The limit is the same: its timer runs on, one event from its first reading, one case; each plan its part."""
    first, second = plan(None), plan(8, more=", {id: b, kind: threshold, of: air, at_most: 9.0 degC}")
    desk.hear(
        adopt(first), air((1, 4.0)), *every_minute(2, 6, 6.0), adopt(second, 6), *every_minute(6, 20, 6.0)
    )
    old, new = hash_of(first), hash_of(second)
    assert desk.spans()[1:] == [("ok", 1, old), ("deviation", 2, old), ("deviation", 8, new)]
    [(kind, opened)] = desk.records("deviation")
    assert (kind, opened["from"], opened["decided"]) == ("deviation.opened", moment(2), moment(12))
    assert [body["from"] for _, body in desk.records("plan.replaced")] == [moment(8)]
    desk.hear(air((20, 4.0)))
    returned = desk.records("deviation")[-1][1]
    assert (returned["id"], returned["from"], returned["to"]) == (opened["id"], moment(2), moment(20))
    assert [kind for kind, _ in desk.records("case")] == ["case.opened", "case.returned"]


def test_edge_case_11_a_deviation_goes_on_through_a_change_of_plan(desk):
    """Found under the old plan, it keeps id, case and start under the new one, though the limit got tighter."""
    first, second = plan(None, hold="0 min"), plan(8, "3.0", hold="0 min")
    desk.hear(adopt(first), air((1, 4.0)), air((2, 6.0)), adopt(second, 3), *every_minute(4, 12, 6.0))
    old, new = hash_of(first), hash_of(second)
    assert desk.spans()[1:] == [("ok", 1, old), ("deviation", 2, old), ("deviation", 8, new)]
    assert [kind for kind, _ in desk.records("deviation", "case")] == ["deviation.opened", "case.opened"]
    desk.hear(air((12, 4.0)), air((13, 2.0)))
    assert [body["to"] for _, body in desk.records("deviation")] == [None, moment(13)], (
        "4.0 has not returned to 3.0"
    )


def test_edge_case_11_a_limit_tightened_in_mid_excursion_keeps_both_verdicts(desk):
    """What the old plan tolerated stays ok; by the new one the last reading is beyond, and the timer begins anew."""
    first, second = plan(None), plan(8, "3.0", hold="10 min")
    desk.hear(adopt(first), air((1, 4.0)), adopt(second, 2), *every_minute(2, 25, 4.0))
    assert desk.spans()[1:] == [("ok", 1, hash_of(first)), ("deviation", 8, hash_of(second))]
    [(_, opened)] = desk.records("deviation")
    assert (opened["from"], opened["decided"]) == (moment(8), moment(18))


def test_edge_case_11_a_limit_loosened_in_mid_excursion_keeps_both_verdicts(desk):
    """The deviation ends at the switch, by the new plan; what was found by the old one stays, and so does its case."""
    first, second = plan(None, hold="0 min"), plan(8, "7.0", hold="0 min")
    desk.hear(adopt(first), air((1, 4.0)), air((2, 6.0)), adopt(second, 3), *every_minute(4, 12, 6.0))
    old, new = hash_of(first), hash_of(second)
    assert desk.spans()[1:] == [("ok", 1, old), ("deviation", 2, old), ("ok", 8, new)]
    assert desk.records("deviation")[-1][1]["to"] == moment(8)
    assert [case.returned for case in open_cases(desk.ledger).values()] == [True]


def test_edge_case_11_a_silence_goes_on_through_a_change_of_plan(desk):
    """A monitoring loss found under the old plan is not taken back by more patience; one pending gets the new one."""
    second = plan(30).replace("case: {after: 10 min}", "case: {after: 60 min}")
    desk.hear(
        adopt(plan(None)),
        air((1, 4.0)),
        air((2, 4.0), tick=20),
        adopt(second, 21),
        air(tick=31),
        air(tick=40),
    )
    assert [(kind, body["from"], body["decided"]) for kind, body in desk.records("loss")] == [
        ("loss.opened", moment(2), moment(12))
    ]
    third = plan(50).replace("case: {after: 10 min}", "case: {after: 8 min}")
    desk.hear(air((41, 4.0)), air((42, 4.0)), adopt(third, 44), air(tick=48), air(tick=49), air(tick=51))
    assert [(kind, body["from"], body["decided"]) for kind, body in desk.records("loss")[-1:]] == [
        ("loss.opened", moment(42), moment(50))
    ]


def test_edge_case_11_a_batch_is_finished_by_the_plan_that_it_began_with(desk):
    """A plan that is due in mid-batch takes over at the end of it; the next batch is judged by it."""
    first, second = BATCHES % ("2023-01-01T00:00:00Z", "80.0"), BATCHES % (moment(12), "90.0")
    blocks = [adopt(first)]
    for minute in range(1, 40):
        phase = 2 if 10 <= minute < 18 or 25 <= minute < 33 else 1
        blocks.append(said(("phase", minute, phase), ("air", minute, 85.0)))
    desk.hear(*blocks[:5], adopt(second, 4), *blocks[5:])
    old, new = hash_of(first), hash_of(second)
    assert [body["from"] for _, body in desk.records("plan.replaced")] == [moment(18)]
    assert desk.spans("hold")[1:] == [
        ("suspended", 1, old),
        ("ok", 10, old),
        ("suspended", 18, new),
        ("deviation", 25, new),
        ("suspended", 33, new),
    ]


def test_edge_case_12_killed_anywhere_around_a_change_of_plan(tmp_path):
    """Restarts, late readings and two plans that follow each other: the same records, byte for byte."""
    chance = random.Random(7)
    rows = [(minute, 4.0 + 3 * (chance.random() < 0.3)) for minute in range(1, 200) if chance.random() > 0.1]
    late = [rows.pop(number) for number in sorted(chance.sample(range(len(rows)), 30), reverse=True)]
    second = plan(70, "5.0", more=", {id: b, kind: threshold, of: air, at_most: 6.5 degC}")
    blocks, newest = [adopt(plan(None, hold="2 min"))], 0.0
    for row in rows:
        newest = max(newest, row[0])
        blocks.append(air(row, tick=newest))
        if newest in (40.0, 90.0):
            blocks.append(adopt(second if newest == 40.0 else plan(100, "4.5", hold="1 min"), newest))
        if late and chance.random() < 0.3:
            old = next((each for each in late if newest - 50 < each[0] < newest), None)
            if old is not None:
                late.remove(old)
                blocks.append(air(old, tick=newest))
    steady, killed = Desk(tmp_path / "steady"), Desk(tmp_path / "killed")
    for number, block in enumerate(blocks):
        steady.hear(block)
        killed.journal.append(block)
        if chance.random() < 0.5:
            killed.now += 2 * SECOND
            killed.clerk.work(killed.now)
        if chance.random() < 0.15 or number in (70, 100):
            killed.sit_down()
    while killed.clerk.work(killed.now):
        pass
    assert killed.records() == steady.records()
    assert killed.ledger.root() == steady.ledger.root()
    assert len(steady.records("plan.replaced")) == 2
    steady.close()
    killed.close()


def test_edge_case_32_an_alarm_is_not_cleared_by_editing_the_plan(desk):
    """A looser limit that is to hold from before now is refused, and the deviation goes on."""
    desk.hear(
        adopt(plan(None, hold="0 min")), air((1, 4.0)), air((2, 6.0)), adopt(plan(1, "9.0"), 3), air((4, 6.0))
    )
    [(_, refused)] = desk.records("plan.refused")
    assert refused["reason"].startswith(f"L is to hold from {moment(1)}, and it is {moment(3)}")
    assert [kind for kind, _ in desk.records("deviation")] == ["deviation.opened"]


def test_a_limit_that_the_new_plan_does_not_have_ends_with_the_old_one(desk):
    """Its deviation returns at the switch, and its timeline says why it ends."""
    more = ", {id: b, kind: threshold, of: air, at_most: 5.5 degC}"
    desk.hear(
        adopt(plan(None, more=more)),
        air((1, 4.0)),
        air((2, 6.0)),
        adopt(plan(8), 3),
        *every_minute(4, 12, 6.0),
    )
    assert desk.spans("b")[-2:] == [
        ("deviation", 2, hash_of(plan(None, more=more))),
        ("suspended", 8, hash_of(plan(None, more=more))),
    ]
    [last] = [
        body for _, body in desk.records("verdict") if body["limit"] == "b" and body["verdict"] == "suspended"
    ]
    assert last["reason"] == "not in the plan that holds from here on"
    assert [(body["limit"], body["to"]) for _, body in desk.records("deviation.returned")] == [
        ("b", moment(8))
    ]


def test_late_truth_from_before_a_change_of_plan_decides_again_by_the_plan_that_held(desk):
    """A reading that comes behind the switch withdraws what the old plan had found; the new one goes on from that."""
    first, second = plan(None, hold="4 min"), plan(8, "3.0", hold="4 min")
    desk.hear(
        adopt(first), air((1, 2.0)), *every_minute(2, 7, 6.0), adopt(second, 7), air((9, 6.0)), air((10, 6.0))
    )
    assert [kind for kind, _ in desk.records("deviation")] == ["deviation.opened"]
    desk.hear(air((4.5, 2.0), (7.5, 2.0), tick=11), air((11, 2.0)))
    assert desk.spans()[1:] == [("ok", 1, hash_of(first)), ("ok", 8, hash_of(second))]
    assert [kind for kind, _ in desk.records("deviation")] == ["deviation.opened", "deviation.withdrawn"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "unit: degC, resolution: 0.1",
            "unit: degF, resolution: 0.1",
            "air is recorded in degC, and is to be in degF",
        ),
        (
            "ccps:\n  - id: C\n    critical:",
            "oprps:\n  - id: C\n    criteria:",
            "C/a is critical, and is to be criterion",
        ),
    ],
)
def test_what_one_name_stands_for_does_not_change(desk, old, new, reason):
    """Another unit under the same name, another class under the same id: the plan is refused, and told why."""
    desk.hear(adopt(plan(None)), air((1, 4.0)), adopt(plan(8).replace(old, new), 3))
    [(_, refused)] = desk.records("plan.refused")
    assert refused["reason"].startswith(reason)


def test_a_limit_decided_per_batch_is_not_replaced_by_one_that_is_not(desk):
    """One timeline cannot be both; the reason names both kinds."""
    first = BATCHES % ("2023-01-01T00:00:00Z", "80.0")
    second = (
        (BATCHES % (moment(8), "80.0"))
        .replace("kind: dwell, ", "kind: threshold, ")
        .replace("for: 5 min, ", "")
    )
    desk.hear(adopt(first), said(("phase", 1, 1)), adopt(second, 3))
    [(_, refused)] = desk.records("plan.refused")
    assert refused["reason"].startswith(
        "C/hold is a dwell, and is to be a threshold: one is decided per batch"
    )


WORDS = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2023-01-01T00:00:00Z
reorder: 1 h
line:
  state: {from: mode, codes: {idle: stopped, on: running}}
  judged_when: running
  lot: {from: lot}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  mode: {unit: text, every: on change, alive_every: 60 min}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]
    silence: {case: {after: 10 min}}
"""


def words(*said: tuple[str, float, str], tick: float) -> Block:
    builder = BlockBuilder()
    for name, minutes, text in said:
        builder.state(State(at(minutes), "L", name, text))
    return builder.build(at(tick))


def test_what_was_said_before_the_first_plan_was_adopted_holds_when_it_is(tmp_path):
    """Stopped, then on from minute 2, and lot A, in blocks before the plan of minute 3: lot A's air is beyond from 4 on."""
    blocks = [
        words(("mode", 0, "idle"), tick=0),
        words(("lot", 1, "A"), ("mode", 2, "on"), tick=2),
        adopt(WORDS, 3),
        air((4, 6.0)),
        words(("mode", 5, "idle"), tick=5),
    ]
    steady, killed = Desk(tmp_path / "steady"), Desk(tmp_path / "killed")
    steady.hear(*blocks)
    for block in blocks:
        killed.journal.append(block)
    while killed.clerk.work(killed.now):
        killed.sit_down()
    assert [span[:2] for span in steady.spans()] == [
        ("indeterminate", 3),
        ("deviation", 4),
        ("suspended", 5),
    ]
    assert [body["lots"] for _, body in steady.records("deviation.opened")] == [["A"]]
    assert killed.records() == steady.records()
    steady.close()
    killed.close()


def test_a_line_that_was_stopped_when_its_first_plan_was_adopted_is_suspended(desk):
    """It said so a minute before, and says nothing since: nothing is missed, and nothing that comes later is asked."""
    desk.hear(words(("mode", 2, "idle"), tick=2), adopt(WORDS, 3), air(tick=30))
    assert [span[:2] for span in desk.spans()] == [("suspended", 3)]
    assert desk.records("loss", "case") == []


def test_a_word_that_becomes_known_behind_the_adoption_is_not_known_at_it(tmp_path):
    """Both blocks wait when the clerk comes: the adoption is heard without the word that is behind it in the journal."""
    blocks = [
        words(("mode", 1, "idle"), tick=1),
        adopt(WORDS, 3),
        air(tick=4),
        words(("mode", 2, "on"), tick=5),
    ]
    steady, at_once = Desk(tmp_path / "steady"), Desk(tmp_path / "at_once")
    steady.hear(*blocks)
    for block in blocks:
        at_once.journal.append(block)
    while at_once.clerk.work(at_once.now):
        pass
    assert at_once.records() == steady.records()
    verdicts = [(body["verdict"], body["revision"]) for _, body in steady.records("verdict")]
    assert verdicts == [("suspended", 0), ("indeterminate", 1)]
    steady.close()
    at_once.close()


def test_two_plans_of_one_block_are_taken_one_after_the_other(desk):
    """The first holds at once. One that is to hold from the past is refused; one that is to come waits, and takes over."""
    first, past, coming = plan(None), plan(None, "9.0"), plan(8, "3.0")
    acts = [each.acts[0] for each in (adopt(first), adopt(past), adopt(coming))]
    desk.hear(Block(acts=tuple(acts), tick=at(0)), *every_minute(1, 12, 4.0))
    found = [(kind, body.get("hash") or body["new"]) for kind, body in desk.records("plan")]
    assert found == [
        ("plan.adopted", hash_of(first)),
        ("plan.refused", hash_of(past)),
        ("plan.adopted", hash_of(coming)),
        ("plan.replaced", hash_of(coming)),
    ]
    turns = turns_of((kind, "L", body) for kind, body in desk.records("plan"))
    assert [(turn.plan.hash, turn.start) for turn in turns] == [
        (hash_of(first), ALWAYS),
        (hash_of(coming), at(8)),
    ]
    assert [span[2] for span in desk.spans()] == [hash_of(first)] * 2 + [hash_of(coming)]
