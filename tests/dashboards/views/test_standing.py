"""Whether what is shown is of now: no single sign of life is believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboards.views.health import Finding, HealthView
from dashboards.views.standing import Doubt, Standing, standing
from readings.times import HOUR, MINUTE, SECOND, parse_time

NOW = parse_time("2026-12-03T00:00:00Z")
SPEAKS = HealthView({"at": ""}, NOW, SECOND, ())


def judged(**more: Any) -> Standing:
    known: dict[str, Any] = {
        "health": SPEAKS,
        "wall": NOW,
        "played": False,
        "recorded": True,
        "readable": True,
        "journal": True,
        "tick": NOW - SECOND,
        "heard": NOW - 2 * SECOND,
        "decided": NOW - HOUR,
    }
    return standing(**known | more)


def test_where_all_goes_on_it_is_of_now() -> None:
    """And known as far as the clerk has heard."""
    assert judged() == Standing(None, None, NOW - 2 * SECOND)


@pytest.mark.parametrize(
    ("more", "doubt", "since"),
    [
        ({"readable": False, "recorded": False}, Doubt.UNREADABLE, None),
        ({"recorded": False, "tick": None, "journal": False}, Doubt.UNRECORDED, None),
        ({"health": HealthView({}, 0, 0, (Finding("never"),))}, Doubt.NEVER, None),
        ({"health": HealthView({}, 0, 0, (Finding("unreadable"),))}, Doubt.GARBLED, None),
        ({"health": replace(SPEAKS, age=11 * SECOND)}, Doubt.SILENT, NOW - 11 * SECOND),
        ({"tick": None, "heard": None, "journal": False}, Doubt.NO_JOURNAL, None),
        ({"tick": None, "heard": None, "played": True}, Doubt.NO_READING, None),
        ({"tick": NOW - 11 * SECOND, "heard": NOW - 11 * SECOND}, Doubt.STUCK, NOW - 11 * SECOND),
        ({"tick": NOW + MINUTE}, Doubt.CLOCK, NOW + MINUTE),
        ({"heard": NOW - MINUTE}, Doubt.UNHEARD, NOW - MINUTE),
        ({"heard": None}, Doubt.UNHEARD, None),
    ],
)
def test_each_thing_that_can_be_wrong_is_enough(
    more: dict[str, Any], doubt: Doubt, since: int | None
) -> None:
    """Whatever else looks well."""
    found = judged(**more)
    assert (found.doubt, found.since) == (doubt, since)


def test_who_stopped_first_is_named() -> None:
    """The others wait for it, and what is counted of them may be a second or two older."""
    ended = {"tick": NOW - 10 * SECOND, "heard": NOW - 11 * SECOND}
    assert judged(health=replace(SPEAKS, age=9 * SECOND), **ended).doubt is Doubt.SILENT
    assert judged(**ended).doubt is Doubt.STUCK
    assert judged(tick=NOW - 2 * SECOND, heard=NOW - 11 * SECOND).doubt is Doubt.UNHEARD
    assert (
        judged(health=replace(SPEAKS, age=9 * SECOND), tick=NOW - 9 * SECOND, heard=NOW - 9 * SECOND).doubt
        is None
    )


def test_what_is_known_ends_where_the_clerk_has_heard_or_the_ledger_ends() -> None:
    """Never at now, only because nothing else is known."""
    assert judged(heard=NOW - HOUR).known == NOW - HOUR
    assert judged(heard=None).known == NOW - HOUR
    assert judged(tick=None, heard=None).known == NOW - HOUR


def test_a_recording_that_is_played_back_has_a_time_of_its_own() -> None:
    """Its ticks say nothing of the machine's clock."""
    assert judged(played=True, tick=NOW - 400 * HOUR, heard=None) == Standing(None, None, NOW - 400 * HOUR)
