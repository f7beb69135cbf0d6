"""Limits of every kind, from a recording that breaks each: what reports and notices say of them, in both languages."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest

from dashboards.notices.agenda import Telling
from dashboards.notices.causes import Batch, Cause
from dashboards.notices.message import TEXT, message
from dashboards.notices.routes import Route
from dashboards.notices.watch import Watch
from dashboards.reports import offer
from dashboards.reports.daily_paper import daily_paper
from dashboards.reports.deviation_paper import deviation_paper
from dashboards.reports.facts import LimitFact
from dashboards.reports.words import spoken
from dashboards.views.site import SiteView
from haccpline.replay import blocks_of, whole_times
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.checkpoint import SigningKey
from ledger.clerk import Clerk
from ledger.store import Ledger
from readings.block import Block
from readings.inputs import Act
from readings.times import SECOND
from rules.notices import Turn
from rules.plan import limits_of
from rules.plan_check import load_plan

EXAMPLES = Path(__file__).parents[3] / "examples"
WATER = {  # each limit so that the recording breaks it
    "2026-12-01T00:00:00+08:00": "2026-12-01T09:00:00+08:00",
    "is: true, off_at_most: 20 s": "is: false",
    "intensity_at_least: 8.0 mW/cm2": "intensity_at_least: 30.0 mW/cm2",
    "    operating:\n      - {id: ozone-low": "      - {id: contact, kind: contact_time, of: o3_contact, flow: flow,"
    " volume: 2.5 m3, baffling: {factor: 0.3, basis: tracer study TS-2026-03}, judged_every: 10 s,"
    " at_least: 9.0 mg.min/L}\n    operating:\n      - {id: ozone-low",
}
PER_BATCH = """
      - {id: f0, kind: lethality, of: r, reference: 121.1 degC, z: 10 K, at_least: 45.0 min, during: come_up,
         guard: uncertainty, basis: SP-7}
      - {id: heat, kind: phase_duration, of: phase, during: come_up, at_most: 10 min, basis: SP-7}
      - {id: warm, kind: dwell, of: r, at_least: 60.0 degC, for: 9 min, during: come_up, basis: SP-7}"""
RETORT = {
    "within: 0.5 K, not_above: 0.0 K": "within: 0.01 K, not_above: 0.0 K",
    "\n    operating:\n": PER_BATCH
    + "\n      - {id: apart, kind: spread, of: r, at_most: 0.01 K, mean_over: 1 min, during: hold,"
    " after: 3 min}\n    operating:\n",
}


@dataclass
class Recorded:
    """A line that broke its limits: where it was recorded, cases by limit."""

    site: SiteView
    line: str
    day: str
    now: int
    cases: dict[str, str]
    watch: Watch


def recorded(folder: Path, example: str, changes: dict[str, str]) -> Recorded:
    text = (EXAMPLES / example / "plan.yaml").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    text = "\n".join(row for row in text.split("\n") if "one_case_for" not in row)
    plan = load_plan(text, "plan.yaml")
    journal = SqliteJournal(folder / "journal.db")
    ledger = Ledger(folder / "ledger.db")
    clerk = Clerk("S", ledger, journal, ParquetArchive(folder / "segments", journal))
    clerk.resume()
    now = plan.effective_from
    adopt = Act(now, "plan.adopt", plan.line_id, body={"file": "plan.yaml", "text": text}, id="a")
    journal.append(Block(acts=(adopt,), tick=now))
    for block in whole_times(blocks_of(plan, EXAMPLES / example / "readings.csv")):
        if block.states:
            journal.append(Block(states=block.states))
        ends = list(
            range(int(block.time.min()) + 10 * SECOND, int(block.time.max()) + 10 * SECOND, 10 * SECOND)
        )
        for start, end in pairwise([0, *np.searchsorted(block.time, ends).tolist(), len(block)]):
            part = block.part(start, end, states=False)
            if len(part):
                now = int(part.time.max())
                journal.append(
                    Block(**({name: getattr(part, name) for name in part.__slots__} | {"tick": now}))
                )
    while clerk.work(0, save=True):
        pass
    ledger.sign(SigningKey("plant.example/s", bytes(range(32))))
    watch = Watch()
    for record in ledger.read(limit=10**6):
        watch.hear(record)
    cases = {record.content["limit"]: record.content["case"] for record in ledger.read(kind="case.opened")}
    ledger.close()
    journal.close()
    site = SiteView("S", {"zh": "厂", "en": "Plant"}, "Asia/Shanghai", folder, {plan.line_id: plan}, {}, None)
    return Recorded(site, plan.line_id, "2026-12-01", now, cases, watch)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recorded]:
    """The filling line and the retort."""
    made = {}
    for example, changes in (("packaged_water", WATER), ("retort", RETORT)):
        made[example] = recorded(tmp_path_factory.mktemp(example), example, changes)
    return made


def printed(pdf: bytes) -> str:
    """The text of a PDF, without its spaces."""
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


SAYS = {
    ("packaged_water", "mixing"): ("off", "on", "关", "开"),
    ("packaged_water", "dose"): (
        (
            "≥ 30.0 mW/cm²; Flow ≤ 12.0 m³/h; UV transmittance, 254 nm, 10 mm ≥ 90.0 %;"
            " confirmed by 2 readings in a row; delivers 40 mJ/cm²"
        ),
        "9.36 mW/cm²",
        "≥ 30.0 mW/cm²; 流量 ≤ 12.0 m³/h; 紫外透过率 ≥ 90.0 %; 连续 2 个读数确认; 保证剂量 40 mJ/cm²",
        "9.36 mW/cm²",
    ),
    ("packaged_water", "contact"): (
        (
            "Concentration times contact time (C × T10) must be at least 9.0 mg·min/L for every parcel of water.;"
            "Baffling factor: 0.3 (tracer study TS-2026-03).; credited at its lower bound"
        ),
        "mg·min/L",
        "每一份水的浓度与接触时间之积（C × T10）须不低于 9.0 mg·min/L。; 折流系数：0.3（tracer study TS-2026-03）。",
        "mg·min/L",
    ),
    ("retort", "apart"): (
        "may lie no more than 0.01 K apart; (judged in hold; from 3 min after it begins)",
        "3.13 K",
        "各点之差须不超过 0.01 K; （判定阶段 保温；自阶段开始 3 min 后起判）",
        "3.13 K",
    ),
    ("retort", "recorder"): (
        "must lie within 0.01 K of that of Indicating thermometer.; It must not lie above it by more than 0.0 K.",
        "-0.17 K",
        "与指示温度计的平均值之差不得超过 0.01 K。; 且高出不得超过 0.0 K。; 判定阶段 保温；自阶段开始 3 min 后起判",
        "-0.17 K",
    ),
}


BATCHES = {
    "en": {
        "f0": "1.72 min credited (likely 1.93 min, at most 2.17 min); asked: 45 min",
        "heat": "11 min 30 s counted (likely 11 min 28 s, at least 11 min 26 s); allowed: 10 min",
        "demand": "Guard band: 0.4 K (1 × U, U = 0.4 K) is taken off every reading before it counts. (judged in come_up)",
        "whole": "the whole batch, 11 min 28 s",
    },
    "zh": {
        "f0": "计入 1.72 min（可能 1.93 min，至多 2.17 min）；要求：45 min",
        "heat": "计入 11 分钟 30 秒（可能 11 分钟 28 秒，至少 11 分钟 26 秒）；允许：10 分钟",
        "demand": "保护带：0.4 K（1 × U，U = 0.4 K），每个读数先扣除后再计入。（判定阶段 升温）",
        "whole": "整批，11 分 28 秒",
    },
}


@pytest.mark.parametrize(("line", "limit"), list(SAYS))
def test_reports_say_what_the_limit_demands_and_what_was_there(lines, line, limit):
    """In the deviation report and in the daily record, in both languages: bounds, terms, values with the unit judged in."""
    made = lines[line]
    english, worst_en, chinese, worst_zh = SAYS[line, limit]
    for tongue, demands, worst in (("en", english, worst_en), ("zh", chinese, worst_zh)):
        daily = printed(offer.daily_pdf(made.site, made.day, made.line, tongue, now=made.now))
        paper = printed(offer.deviation_pdf(made.site, made.cases[limit], tongue))
        for text in (daily, paper):
            for term in demands.split(";"):  # a row may go over the end of a page
                assert "".join(term.split()) in text
        assert "".join(worst.split()) in daily


def test_what_follows_from_means_has_no_worst_reading(lines):
    """A spread of 3 K is no reading of 3 °C, and no reading of the day is its worst."""
    record = offer.daily(lines["retort"].site, "2026-12-01", "retort-2", now=lines["retort"].now)
    spread = next(each for each in record.limits if each.limit.limit == "apart")
    assert (spread.lowest, spread.highest, spread.worse, spread.readings) == (None, None, None, 12600)
    assert (spread.limit.unit, spread.limit.measured) == ("K", "degC")
    report = offer.deviation(lines["retort"].site, lines["retort"].cases["recorder"])
    assert {event.kind for event in report.events} == {"instrument_fault"}
    assert {event.worst.unit for event in report.events if event.worst} <= {"K"}


def test_a_batch_is_named_with_what_it_came_to(lines):
    """Of each limit that is decided per batch, in the daily record; in the deviation report the whole batch is affected."""
    made = lines["retort"]
    record = offer.daily(made.site, made.day, made.line, now=made.now)
    cycles = {each.limit.limit: each.cycles for each in record.limits if each.cycles}
    assert set(cycles) == {"f0", "heat", "warm", "come-up", "held", "f0-retort"}
    (warm,) = cycles["warm"]
    assert (warm.verdict, warm.came_to.low, warm.came_to.unit) == ("ok", "566.0", "s")
    unwatched, under_way = cycles["f0-retort"]
    assert (unwatched.verdict, unwatched.reason) == ("indeterminate", "began before it was watched")
    # what it came to since, for whoever decides: readings in hundredths counted as the tenth below, less 0.4 K
    assert unwatched.came_to.low.startswith("14.026")
    assert (under_way.verdict, under_way.came_to) == ("starting", None), "nothing is said of it yet"
    report = offer.deviation(made.site, made.cases["f0"])
    (event,) = report.events
    assert event.lots == ["R2-20261201-05"]
    assert (event.came_to.unit, event.came_to.over) == ("min", True)
    affected = event.affected
    assert (affected.shortest_seconds, affected.longest_seconds, affected.last_good) == ("688", "688", None)
    assert "events.last_good" not in report.missing
    for tongue, says in BATCHES.items():
        papers = (daily_paper(record, spoken(tongue)), deviation_paper(report, [], spoken(tongue)))
        daily, deviation = (json.dumps(paper.data(), ensure_ascii=False) for paper in papers)
        for text in (daily, deviation):
            assert says["f0"] in text
            assert says["demand"] in text
        assert says["heat"] in daily
        assert says["whole"] in deviation


def test_a_line_is_drawn_where_the_bound_is_one_of_the_sensor(lines):
    """A dwell's temperature is; minutes of lethality, seconds of a phase and kelvin between points are not."""
    plan = next(iter(lines["retort"].site.plans.values()))
    drawn = {limit.id: LimitFact.of(plan, point, rank, limit).drawn for point, rank, limit in limits_of(plan)}
    assert drawn["warm"] == {"at_least": "60.0 degC"}
    assert drawn["points"] == {"at_least": "121.0 degC"}
    assert [drawn[name] for name in ("f0", "heat", "apart", "recorder")] == [{}, {}, {}, {}]


def test_an_instrument_at_fault_says_why_it_is_no_evidence(lines):
    """The gap of the daily record is in the reader's language, and is no missing reading."""
    made = lines["retort"]
    text = printed(offer.daily_pdf(made.site, made.day, made.line, "zh", now=made.now))
    assert "两台仪器不一致：记录仪在1分钟内的平均值与指示温度计的平均值之差不得超过0.01K" in text
    assert "仪器核对" in printed(offer.deviation_pdf(made.site, made.cases["recorder"], "zh"))


NOTICES = {
    ("packaged_water", "mixing"): ("偏离 混合搅拌，开，应为关。", "Deviation Mixing, on, must be off."),
    ("packaged_water", "dose"): (
        "偏离 紫外剂量，9.36 mW/cm²，限值 ≥ 30.0 mW/cm²。",
        "Deviation UV dose, 9.36 mW/cm², limit ≥ 30.0 mW/cm².",
    ),
    ("packaged_water", "contact"): (
        "偏离 contact，2.455 mg·min/L，限值 ≥ 9.0 mg·min/L。",
        "Deviation contact, 2.455, limit ≥ 9.0 mg·min/L.",
    ),
    ("retort", "apart"): ("偏离 apart，3.13 K，限值 ≤ 0.01 K。", "Deviation apart, 3.13 K, limit ≤ 0.01 K."),
    ("retort", "recorder"): (
        "仪器故障 记录仪与指示温度计，-0.17 K，限值 ≤ 0.0 K, ≥ -0.01 K。",
        "Instrument fault Recorder against…, -0.17 K, limit ≤ 0.0 K, ≥ -0.01 K.",
    ),
}


def told(made: Recorded, limit: str, tongue: Any, worst: str) -> str:
    plan = made.site.plans[made.line]
    event = next(
        each for each in made.watch.events.values() if each.limit == limit and each.kind != "monitoring_loss"
    )
    event.worst = worst
    telling = Telling(Turn(event.id, 0), event.start, event.id, plan.notices[0], plan, event, event.kind)
    return message(Batch(Cause(""), [telling]), Route("p", "c", tongue), id_="x", public_url=None).text


@pytest.mark.parametrize(("line", "limit"), list(NOTICES))
def test_notices_say_it_too(lines, line, limit):
    """The value in the unit that is judged, against what must hold; short, in both languages."""
    worst = {"mixing": "1.0", "dose": "9.36", "contact": "2.455", "apart": "3.13", "recorder": "-0.17"}[limit]
    for tongue, text in zip(("zh", "en"), NOTICES[line, limit], strict=True):
        said = told(lines[line], limit, tongue, worst)
        assert said.startswith(text), said
        assert len(said) <= TEXT


def test_a_dose_that_fails_by_its_flow_does_not_blame_the_lamp(lines):
    """The intensity holds: what stands beside it is named."""
    assert told(lines["packaged_water"], "dose", "en", "31.0").startswith("Deviation UV dose, Flow, UV")
    assert told(lines["packaged_water"], "dose", "zh", "31.0").startswith(
        "偏离 紫外剂量，流量, 紫外透过率 超出验证条件。"
    )
