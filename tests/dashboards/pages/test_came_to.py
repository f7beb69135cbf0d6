"""What a batch came to, in words: what counts is never rounded to the better side."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dashboards.pages.came_to import asked_in, came_to_words
from dashboards.pages.words import Words
from dashboards.views.verdicts import CameTo

EN, ZH = Words("en", "UTC"), Words("zh", "UTC")


@pytest.mark.parametrize(
    ("came", "word", "asked", "english", "chinese"),
    [
        (
            CameTo(33.2149, 33.4, 33.901, "min"),
            "at_least",
            6,
            "33.21 min credited (likely 33.40 min, at most 33.91 min); asked: 6 min",
            "计入 33.21 min（可能 33.40 min，至多 33.91 min）；要求：6 min",
        ),
        (
            CameTo(80.1, 81, 81.2, "s"),
            "below",
            90,
            "1 min 22 s counted (likely 1 min 21 s, at least 1 min 20 s); allowed: < 1 min 30 s",
            "计入 1 分钟 22 秒（可能 1 分钟 21 秒，至少 1 分钟 20 秒）；允许：< 1 分钟 30 秒",
        ),
        (
            CameTo(14.99, 15.2, 16.0, "s"),
            "at_least",
            15,
            "14.9 s credited (likely 15.2 s, at most 16.0 s); asked: 15 s",
            "计入 14.9 秒（可能 15.2 秒，至多 16.0 秒）；要求：15 秒",
        ),
        (
            CameTo(87.5, 87.5, 87.5, "percent"),
            "at_most",
            100,
            "87.5 % of the time counted; allowed: 100 % of the time",
            "计入 时间的 87.5 %；允许：时间的 100 %",
        ),
    ],
)
def test_what_counts_what_is_likely_and_what_was_asked(came, word, asked, english, chinese):
    """What must be reached counts rounded down, what must not be exceeded rounded up; times as people say them."""
    assert came_to_words(came, word, Fraction(asked), EN) == english
    assert came_to_words(came, word, Fraction(asked), ZH) == chinese


def test_hours_are_said_in_whole_minutes_on_the_safe_side():
    """6 h less a second is not said to be 6 h held, and 6 h and a second are said to be more."""
    held = CameTo(21_599, 21_600, 21_601, "s")
    assert came_to_words(held, "at_least", Fraction(21_600), EN).startswith("5 h 59 min credited")
    assert came_to_words(held, "at_most", Fraction(21_600), EN).startswith("6 h 1 min counted")


def test_a_batch_that_goes_on_says_so():
    """What was known at the decision is no final figure."""
    came = CameTo(6.0, 6.1, 6.2, "min")
    assert "credited at the decision" in came_to_words(came, "at_least", Fraction(6), EN, over=False)
    assert "counted at the decision" in came_to_words(came, "at_most", Fraction(6), EN, over=False)


def test_a_bound_is_taken_in_the_unit_of_what_is_judged():
    """14 min are 840 s."""
    assert asked_in("14 min", "s") == 840
