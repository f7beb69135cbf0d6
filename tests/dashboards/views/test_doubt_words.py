"""Doubts are said in both languages, each with its facts; what is not known is left to the record process's own words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from dashboards.language import language
from dashboards.views.doubt_words import DOUBTS, doubt_words
from dashboards.views.health_shape import DoubtSaid
from gateway.doubts import Kind

VIEWS = Path(__file__).parents[3] / "dashboards" / "views"
FIELDS = re.compile(r"\{(\w+)\}")


def test_each_kind_of_the_gateway_has_words_and_its_chinese():
    """And there are no others; both say the same facts."""
    assert set(DOUBTS) == set(get_args(Kind))
    chinese = language("zh", VIEWS).texts
    assert set(chinese) == set(DOUBTS.values())
    for english in DOUBTS.values():
        assert sorted(FIELDS.findall(english)) == sorted(FIELDS.findall(chinese[english]))
        assert re.search("[\u4e00-\u9fff]", chinese[english])


@pytest.mark.parametrize(
    ("tongue", "begin"),
    [
        ("en", "unit 3: 5 of 50 answers did not fit the question in 2 min: two devices may have this number"),
        ("zh", "从站 3：2 分钟内 50 个应答中有 5 个与请求不符："),
    ],
)
def test_lengths_of_time_are_said_in_the_language_too(tongue, begin):
    """120 s are two minutes."""
    facts: dict[str, str | int] = {"unit": 3, "missed": 5, "asked": 50, "seconds": 120}
    assert doubt_words(DoubtSaid("misfits", "unit 3", facts), tongue).startswith(begin)


@pytest.mark.parametrize("doubt", [DoubtSaid("of tomorrow"), DoubtSaid("faint", facts={"series": "a/b/1"})])
def test_what_another_release_said_is_not_said_wrongly(doubt):
    """A kind or a fact that is not known: no words of ours."""
    assert doubt_words(doubt, "zh") == ""
