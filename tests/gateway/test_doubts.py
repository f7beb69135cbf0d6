"""Doubts: what a source gives that hardly anybody can have meant is named, with series, unit and address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from gateway.doubts import Doubt, Doubts
from gateway.requests import Span
from readings.block import Block
from readings.inputs import Series
from readings.quality import Reason
from readings.times import HOUR, MINUTE, SECOND

AIR, CORE = Series("cold-3", "air", "CS1"), Series("cold-3", "core")
NOW = 1_000_000 * SECOND


@dataclass
class Unit:
    """The counts of a unit."""

    unit: int = 3
    asked: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    refused: Sequence[Span] = ()
    counter_since: int | None = None
    counter_pause: int = 0


def block(*rows: tuple[Series, int, float, Reason]) -> Block:
    """Readings that came now: series, how much before that they say they are, raw number, reason."""
    series = tuple(dict.fromkeys(row[0] for row in rows))
    count = len(rows)
    return Block(
        series=series,
        which=np.array([series.index(row[0]) for row in rows], np.int32),
        time=np.array([NOW - row[1] for row in rows], np.int64),
        value=np.array([row[2] for row in rows], np.float64),
        raw=np.array([row[2] for row in rows], np.float64),
        quality=np.array([row[3].quality for row in rows], np.uint8),
        reason=np.array([row[3] for row in rows], np.uint8),
        received=np.full(count, NOW, np.int64),
        seq=np.full(count, -1, np.int64),
    )


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (8 * HOUR + 2 * SECOND, ("behind", 28_800)),
        (-90 * SECOND, ("ahead", 90)),
        (-8 * HOUR, ("ahead", 28_800)),
    ],
)
def test_a_clock_that_is_off_is_named(off: int, said: tuple[str, int]) -> None:
    """Which series, by how much and in which direction; what says its time rightly beside it is not."""
    doubts = Doubts()
    doubts.took(block((CORE, 0, -20.0, Reason.NONE), (AIR, off, 7.5, Reason.CLOCK)))
    (found,) = doubts.said((), NOW)
    kind, seconds = said
    assert (found.kind, found.about) == (kind, "cold-3/air/CS1")
    assert found.facts == {"series": "cold-3/air/CS1", "seconds": seconds}


def test_a_clock_that_was_set_is_in_doubt_no_more() -> None:
    """One good reading of the series is enough; one of another series is not."""
    doubts = Doubts()
    doubts.took(block((AIR, HOUR, 7.5, Reason.CLOCK)))
    doubts.took(block((CORE, 0, -20.0, Reason.NONE)))
    assert len(doubts.said((), NOW)) == 1
    doubts.took(block((AIR, 0, 7.5, Reason.NONE)))
    assert doubts.said((), NOW) == ()


def test_what_a_broker_kept_says_nothing_of_a_clock() -> None:
    """It has the time of its arrival."""
    doubts = Doubts()
    doubts.took(block((AIR, 0, 7.5, Reason.CLOCK)))
    assert doubts.said((), NOW) == ()


def test_a_float_in_the_wrong_order_is_named() -> None:
    """5.5 with its words exchanged is 2.3e-41: within every upper limit; spoken of for ten minutes after the last one."""
    doubts = Doubts()
    doubts.took(block((AIR, 0, 2.3205998e-41, Reason.NONE), (CORE, 0, 0.0, Reason.NONE)))
    facts: dict[str, str | int] = {"series": "cold-3/air/CS1", "raw": "2.3e-41"}
    assert doubts.said((), NOW) == (Doubt("faint", "cold-3/air/CS1", facts),)
    doubts.took(block((AIR, 0, 5.5, Reason.NONE)))
    assert len(doubts.said((), NOW + 10 * MINUTE)) == 1
    assert doubts.said((), NOW + 10 * MINUTE + 1) == ()


def test_nothing_is_doubted_of_ordinary_numbers() -> None:
    """Zero, no number, small ones and large ones."""
    doubts = Doubts()
    rows = [(AIR, 0, raw, Reason.NONE) for raw in (0.0, float("nan"), 1e-6, -1e-9, 1e12)]
    doubts.took(block(*rows))
    assert doubts.said((Unit(),), NOW) == ()


def test_a_connection_that_is_lost_again_and_again_is_named() -> None:
    """Three times in two minutes, though it stands at this moment; not when it has stood for two minutes."""
    doubts = Doubts()
    for second in (0, 5):
        doubts.lost("mqtt://broker closed the connection", NOW + second * SECOND)
    assert doubts.said((), NOW + 6 * SECOND) == ()
    doubts.lost("another client", NOW + 10 * SECOND)
    facts: dict[str, str | int] = {"times": 3, "seconds": 120, "why": "another client"}
    assert doubts.said((), NOW + 11 * SECOND) == (Doubt("lost", "", facts),)
    assert doubts.said((), NOW + 131 * SECOND) == ()


def test_an_address_that_is_refused_is_named() -> None:
    """With its unit and table."""
    unit = Unit(refused=(Span("holding", 10, 2), Span("input", 7, 1)))
    facts: dict[str, str | int] = {"unit": 3, "spans": "holding 10 to 11, input 7"}
    assert Doubts().said((unit,), NOW) == (Doubt("refused", "unit 3", facts),)


def test_two_devices_with_one_number_are_noticed() -> None:
    """Five answers in two minutes that do not fit, one in ten or more; fewer are noise."""
    doubts, unit = Doubts(), Unit()
    assert doubts.said((unit,), NOW) == ()
    unit.asked, unit.errors["garbled"] = 50, 4
    assert doubts.said((unit,), NOW + MINUTE) == ()
    unit.errors["wrong length"] = 1
    facts: dict[str, str | int] = {"unit": 3, "missed": 5, "asked": 50, "seconds": 120}
    assert doubts.said((unit,), NOW + MINUTE) == (Doubt("misfits", "unit 3", facts),)
    unit.asked = 51
    assert doubts.said((unit,), NOW + MINUTE) == ()
    assert doubts.said((unit,), NOW + 4 * MINUTE) == ()


@pytest.mark.parametrize(
    ("pause", "stood", "doubted"),
    [
        (10 * SECOND, MINUTE, False),
        (10 * SECOND, MINUTE + 1, True),
        (5 * MINUTE, 15 * MINUTE, False),
        (5 * MINUTE, 15 * MINUTE + 1, True),
        (0, HOUR, False),
        (0, HOUR + 1, True),
    ],
)
def test_a_counter_that_stands_still_is_named(pause: int, stood: int, doubted: bool) -> None:
    """Three times as long as it ever paused, a minute at least; an hour where its pauses are not known."""
    unit = Unit(counter_since=NOW - stood, counter_pause=pause)
    said = Doubts().said((unit,), NOW)
    facts: dict[str, str | int] = {"unit": 3, "seconds": stood // MINUTE * 60}
    assert said == ((Doubt("counter", "unit 3", facts),) if doubted else ())


def test_readings_of_which_none_has_a_time_are_named() -> None:
    """A minute after the first of them, with their number; a reading with a time ends it."""
    doubts = Doubts()
    undated = block((AIR, 0, 4.0, Reason.DEVICE_CLOCK), (CORE, 0, 4.0, Reason.DEVICE_CLOCK))
    for _ in range(3):
        doubts.took(undated)
    assert doubts.said((), NOW + MINUTE) == ()
    facts: dict[str, str | int] = {"count": 6, "seconds": 90}
    assert doubts.said((), NOW + 90 * SECOND) == (Doubt("undated", "", facts),)
    doubts.took(block((AIR, 0, 4.0, Reason.DEVICE_CLOCK), (CORE, 0, 4.0, Reason.NONE)))
    assert doubts.said((), NOW + HOUR) == ()
