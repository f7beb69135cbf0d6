"""When a trouble of health is told and when that it is over: once each, however it comes and goes. Times by hand."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.notices.health_troubles import Trouble, troubles
from dashboards.notices.health_turns import Known, turns
from dashboards.notices.settings import HealthNotices
from readings.times import HOUR, MINUTE, SECOND, parse_time

T = parse_time("2026-12-01T08:00:00Z")
HALL, COLD = Trouble("source hall ", "source", "hall"), Trouble("source cold ", "source", "cold")
SAID: dict[str, Any] = {
    "books": {"balance": 0},
    "journal": {"last": 9, "clerk": 9},
    "sources": [],
    "influxdb": None,
    "trouble": [],
}


class People:
    """Who are told, a second at a time: `heard` has (second, key, begins or over)."""

    def __init__(self, **settings: Any) -> None:
        self.settings = HealthNotices.model_validate(
            {"to": ["manager"], "after": "2 min", "further": "1 h"} | settings
        )
        self.known, self.heard = Known(), list[tuple[int, str, str]]()

    def live(self, first: int, last: int, *wrong: Trouble, step: str = "") -> None:
        """From one second after T to before another, with this being wrong."""
        for second in range(first, last):
            found = turns(
                self.known,
                wrong,
                now=T + second * SECOND,
                step=step,
                settings=self.settings,
                together=10 * SECOND,
            )
            self.heard += [
                (second, turn.trouble.key, "begins" if turn.over is None else "over") for turn in found
            ]


def test_one_when_it_begins_and_one_when_it_ends():
    """Wrong from second 5 to 600: told 2 min and 10 s later, and over 2 min after it was gone; nothing in between."""
    people = People()
    people.live(0, 5)
    people.live(5, 600, HALL)
    people.live(600, 2000)
    assert people.heard == [(135, HALL.key, "begins"), (720, HALL.key, "over")]


def test_a_short_one_is_not_told():
    """Two minutes less a second: nobody hears of it, nor that it is over."""
    people = People()
    people.live(0, 119, HALL)
    people.live(119, 1000)
    assert people.heard == []


def test_one_that_comes_and_goes_is_one():
    """Away for a minute of every two: it lasts as long as it has not been gone for the patience."""
    people = People()
    people.live(0, 200, HALL)
    for minute in range(10):
        people.live(200 + minute * 60, 260 + minute * 60, *([HALL] if minute % 2 else []))
    people.live(800, 1000)
    assert people.heard == [(130, HALL.key, "begins"), (920, HALL.key, "over")]


def test_one_that_comes_back_is_told_again_after_an_hour():
    """Ended, and back at once: told again at 1 h after it was told first, not before."""
    people = People()
    people.live(0, 200, HALL)
    people.live(200, 400)
    people.live(400, 5000, HALL)
    assert people.heard == [(130, HALL.key, "begins"), (320, HALL.key, "over"), (3740, HALL.key, "begins")]


def test_what_fails_together_is_told_together():
    """Five seconds apart, as when a switch dies: told in the same moment."""
    people = People()
    people.live(0, 5, HALL)
    people.live(5, 300, HALL, COLD)
    assert people.heard == [(130, HALL.key, "begins"), (130, COLD.key, "begins")]


def test_quarantine_that_grows_is_told_again():
    """Told at 3; not at 5; at 6, double, but an hour after the first at the earliest."""
    people = People()
    for first, last, count in ((0, 200, 3), (200, 400, 5), (400, 4000, 6)):
        people.live(first, last, Trouble("quarantine", "quarantine", number=count))
    assert [(second, what) for second, _, what in people.heard] == [(130, "begins"), (3740, "begins")]


def test_a_clock_that_was_set_is_told_once():
    """Each step of the clock at once; the steps of long ago, known at the first look, are not."""
    people = People()
    people.live(0, 10, step="long ago")
    people.live(10, 300, step="A to B")
    assert people.heard == [(10, "clock A to B", "begins")]


@pytest.mark.parametrize("back", [MINUTE, HOUR])
def test_a_clock_that_was_set_back_holds_nothing_up(back: int):
    """What stands is told one patience after the clock was set back, at the latest."""
    people = People()
    people.live(0, 100, HALL)
    people.live(100 - back // SECOND, 300 - back // SECOND, HALL)
    ((second, _, _),) = people.heard
    assert 100 - back // SECOND < second <= 230 - back // SECOND


def source(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "connected": True, "failure": "", "units": [], "nodes": []} | more


def doubtful(spans: str) -> dict[str, Any]:
    """What health says of a unit that refuses addresses."""
    doubt = {"kind": "refused", "about": "unit 4", "facts": {"unit": 4, "spans": spans}}
    return {"kind": "doubt", "words": f"hall: unit 4 refuses {spans}: look", "source": "hall", "doubt": doubt}


def test_each_trouble_has_its_name():
    """Source and unit; a journal at its bound, whatever the numbers; what the record says in its own words."""
    units = [{"unit": 3, "connected": False, "since": T}, {"unit": 4, "connected": True, "since": None}]
    said = SAID | {
        "sources": [source("hall", units=units), source("cold", connected=False, failure="no route")],
        "trouble": [
            {"kind": "bound", "words": "it holds 5 of 6; x behind"},
            {"kind": "look_back", "words": "something failed at 12:03"},
            doubtful("holding 0"),
            {"kind": "of tomorrow", "words": "something else"},
        ],
        "quarantine": {"reading": 2, "copy": 1},
        "journal": {"last": 99, "clerk": 9},
    }
    found = troubles(said)
    assert [(each.kind, each.about, each.part, each.number) for each in found] == [
        ("bound", "", "", 0),
        ("look_back", "", "", 0),
        ("doubt", "hall", "", 0),
        ("said", "", "", 0),
        ("clerk", "", "", 90),
        ("quarantine", "", "", 3),
        ("unit", "hall", "3", 0),
        ("source", "cold", "", 0),
    ]
    later = said | {
        "trouble": [
            {"kind": "bound", "words": "somebody has not read it"},
            {"kind": "look_back", "words": "something failed at 14:59"},
            doubtful("holding 0, holding 7"),
            {"kind": "of tomorrow", "words": "something else"},
        ]
    }
    assert [each.key for each in troubles(later)] == [each.key for each in found]
    assert found[6].since == T


def test_health_that_is_old_is_a_trouble():
    """Said eleven seconds ago, although it speaks every second."""
    assert [each.kind for each in troubles(SAID, age=11 * SECOND)] == ["silent"]
    assert troubles(SAID, age=9 * SECOND) == []
