"""What published HACCP plans ask can be said: thirty rows, and three whole plans; each plan is a file in `published/`.

The plans are named after their sources, which stand in the first lines of the files; the limits are typed from there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from dashboards.worksheet.limits import limit_sentences
from dashboards.worksheet.paper import worksheet
from dashboards.worksheet.points import actions, limits_at
from dashboards.worksheet.teller import Teller
from dashboards.worksheet.text import as_text
from rules.compile_plan import compile_plan
from rules.plan import Plan
from rules.plan_check import load_plan

FOLDER = Path(__file__).parent / "published"
FILES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
WHOLE = ("bottled_water", "canned_meat", "frozen_store")


@cache
def plan_of(name: str) -> Plan:
    return load_plan((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


ROWS = [
    # plan, control point, what its sentences must say
    (
        "fsis7_beef_stew",
        "5B",
        (
            "Retort temperature must be at least 250.0 °F for 45 min without a break; Initial temperature must be at least"
            " 140 °F; The time in venting must be no less than 5 min; apply a filed alternate process schedule"
        ),
    ),
    (
        "dairy_table_4_13",
        "pasteurisation",
        "at least 72.5 °C; p-nitrophenol) must be below 10 mg/L; re-pasteurize milk",
    ),
    ("dairy_table_4_13", "homogenisation", "at least 500 psi; at least 2000 psi; index must be below 10"),
    ("dairy_table_4_13", "cooling", "Milk after cooling must be below 3 °C."),
    (
        "dairy_table_4_13",
        "filling",
        "Vat must be below 4 °C; below 50000 CFU/mL; below 1 CFU/mL; at least 3.2 %; at most -0.517 °C; check CIP",
    ),
    ("dairy_table_4_13", "weight", "no less than -10 g and no more than 10 g; adjust fill settings"),
    (
        "dairy_table_4_13",
        "packaging",
        "Squeeze test passed must be answered yes at every moment; every 30 min, at most 10 min late",
    ),
    ("dairy_table_4_13", "storage", "Cool room must be below 2 °C; Doors are closed must be on"),
    (
        "freshco_juice",
        "CCP1",
        "Contract or acceptance pass and ID card must be answered yes; reject material",
    ),
    ("freshco_juice", "CCP2", "Rotten fruit must be below 3 %; entered by hand: every 2 h; add inspectors"),
    ("freshco_juice", "CCP3", "at least 95 °C and at most 110 °C; Flow must be at most 12 t/h"),
    ("raw_meat_receiving", "1B", "Internal temperature must be at most 40 °F; notify designee"),
    ("raw_meat_receiving", "1B", "Immediate container is intact must be answered yes"),
    ("raw_meat_receiving", "1P", "No visible hazardous non-food material must be answered yes"),
    ("seafood_shrimp", "receiving", "Temperature of the truck must be below 5 °C; reject shipment"),
    ("seafood_shrimp", "thawing", "Seafood being thawed must be below 5 °C; discard seafood"),
    ("seafood_shrimp", "cooking", "Internal temperature after cooking must be at least 63 °C; re-cook"),
    (
        "brewery",
        "CCP-1",
        "pasteurisation units at Beer in the bottle must be at least 15 PU; must be at most 25 PU; re-pasteurized",
    ),
    (
        "brewery",
        "CCP-2",
        "must be at least 20 PU; Beer in the holding tube must be at least 72 °C; diverts beer",
    ),
    (
        "brewery",
        "CCP-3",
        "must be answered yes at every moment; entered by hand: at the start of each shift, every 2 h, at most 15 min late",
    ),
    ("cn_fresh_milk_v1", "P1", "原料中心温度 must be at most 4 °C; 拒收并隔离供应商批次"),
    ("cn_fresh_milk_v1", "P2", "杀菌温度 must be at least 71.5 °C; at most 6.0 m³/h; 自动回流并触发偏差"),
    ("cn_fresh_milk_v2", "P2", "杀菌温度 must be at least 72.0 °C; at most 6.0 m³/h; 隔离30分钟内产品"),
    (
        "cn_fresh_milk_v1",
        "P3",
        "Fe 灵敏度 must be at most 1.5 mm; SUS 灵敏度 must be at most 2.0 mm; 隔离末次合格点以来产品",
    ),
    ("cn_fresh_milk_v1", "P4", "封口压力 must be at least 0.35 MPa and at most 0.45 MPa; 停机调机并复检留样"),
    ("cn_fresh_milk_v2", "P4", "封口压力 must be at least 0.38 MPa and at most 0.45 MPa; 停机调机并复检留样"),
    (
        "cn_fresh_milk_v1",
        "P5",
        "冷却温度 must cool in every cycle: from 60 °C to 10 °C within 2 h; 延长冷却并观察质量",
    ),
    ("sop_cold_storage", "CCP", "Cold store must be at most 5 °C; signed by FoodSafetyQA"),
    (
        "us_bottled_water_ozone",
        "ozonation",
        "Ozone at the filler must be at most 0.40 mg/L; at most 0.37 mg/L",
    ),
    (
        "sourdough",
        "CCP1",
        "must be at least 90 °C; Oven must be at least 230 °C for 35 min; recalibrate oven",
    ),
]


def test_there_are_thirty_rows_of_every_plan():
    """None is left out, and no file stands there for nothing."""
    assert len(ROWS) == 30
    assert {name for name, _, _ in ROWS} | set(WHOLE) == set(FILES)


@pytest.mark.parametrize(("name", "point", "wanted"), ROWS)
def test_the_row_can_be_said_and_is_explained(name, point, wanted):
    """Its limits and its corrective actions stand in the sentences of its control point."""
    plan = plan_of(name)
    teller = Teller.of(plan, "en")
    [found] = [each for each in (*plan.ccps, *plan.oprps) if each.id == point]
    told = [text for rank, limit in limits_at(teller, found) for text in limit_sentences(teller, rank, limit)]
    told += actions(teller, found)
    for part in wanted.split("; "):
        assert any(part.strip() in text for text in told), (part, told)


@pytest.mark.parametrize("name", FILES)
def test_the_plan_can_be_judged_by_and_read(name):
    """It loads without a fault, the engine takes it, and the worksheet speaks of every limit in both languages."""
    plan = plan_of(name)
    assert {limit.ccp for limit in compile_plan(plan).limits} == {
        each.id for each in (*plan.ccps, *plan.oprps)
    }
    for tongue in ("zh", "en"):
        text = as_text(worksheet(plan, tongue))
        assert plan.hash in text.replace("\n", "").replace(" ", "")
        assert "None" not in text


def test_the_second_version_of_a_matrix_is_another_plan():
    """Limits that are versioned are plans that take over from each other at a time."""
    first, second = plan_of("cn_fresh_milk_v1"), plan_of("cn_fresh_milk_v2")
    assert first.line_id == second.line_id
    assert first.hash != second.hash
    assert first.effective_from < second.effective_from


def test_the_scheduled_process_is_watched_factor_by_factor():
    """Every critical factor of the canned meat is watched by a limit, and each limit names it."""
    plan = plan_of("canned_meat")
    process = plan.products[0].scheduled_process
    assert process is not None
    watched = {factor for _, limit in _limits(plan) for factor in limit.factors}
    assert watched == set(process.factors)


def _limits(plan: Plan):
    teller = Teller.of(plan, "en")
    return [each for point in plan.ccps for each in limits_at(teller, point)]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "bottled_water",
            (
                "to produce: Mon-Sat 07:00-19:00; outside: a signed end of production shows rest",
                "counted by bottle_counter; unchanged across a gap, nothing was made",
                "of up to 2 min is bridged, and that is said, where the greatest slew could not have reached the limit.",
                "Meanwhile Ozone by indigo, entered by hand, is judged instead, every 15 min: ok by hand.",
                "moves by 0.05 mg/L/min at most",
                "proposed, a person decides: report to the authority",
                "product is there when 85 L have flowed behind it, by Flow;",
            ),
        ),
        (
            "canned_meat",
            (
                "SP-LM340-7",
                "initial temperature at least: 8.0 °C",
                "From the scheduled process: temperature at least, time at least.",
                "once per batch, before come_up",
                "Batch: told by cycle_id",
                "A dip may be made good by a longer hold: the whole time then begins anew.",
                "Guard band: 0.3 K (1 × U, U = 0.3 K) is taken off every reading before it counts.",
                "supporting evidence",
                "A cycle in which it never spoke is not judged by it.",
            ),
        ),
        (
            "frozen_store",
            (
                "It is judged only while Door of the dock is on; while that is not heard, nothing can be said.",
                "In any 1 d, what Air is above -18.0 °C, times how long, must be no more than 2000 K·min.",
            ),
        ),
    ],
)
def test_the_sheet_of_a_whole_plan_says_what_is_beside_its_limits(name, wanted):
    """Line, silences, values by hand, scheduled process, notices: all that the plan says stands on its sheet."""
    text = " ".join(as_text(worksheet(plan_of(name), "en")).split())
    assert [each for each in wanted if each not in text] == []
