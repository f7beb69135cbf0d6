"""Both languages of the worksheet: no text without its Chinese, none too many."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.language import language
from dashboards.reports.glyphs import printable
from dashboards.reports.words import HAZARDS, RANKS
from dashboards.worksheet import points, teller
from dashboards.worksheet.kinds import GUARDS_SAID, KINDS_SAID, OTHERWISE

FOLDER = Path(teller.__file__).parent
TEXTS = language("zh", FOLDER).texts
PHRASES = FOLDER.joinpath("zh.po").read_text(encoding="utf-8").split("#. phrase\n", 1)[1]


def asked() -> set[str]:
    """Every text given to `say`, by itself or as a `form`, and those of the tables of words."""
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(_texts(node))
    for group in (*OTHERWISE, *(each for kind in KINDS_SAID.values() for each in kind)):
        found.update(group)
    found.update(GUARDS_SAID.values())
    found.update(points._BRIDGES.values())
    found.add(points._BRIDGED)
    for names in (teller.BOUNDS, teller.LASTS, teller.SPANS, RANKS, HAZARDS):
        found.update(names.values())
    return (found | {"Lot", "Product", "Batch", "acknowledged", "contained"}) - {""}


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and node.args:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if called == "say" and isinstance(first, ast.Constant):
            yield first.value
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "form":
        value = node.value
        if isinstance(value, ast.Constant):
            yield value.value


ASKED = asked()


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_text_has_its_chinese():
    """Nothing that the worksheet says stays in English for a Chinese reader."""
    assert len(ASKED) > 150
    assert ASKED - set(TEXTS) == set()


def test_no_chinese_is_left_over():
    """What nobody says any more is not kept; phrases of plans are marked as such."""
    assert {text for text in TEXTS if text not in ASKED and f'msgid "{text}"' not in PHRASES} == set()


@pytest.mark.parametrize("english", sorted(TEXTS))
def test_both_say_the_same_values_in_glyphs_that_there_are(english):
    """No value is lost in translation, and the PDF's font has every character."""
    assert fields(TEXTS[english]) == fields(english)
    assert printable(TEXTS[english]) == TEXTS[english]
