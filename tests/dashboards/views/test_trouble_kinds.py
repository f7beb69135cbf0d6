"""The kinds of trouble are said in both languages, wherever people read them, and stand in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards.language import language
from dashboards.notices.health_message import _SAID
from dashboards.views.trouble_kinds import KINDS, TROUBLES

ROOT = Path(__file__).parents[3]


def test_each_kind_has_words():
    """Plain words for each, no two alike."""
    assert tuple(TROUBLES) == KINDS
    assert len(set(TROUBLES.values())) == len(TROUBLES)


@pytest.mark.parametrize(("part", "said"), [("notices", _SAID), ("pages", TROUBLES)])
def test_each_kind_has_its_chinese(part: str, said: dict[str, str]):
    """In messages and on pages."""
    texts = language("zh", ROOT / "dashboards" / part).texts
    assert all(re.search("[\u4e00-\u9fff]", texts[said[kind]]) for kind in KINDS)


def test_each_kind_stands_in_the_docs():
    """In the table of health, and there are no others."""
    page = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    [row] = re.findall(r"^\| trouble \|(.+)$", page, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row.partition("Kinds:")[2]) == list(TROUBLES)
