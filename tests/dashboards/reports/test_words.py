"""Both languages: no text of a report is left without its Chinese."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dashboards import chart
from dashboards.reports import words
from dashboards.reports.daily_paper import _FINDINGS
from dashboards.reports.deviation_paper import _FIELDS
from dashboards.reports.facts import LimitFact
from dashboards.reports.limit_words import TERMS, limit_words
from dashboards.reports.words import Clock, shown_unit, spoken

FOLDER = Path(words.__file__).parent
COLUMN, SAY = "Column", "say"


def messages() -> set[str]:
    """Every text given to `say` in the reports, every column of the workbook, every named code."""
    found = set(chart.WORDS)
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            found.update(texts[: 2 if called == COLUMN else 1] if called in (COLUMN, SAY) else ())
    for name in (
        "KINDS",
        "TITLES",
        "STAGES",
        "ACTIONS",
        "ROLES",
        "RANKS",
        "VERDICTS",
        "MEANINGS",
        "STANDINGS",
        "QUALITIES",
    ):
        found.update(getattr(words, name).values())
    for names in (words.ENTERED, TERMS, words.HAZARDS, _FINDINGS, _FIELDS):
        found.update(names.values())
    return found


def test_the_catalogue_is_complete():
    """Every text has its Chinese with the same fields, and the catalogue has none too many."""
    texts = spoken("zh").texts
    asked = messages()
    assert len(asked) > 200
    assert asked - set(texts) == set()
    for english, chinese in texts.items():
        assert sorted(_fields(english)) == sorted(_fields(chinese)), english


def _fields(text: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_every_chinese_text_can_be_printed():
    """No text of the catalogue needs a glyph that the font lacks."""
    from dashboards.reports.glyphs import printable

    for chinese in spoken("zh").texts.values():
        assert printable(chinese) == chinese


@pytest.mark.parametrize(
    ("unit", "shown"),
    [("degC", "°C"), ("mg.min/L", "mg·min/L"), ("uW/cm2", "µW/cm²"), ("m3/h", "m³/h"), ("K", "K")],
)
def test_units_as_they_are_printed(unit, shown):
    """Units of plans get their typographic form."""
    assert shown_unit(unit) == shown


def test_limits_of_any_kind_are_said():
    """Bounds with their signs, terms with their words, keys of kinds to come as they are."""
    says = {"kind": "ratio", "at_least": "0.4 mg/L", "for_more_than": "1 min", "over": "5 min"}
    limit = LimitFact(
        ccp="C", limit="l", rank="critical", name=None, sensor=None, unit="mg/L", says=says, basis=None
    )
    assert limit_words(limit, spoken("en")) == "≥ 0.4 mg/L; tolerated up to 1 min; over 5 min"
    assert limit_words(limit, spoken("zh")) == "≥ 0.4 mg/L; 允许持续 1 min; over 5 min"


def test_a_zone_that_changes_its_clocks_prints_the_offset():
    """Where an hour comes twice, each time carries its offset; elsewhere it is said once."""
    berlin = Clock(spoken("en"), "Europe/Berlin", "2026-10-25T00:00:00Z")
    assert berlin.at("2026-10-25T00:30:00Z") == "2026-10-25 02:30:00 +02:00"
    assert berlin.at("2026-10-25T01:30:00Z") == "2026-10-25 02:30:00 +01:00"
    shanghai = Clock(spoken("zh"), "Asia/Shanghai", "2026-10-25T00:00:00Z")
    assert shanghai.at("2026-10-25T01:30:00Z") == "2026-10-25 09:30:00"
    assert "+08:00" in shanghai.says
