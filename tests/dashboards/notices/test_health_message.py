"""A message about recording itself: what, of which source and device, since when; zh and en, short."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.notices.health_message import health_message
from dashboards.notices.health_troubles import Kind, Trouble
from dashboards.notices.health_turns import Turn
from dashboards.notices.message import TEXT
from dashboards.notices.routes import Route
from dashboards.views.health_shape import DoubtSaid
from dashboards.views.site import SiteView
from readings.times import parse_time

SITE = SiteView("S", {"zh": "速冻食品厂", "en": "Frozen food plant"}, "Asia/Shanghai", Path())
SINCE, OVER = parse_time("2026-12-01T00:00:00Z"), parse_time("2026-12-01T00:31:00Z")  # 08:00, 08:31 there
UNIT = Trouble("unit hall 3", "unit", "hall", "3")
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]


def said(*turns: Turn, tongue: str = "en"):
    route = Route("manager", "pager", tongue, "137")  # type: ignore[arg-type]
    return health_message(turns, route, site=SITE, public_url="https://haccp.plant.example/")


def test_a_unit_that_does_not_answer():
    """Source, unit, since when, in the site's time, and where to look."""
    assert said(Turn(UNIT, SINCE)).text == (
        "hall, unit 3: no answer, its readings are missing. Frozen food plant. Since 12-01 08:00."
        " https://haccp.plant.example/health"
    )
    assert said(Turn(UNIT, SINCE), tongue="zh").text == (
        "hall 从站 3 无应答，其读数缺失。速冻食品厂。自 12-01 08:00 起。 https://haccp.plant.example/health"
    )


def test_it_is_over():
    """Since when it was, and since when it is over."""
    text = said(Turn(UNIT, SINCE, OVER)).text
    assert text.startswith(
        "hall, unit 3: no answer, over. Frozen food plant. Since 12-01 08:00. Over since 12-01 08:31."
    )
    assert "12-01 08:31 起恢复。" in said(Turn(UNIT, SINCE, OVER), tongue="zh").text


def test_several_are_named():
    """How many, and which."""
    turns = [Turn(Trouble(f"source s{n} ", "source", f"s{n}"), SINCE) for n in range(3)]
    text = said(*turns).text
    assert text.startswith("3 troubles of recording, ")
    assert "s0 does not answer; s1 does not answer; s2 does not answer." in text


@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_all_fit(kind: Kind, tongue: str):
    """However long names and words are: parts of 35 characters, 300 in all beside the link; each in its language."""
    long = Trouble("k", kind, "source" * 20, "group/node/device" * 9, 10**9, "words " * 99)
    for turns in ([Turn(long, SINCE)], [Turn(long, SINCE, OVER)] * 9):
        made = said(*turns, tongue=tongue)
        assert len(made.text) - len(made.fields.link) - 1 <= TEXT
        assert all(len(part) <= 35 for part in (made.fields.where, made.fields.what, made.fields.value))
    what = said(Turn(Trouble("k", kind), SINCE), tongue=tongue).fields.what
    assert any("\u4e00" <= sign <= "\u9fff" for sign in what) == (tongue == "zh")


def test_the_same_news_has_the_same_id():
    """However often it is put together; the end is another message than the beginning."""
    assert said(Turn(UNIT, SINCE)).id == said(Turn(UNIT, SINCE)).id != said(Turn(UNIT, SINCE, OVER)).id


DOUBT = DoubtSaid("behind", "c/air/1", {"series": "c/air/1", "seconds": 28_800})


IN_ENGLISH = (
    "hall: readings in doubt, please look. Frozen food plant. Since 12-01 08:00. (the clock that c/air/1 comes"
    " with is 8 h behind: its readings are uncertain and decide nothing; set the clock, or the zone in the site"
    " file, unless they waited on the way)"
)
IN_CHINESE = (
    "hall 的数据存疑，请查看。速冻食品厂。自 12-01 08:00 起。 (c/air/1 所带的时间慢 8 小时：其读数存疑，"
    "不参与判定；请校准时钟，或改正 站点文件中的时区，除非读数是在途中等待所致)"
)


@pytest.mark.parametrize(("tongue", "words"), [("en", IN_ENGLISH), ("zh", IN_CHINESE)])
def test_a_doubt_is_said_whole_in_the_language_of_who_is_told(tongue: str, words: str):
    """Not in English to all, and not cut at 120 characters."""
    trouble = Trouble("k", "doubt", "hall", text="hall: in English", doubt=DOUBT)
    assert said(Turn(trouble, SINCE), tongue=tongue).text == f"{words} https://haccp.plant.example/health"


def test_what_is_too_long_is_cut_behind_a_word():
    """120 characters of the record process's own words: the fourteenth word of eight letters would end at the 125th."""
    text = said(Turn(Trouble("k", "plan", text=" ".join(["lossless"] * 17)), SINCE)).text
    assert f"({' '.join(['lossless'] * 13)}…)" in text
