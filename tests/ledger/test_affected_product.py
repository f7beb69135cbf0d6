"""Affected lots in the record: from the last good to the first good reading, where lots are counted, named as they come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.clerk import Clerk
from ledger.open_cases import open_cases
from ledger.store import Ledger
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series, State
from readings.times import MINUTE, SECOND, format_time

START = 1_700_000_000 * SECOND
PLAN = """
plan: L
name: Water
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2023-01-01T00:00:00Z
reorder: 2 min
line: {lot: {from: lot}}
sensors:
  ozone: {unit: mg/L, resolution: 0.01, every: 60 s, silent_after: 3 min}
  flow: {unit: m3/h, resolution: 0.1, every: 60 s, silent_after: 3 min}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: ozone, at_least: 0.30 mg/L}]
    silence: {case: {after: 10 min}}
"""
FIXED = "    transit: {at_least: 1 min, at_most: 6 min, to: the filler}\n"
PIPE = "    transit: {volume: 100 L, flow: flow, to: the filler}\n"
# ozone is low at 6 and 7 min: the last good reading is that at 5, the first good one that at 8
OZONE = {minute: 0.10 if minute in (6, 7) else 0.40 for minute in range(1, 31)}
LOTS = {0: "A", 9: "B", 13: "C", 16: "D"}


def moment(minutes: float) -> str:
    return format_time(START + int(minutes * MINUTE))


def blocks(flow: dict[int, float], lots: dict[int, str] | None = None, until: int = 30) -> Iterator[Block]:
    """Minute by minute."""
    for minute in range(until + 1):
        builder, now = BlockBuilder(), START + minute * MINUTE
        for sensor, said in (("ozone", OZONE), ("flow", flow)):
            if minute in said:
                builder.reading(Series("L", sensor), time=now, value=said[minute], received=now)
        for at, lot in (LOTS if lots is None else lots).items():
            if at == minute:
                builder.state(State(now, "L", "lot", lot))
        yield builder.build(now)


class Desk:
    """A journal, an archive, a ledger and a clerk."""

    def __init__(self, folder: Path, plan: str) -> None:
        self.journal = SqliteJournal(folder / "journal.db")
        self.archive = ParquetArchive(folder / "segments", self.journal)
        self.ledger = Ledger(folder / "ledger.db")
        self.sit_down()
        act = Act(START, "plan.adopt", "L", body={"file": "plan.yaml", "text": plan}, id="first")
        self.hear([Block(acts=(act,), tick=START)])

    def sit_down(self) -> None:
        """Take up the work, as after a kill."""
        self.clerk = Clerk("S", self.ledger, self.journal, self.archive)
        self.clerk.resume()

    def hear(self, heard) -> None:
        for block in heard:
            self.journal.append(block)
            self.clerk.work(0)

    def told(self) -> list[tuple[str, str | None, str | None, list[str]]]:
        """What became of the deviation, from and to of its product in minutes, and its lots."""
        found = []
        for record in self.ledger.read(0, kind="deviation."):
            body = record.content
            product = body["affected"]
            found.append(
                (
                    record.kind.partition(".")[2],
                    minutes(product["from"]),
                    minutes(product["to"]),
                    body["lots"],
                )
            )
        return found


def minutes(text: str | None) -> float | None:
    times = {moment(tenth / 10): tenth / 10 for tenth in range(400)}
    return None if text is None else times[text]


@pytest.fixture
def desk(tmp_path):
    """Makes a desk of a plan with a transit."""
    made: list[Desk] = []

    def make(transit: str) -> Desk:
        made.append(Desk(tmp_path, PLAN + transit))
        return made[-1]

    yield make
    for each in made:
        each.ledger.close()
        each.journal.close()


def test_where_lots_are_counted_at_the_control_point_it_is_from_good_to_good(desk):
    """A lot that ended between the last good reading and the first beyond is named; one behind it is not."""
    plant = desk("")
    plant.hear(blocks({}, {0: "A", 6: "B", 8: "C"}))
    assert plant.told() == [
        ("opened", 5.0, None, ["A", "B"]),
        ("returned", 5.0, 8.0, ["A", "B"]),
    ]


def test_a_lot_that_begins_while_it_lasts_is_named_when_it_does(desk):
    """Not only when it is over: people hold it now."""
    plant = desk("")
    plant.hear(blocks({}, {0: "A", 7: "B"}))
    assert plant.told() == [
        ("opened", 5.0, None, ["A"]),
        ("revised", 5.0, None, ["A", "B"]),
        ("returned", 5.0, 8.0, ["A", "B"]),
    ]


def test_a_transit_between_two_times_names_what_came_to_the_filler_meanwhile(desk):
    """From 5 + 1 to 8 + 6 min: B and C are named as they begin, D at 16 min is not."""
    plant = desk(FIXED)
    plant.hear(blocks({}))
    assert plant.told() == [
        ("opened", 6.0, None, ["A"]),
        ("returned", 6.0, 14.0, ["A"]),
        ("revised", 6.0, 14.0, ["A", "B"]),
        ("revised", 6.0, 14.0, ["A", "B", "C"]),
    ]
    [case] = open_cases(plant.ledger).values()
    assert case.concerned == ["A", "B", "C"], "it cannot be closed without them"
    [first, *_] = [record.content["affected"] for record in plant.ledger.read(0, kind="deviation.")]
    assert first["at"] == "the filler"


def test_a_transit_by_volume_takes_as_long_as_the_water_does(desk):
    """100 L at 20 L/min take 5 min: from 10 to 13 min. A has gone before any of it came, and is not named."""
    plant = desk(PIPE)
    plant.hear(blocks(dict.fromkeys(range(31), 1.2)))
    told = plant.told()
    assert told[0] == ("opened", None, None, []), "it has not come yet"
    assert told[-1] == ("revised", 10.0, 13.0, ["B"])


def test_a_flow_step_shortens_it(desk):
    """40 L/min from 9 min on: the first of it comes at 9 min at the earliest, the last at 11 at the latest."""
    plant = desk(PIPE)
    plant.hear(blocks({minute: 1.2 if minute < 9 else 2.4 for minute in range(31)}))
    assert plant.told()[-1] == ("revised", 9.0, 11.0, ["B"])


def test_a_late_reading_of_the_flow_moves_it(desk):
    """10 L/min at 11 min, told at 14: what left at 8 min has passed at 14 at the latest, not at 13, and C was there.

    40 L up to 10 min, 10 L in each of the two minutes around that reading, 20 L in each of the last two. Known at 15 min,
    when no reading of that time is waited for any more.
    """
    plant = desk(PIPE)
    heard = list(blocks({minute: 1.2 for minute in range(31) if minute != 11}))
    late = BlockBuilder()
    now = START + 14 * MINUTE
    late.reading(Series("L", "flow"), time=START + 11 * MINUTE, value=0.6, received=now)
    plant.hear([*heard[:15], late.build(now), *heard[15:]])
    assert plant.told()[-1] == ("revised", 10.0, 14.0, ["B", "C"])
    [case] = open_cases(plant.ledger).values()
    assert case.concerned == ["B", "C"]


def test_what_comes_at_the_latest_has_come_by_then_whatever_flowed(desk):
    """100 L at 5 L/min would take 20 min, but it takes 4 at most: from 5 + 4 to 8 + 4 min, and its lot is named."""
    plant = desk("    transit: {volume: 100 L, flow: flow, at_most: 4 min}\n")
    plant.hear(blocks(dict.fromkeys(range(31), 0.3)))
    assert plant.told()[-1] == ("revised", 9.0, 12.0, ["B"])


def test_without_the_flow_the_greatest_span_counts_and_is_said(desk):
    """No flow from 8 min on: it may have come at once, and is not known to have passed."""
    plant = desk(PIPE)
    plant.hear(blocks(dict.fromkeys(range(8), 1.2)))
    [*_, last] = [record.content for record in plant.ledger.read(0, kind="deviation.")]
    assert (minutes(last["affected"]["from"]), last["affected"]["to"]) == (7.0, None)
    assert last["affected"]["unknown"].endswith("min")
    assert last["lots"] == ["A", "B", "C", "D"]


def test_it_goes_on_after_a_restart(desk):
    """A clerk that is killed while product is on its way names the same lots."""
    plant = desk(FIXED)
    heard = list(blocks({}))
    for number, block in enumerate(heard):
        if number in (7, 10, 14):
            plant.sit_down()
        plant.hear([block])
    assert [lots for *_, lots in plant.told()] == [["A"], ["A"], ["A", "B"], ["A", "B", "C"]]


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize(
    ("transit", "span", "lots"), [(FIXED, (6.0, 14.0), ["A", "B", "C"]), (PIPE, (10.0, 13.0), ["B"])]
)
def test_product_on_its_way_is_followed_when_the_plan_no_longer_has_its_limit(
    desk, transit, span, lots, killed
):
    """From 8 min on another version holds, without that limit and the flow: the deviation ends, its product comes."""
    plant = desk(transit)
    flow = "  flow: {unit: m3/h, resolution: 0.1, every: 60 s, silent_after: 3 min}\n"
    other = (PLAN + FIXED).replace(flow, "").replace("{id: a,", "{id: b,").replace("0.30", "0.05")
    other = other.replace("2023-01-01T00:00:00Z", moment(8))
    act = Act(START + 3 * MINUTE, "plan.adopt", "L", body={"file": "plan.yaml", "text": other}, id="second")
    heard = list(blocks(dict.fromkeys(range(31), 1.2)))
    plant.hear([*heard[:4], Block(acts=(act,), tick=START + 3 * MINUTE)])
    for minute, block in enumerate(heard[4:], 4):
        plant.hear([block])
        if killed and minute in (7, 9, 12):
            plant.clerk.work(0, save=True)
            plant.sit_down()
    first, last = plant.told()[0], plant.told()[-1]
    assert first[0] == "opened"
    assert last == ("revised", *span, lots)
    [case] = open_cases(plant.ledger).values()
    assert case.concerned == lots
    records = [record.content for record in plant.ledger.read(0, kind="deviation.")]
    assert {body["plan"] for body in records} == {records[0]["plan"]}, "of the version that has the limit"
    assert not plant.clerk.lines["L"].former, "which is let go behind it"
