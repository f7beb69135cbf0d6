"""A simulated week of each line, with every fault there is, through journal, clerk and ledger; held against the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from haccpline.record import acts_of_site
from haccpline.site import load_site
from haccpline.store import Store
from ledger.clerk import Clerk
from readings.block import Block
from readings.times import DAY, HOUR, MINUTE, SECOND, format_time, parse_time
from rules.plan import Plan, limits_of
from simulators.expectations import EXPECTED
from simulators.faults import RETORT, STORE, WATER, Fault
from simulators.history import blocks
from simulators.plant import Plant, plant
from simulators.truth import LOSS, NOTHING, Truth, truths

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = {WATER: "packaged_water", RETORT: "retort", STORE: "frozen_store"}
MONDAY = parse_time("2026-11-16T00:00:00+08:00")
EVERY = {WATER: 5 * SECOND, RETORT: 2 * SECOND, STORE: MINUTE}


def at(day: int, hour: float, kind: str, line: str, lasts: int, **more: object) -> Fault:
    """A fault on a day of the week (0 is Monday) at an hour of the site's clock."""
    start = MONDAY + day * DAY + int(hour * HOUR)
    return Fault(kind, line, start, start + lasts, **more)


WEEK: dict[str, tuple[Fault, ...]] = {
    WATER: (
        at(0, 9, "low_ozone", WATER, 10 * MINUTE),
        at(0, 15, "unplugged", WATER, 2 * MINUTE),
        at(1, 10, "unplugged", WATER, 20 * MINUTE),
        at(
            1, 18.9, "stuck", WATER, 12 * HOUR + 26 * MINUTE, sensor="o3_contact"
        ),  # judged for 6 min, and for 10 the day after
        at(2, 14, "stuck", WATER, 45 * MINUTE, sensor="o3_contact"),
        at(3, 10, "clock_step", WATER, HOUR),
        at(4, 8, "low_ozone", WATER, 90 * SECOND, size=0.15),
        at(5, 16, "stuck", WATER, 30 * MINUTE, sensor="o3_filler"),
    ),
    RETORT: (
        at(0, 9.5, "cold_spot", RETORT, 30 * MINUTE, point="4"),
        at(1, 10, "unplugged", RETORT, 100 * MINUTE),
        at(2, 11, "stuck", RETORT, 100 * MINUTE, sensor="r", point="2"),
        at(3, 8, "clock_step", RETORT, 100 * MINUTE),
        at(4, 13, "cold_spot", RETORT, 100 * MINUTE, point="6", size=1.5),
    ),
    STORE: (
        at(
            0, 14, "compressor", STORE, 6 * HOUR, zone="CS2"
        ),  # no defrost near, whose exception would excuse a part
        at(2, 6, "unplugged", STORE, 5 * HOUR),
        at(3, 14, "door_open", STORE, 3 * HOUR, zone="CS1", size=12.0),
        at(4, 6, "late_upload", STORE, 5 * HOUR),
        at(5, 9, "unplugged", STORE, 40 * MINUTE),
        at(5, 20, "door_open", STORE, 40 * MINUTE, zone="DOCK", size=12.0),
    ),
}


@dataclass
class Found:
    """What was raised for a line's week.

    Attributes:
        truths: what had to be.
        raised: kind, limit, unit, start, lots of each event that was ever opened.
        missed: truths without an event.
        false: events without a truth.
        wrong_lots: events whose lots are not those of the truth.
    """

    truths: list[Truth] = field(default_factory=list)
    raised: list[dict[str, object]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    wrong_lots: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def site_of(line: str, folder: Path) -> Path:
    """A site file with the line's plan and without sources: readings come from the simulator's history."""
    plan = EXAMPLES / FOLDERS[line] / "plan.yaml"
    (folder / "plan.yaml").write_text(plan.read_text(encoding="utf-8"), encoding="utf-8")
    text = plan.read_text(encoding="utf-8")
    site = text.split("site: {id: ")[1].split(",")[0]
    path = folder / "site.yaml"
    path.write_text(f"site: {site}\nplans: [plan.yaml]\ndata: data\n", encoding="utf-8")
    return path


SETTLES = 5 * MINUTE  # of the limits on means: `after` and two windows
PER = {WATER: 10 * MINUTE, RETORT: HOUR, STORE: 10 * MINUTE}  # of a block of the journal: short and long ones


def week(line: str, folder: Path, *, days: int = 7) -> Found:
    """Play a line's week, and hold what the ledger says against the truth."""
    site = load_site(site_of(line, folder))
    loaded = site.plans[line][0]
    faults = [fault for fault in WEEK[line] if fault.end < MONDAY + days * DAY]
    played = plant(seed=3, lines=[line], every=EVERY, faults=faults)
    store = Store(site.data, site.file.site)
    store.make()
    journal = store.journal()
    journal.own()
    ledger = store.ledger()
    clerk = Clerk(site.file.site, ledger, journal, store.archive(journal))
    clerk.resume()
    journal.append(Block(acts=tuple(acts_of_site(site, [line], bound=None, now=MONDAY)), tick=MONDAY))
    for day in range(days):
        for block in blocks(
            played, MONDAY + day * DAY, MONDAY + (day + 1) * DAY, per=PER[line], clock_within=EXPECTED.clock
        ):
            journal.append(block)
        while clerk.work(0):
            pass
    journal.append(Block(tick=MONDAY + days * DAY))
    clerk.work(0)
    found = Found(truths=list(truths(played)))
    after, last = 0, {}
    while page := ledger.read(after):
        for record in page:
            if record.kind.partition(".")[0] in ("deviation", "loss", "fault"):
                body = record.content
                before = last.get(body["id"], {})
                last[body["id"]] = before | body | {"kind": record.kind.partition(".")[0]}
        after = page[-1].seq
    ledger.close()
    journal.close()
    found.raised = list(last.values())
    compare(loaded, played, found)
    return found


KINDS = {"deviation": "deviation", "loss": "monitoring_loss", "fault": "instrument_fault"}


def compare(plan: Plan, played: Plant, found: Found) -> None:
    """Fill in what was missed, what was raised without a reason, and which lots are wrong."""
    sensor = {(point.id, limit.id): limit.of for point, _, limit in limits_of(plan)}
    explained: set[int] = set()
    for truth in found.truths:
        if truth.raises == NOTHING:
            found.kinds[f"{truth.fault.kind}: nothing"] += 1
            continue
        mine = [
            number
            for number, event in enumerate(found.raised)
            if KINDS[event["kind"]] == truth.raises
            and (not truth.sensor or sensor[event["ccp"], event["limit"]] == truth.sensor)
            and (
                not truth.points
                or "." not in truth.points[0]
                or truth.points[0].split(".")[0] == event["unit"]
            )
            and _begins(event, truth)
        ]
        explained |= set(mine)
        found.kinds[f"{truth.fault.kind}: {truth.raises}"] += 1
        if not mine:
            found.missed.append(
                f"{truth.fault}: {truth.raises} of {truth.sensor or truth.fault.line}, {format_time(truth.start)}"
            )
        for number in mine:
            event = found.raised[number]
            lots, there = set(event["lots"]), lots_between(played, event)
            if lots != there:
                found.wrong_lots.append(f"{truth.fault}: {sorted(lots)}, not {sorted(there)}")
    found.false = [
        f"{event['kind']} {event['ccp']}/{event['limit']} {event['unit']} {event['from']} to {event['to']}"
        for number, event in enumerate(found.raised)
        if number not in explained
    ]


def _begins(event: dict[str, object], truth: Truth) -> bool:
    """Whether an event begins when it should; a limit that settles or averages may lose its evidence later."""
    after = parse_time(event["from"]) - truth.start
    return -truth.tolerance <= after <= truth.tolerance + (SETTLES if truth.raises == LOSS else 0)


def lots_between(played: Plant, event: dict[str, object]) -> set[str]:
    """The lots that the simulator says were there, from the event's first to its last moment."""
    line = next(iter(played.lines))
    start = parse_time(event["from"])
    end = parse_time(event["to"]) if event["to"] else start + HOUR
    return {each.text for each in played.lines[line].texts(start, end) if each.sensor == EXPECTED.lot[line]}


@pytest.fixture(scope="module")
def weeks(tmp_path_factory) -> dict[str, Found]:
    """The week of every line."""
    return {line: week(line, tmp_path_factory.mktemp(line)) for line in FOLDERS}


@pytest.mark.slow
@pytest.mark.parametrize("line", FOLDERS)
def test_every_fault_is_found_and_nothing_else(weeks, line):
    """Named rightly, at its time, with the lots that were there; nothing is raised without a fault."""
    found = weeks[line]
    assert found.truths
    assert found.missed == []
    assert found.false == []
    assert found.wrong_lots == []


@pytest.mark.slow
def test_the_docs_say_what_was_found(weeks):
    """The table in docs/faults-found.md counts these very faults and events."""
    page = (Path(__file__).parents[1] / "docs" / "faults-found.md").read_text(encoding="utf-8")
    for line, found in weeks.items():
        counted = Counter(KINDS[event["kind"]] for event in found.raised)
        words = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counted.items()))
        faults = Counter(fault.kind for fault in WEEK[line])
        named = ", ".join(f"{count} {kind}" for kind, count in sorted(faults.items()))
        assert f"| {line} | {named} | {words} | 0 | 0 |" in page, (line, named, words)
