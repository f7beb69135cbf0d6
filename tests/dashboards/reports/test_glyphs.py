"""What the font can show, and what becomes of the rest."""

from __future__ import annotations

import pytest

from dashboards.reports.glyphs import printable


@pytest.mark.parametrize("text", ["库温 -18.0 °C ≤ ≥ µ ² ³ № ▢", "Grüße, 温度: ½", "line\nline"])
def test_what_the_font_shows_stays(text):
    """Chinese, Latin and the signs of units are left as they are."""
    assert printable(text) == text


def test_what_it_cannot_show_is_marked_and_not_lost():
    """Emoji, controls and signs that turn the reading direction become their code."""
    assert printable("a😀b\x00c\u202ed\ue000") == "a[U+1F600]b[U+0000]c[U+202E]d[U+E000]"
    assert printable("a\tb\r\nc\u2028d") == "a b\nc\nd"


def test_the_whole_value_is_marked():
    """Texts in lists and maps, keys too; numbers and None stay."""
    assert printable({"😀": ["😀", None, 1.5]}) == {"[U+1F600]": ["[U+1F600]", None, 1.5]}
