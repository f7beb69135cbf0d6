"""A site whose plans changed: a cold room with a failed calibration, and a retort between whose batches plans switch."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from shared import shared

from haccpline.export import seal
from haccpline.looking_back import look_back
from haccpline.site import Site, load_site
from haccpline.store import Store
from ledger.calibration import enter_calibration
from ledger.people import People
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series, State
from readings.times import MINUTE, format_time, parse_time
from rules.plan_check import load_plan

web_plant = shared(Path(__file__).parents[1] / "web" / "web_plant.py")
START = parse_time("2026-12-01T00:00:00Z")
ROOM = """
plan: {name}
name: {{zh: 冷库, en: Cold room}}
site: {{id: S, name: Site, timezone: Asia/Shanghai}}
effective_from: {since}
reorder: 10 min
line: {{id: room, lot: {{from: lot}}}}
sensors:
  air: {{name: {{zh: 库温, en: Air}}, unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}}
  lot: {{unit: text, every: on change}}
ccps:
  - id: C
    name: {{zh: 冷藏, en: Chilling}}
    critical: [{{id: a, kind: threshold, of: air, at_most: {bound} degC}}]
verification:
  - {{id: probe, what: calibration, of: [air], every: 30 d, tolerance: 0.3 K, when_failed: look back to the last pass}}
"""
RETORT = """
plan: {name}
name: {{zh: 杀菌锅, en: Retort}}
site: {{id: S, name: Site, timezone: Asia/Shanghai}}
effective_from: {since}
reorder: 1 min
line: {{id: retort, state: {{from: mode, codes: {{0: idle, 1: hold}}}}, judged_when: hold}}
sensors:
  mode: {{unit: code, every: 60 s, silent_after: 5 min}}
  core: {{name: {{zh: 中心温度, en: Core}}, unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}}
ccps:
  - id: H
    name: {{zh: 保温, en: Holding}}
    critical: [{{id: hold, kind: dwell, of: core, at_least: 72.0 degC, for: {bound} min}}]
"""


def at(minute: float) -> int:
    return START + int(minute * MINUTE)


def room(name: str, minute: float, bound: float) -> str:
    return ROOM.format(name=name, since=format_time(at(minute)), bound=bound)


def retort(name: str, minute: float, bound: int) -> str:
    return RETORT.format(name=name, since=format_time(at(minute)), bound=bound)


# the minute at which each is adopted
PLANS = (
    (0, "room", room("room-1", 0, 5.0)),
    (50, "room", room("room-2", 100, 7.0)),
    (140, "room", room("room-3", 600, 6.0)),
    (0, "retort", retort("retort-1", 0, 10)),
    (20, "retort", retort("retort-2", 30, 15)),  # due in the first batch
    (152, "retort", retort("retort-3", 155, 20)),  # due in the second one
)
AIR = ((0, 4.0), (60, 4.8), (110, 6.8), (120, 4.0))  # what it shows from these minutes on
HOLDS = ((10, 50), (150, 999))  # the retort's batches; the second one goes on
LAST = 160


class PlanPlant(web_plant.Plant):  # type: ignore[misc, name-defined]
    """See the module."""

    @cached_property
    def site(self) -> Site:
        return load_site(self.folder / "site.yaml")


def _minute(builder: BlockBuilder, minute: int) -> None:
    shown = next(value for since, value in reversed(AIR) if since <= minute)
    holds = any(begin <= minute < end for begin, end in HOLDS)
    for series, value in (
        (Series("room", "air"), shown),
        (Series("retort", "mode"), float(holds)),
        (Series("retort", "core"), 75.0 if holds else 20.0),
    ):
        builder.reading(series, time=at(minute), value=value, received=at(minute))
    if minute % 60 == 1:
        builder.state(State(at(minute), "room", "lot", f"lot-{minute // 60}"))


def record(folder: Path) -> None:
    """Put it there: the plans adopted in their minutes, the calibration entered at minute 130, looked back on at the end."""
    (folder / "room.yaml").write_text(PLANS[0][2], encoding="utf-8")
    (folder / "retort.yaml").write_text(PLANS[3][2], encoding="utf-8")
    (folder / "site.yaml").write_text("site: S\nplans: [room.yaml, retort.yaml]\n", encoding="utf-8")
    plant = PlanPlant(folder)
    store: Store = plant.store
    store.make()
    store.ledger().close()
    people = People(plant.site.data / "people.db", hasher=web_plant.QUICK)
    for who, (name, roles) in web_plant.PEOPLE.items():
        people.add(id=who, name=name, roles=roles, password=web_plant.WORD, now=1)
    journal = store.journal()
    store.archive(journal)
    for minute in range(LAST):
        if minute == 100:  # the clerk works while the plant does
            journal.close()
            seal(plant.site, store)
            journal = store.journal()
        acts = [_adopted(line, text, when) for when, line, text in PLANS if when == minute]
        acts += [_calibrated(people)] if minute == 130 else []
        for act in acts:
            journal.append(Block(acts=(act,), tick=at(minute) - 1))
        builder = BlockBuilder()
        _minute(builder, minute)
        journal.append(builder.build(at(minute)))
    journal.close()
    people.close()
    seal(plant.site, store)
    journal = store.journal()
    journal.append(Block(acts=(look_back(store, "k130", at(LAST)),), tick=at(LAST)))
    journal.close()
    seal(plant.site, store)


def _adopted(line: str, text: str, minute: int) -> Act:
    body = {"file": f"{line}.yaml", "text": text}
    return Act(at(minute) - 1, "plan.adopt", line, body=body, id=f"{line}-{minute}")


def _calibrated(people: People) -> Act:
    return enter_calibration(
        people,
        plan=load_plan(PLANS[1][2], "room"),
        sensor="air",
        point="1",
        found="-0.5 K",
        left="0.0 K",
        performed=at(130),
        entered={"reference": "PT-7", "certificate": "K-2026-9"},
        who="ann",
        password=web_plant.WORD,
        now=at(130),
        id_="k130",
    )
