"""Promise 5: late truth supersedes and never erases. What was known at a time can be told for good."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.clerk import Clerk
from ledger.store import Ledger
from ledger.timelines import effective
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series, State
from readings.times import SECOND, format_time
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan_check import load_plan

START = 1_700_000_000 * SECOND
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2023-01-01T00:00:00Z
reorder: 1 h
line: {lot: {from: lot}, state: {from: phase, codes: {1: idle, 2: hold}}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min, range: [0, 130]}
  phase: {unit: code, every: 60 s, silent_after: 5 min}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 2 min}
      - {id: rate, kind: rate, of: air, at_most: 1.5 K/min}
      - {id: sum, kind: degree_minutes, of: air, above: 5.0 degC, at_most: 4 K.min, window: 20 min}
      - {id: hold, kind: dwell, of: air, at_most: 6.0 degC, for: 5 min, during: hold}
      - {id: f, kind: lethality, of: air, reference: 5.0 degC, z: 10 K, at_least: 5.0 min, during: hold}
    silence: {case: {after: 10 min}}
"""
PROGRAM = compile_plan(load_plan(PLAN, "plan.yaml"))
Row = tuple[str, float, float]


def at(minutes: float) -> int:
    return START + int(minutes * 60 * SECOND)


def moment(minutes: float) -> str:
    return format_time(at(minutes))


def said(*rows: Row, tick: float, lots: tuple[tuple[float, str], ...] = ()) -> Block:
    builder = BlockBuilder()
    for sensor, minutes, value in rows:
        builder.reading(Series("L", sensor), time=at(minutes), value=value, received=at(tick))
    for minutes, text in lots:
        builder.state(State(at(minutes), "L", "lot", text))
    return builder.build(at(tick))


class Desk:
    """A journal, an archive, a ledger and a clerk who has adopted the plan."""

    def __init__(self, folder: Path) -> None:
        self.journal = SqliteJournal(folder / "journal.db")
        self.archive = ParquetArchive(folder / "segments", self.journal)
        self.ledger = Ledger(folder / "ledger.db")
        self.clerk = Clerk("S", self.ledger, self.journal, self.archive)
        self.clerk.resume()
        act = Act(at(0), "plan.adopt", "L", body={"file": "plan.yaml", "text": PLAN}, id="adopt")
        self.hear(Block(acts=(act,), tick=at(0)))

    def hear(self, *blocks: Block) -> None:
        for block in blocks:
            self.journal.append(block)
            self.clerk.work(0)

    def records(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        found, after = [], 0
        while page := self.ledger.read(after):
            found += [(record.kind, record.content) for record in page if record.kind.startswith(kinds)]
            after = page[-1].seq
        return found

    def known(self, minutes: float) -> dict[Any, list[tuple[Any, ...]]]:
        """What was in force at a time, as the whole ledger tells it."""
        verdicts = (("L", body) for _, body in self.records("verdict"))
        return {
            key[2]: [(span["from"], span["verdict"], span["decided"], span["revision"]) for span in spans]
            for key, spans in effective(verdicts, known=at(minutes)).items()
        }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()
    made.journal.close()


def in_order(rows: list[Row], until: float) -> dict[str, list[tuple[str, str, str]]]:
    """What the complete readings say, judged once, in order of time."""
    block = said(*sorted(rows, key=lambda row: (row[1], row[0])), tick=until)
    state, decisions = begin(PROGRAM, complete=True), Decisions(PROGRAM)
    for inputs, tick in ((Block(), at(0)), (block, at(until))):  # the plan was adopted at 0
        state, changes = step(PROGRAM, state, inputs, tick)
        decisions.take(changes)
    decisions.finish(state)
    return {
        limit.limit: [
            (format_time(point.start), str(point.verdict), format_time(point.decided))
            for point in decisions.timeline(limit)
        ]
        for limit in PROGRAM.limits
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_in_the_end_it_is_as_if_all_had_come_in_order_and_what_was_known_stays(desk, seed):
    """Readings late by up to 40 min: the same spans as in order; the ledger still tells what it told at any minute."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for minute in range(1, 60):
        rows.append(("phase", minute, 2.0 if minute % 30 > 15 else 1.0))
        if chance.random() > 0.08:
            rows.append(("air", minute, round(4.0 + chance.choice([0, 0, 0, 0.8, 1.6, 3.0]), 1)))
    arrivals: dict[int, list[Row]] = {}
    for row in rows:
        late = chance.randrange(1, 40) if chance.random() < 0.25 and row[1] > 1 else 0
        arrivals.setdefault(int(row[1]) + late, []).append(row)
    then = {}
    for minute in range(1, 101):
        desk.hear(said(*arrivals.get(minute, []), tick=minute))
        then[minute] = desk.known(minute) if minute % 9 == 0 else None
    final = desk.known(100)
    assert {
        limit: [(start, verdict, decided) for start, verdict, decided, _ in spans]
        for limit, spans in final.items()
    } == in_order(rows, 100)
    assert {minute: desk.known(minute) for minute in then if then[minute] is not None} == {
        minute: told for minute, told in then.items() if told is not None
    }
    assert any(revision for spans in final.values() for *_, revision in spans), "nothing was decided again"


def test_edge_case_4_late_good_readings_close_a_silence_and_erase_nothing(desk):
    """A loss of 15 min is withdrawn when the readings come: both the loss and the withdrawal stand in the ledger."""
    desk.hear(*(said(("air", minute, 4.0), ("phase", minute, 1.0), tick=minute) for minute in range(1, 6)))
    desk.hear(*(said(("phase", minute, 1.0), tick=minute) for minute in range(6, 22)))
    before = desk.known(21)
    assert before["a"][-1][:2] == (moment(5), "indeterminate")
    desk.hear(said(*(("air", float(minute), 4.0) for minute in range(6, 23)), tick=22))
    assert [span[1] for span in desk.known(22)["a"]] == ["indeterminate", "ok"], "before the first reading"
    assert desk.known(21) == before
    losses = [(kind, body["from"]) for kind, body in desk.records("loss") if body["limit"] == "a"]
    assert losses == [("loss.opened", moment(5)), ("loss.withdrawn", moment(5))]
    assert desk.records("case.opened"), "the case stays with people"


def test_edge_case_4_late_readings_that_change_no_verdict_make_no_record(desk):
    """Heard late within the silence, still ok: nothing is said again, so nobody is told again."""
    minutes = [minute for minute in range(1, 20) if minute not in (7, 8)]
    desk.hear(*(said(("air", minute, 4.0), ("phase", minute, 1.0), tick=minute) for minute in minutes))
    before = len(desk.records("verdict", "loss", "deviation", "case"))
    desk.hear(said(("air", 7, 4.0), ("air", 8, 4.2), tick=20))
    assert len(desk.records("verdict", "loss", "deviation", "case")) == before


def test_edge_case_31_every_lot_that_was_there_is_named(desk):
    """One lot leaves in mid-excursion and another comes: both are named, and a third one behind it is not."""
    desk.hear(said(("air", 1, 4.0), ("phase", 1, 1.0), tick=1, lots=((1, "A"),)))
    desk.hear(*(said(("air", minute, 6.0), ("phase", minute, 1.0), tick=minute) for minute in (2, 3, 4, 5)))
    desk.hear(said(("air", 6, 6.0), ("phase", 6, 1.0), tick=6, lots=((5.5, "B"),)))
    desk.hear(said(("air", 7, 4.0), ("phase", 7, 1.0), tick=7))
    desk.hear(said(("air", 8, 4.0), ("phase", 8, 1.0), tick=8, lots=((7.5, "C"),)))
    [*_, (_, last)] = [each for each in desk.records("deviation") if each[1]["limit"] == "a"]
    assert (last["from"], last["to"], last["lots"]) == (moment(2), moment(7), ["A", "B"])
