"""Edge case 25: a calibration that fails looks back; raw readings are never edited."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from haccpline.look_backs import LookBacks
from haccpline.looking_back import look_back, main
from haccpline.proving import decide_again
from haccpline.store import Store
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ledger.calibration import enter_calibration
from ledger.clerk import Clerk
from ledger.entering import EnteringError
from ledger.open_cases import open_cases
from ledger.package import write_package
from ledger.people import People
from ledger.timelines import effective
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series, State
from readings.times import SECOND, format_time
from rules.plan_check import load_plan

START = 1_700_000_000 * SECOND
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2023-01-01T00:00:00Z
reorder: 10 min
line: {lot: {from: lot}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  other: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: air, at_most: 5.0 degC}
      - {id: far, kind: threshold, of: air, at_most: 9.0 degC}
      - {id: other, kind: threshold, of: other, at_most: 5.0 degC}
verification:
  - {id: probe, what: calibration, of: [air, other], every: 30 d, tolerance: 0.3 K, when_failed: look back to the last pass}
"""
PASSWORD = "a long enough one"
# what air shows from these minutes on: with room to spare, close to the limit, far beyond it, with room to spare
SHOWN = ((1, 4.0), (60, 4.8), (100, 6.0), (110, 4.0))


def at(minutes: float) -> int:
    return START + int(minutes * 60 * SECOND)


def moment(minutes: float) -> str:
    return format_time(at(minutes))


class Plant:
    """A recorded line, people who calibrate, and a clerk who can be killed."""

    def __init__(self, folder: Path, people: People, *, away: bool = False) -> None:
        self.away = away  # the clerk hears nothing yet
        self.store = Store(folder, "S")
        self.store.make()
        self.journal = self.store.journal()
        self.archive = self.store.archive(self.journal)
        self.ledger = self.store.ledger()
        self.people = people
        self.plan = load_plan(PLAN, "plan.yaml")
        self.sit_down()
        body = {"file": "plan.yaml", "text": PLAN}
        self.hear(Block(acts=(Act(at(0), "plan.adopt", "L", body=body, id="adopt"),), tick=at(0)))

    def sit_down(self) -> None:
        self.clerk = Clerk("S", self.ledger, self.journal, self.archive)
        self.clerk.resume()
        self.clerk.work(0)

    def hear(self, block: Block) -> None:
        self.journal.append(block)
        if not self.away:
            self.clerk.work(0)

    def run(self, first: int, last: int) -> None:
        """The readings of these minutes, in blocks of ten; a lot an hour."""
        for begin in range(first, last, 10):
            builder = BlockBuilder()
            minutes = range(begin, min(begin + 10, last))
            for minute in minutes:
                shown = next(value for since, value in reversed(SHOWN) if since <= minute)
                for sensor, value in (("air", shown), ("other", 4.9)):
                    builder.reading(Series("L", sensor), time=at(minute), value=value, received=at(minute))
                if minute % 60 == 1:
                    builder.state(State(at(minute), "L", "lot", f"lot-{minute // 60}"))
            self.hear(builder.build(at(minutes[-1])))

    def calibrates(self, found: str, minute: float, *, who: str = "ann", **more: str) -> Act:
        entered = {"reference": "PT-7", "certificate": f"K-{minute}"} | more
        return enter_calibration(
            self.people,
            plan=self.plan,
            sensor="air",
            point="1",
            found=found,
            left="0.0 K",
            performed=at(minute),
            entered=entered,
            who=who,
            password=PASSWORD,
            now=at(minute),
            id_=f"c{minute}",
        )

    def enter(self, act: Act) -> None:
        self.hear(Block(acts=(act,), tick=act.time))

    def records(self, *kinds: str) -> list[tuple[str, dict]]:
        found, after = [], 0
        while page := self.ledger.read(after):
            found += [(record.kind, record.content) for record in page if record.kind.startswith(kinds or "")]
            after = page[-1].seq
        return found

    def spans(self, limit: str) -> list[tuple[str, float]]:
        """(verdict, minute from which it holds) of what is in force, merged where it is only said again."""
        [spans] = [
            spans
            for key, spans in effective(("L", body) for _, body in self.records("verdict")).items()
            if key[2] == limit
        ]
        times = {moment(tenth / 60): tenth / 60 for tenth in range(60 * 300)}
        found = [(span["verdict"], times[span["from"]]) for span in spans]
        return [each for number, each in enumerate(found) if not number or found[number - 1][0] != each[0]]

    def look_back(self) -> None:
        """The first look-back that waits, as the record process does it."""
        [waiting] = self.clerk.look_backs
        self.enter(look_back(self.store, waiting.calibration, self.clerk.now))

    def close(self) -> None:
        self.ledger.close()
        self.journal.close()


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> People:
    """Ann may calibrate, Otto may not. Once for all."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    made = People(tmp_path_factory.mktemp("people") / "people.db", hasher=quick)
    made.add(id="ann", name="Ann Li", roles=["qa"], password=PASSWORD, now=1)
    made.add(id="ops", name="Otto", roles=["operator"], password=PASSWORD, now=1)
    return made


@pytest.fixture
def plant(tmp_path, people) -> Iterator[Plant]:
    """A recorded line."""
    made = Plant(tmp_path / "data", people)
    yield made
    made.close()


def test_edge_case_25_a_failed_calibration_decides_again_what_rests_on_it(plant):
    """Found to read 0.5 K too low: what held with room to spare stays, what cannot be shown any more becomes
    indeterminate, what is far beyond stays a deviation; before the last pass and of other sensors nothing changes."""
    plant.run(1, 70)
    plant.enter(plant.calibrates("0.1 K", 70))
    plant.run(71, 130)
    before = plant.archive.read([Series("L", "air")], 0, at(500)).block.value.tolist()
    plant.enter(plant.calibrates("-0.5 K", 130))
    plant.run(131, 160)
    plant.look_back()
    assert plant.spans("a") == [
        ("indeterminate", 0),
        ("ok", 1),
        ("indeterminate", 71),
        ("deviation", 100),
        ("ok", 110),
    ]
    assert plant.spans("far") == [("indeterminate", 0), ("ok", 1)]
    assert plant.spans("other") == [("indeterminate", 0), ("ok", 1)]
    assert plant.archive.read([Series("L", "air")], 0, at(130)).block.value.tolist() == before
    [doubted] = [
        body for _, body in plant.records("verdict") if body["reason"].startswith("calibration failed")
    ]
    assert (doubted["from"], doubted["look_back"], doubted["evidence"]["readings"]) == (moment(71), "c130", 1)
    assert doubted["reason"] == "calibration failed: air was off by -0.5 K; it cannot be shown what held"


def test_a_limit_that_a_change_of_plan_dropped_is_looked_back_on(plant):
    """Close to its bound from minute 60 on and dropped at 80: what was decided of it until then cannot be shown any more."""
    far = "      - {id: far, kind: threshold, of: air, at_most: 9.0 degC}\n"
    dropped = "      - {id: a, kind: threshold, of: air, at_most: 5.0 degC}\n"
    for text in (PLAN.replace(dropped, ""), PLAN.replace(dropped, "").replace(far, "")):
        number = 80 if far in text else 110
        plan = text.replace("2023-01-01T00:00:00Z", moment(number))
        plant.run(number - 79 if number == 80 else 71, number - 10)
        body = {"file": "plan.yaml", "text": plan}
        act = Act(at(number - 10), "plan.adopt", "L", body=body, id=f"adopt-{number}")
        plant.hear(Block(acts=(act,), tick=at(number - 10)))
        plant.run(number - 10, number + 1)
    plant.run(111, 130)
    plant.enter(plant.calibrates("-0.5 K", 130))
    plant.sit_down()
    plant.run(131, 160)
    [(_, begun)] = plant.records("calibration.look_back")
    assert begun["limits"] == [["C", "far", "L"], ["C", "a", "L"]], "the plan that holds has neither"
    plant.look_back()
    assert plant.spans("a") == [("indeterminate", 0), ("ok", 1), ("indeterminate", 60), ("suspended", 80)]
    assert plant.spans("far") == [("indeterminate", 0), ("ok", 1), ("suspended", 110)]
    [case] = [case for case in open_cases(plant.ledger).values() if case.kinds == ["instrument_fault"]]
    assert case.returned


def test_a_plan_heard_together_with_the_failed_calibration_is_looked_back_to(tmp_path, people):
    """A clerk who was away hears adoption, readings and calibration at once: the same verdicts are in doubt."""
    plant = Plant(tmp_path / "data", people, away=True)
    plant.run(1, 130)
    plant.enter(plant.calibrates("-0.5 K", 130))
    plant.away = False
    plant.run(131, 160)
    plant.look_back()
    assert plant.spans("a") == [
        ("indeterminate", 0),
        ("ok", 1),  # 4.0 degC read: 4.5 at most
        ("indeterminate", 60),  # 4.8 read: up to 5.3
        ("deviation", 100),
        ("ok", 110),
    ]
    plant.close()


def test_one_case_names_span_limits_and_lots(plant):
    """It is an instrument fault, open until everything was decided again, and holds the lots of what is in doubt."""
    plant.run(1, 130)
    plant.enter(plant.calibrates("-0.5 K", 130))
    [case] = [case for case in open_cases(plant.ledger).values() if case.kinds == ["instrument_fault"]]
    assert not case.returned
    plant.run(131, 160)
    plant.look_back()
    [case] = [case for case in open_cases(plant.ledger).values() if case.kinds == ["instrument_fault"]]
    assert (case.returned, case.concerned) == (True, ["lot-0", "lot-1"])
    [(_, began)] = plant.records("calibration.look_back")
    assert (began["from"], began["to"]) == (moment(0), moment(130))
    assert began["limits"] == [["C", "a", "L"], ["C", "far", "L"]]
    [(_, done)] = plant.records("calibration.looked_back")
    assert (done["spans"], done["lots"]) == (1, ["lot-0", "lot-1"])


def test_in_the_direction_that_does_not_hurt_nothing_is_taken_back_but_a_deviation_that_may_be_none(plant):
    """Found to read 1.5 K too high: 4.8 was 3.3 at worst, and 6.0 may have been 4.5: that cannot be shown either way."""
    plant.run(1, 130)
    plant.enter(plant.calibrates("1.5 K", 130))
    plant.run(131, 160)
    plant.look_back()
    assert plant.spans("a") == [("indeterminate", 0), ("ok", 1), ("indeterminate", 100), ("ok", 110)]


def test_verdicts_name_the_calibration_in_force_where_they_begin(plant):
    """From the next second on each limit of the instrument says what holds again, and by which calibration."""
    plant.run(1, 70)
    plant.enter(plant.calibrates("0.1 K", 70))
    plant.run(71, 75)
    said = [body for _, body in plant.records("verdict") if body["limit"] == "a"]
    assert [(body["verdict"], body["sensors"][0].get("calibration")) for body in said[-2:]] == [
        ("ok", None),
        ("ok", "K-70"),
    ]
    assert said[-1]["from"] == format_time(at(70) + SECOND)


def test_killed_anywhere_it_is_done_once(tmp_path, people):
    """However often the clerk is killed, and the outcome entered: the same records, byte for byte, with one revision."""
    chance = random.Random(5)
    steady, killed = Plant(tmp_path / "steady", people), Plant(tmp_path / "killed", people)
    act = steady.calibrates("-0.5 K", 130)
    for plant in (steady, killed):
        plant.run(1, 130)
        plant.enter(act)
        for minute in range(131, 150, 3):
            plant.run(minute, minute + 3)
            if plant is killed and chance.random() < 0.7:
                plant.sit_down()
    outcomes = [look_back(plant.store, "c130", plant.clerk.now) for plant in (steady, killed)]
    assert outcomes[0] == outcomes[1]
    for plant in (steady, killed):
        plant.enter(outcomes[0])
        plant.sit_down()
        plant.enter(outcomes[0])
        plant.run(150, 160)
    assert killed.records() == steady.records()
    assert len(steady.records("calibration.looked_back")) == 1
    assert steady.clerk.look_backs == []
    steady.close()
    killed.close()


@dataclass
class Waiting:
    """Where the clerk sits, with a look-back that waits."""

    look_backs: list[str]
    now: int


def test_a_process_of_its_own_leaves_its_outcome_in_the_inbox(plant):
    """As the record process runs it; run again, it is entered once."""
    plant.run(1, 130)
    plant.enter(plant.calibrates("-0.5 K", 130))
    plant.run(131, 145)
    desk = Waiting([each.calibration for each in plant.clerk.look_backs], plant.clerk.now)
    looking = LookBacks(plant.store, desk)

    asyncio.run(looking.look_back(desk.look_backs[0]))
    main([str(plant.store.folder), "S", "c130", str(plant.clerk.now)])
    [act] = plant.store.inbox().waiting()
    assert (act.kind, act.id, looking.trouble) == ("calibration.looked_back", "looked-back-c130", None)


def test_a_look_back_that_fails_is_told(plant):
    """What is wrong stands in health, and it is tried again later."""
    looking = LookBacks(plant.store, Waiting(["nobody"], 1))

    asyncio.run(looking.look_back("nobody"))
    assert "the record says of no look-back on nobody" in looking.trouble


def test_a_machine_that_starts_no_process_ends_no_record(plant, monkeypatch):
    """It is told, and tried again later."""

    async def refused(*_, **__):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refused)
    looking = LookBacks(plant.store, Waiting(["c130"], 1))

    asyncio.run(looking.look_back("c130"))
    assert looking.trouble.endswith("is tried again: [Errno 11] Resource temporarily unavailable")


def test_a_record_with_a_look_back_proves_and_is_decided_again(plant, tmp_path):
    """What the engine had said comes out of the readings again; the doubt stands beside it."""
    plant.run(1, 130)
    plant.enter(plant.calibrates("-0.5 K", 130))
    plant.run(131, 160)
    plant.look_back()
    Sealer(plant.archive, ArchiveSettings()).seal()
    plant.clerk.work(0, save=True)
    key = plant.store.key()
    plant.ledger.sign(key)
    path = tmp_path / "package.zip"
    write_package(
        path,
        ledger=plant.ledger,
        archive=plant.archive,
        key=key,
        site="S",
        lines=["L"],
        start=at(-1),
        end=at(1000),
    )
    [(sentence, holds)] = decide_again(path)
    assert holds, sentence
    assert sentence.endswith(": the same")


def test_nothing_waits_for_a_calibration_that_passed(plant):
    """No fault, no case, no look-back; and one that is late is a reminder elsewhere, never a hold."""
    plant.run(1, 30)
    plant.enter(plant.calibrates("0.3 K", 30))
    plant.run(31, 60)
    assert plant.records("fault", "case", "calibration.look") == []
    assert plant.clerk.look_backs == []


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (
            lambda plant: plant.calibrates("0.1 K", 20, who="ops"),
            "a calibration is for qa, engineer; Otto is operator",
        ),
        (lambda plant: plant.calibrates("0.1 mg/L", 20), "'0.1 mg/L' is no error of this instrument"),
        (lambda plant: plant.calibrates("0.1 K", 20, reference=""), "a calibration names its reference"),
        (
            lambda plant: plant.calibrates("0.1 K", 20, weather="wet"),
            "a calibration takes reference, certificate",
        ),
    ],
)
def test_what_is_no_calibration_is_not_entered(plant, act, reason):
    """Another role, another quantity, no reference, words that nobody asks for."""
    with pytest.raises(EnteringError) as told:
        act(plant)
    assert str(told.value).startswith(reason)


def test_what_was_signed_is_what_is_recorded(plant):
    """An error changed behind the signature is refused; so is a calibration from before the last one."""
    plant.run(1, 30)
    forged = plant.calibrates("-0.5 K", 30)
    forged.body["found"], forged.body["passed"] = "0.0 K", True
    plant.enter(forged)
    plant.enter(plant.calibrates("0.1 K", 31))
    plant.enter(plant.calibrates("0.1 K", 29))
    reasons = [body["reason"] for _, body in plant.records("act.refused")]
    assert reasons[0] == "the signature is not ann's under what was entered"
    assert reasons[1].startswith("L/air/1 was calibrated at")
    assert len(plant.records("calibration.entered")) == 1
