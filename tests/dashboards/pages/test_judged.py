"""Rows of limits that judge no reading: what is judged is shown with its unit, a reading is named as one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboards.pages.problem_words import worst_of
from dashboards.pages.render import environment
from dashboards.pages.words import Words
from dashboards.views.board import JudgedNow, Level, Row, ValueNow
from dashboards.views.cases import EventView
from dashboards.views.verdicts import CameTo, VerdictSpan
from dashboards.views.watch import Watch, watches
from readings.times import HOUR, MINUTE, parse_time
from rules.kinds import KINDS
from rules.plan_check import load_plan
from rules.plan_reference import examples

RETORT = load_plan(
    (Path(__file__).parents[3] / "examples" / "retort" / "plan.yaml").read_text(encoding="utf-8"), "retort"
)
EN, ZH = Words("en", "Asia/Shanghai"), Words("zh", "Asia/Shanghai")
NOW = parse_time("2026-12-01T12:00:00+08:00")
F0 = CameTo(33.2149, 33.4, 33.901, "min")


def a_row(limit: str, verdict: str, judged: JudgedNow | None, reason: str = "") -> Row:
    watch = next(each for each in watches(RETORT) if each.limit == limit)
    now = ValueNow(118.6, "3", NOW - MINUTE, sure=True)
    return Row(watch, verdict, Level.OK, NOW - HOUR, reason, now, (), judged=judged)


def told(row: Row, words: Words = EN) -> str:
    """The text of the part of the row that shows values."""
    page = environment().get_template("row_now.html").render(w=words, say=words.say, now=NOW, row=row)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_a_batch_under_way_says_so_and_what_the_last_one_came_to() -> None:
    """And the temperature is named as a reading, without a margin to minutes."""
    row = a_row(
        "f0-retort",
        "starting",
        JudgedNow(came_to=F0, verdict="ok", over=NOW - HOUR, under_way=True),
        "under way",
    )
    assert told(row) == (
        "under way last batch (holds): 33.21 min credited (likely 33.40 min, at most 33.91 min); asked: 45 min"
        " reading of Point in the retort: 118.6 °C (3)"
    )
    assert told(row, ZH) == (
        "进行中 上一批（符合）：计入 33.21 min（可能 33.40 min，至多 33.91 min）；要求：45 min 釜内温度读数: 118.6 °C (3)"
    )
    assert (EN.stands(row), ZH.stands(row)) == ("under way", "进行中")


def test_a_batch_that_was_decided_shows_its_figures() -> None:
    """Of one that goes on, that they are those of the decision; of one that is over, when it ended."""
    reached = a_row("f0-retort", "ok", JudgedNow(at=NOW - MINUTE, came_to=F0))
    assert told(reached).startswith(
        "33.21 min credited at the decision (likely 33.40 min, at most 33.91 min); asked: 45 min"
        " this batch, decided at 11:59:00 "
    )
    assert EN.stands(reached) == "reached"
    over = a_row(
        "held", "suspended", JudgedNow(came_to=CameTo(3301, 3301, 3303, "s"), verdict="ok", over=NOW - HOUR)
    )
    assert told(over).startswith(
        "55 min 1 s credited (likely 55 min 1 s, at most 55 min 3 s); asked: 55 min last batch (holds), ended at 11:00:00"
    )
    assert EN.stands(over) == "not judged now"


def test_a_value_that_was_decided_on_stands_with_its_unit_and_time() -> None:
    """A spread of 1.4 K is no temperature; where none is known, the reading is named."""
    beyond = a_row("spread", "operating", JudgedNow(worst=1.4, at=NOW - MINUTE))
    assert told(beyond) == "1.4 K as decided at 11:59:00 reading of Point in the retort: 118.6 °C (3)"
    assert told(a_row("spread", "ok", JudgedNow())) == "118.6 °C reading of Point in the retort (3) 1 min"
    silent = replace(beyond, now=ValueNow(reason="silent"))
    assert told(silent).endswith("reading of Point in the retort: no value, silent")


def test_a_phase_is_named_and_no_number() -> None:
    """The code 3 is the phase hold."""
    row = a_row("come-up", "starting", JudgedNow(under_way=True), "under way")
    row = replace(row, now=ValueNow(3.0, "", NOW, sure=True))
    assert told(row) == "under way reading of Phase: hold"
    assert told(row, ZH) == "进行中 阶段读数: 保温"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_a_limit_of_each_kind_demands_is_said_in_both_languages(kind: str) -> None:
    """In few words, and those not English for a Chinese reader; a number of the demand stands in it."""
    plan = load_plan(examples()[kind], kind)
    for watch in [each for each in watches(plan) if each.model.kind == kind]:
        english, chinese = EN.limit(watch), ZH.limit(watch)
        assert english
        assert len(english) < 110
        assert "{" not in english + chinese
        if not watch.direct:
            assert re.search(r"[\u4e00-\u9fff]", chinese), chinese


def test_a_rule_is_named_by_its_number_and_a_reason_by_what_is_demanded() -> None:
    """No `2 rule`, and in Chinese no English sentence of the engine."""
    (watch,) = _watches("nelson")
    assert EN.worst(2.0, watch) == "rule 2"
    (dwell,) = _watches("dwell")
    said = f"{dwell.model.of} not {dwell.model.words}"
    assert ZH.reason(said, dwell) == "r超出限值（≥ 121.0 °C，连续保持 55 分钟）"
    assert ZH.reason("corrected in process: a dip at 2026-12-01T00:00:00Z after 3 min").startswith(
        "过程中已纠正："
    )


def one_plant(watch: Watch, span: VerdictSpan) -> Any:
    """A plant with one limit and one span of it."""
    return SimpleNamespace(watch_at=lambda *_: watch, between=lambda *_: [span])


def test_a_case_says_what_the_batch_came_to() -> None:
    """Beside what was asked; of what is told without its bounds the worst value with its unit."""
    event = EventView("e", "deviation", "l", "c", "f0", "u", NOW - HOUR, NOW, NOW, 33.2149, (), "p")
    batch = VerdictSpan(NOW - HOUR, NOW, "deviation", "", NOW, 33.2149, "p", [], 1, F0)
    (f0,) = [each for each in watches(RETORT) if each.limit == "f0-retort"]
    said = worst_of(event, one_plant(f0, batch), EN)
    assert said == "33.21 min credited (likely 33.40 min, at most 33.91 min)"
    (spread,) = [each for each in watches(RETORT) if each.limit == "spread"]
    alone = replace(batch, came_to=None)
    assert worst_of(replace(event, worst=1.40001), one_plant(spread, alone), EN) == "1.401 K"


def test_a_guard_band_is_named() -> None:
    """With its width, where one is taken off."""
    (watch,) = [each for each in _watches("lethality") if each.guard]
    assert EN.limit(watch) == "lethality at 121.1 °C, z = 10 K: ≥ 6.0 min, guard band 0.3 K"


def _watches(kind: str) -> list[Watch]:
    plan = load_plan(examples()[kind], kind)
    return [each for each in watches(plan) if each.model.kind == kind]
