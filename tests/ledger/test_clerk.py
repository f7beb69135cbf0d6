"""The clerk: what the journal says becomes records, once, however often it is killed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ledger.clerk import Clerk
from ledger.errors import StoreError
from ledger.open_cases import open_cases
from ledger.segments import sealed_body
from ledger.store import Ledger
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series
from readings.times import SECOND
from rules.plan_check import load_plan

START = 1_700_000_000 * SECOND
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 1 h
sensors: {air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: %s degC}]
    silence: {case: {after: 10 min}}
"""
FIRST = PLAN % ("2023-01-01T00:00:00Z", "5.0")


def at(minutes: float) -> int:
    return START + int(minutes * 60 * SECOND)


def air(*rows: tuple[float, float], tick: float | None = None) -> Block:
    builder = BlockBuilder()
    for minutes, value in rows:
        builder.reading(Series("L", "air"), time=at(minutes), value=value, received=at(minutes))
    newest = max((minutes for minutes, _ in rows), default=0.0)
    return builder.build(at(newest if tick is None else tick))


def adopt(text: str, minutes: float = 0) -> Block:
    act = Act(at(minutes), "plan.adopt", "L", body={"file": "plan.yaml", "text": text}, id=str(hash(text)))
    return Block(acts=(act,), tick=at(minutes))


def does(action: str, case: str, who: str, minutes: float, **body) -> Block:
    entered = {"case": case, "who": who, "name": who, "role": "qa", **body}
    if action in ("dispose", "close", "void"):
        import hashlib

        from ledger.signatures import signed_bytes

        digest = hashlib.sha256(signed_bytes(entered)).hexdigest()
        entered["signature"] = {
            "who": who,
            "name": who,
            "role": "qa",
            "meaning": action,
            "at": "2023-11-14T22:13:20Z",
            "sha256": digest,
        }
    act = Act(at(minutes), f"case.{action}", "L", who, entered, id=f"{action}{case}{minutes}")
    return Block(acts=(act,), tick=at(minutes))


def walk(case: str, minutes: float) -> list[Block]:
    """Contained, corrected and closed, by two people."""
    answers = {"cause": "x", "control": "x", "recurrence": "x", "product": "x"}
    return [
        does("contain", case, "ann", minutes, lots=["none"], correction="x"),
        does("correct", case, "ann", minutes, **answers),
        does("close", case, "bob", minutes, verification="read"),
    ]


class Desk:
    """A journal, an archive, a ledger and a clerk who can be killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.journal = SqliteJournal(folder / "journal.db")
        self.archive = ParquetArchive(folder / "segments", self.journal)
        self.ledger = Ledger(folder / "ledger.db")
        self.now = 0
        self.clerk = self.sit_down()

    def sit_down(self) -> Clerk:
        self.clerk = Clerk("S", self.ledger, self.journal, self.archive)
        self.clerk.resume()
        return self.clerk

    def hear(self, *blocks: Block, seconds: int = 0) -> None:
        for block in blocks:
            self.journal.append(block)
            self.now += seconds * SECOND
            self.clerk.work(self.now)

    def records(self) -> list[tuple[str, dict]]:
        found, after = [], 0
        while page := self.ledger.read(after):
            found += [(record.kind, record.content) for record in page]
            after = page[-1].seq
        return found

    def kinds(self, *prefixes: str) -> list[str]:
        return [kind for kind, _ in self.records() if kind.startswith(prefixes)]


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    yield made
    made.ledger.close()
    made.journal.close()


def test_a_deviation_makes_records_and_one_case(desk):
    """Adopted, judged, deviation opened and returned, case opened and returned; each decision names its evidence."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 6.0)), air((3, 4.0)))
    assert desk.kinds("deviation", "case") == [
        "deviation.opened",
        "case.opened",
        "deviation.returned",
        "case.returned",
    ]
    verdicts = [body for kind, body in desk.records() if kind == "verdict"]
    assert [body["verdict"] for body in verdicts] == ["indeterminate", "ok", "deviation", "ok"]
    assert verdicts[2]["evidence"]["readings"] == 1
    assert all(len(body["plan"]) == 64 and body["method"] == "threshold/3" for body in verdicts)


def test_a_stuck_instrument_is_a_fault_of_its_own_kind(desk):
    """The same number for longer than the plan allows: a fault with its own case, never a loss or a deviation."""
    plan = FIRST.replace("silent_after: 5 min", "silent_after: 5 min, stuck: {unchanged_for: 3 min}")
    desk.hear(adopt(plan), *(air((minute, 4.0)) for minute in range(1, 30)))
    assert desk.kinds("loss", "deviation", "fault", "case") == ["fault.opened", "case.opened"]
    assert open_cases(desk.ledger).popitem()[1].kinds == ["instrument_fault"]
    desk.hear(air((30, 4.1)))
    assert desk.kinds("fault", "case")[2:] == ["fault.returned", "case.returned"]


def test_an_instrument_that_disagrees_names_both_as_its_evidence(desk):
    """A recorder above its indicator: a fault, whose verdict rests on the readings of both in the window before it."""
    plan = FIRST.replace("sensors: {air", "sensors: {chart: {unit: degC, resolution: 0.1, every: 60 s}, air")
    plan = plan.replace(
        "    silence:",
        "    instruments: [{id: i, kind: agreement, of: chart, with: air, mean_over: 5 min, within: 0.5 K}]\n    silence:",
    )
    blocks = []
    for minute in range(1, 13):
        builder = BlockBuilder()
        for name, value in (("air", 4.0), ("chart", 4.6)):
            builder.reading(Series("L", name), time=at(minute), value=value, received=at(minute))
        blocks.append(builder.build(at(minute)))
    desk.hear(adopt(plan), *blocks)
    assert desk.kinds("deviation", "loss", "fault") == ["fault.opened"]
    [verdict] = [
        body
        for kind, body in desk.records()
        if kind == "verdict" and body["reason"].startswith("chart not within")
    ]
    evidence = verdict["evidence"]
    assert (verdict["class"], evidence["series"], evidence["readings"]) == (
        "instrument",
        ["L/air/1", "L/chart/1"],
        10,
    )


def test_silence_becomes_a_monitoring_loss_of_its_own_kind(desk):
    """Nothing is heard: a loss with its own case, and never a deviation."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air(tick=20))
    assert desk.kinds("loss", "deviation", "case") == ["loss.opened", "case.opened"]
    assert open_cases(desk.ledger).popitem()[1].kinds == ["monitoring_loss"]


def test_killed_anywhere_the_same_records_come_out(tmp_path):
    """A clerk who is killed and resumes after any block writes what one who never was writes, byte for byte."""
    chance = random.Random(3)
    rows = [(minute, 4.0 + 3 * (chance.random() < 0.2)) for minute in range(1, 300) if chance.random() > 0.1]
    late = [rows.pop(number) for number in sorted(chance.sample(range(len(rows)), 30), reverse=True)]
    blocks = [adopt(FIRST)]
    newest = 0.0
    for row in rows:
        newest = max(newest, row[0])
        blocks.append(air(row, tick=newest))
        if late and chance.random() < 0.3:
            old = next((each for each in late if each[0] < newest), None)
            if old is not None:
                late.remove(old)
                blocks.append(air(old, tick=newest))
    steady, killed = Desk(tmp_path / "steady"), Desk(tmp_path / "killed")
    for block in blocks:
        steady.hear(block, seconds=1)
        killed.journal.append(block)
        if chance.random() < 0.5:
            killed.now += SECOND
            killed.clerk.work(killed.now)
        if chance.random() < 0.15:
            killed.sit_down()
    while killed.clerk.work(killed.now):
        pass
    assert killed.records() == steady.records()
    assert killed.ledger.root() == steady.ledger.root()
    assert "deviation.revised" in steady.kinds("deviation") or "deviation.withdrawn" in steady.kinds(
        "deviation"
    )


def test_a_segment_is_recorded_once_whatever_happens(desk):
    """Killed right after sealing, the clerk does not seal it in the ledger again."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 4.0)))
    Sealer(desk.archive, ArchiveSettings()).seal()
    desk.clerk.work(desk.now)
    desk.sit_down()
    desk.hear(air((3, 4.0)))
    assert desk.kinds("segment") == ["segment.sealed"]


class Held:
    """Beside the clerk, and done when the test says so."""

    def __init__(self, archive: ParquetArchive) -> None:
        self.archive, self.asked = archive, []

    def submit(self, act, *given):
        self.asked.append((Future(), act, given))
        return self.asked[-1][0]

    def done(self) -> None:
        done, act, given = self.asked.pop()
        done.set_result(act(self.archive, *given))


@pytest.mark.parametrize("killed", [False, True])
def test_what_is_new_waits_for_no_segment(desk, *, killed):
    """While it is worked out what a segment is worth, what came meanwhile is heard; killed before it is, the clerk has it
    worked out again. It is recorded once."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 4.0)))
    (segment,) = Sealer(desk.archive, ArchiveSettings()).seal()
    beside = desk.clerk.roots.beside = Held(desk.archive)
    desk.hear(air((3, 4.0)))
    desk.hear(air((4, 4.0)))
    assert desk.clerk.position == desk.journal.last()
    assert len(beside.asked) == 1
    assert desk.kinds("segment") == []
    if killed:
        beside = Held(desk.archive)
        desk.sit_down().roots.beside = beside
        desk.hear(air((5, 4.0)))
    beside.done()
    desk.hear(air((6, 4.0)))
    desk.hear(air((7, 4.0)))
    assert beside.asked == []
    ((_, body),) = [each for each in desk.records() if each[0] == "segment.sealed"]
    assert body == sealed_body(desk.archive, "S", segment)


def test_a_segment_whose_file_is_missing_stops_no_judging(desk):
    """It is said why it is not told of, and verdicts go on; a minute later, with its file back, it is told of."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 4.0)))
    (segment,) = Sealer(desk.archive, ArchiveSettings()).seal()
    (path,) = desk.archive.directory.rglob("*.parquet")
    away = path.rename(desk.folder / "away")
    desk.hear(air((3, 6.0)))
    assert "00000001.parquet" in desk.clerk.roots.failed["L"]
    desk.hear(air((4, 6.0)))
    assert desk.kinds("segment", "deviation") == ["deviation.opened"]
    away.rename(path)
    desk.hear(air((5, 6.0)), seconds=59)
    assert desk.kinds("segment") == []
    desk.hear(air((6, 6.0)), seconds=2)
    assert (desk.kinds("segment"), desk.clerk.roots.failed) == (["segment.sealed"], {})
    assert desk.clerk.roots.sealed == {segment.line: 1}


def test_late_truth_after_closing_opens_a_new_case(desk):
    """What was signed was about a deviation that was over; it goes on, so there is a new case for it."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 6.0)), air((4, 4.0)))
    [case] = open_cases(desk.ledger)
    desk.hear(*walk(case, 5))
    assert open_cases(desk.ledger) == {}
    desk.hear(air((4, 7.0), tick=6))
    [again] = open_cases(desk.ledger).values()
    assert again.id == f"{case}-2"
    assert not again.returned
    desk.hear(air((7, 4.0)))
    assert open_cases(desk.ledger)[again.id].returned


def test_a_withdrawn_event_that_comes_back_stays_in_its_case(desk):
    """What people did on the case stands; who acted can still not verify."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 4.0)), air(tick=30))
    [case] = open_cases(desk.ledger)
    desk.hear(does("contain", case, "ann", 31, lots=["L1"], correction="x"))
    healed = [(minute, 4.0) for minute in range(3, 31)]
    desk.hear(air(*healed, tick=32))
    assert desk.kinds("loss") == ["loss.opened", "loss.withdrawn"]
    assert open_cases(desk.ledger)[case].returned
    assert open_cases(desk.ledger)[case].actors == ["ann"]
    assert desk.kinds("case") == ["case.opened", "case.contained", "case.returned"]


def test_a_replaced_plan_hands_over(desk):
    """Its open deviation goes on under the new plan, as one event with one case; see test_plan_change.py."""
    second = PLAN % ("2023-11-14T22:18:20Z", "3.0")  # five minutes after START
    desk.hear(adopt(FIRST), air((1, 4.0)), air((2, 6.0)), adopt(second, 3), air((4, 6.0)), air((6, 6.0)))
    kinds = desk.kinds("plan", "deviation", "case")
    assert kinds == ["plan.adopted", "deviation.opened", "case.opened", "plan.adopted", "plan.replaced"]
    plans = {body["plan"] for kind, body in desk.records() if kind == "verdict"}
    assert len(plans) == 2


def test_a_plan_is_not_replaced_in_the_past(desk):
    """A changed plan that is to hold from yesterday is refused, and the refusal is recorded."""
    desk.hear(adopt(FIRST), air((1, 4.0)), adopt(PLAN % ("2023-02-01T00:00:00Z", "3.0"), 2))
    assert desk.kinds("plan") == ["plan.adopted", "plan.refused"]


def test_a_plan_that_waits_can_be_withdrawn(desk):
    """The plan in force, adopted again, takes back the one that was to replace it."""
    later = PLAN % ("2023-11-14T23:13:20Z", "3.0")
    again = Act(at(4), "plan.adopt", "L", body={"file": "plan.yaml", "text": FIRST}, id="again")
    desk.hear(adopt(FIRST), air((1, 4.0)), adopt(later, 3), Block(acts=(again,), tick=at(4)), air((90, 4.0)))
    assert desk.kinds("plan") == ["plan.adopted", "plan.adopted", "plan.withdrawn"]


def test_a_plan_that_waits_is_withdrawn_by_the_next_one_that_is_adopted(desk):
    """It would have held from minute 60 on; the other one does from minute 70 on, and the record says so of both."""
    first, second = PLAN % ("2023-11-14T23:13:20Z", "3.0"), PLAN % ("2023-11-14T23:23:20Z", "4.0")
    desk.hear(adopt(FIRST), air((1, 4.0)), adopt(first, 3), adopt(second, 4), air((65, 4.0)), air((75, 4.0)))
    told = [
        (kind, body.get("hash") or body["new"]) for kind, body in desk.records() if kind.startswith("plan.")
    ]
    hashes = [load_plan(text, "plan.yaml").hash for text in (FIRST, first, second)]
    assert told == [
        ("plan.adopted", hashes[0]),
        ("plan.adopted", hashes[1]),
        ("plan.withdrawn", hashes[1]),
        ("plan.adopted", hashes[2]),
        ("plan.replaced", hashes[2]),
    ]


def test_what_cannot_be_recorded_is_refused_and_does_not_stop_the_clerk(desk):
    """A float, an unknown kind, a case that is not there."""
    wrong = (
        Act(at(1), "note.site", body={"t": 1.5}, id="1"),
        Act(at(1), "segment.sealed", body={}, id="2"),
        Act(at(1), "case.close", body={"case": "none", "who": "ann"}, who="ann", id="3"),
    )
    desk.hear(adopt(FIRST), Block(acts=wrong, tick=at(1)), air((2, 4.0)))
    assert desk.kinds("act", "case", "segment") == ["act.refused", "act.refused", "case.refused"]


def test_a_reading_from_the_future_moves_nobodys_time(desk):
    """One wrong clock does not switch the judging off."""
    desk.hear(adopt(FIRST), air((1, 4.0)), air((600_000, 4.0), tick=2), air((3, 6.0)))
    assert "deviation.opened" in desk.kinds("deviation")
    assert desk.clerk.lines["L"].state.early == 1


def test_the_memory_of_another_release_is_refused_and_says_what_to_do(desk, monkeypatch):
    """Nothing is judged by what an engine of another make remembers; what was recorded stays."""
    desk.hear(adopt(FIRST), air((1, 4.0)))
    desk.clerk.work(desk.now, save=True)
    records = desk.records()
    monkeypatch.setattr("rules.memory._VERSION", 1_000)
    with pytest.raises(
        StoreError, match=r"of version \d+, not 1000; .* another release .* a new data folder"
    ):
        desk.sit_down()
    assert desk.records() == records


def test_the_memory_does_not_grow(desk):
    """Two days of a steady line: what is kept stays within two reorder windows."""
    desk.hear(adopt(FIRST))
    minutes = np.arange(1, 2880)
    for part in np.array_split(minutes, 300):
        desk.hear(air(*((float(minute), 4.0) for minute in part)))
    state = desk.clerk.lines["L"].state
    assert sum(kept.rows.time.size for kept in state.kept) <= 2 * 60 + 20
    assert len(state.encode()) < 5_000


def test_nothing_is_kept_of_a_block_but_what_judging_reads(desk):
    """For judging again 34 bytes of a reading are held, not the journal's block that it was read from."""
    desk.hear(adopt(FIRST), *(air(*((part * 10 + row, 4.0) for row in range(1, 11))) for part in range(4)))
    kept = [each.rows for each in desk.clerk.lines["L"].state.kept]
    columns = [getattr(rows, field.name) for rows in kept for field in fields(rows)]
    assert all(column.base is None for column in columns)
    assert sum(column.nbytes for column in columns) == 40 * (8 + 8 + 8 + 8 + 1 + 1)


def test_blocks_of_other_lines_say_nothing(desk):
    """A reading of a line that nobody watches is archived and decides nothing."""
    other = replace(air((2, 9.0)), series=(Series("M", "air"),))
    desk.hear(adopt(FIRST), air((1, 4.0)), other)
    assert desk.kinds("deviation") == []


texts = st.text(max_size=8)
bodies = st.dictionaries(
    texts | st.sampled_from(["case", "who", "role", "signature", "lots", "text", "instruments"]),
    texts
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.none()
    | st.lists(texts, max_size=2)
    | st.dictionaries(texts, texts, max_size=2),
    max_size=6,
)
kinds = texts | st.sampled_from(
    [
        "plan.adopt",
        "site.bound",
        "case.note",
        "case.close",
        "case.x",
        "segment.sealed",
        "verdict",
        "person.added",
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(kinds, texts, bodies), max_size=4))
def test_no_act_stops_the_clerk(tmp_path_factory, acts):
    """Whatever is entered, by whomever: it becomes a record or a refusal, and the work goes on."""
    desk = Desk(tmp_path_factory.mktemp("acts") / "desk")
    try:
        desk.hear(adopt(FIRST), air((1, 6.0)))
        [case] = open_cases(desk.ledger)
        for number, (kind, who, body) in enumerate(acts):
            named = {key: case if key == "case" else value for key, value in body.items()}
            desk.hear(Block(acts=(Act(at(2), kind, "L", who, named, id=str(number)),), tick=at(2)))
        desk.hear(air((3, 4.0)))
        assert "deviation.returned" in desk.kinds("deviation")
        assert desk.clerk.position == desk.journal.last()
        assert desk.sit_down().position == desk.journal.last()
    finally:
        desk.ledger.close()
        desk.journal.close()
