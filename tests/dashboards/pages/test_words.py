"""What the pages say, in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

from dashboards import chart
from dashboards.language import language
from dashboards.pages import (
    demands,
    desk,
    entering_routes,
    export_routes,
    findings,
    forms,
    refusals,
    routes,
    words,
)
from dashboards.pages.refusals import refusal
from dashboards.pages.tongue import accepted
from dashboards.pages.words import CATALOGUE, Words
from dashboards.views import gap_causes
from dashboards.views.health import Finding
from dashboards.views.watch import watches
from readings.quality import Reason
from readings.times import DAY, HOUR, MINUTE, SECOND, parse_time
from rules.cases import TRANSITIONS
from rules.plan_check import load_plan
from rules.timeline import Verdict

ZH, EN = Words("zh", "Asia/Shanghai"), Words("en", "Asia/Shanghai")
TABLES = (
    *(words.VERDICTS, words.KINDS, words.STAGES, words.RANKS, words.ROLES),
    *(forms.TITLES, forms.SHORT, forms.DONE, forms.BUTTONS, forms.HINTS, forms.LABELS),
    *(
        findings.FINDINGS,
        findings.TROUBLES,
        findings.BOOKS,
        gap_causes.CAUSES,
        export_routes.STATES,
        routes.RANGE_NAMES,
    ),
    entering_routes.TURNS,
    dict(enumerate(words.DAYS)),
    dict(enumerate(demands.FORMS)),
)
PLAN = load_plan(
    (Path(__file__).parents[3] / "examples" / "cold_store" / "plan.yaml").read_text(encoding="utf-8"), "plan"
)


def said() -> Iterator[str]:
    """Every text that the pages say: in templates, in code, in tables."""
    for path in CATALOGUE.glob("*.py"):
        for _, message, _, _ in extract_from_file("python", path, keywords={"say": None}):
            yield message if isinstance(message, str) else message[0]
    for path in (CATALOGUE / "templates").glob("*.html"):
        with path.open("rb") as file:
            options = {"trim_blocks": "1", "lstrip_blocks": "1"}
            for _, _, message, _ in babel_extract(file, ["say"], [], options):
                text = message if isinstance(message, str) else next(filter(None, message or ()), None)
                if text is not None:
                    yield text
    for table in TABLES:
        yield from table.values()  # type: ignore[attr-defined]
    for phrases in forms.PHRASES.values():
        yield from phrases
    yield from (text for _, text in words.REASONS)
    yield from (text for _, text in desk._NAV)
    yield from (*refusals.SENTENCES, *chart.WORDS, *forms.DISPOSITIONS)


def test_every_text_has_its_chinese() -> None:
    """A page in Chinese has no English in it, but for what others wrote."""
    chinese = language("zh", CATALOGUE).texts
    texts = {text for text in said() if text}
    assert len(texts) > 300
    assert sorted(texts - set(chinese)) == []


def test_chinese_fills_in_what_english_fills_in() -> None:
    """No value is lost in translation, and none is asked for that is not there."""
    import string

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for english, chinese in language("zh", CATALOGUE).texts.items():
        assert fields(chinese) <= fields(english), english


def test_every_verdict_step_and_reason_can_be_said() -> None:
    """What is added elsewhere is noticed here."""
    assert set(words.VERDICTS) >= {str(verdict) for verdict in Verdict}
    for table in (forms.TITLES, forms.SHORT, forms.DONE, forms.BUTTONS):
        assert set(table) >= set(TRANSITIONS)
    needed = {name for step in TRANSITIONS.values() for name in (*step.needs, *step.may)}
    assert set(forms.LABELS) >= needed
    for reason in Reason:
        if reason is not Reason.NONE:
            assert ZH.reason(reason.text) != reason.text, reason.text


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("air not at most -15.0 degC", "库温超出限值（at most -15.0 degC）"),
        ("air not at most -15.0 degC for more than 60 min", "库温超出限值（at most -15.0 degC）超过 60 min"),
        ("exception: defrost", "例外：除霜"),
        ("no reading yet of point 2", "测点 2 尚无读数"),
        (
            "no reading: may have been air not at most -15.0 degC",
            "无读数：期间可能 库温超出限值（at most -15.0 degC）",
        ),
        ("settling after cleaning", "清洗后稳定中"),
        ("its state was not known", "其状态当时未知"),
        (
            "cannot be shown: another version of the plan took over",
            "无法证明：计划的另一版本在此期间生效",
        ),
        ("no whole window before the end", "结束前没有完整的时间窗"),
        ("ended before it could be judged", "在可以判定之前已结束"),
        (
            "air not at most -15.0 degC; its cycle ended before that time",
            "库温超出限值（at most -15.0 degC）；本批在时限之前已结束",
        ),
        ("cannot be shown: 129 s not read", "无法证明：129 s 未读到数据"),
        (
            "cannot be shown: 129 s not read, may have come to 12.5 PU",
            "无法证明：129 s 未读到数据，可能已达到 12.5 PU",
        ),
        ("stopped", "停机"),
        ("something new", "something new"),
    ],
)
def test_reasons_of_the_engine_are_said_in_chinese(reason: str, chinese: str) -> None:
    """With the plan's own names; one that is not known stays as it is."""
    assert ZH.reason(reason, watches(PLAN)[0]) == chinese
    assert EN.reason(reason, watches(PLAN)[0]) == reason


def test_what_the_record_process_reports_is_said_by_its_kind() -> None:
    """In the reader's language; of a kind that nobody knows, that it reports something."""
    ledger, other = Finding("said", "ledger", text="disk full"), Finding("said", "of tomorrow", text="x")
    assert findings.finding_text(ledger, ZH) == "台账无法写入："
    assert findings.finding_text(ledger, EN) == "The ledger cannot be written:"
    assert findings.finding_text(other, ZH) == "记录进程报告："


def test_numbers_limits_and_times_are_written_as_people_write_them() -> None:
    """A true minus, the sensor's digits, units with their signs, the site's zone."""
    watch = watches(PLAN)[0]
    assert EN.limit(watch) == "≤ −15.0 °C"
    assert EN.value(watch, -18.04) == "−18.0"
    assert EN.value(watch, -0.04) == "0.0"
    assert ZH.limit(watches(PLAN)[1]) == "≤ −17.0 °C, 容许 1 小时 30 分钟"
    assert EN.time(parse_time("2026-12-01T00:00:00Z")) == "2026-12-01 08:00:00"
    assert [EN.duration(ns) for ns in (0, 59 * SECOND, 61 * MINUTE, DAY + 3 * HOUR + 5 * SECOND)] == [
        *("0 s", "59 s", "1 h 1 min", "1 d 3 h"),
    ]


def test_refusals_are_said_in_the_language_of_their_reader() -> None:
    """The sentences of other rooms, word for word; an unknown one stays in English."""
    said = "case 48d3 cannot be closed: the condition has not returned to normal"
    assert refusal(said, EN) == said
    assert refusal(said, ZH) == "处置单 48d3 不能关闭：状态尚未恢复正常"
    assert (
        refusal("contain needs lots, correction", ZH)
        == "“隔离控制”须填写：扣留批号、对产品采取的措施（纠正）"
    )
    assert refusal("a new sentence", ZH) == "a new sentence"


@pytest.mark.parametrize(
    ("header", "tongue"),
    [
        ("", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5,zh-TW;q=0.7", "zh"),
        ("de,en;q=0.8", "en"),
        ("fr", "zh"),
        ("en;q=oops, zh", "zh"),
    ],
)
def test_the_browser_says_which_language(header: str, tongue: str) -> None:
    """The one of ours that it likes best; Chinese where it likes neither."""
    assert accepted(header) == tongue
