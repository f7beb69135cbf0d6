"""A plan as a worksheet: every limit in sentences, in both languages, as text, HTML and PDF."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest

from dashboards.reports.paper import Facts, Paper, Table
from dashboards.worksheet.html import as_fragment, as_page
from dashboards.worksheet.limits import limit_sentences
from dashboards.worksheet.paper import worksheet
from dashboards.worksheet.pdf import as_pdf
from dashboards.worksheet.points import silence
from dashboards.worksheet.teller import Teller
from dashboards.worksheet.text import WIDTH, as_text
from rules.kinds import KINDS
from rules.limit import Limit
from rules.plan import Plan, limits_of
from rules.plan_check import load_plan
from rules.plan_reference import examples

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/plan.yaml"))
PLAN = """\
plan: store-1
name: {zh: 冷库, en: Store}
site: {id: S, name: {zh: 厂, en: Plant}, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
line:
  state: {from: mode, codes: {"0": stopped, "1": running}}
  judged_when: running
  settle: 10 min
  while_settling: divert
sensors:
  air: {name: {zh: 库温, en: Air}, points: 6, unit: degC, resolution: 0.1, uncertainty: 0.5, every: 60 s}
  defrost: {name: {zh: 除霜, en: Defrost}, unit: bool, every: 60 s}
  mode: {unit: code, every: 60 s}
ccps:
  - id: CCP1
    critical: [{id: a, kind: threshold, of: air, at_most: -15.0 degC}]
"""


@cache
def plan_of(name: str) -> Plan:
    return load_plan((ROOT / "examples" / name / "plan.yaml").read_text(encoding="utf-8"), name)


def said(terms: str, tongue: str = "en", rank: str = "critical") -> str:
    """The sentences of one limit on `air`."""
    plan = load_plan(PLAN.replace("kind: threshold, of: air, at_most: -15.0 degC", terms), "plan.yaml")
    limit = plan.ccps[0].critical[0]
    return "\n".join(limit_sentences(Teller.of(plan, tongue), rank, limit))


BASE = "kind: threshold, of: air, at_most: -15.0 degC"


@pytest.mark.parametrize(
    ("more", "english", "chinese"),
    [
        ("", "Air must be at most -15.0 °C.", "库温须不高于 -15.0 °C。"),
        ("", "The first value beyond it decides, at once.", "第一个超限值即作判定。"),
        (
            "",
            "It must hold at every point (6); where one is lost, nothing can be said.",
            "各测点（6 个）均须符合",
        ),
        ("combine: 5 of 6", "and 5 of the 6 points must speak", "6 个测点中至少 5 个有读数"),
        ("combine: any", "at one of the 6 points", "6 个测点中有一个符合即可"),
        ("", "It is judged while the line is in: running", "在生产线状态为“生产中”时判定"),
        ("", "For 10 min after that begins it is starting.", "进入该状态后 10 分钟内为启动中。"),
        ("during: stopped, after: 3 min", "in: stopped; otherwise it is suspended", "“停机”时判定"),
        ("during: stopped, after: 3 min", "For 3 min after that", "3 分钟内为启动中"),
        ("for_more_than: 60 min", "An excursion of up to 1 h is tolerated.", "允许超限持续不超过 1 小时。"),
        (
            "confirm: 3 readings",
            "3 values in a row beyond it make it believed",
            "连续 3 个值超限方予确认",
        ),
        (
            "clears: {at_most: -15.5 degC, for: 15 min}",
            "It has ended when it is at most -15.5 °C again for 15 min.",
            "重新不高于 -15.5 °C 并保持 15 分钟后方告结束。",
        ),
        (
            "except: [{while: defrost, at_most: 7.0 degC, for_at_most: 45 min, at_most_times: 2 per 24 h}]",
            'Exception: while "Defrost" is on, at most 7.0 °C, for at most 45 min, at most 2 times in 1 d.',
            "例外：“除霜”为“开”期间，不高于 7.0 °C，最长 45 分钟，1 天内最多 2 次。每次使用均有记录。",
        ),
        ("compare: rounded", "rounded to the digits of the limit", "修约值比较法"),
        ("", "No guard band (shared risk): the uncertainty U = 0.5 K", "不设保护带（风险共担）"),
        (
            "guard: uncertainty",
            (
                "Guard band: 0.5 K (1 × U, U = 0.5 K): it is taken to hold while it is at most -15.5 °C. A value on"
                " that bound is beyond the limit with a probability of up to 2.3 %."
            ),
            "保护带：0.5 K（1 × U，U = 0.5 K）：不高于 -15.5 °C 时方视为符合。",
        ),
    ],
)
def test_every_term_of_a_limit_is_a_sentence(more, english, chinese):
    """What a plan writes beside a bound is said in words, in both languages."""
    terms = f"{BASE}, {more}" if more else BASE
    assert english in said(terms)
    assert chinese in said(terms, "zh")


def test_an_operating_limit_warns_and_does_not_decide():
    """The same term reads by the rank of its limit."""
    assert "The first value beyond it warns." in said(BASE, rank="operating")


def test_the_guarded_bound_has_the_digits_that_it_needs():
    """0.83 U of 0.5 K below -15.0 degC: nothing is rounded away; the risk is that of JCGM 106 (5 %)."""
    text = said(f"{BASE}, guard: 0.83")
    assert "at most -15.415 °C" in text
    assert "up to 4.8 %" in text


def test_silence_has_four_times_and_those_left_out_are_written_out():
    """Gap, verdict, notice, case: what follows from others is said as a time too."""
    plan = load_plan(PLAN, "plan.yaml")
    english = " ".join(silence(Teller.of(plan, "en"), plan.ccps[0]))
    assert "The gap is recorded at once. After 3 min (Air) nothing can be said" in english
    assert "5 min later it is a monitoring loss" in english
    text = PLAN + "    silence: {verdict: {after: 4 min}, notice: {after: 6 min}}\n"
    plan = load_plan(text, "plan.yaml")
    english = " ".join(silence(Teller.of(plan, "en"), plan.ccps[0]))
    assert "After 4 min nothing" in english
    assert "hear of it after 6 min. After 9 min it is a monitoring loss" in english


THERMAL = """\
plan: tunnel-1
name: {zh: 隧道, en: Tunnel}
site: {id: S, name: {zh: 厂, en: Plant}, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
line:
  batch: {from: lot}
  state: {from: tunnel, codes: {"0": empty, "1": heating}}
  judged_when: heating
by_hand:
  raw: {name: {zh: 原料温度, en: Raw}, unit: degC, resolution: 0.1, per: batch, before: heating}
sensors:
  lot: {unit: text, every: on change}
  tunnel: {unit: code, every: 10 s}
  t: {unit: degC, resolution: 0.1, range: [0, 140], uncertainty: 0.3, every: 10 s}
ccps:
  - id: CCP1
    critical:
      - {id: most, kind: pasteurisation_units, of: t, formula: 10^((T-60)/7), at_most: 25 PU, guard: uncertainty}
      - {id: cook, kind: table_dwell, of: t, table: pmo_milk, during: heating}
    supporting:
      - {id: least, kind: pasteurisation_units, of: t, formula: 10^((T-60)/7), at_least: 15 PU, guard: uncertainty}
      - {id: cool, kind: cooling_curve, of: t, scheme: food_code, guard: uncertainty, during: heating}
  - id: CCP2
    critical: [{id: raw, kind: by_hand, of: raw, at_most: 4.0 degC}]
"""


def thermal(tongue: str) -> Paper:
    return worksheet(load_plan(THERMAL, "plan.yaml"), tongue)


@pytest.mark.parametrize(
    ("tongue", "wanted"),
    [
        (
            "en",
            (
                "must be at most 25 PU|is added to every reading before it counts.",
                "must be at least 15 PU|is taken off every reading before it counts.",
                "each clock starts 0.3 K above its stage and stops 0.3 K below it.",
            ),
        ),
        (
            "zh",
            (
                "不高于 25 PU|，每个读数先加上后再计入。",
                "不低于 15 PU|，每个读数先扣除后再计入。",
                "各阶段自高于起始温度 0.3 K 处起计时，至低于终止温度 0.3 K 处止。",
            ),
        ),
    ],
)
def test_a_guard_band_goes_to_the_side_that_does_harm(tongue, wanted):
    """Too much heat counts as hotter, too little as colder, and cooling begins earlier and ends later."""
    rows = [row[2] for part in thermal(tongue).parts if isinstance(part, Table) for row in part.rows]
    for each in wanted:
        pieces = each.split("|")
        assert any(all(piece in row for piece in pieces) for row in rows), each


def test_a_table_that_is_named_is_written_out():
    """Rows and source of it stand on the sheet, in both languages; a supporting limit stands in the table of the Codex."""
    text = as_text(thermal("en"))
    for wanted in (
        "161 °F (72 °C) or hotter for 15 s",
        "From 135 °F to 70 °F within 2 h",
        "Food Code 3-501.14",
    ):
        assert wanted in text
    assert "不低于 161 °F（72 °C），保持 15 秒" in as_text(thermal("zh"))
    codex = thermal("en").parts[1]
    assert "least: The pasteurisation units" in codex.rows[0][2]
    assert not any(
        part.heading.startswith("Published") for part in worksheet(plan_of("cold_store"), "en").parts
    )


def test_a_point_of_values_by_hand_alone_has_no_silence():
    """No time is left out of a sentence: it says what it rests on instead."""
    plan = load_plan(THERMAL, "plan.yaml")
    assert silence(Teller.of(plan, "en"), plan.ccps[1]) == [
        "It rests on values entered by hand alone; when each is due stands with them.",
        "A value that was not entered in time is never taken as holding.",
    ]
    assert "仅依据人工录入的值" in "".join(silence(Teller.of(plan, "zh"), plan.ccps[1]))


def test_a_latin_name_stands_apart_from_chinese():
    """A space stands beside Latin letters and digits in a Chinese sentence."""
    text = as_text(thermal("zh"))
    assert not re.search(r"[a-z][\u3400-\u9fff]|[\u3400-\u9fff][a-z]", text)


def every_limit() -> list[tuple[str, Plan, str, Limit]]:
    plans = [plan_of(name) for name in EXAMPLES]
    plans += [load_plan(text, kind) for kind, text in examples().items()]
    return [(limit.kind, plan, rank, limit) for plan in plans for _, rank, limit in limits_of(plan)]


def test_nothing_that_a_limit_says_is_left_out():
    """Every number of every limit of the examples, of every kind there is, stands in its sentences."""
    for kind, plan, rank, limit in every_limit():
        sentences = " ".join(limit_sentences(Teller.of(plan, "en"), rank, limit))
        dump = limit.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for key in ("id", "name", "of", "basis", "kind", "zone"):
            dump.pop(key, None)
        written = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?= )", json.dumps(dump))
        missing = [number for number in written if number not in sentences]
        assert missing in ([], ["24"]), (kind, missing, sentences)  # 24 h are said as 1 d


def test_no_sentence_shows_the_works():
    """No braces, no None, no key in quotes, for any kind in any language."""
    for _, plan, rank, limit in every_limit():
        for tongue in ("zh", "en"):
            sentences = " ".join(limit_sentences(Teller.of(plan, tongue), rank, limit))
            assert not re.search(r"[{}]|None|Fraction|'\w+':", sentences), sentences


@pytest.mark.parametrize("tongue", ["zh", "en"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sheet_is_the_table_of_the_codex(name, tongue):
    """A row per control point with its ten columns filled; the plan's hash and its time stand on top."""
    plan = plan_of(name)
    paper = worksheet(plan, tongue)
    about, codex = paper.parts[:2]
    assert isinstance(about, Facts)
    assert isinstance(codex, Table)
    assert plan.hash in [value for _, value in about.rows]
    assert "2026-12-01" in paper.say["foot"]
    assert [row[0].split("\n")[0] for row in codex.rows] == [each.id for each in plan.ccps]
    assert len(codex.columns) == len(codex.widths) == 10
    assert all(cell for row in codex.rows for cell in row)


def _accepted(plan: Plan) -> list[dict[str, str]]:
    """Reasons that the plan gives for what is doubtful, in the words in which they were written."""
    parts = [
        plan,
        *plan.sensors_.values(),
        *plan.ccps,
        *plan.oprps,
        *(limit for _, _, limit in limits_of(plan)),
    ]
    return [part.accepts for part in parts]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_chinese_sheet_is_chinese(name):
    """English is left in references, ids and names of standards alone."""
    text = as_text(worksheet(plan_of(name), "zh"))
    reasons = {reason for accepted in _accepted(plan_of(name)) for reason in accepted.values()}
    flat = re.sub(r"\s+", " ", text)
    for reason in reasons:
        flat = flat.replace(reason, "")
    words = re.findall(r"[a-z]{3,}(?: [a-z]{2,})+", flat)
    allowed = r"(bioassay|tracer|validation|validated|air limit|manual|for export|bromate control).*"
    assert [each for each in words if not re.fullmatch(allowed, each)] == []


def test_the_marked_plan_says_so():
    """The warning of a marked plan stands on the sheet."""
    plan = load_plan(PLAN + "marked: demo times\n", "p")
    assert worksheet(plan, "en").warnings == ("Attention: demo times",)


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_text_fits_a_terminal(tongue):
    """No line is wider than a hundred columns, Chinese signs counted twice."""
    for name in EXAMPLES:
        for line in as_text(worksheet(plan_of(name), tongue)).splitlines():
            wide = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
            assert wide <= WIDTH + 4, line  # punctuation hangs


class Words(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.feed(text)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def words_of(paper: Paper) -> list[str]:
    return [
        line
        for part in paper.parts
        if isinstance(part, Table)
        for row in part.rows
        for cell in row
        for line in cell.split("\n")
    ]


def test_html_holds_every_word_and_runs_nothing():
    """What people wrote into a plan is escaped; the file that stands alone fetches nothing."""
    text = PLAN.replace("en: Plant", 'en: "<script>alert(1)</script>"')
    paper = worksheet(load_plan(text, "p"), "en")
    page = as_page(paper)
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(", page)
    shown = "".join(Words(as_fragment(paper)).text)
    assert all(line in shown for line in words_of(paper))


def test_the_pdf_is_the_same_bytes_and_carries_the_plan():
    """A PDF/A that is made again is the same; the canonical plan, whose hash is the version, is attached."""
    plan = plan_of("cold_store")
    made = as_pdf(plan, worksheet(plan, "zh"))
    assert made == as_pdf(plan, worksheet(plan, "zh"))
    read = pypdf.PdfReader(io.BytesIO(made))
    assert read.attachments["plan.json"][0] == plan.canonical()
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in read.pages))
    assert plan.hash in text
    assert "库温须不高于-15.0°C" in text
    assert read.pages[0].mediabox.width > read.pages[0].mediabox.height


def test_a_word_wider_than_its_column_is_broken():
    """A Latin name in the narrow column of hazards is not printed over the limits."""
    text = THERMAL.replace(
        "  - id: CCP1\n", "  - id: CCP1\n    hazards: [{biological: Listeria monocytogenes}]\n"
    )
    plan = load_plan(text, "plan.yaml")
    read = pypdf.PdfReader(io.BytesIO(as_pdf(plan, worksheet(plan, "zh"))))
    printed = "".join(page.extract_text() for page in read.pages)
    assert "monocytogenes" not in printed
    assert "Listeriamonocytogenes" in re.sub(r"\s", "", printed)


def test_no_kind_has_a_key_that_the_sentences_take():
    """`bounds` is what the sentences put together; all other words in braces are keys of the limit."""
    assert [name for name, kind in KINDS.items() if "bounds" in kind.model.model_fields] == []


def test_every_key_of_a_kind_stands_in_its_sentences():
    """A text of the plan under a key of a kind is told, whatever the key is called."""
    text = examples()["uv_exposure"]
    assert "Intensity, read at the lamp: uv. Flow: flow. Vessel: 20 L." in " ".join(
        sentence
        for _, rank, limit in limits_of(load_plan(text, "p"))
        for sentence in limit_sentences(Teller.of(load_plan(text, "p"), "en"), rank, limit)
    )
