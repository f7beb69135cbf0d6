"""Why something is not taken is told in the reader's language, with times of the site's zone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.pages.refusals import SENTENCES, refusal
from dashboards.pages.words import Words

ROOT = Path(__file__).parents[3]
EN, ZH = Words("en", "Asia/Shanghai"), Words("zh", "Asia/Shanghai")
# where what people enter on pages is refused
ROOMS = (
    "ledger/entering.py",
    "ledger/entering_values.py",
    "ledger/calibration.py",
    "ledger/production.py",
    "ledger/typed_number.py",
    "rules/cases.py",
    "rules/calibration.py",
    "dashboards/web/entering.py",
    "dashboards/web/once.py",
    "dashboards/web/acting.py",
    "dashboards/web/session.py",
    "dashboards/web/access.py",
)


def raised(path: Path) -> Iterator[str]:
    """The sentences that a file raises, `X` for what varies in them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            said = node.exc.args[0]
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value
            elif isinstance(said, ast.JoinedStr):
                yield "".join(each.value if isinstance(each, ast.Constant) else "X" for each in said.values)


@pytest.mark.parametrize("room", ROOMS)
def test_every_refusal_has_its_sentence(room: str) -> None:
    """So that none stays English on a Chinese page."""
    patterns = [re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)), re.DOTALL) for text in SENTENCES]
    said = list(raised(ROOT / room))
    assert said
    assert [each for each in said if not any(pattern.fullmatch(each) for pattern in patterns)] == []


@pytest.mark.parametrize("text", SENTENCES)
def test_every_sentence_is_chinese_for_a_chinese_reader(text: str) -> None:
    """With every value in it."""
    filled = re.sub(r"\{(\w+)\}", "7", text)
    said = refusal(filled, ZH)
    assert re.search(r"[\u4e00-\u9fff]", said), said
    assert "{" not in said


def test_what_varies_is_told_as_the_pages_do() -> None:
    """A role by its name, a field by its label, a time in the site's zone."""
    assert refusal("a value by hand is for operator, qa, engineer; Aud Lin is auditor", ZH) == (
        "“手工录入”由操作员、品管、工程师进行；Aud Lin 的角色是审核员"
    )
    assert refusal("2026-12-01T03:00:00Z is still to come", EN) == "2026-12-01 11:00:00 is still to come"
    assert refusal("1,234 may be 1.234 or 1234: write the one that is meant", ZH) == (
        "1,234 可能是 1.234 或 1234：请写明是哪一个"
    )
