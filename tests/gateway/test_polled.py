"""One unit: what is due, what becomes of its answers, and how long it is left alone when it is silent."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.device import bind
from gateway.modbus_settings import ModbusSource
from gateway.polled import Polled
from gateway.requests import Answer, Span
from gateway.tally import UnitTally
from gateway.turns import Turns
from readings.block import Block
from readings.inputs import Series
from readings.quality import Reason
from readings.times import MS, SECOND, parse_time
from readings.units import unit_named

NOON = parse_time("2026-03-01T12:00:00Z")


def channel(at: int, kind: str = "uint16", **more: Any) -> dict[str, Any]:
    return {"reads": f"l/s/{kind}{at}", "at": f"holding {at}", "type": kind, "unit": "count", **more}


def polled(*channels: dict[str, Any], alone: bool = False, **more: Any) -> Polled:
    given = {"name": "x", "modbus": "tcp://h", "every": "1 s", "channels": channels} | more
    source = ModbusSource.model_validate(given)
    units = {Series("l", "s", each["reads"].rpartition("/")[2]): unit_named("count") for each in channels}
    (device,) = bind(source, units)
    return Polled(device, tally=UnitTally(1), start=0, retry=source.retry, alone=alone, playback=False)


def poll(unit: Polled, now: int, *answers: Answer, cost: int = 300 * MS) -> Block:
    """A poll at `now` after noon in which these answers come."""
    unit.begin(now, NOON + now)
    for answer in answers:
        request = unit.next()
        assert request is not None
        unit.take(answer, now=now, wall=NOON + now, cost=cost)
    assert unit.next() is None
    return unit.end(now)


def test_a_silent_unit_is_left_alone_longer_and_longer() -> None:
    """Twice without an answer: alone for four times what that cost, then twice as long each time, up to `retry`."""
    unit = polled(channel(0))
    poll(unit, 0, Reason.NO_ANSWER)
    assert (unit.doubtful, unit.silent) == (True, False)
    pauses, now = [], SECOND
    for _ in range(7):
        poll(unit, now, Reason.NO_ANSWER)
        assert unit.silent
        until = (unit.tally.until or 0) - NOON
        pauses.append((until - now) / SECOND)
        assert unit.left_alone(until - 1)
        assert not unit.left_alone(until)
        unit.leave_alone(until, NOON + until)  # brings the schedule there
        now = unit.due()
    assert pauses == [1.2, 2.4, 4.8, 9.6, 19.2, 30, 30]
    poll(unit, now, [5])
    assert not unit.doubtful
    assert unit.tally.until is None


def test_alone_on_its_link() -> None:
    """Whom nobody waits for is asked at every due time, however long it is silent."""
    unit = polled(channel(0), alone=True)
    for second in range(5):
        poll(unit, second * SECOND, Reason.NO_ANSWER)
        assert not unit.silent
        assert not unit.left_alone((second + 1) * SECOND)


def test_the_rest_of_a_poll_is_not_asked() -> None:
    """Two answers in a row missed end a poll, and what was not asked has the same reason; one answer between them
    does not."""
    unit = polled(channel(0), channel(10), channel(20), channel(30))
    block = poll(unit, 0, [1], Reason.NO_ANSWER, [3], Reason.NO_ANSWER)
    assert block.reason.tolist() == [Reason.NONE, Reason.NO_ANSWER, Reason.NONE, Reason.NO_ANSWER]
    block = poll(unit, SECOND, Reason.NO_ANSWER)
    assert unit.silent  # the one before was its last word
    assert set(block.reason.tolist()) == {Reason.NO_ANSWER}


def test_a_lost_connection_is_no_silence() -> None:
    """Where nobody can be reached no unit is taken to be dead."""
    unit = polled(channel(0), channel(10), channel(20))
    for second in range(4):
        block = poll(unit, second * SECOND, Reason.NOT_CONNECTED, Reason.NOT_CONNECTED)
        assert set(block.reason.tolist()) == {Reason.NOT_CONNECTED}
    assert not unit.doubtful
    assert not unit.tally.connected


def test_since_when_a_unit_does_not_answer() -> None:
    """From the first request in a row that was not answered; an answer ends it."""
    unit = polled(channel(0))
    assert unit.tally.snapshot().since is None
    poll(unit, 0, [1])
    poll(unit, SECOND, Reason.NO_ANSWER)
    poll(unit, 2 * SECOND, Reason.NO_ANSWER)
    assert unit.tally.snapshot().since == NOON + SECOND
    poll(unit, unit.due() + 60 * SECOND, [2])
    assert unit.tally.snapshot().since is None


def test_what_was_missed_is_told_once() -> None:
    """Begun 2.4 s late: two due times missed, with their own bad readings, and the third is polled."""
    unit = polled(channel(0), channel(1, every="3 s"))
    block = poll(unit, 2400 * MS, [7, 8])
    shown = [
        (block.series[which].point, (time - NOON) / SECOND, reason)
        for which, time, reason in zip(
            block.which.tolist(), block.time.tolist(), block.reason.tolist(), strict=True
        )
    ]
    assert shown == [
        ("uint160", 0, Reason.NO_ANSWER),
        ("uint160", 1, Reason.NO_ANSWER),
        ("uint160", 2.400_001, Reason.NONE),
        ("uint161", 2.400_001, Reason.NONE),
    ]
    assert (unit.tally.polls, unit.tally.missed) == (1, 2)
    assert unit.due() == 3 * SECOND


@pytest.mark.parametrize("reason", [Reason.ILLEGAL_ADDRESS, Reason.ILLEGAL_VALUE])
def test_a_refused_block_is_halved(reason: Reason) -> None:
    """Of four values the third is refused: asked for are the whole, both halves, and the halves of the second."""
    unit = polled(*(channel(at) for at in range(4)))
    unit.begin(0, NOON)
    asked = []
    while (request := unit.next()) is not None:
        asked.append(str(request))
        answer: Answer = reason if request.holds(Span("holding", 2, 1)) else [9] * request.count
        unit.take(answer, now=0, wall=NOON, cost=MS)
    block = unit.end(0)
    assert asked == ["holding 0 to 3", "holding 0 to 1", "holding 2 to 3", "holding 2", "holding 3"]
    assert block.reason.tolist() == [Reason.NONE, Reason.NONE, reason, Reason.NONE]
    assert [str(span) for span in unit.tally.refused] == ["holding 2"]


def test_a_refused_value_around_another() -> None:
    """A value of four registers is refused, one that lies in it is not: each has what became of its own addresses."""
    unit = polled(channel(0, "uint64"), channel(0), channel(4))
    for second in range(2):
        unit.begin(second * SECOND, NOON)
        while (request := unit.next()) is not None:
            answer: Answer = (
                Reason.ILLEGAL_ADDRESS if request.holds(Span("holding", 2, 1)) else [9] * request.count
            )
            unit.take(answer, now=second * SECOND, wall=NOON, cost=MS)
        block = unit.end(second * SECOND)
        assert block.reason.tolist() == [Reason.ILLEGAL_ADDRESS, Reason.NONE, Reason.NONE]
    assert unit.tally.connected


def test_nobody_waits_for_ever() -> None:
    """A doubtful unit on a link that has no free moment comes behind the others for as long as `retry`, no longer."""
    busy, doubtful = polled(channel(0)), polled(channel(0))
    turns = Turns([busy, doubtful], retry=30 * SECOND)
    poll(doubtful, 0, Reason.NO_ANSWER)
    first = next(
        second
        for second in range(1, 100)
        if turns.next(second * SECOND) is doubtful or poll(busy, second * SECOND, [1]) is None
    )
    assert first == 31


def test_turns() -> None:
    """The poll that must be done first, then who waited longest; who answers before who does not; nobody who is being
    handed over."""
    slow, quick, third = polled(channel(0), every="10 s"), polled(channel(0)), polled(channel(0))
    turns = Turns([slow, quick, third], retry=30 * SECOND)
    assert turns.next(0) is quick
    poll(quick, 0, [1])
    assert turns.next(0) is third
    third.busy = True
    assert turns.next(0) is slow
    poll(slow, 0, [1])
    assert turns.next(0) is None
    third.busy = False
    poll(third, 0, Reason.NO_ANSWER)
    assert turns.due() == SECOND
    quick.served = third.served + 1
    assert turns.next(SECOND) is quick  # though the other one was served longer ago, and is as urgent
    poll(quick, SECOND, [1])
    poll(third, SECOND, Reason.NO_ANSWER)
    turns.tried_in_vain(SECOND, 2 * SECOND)
    third.leave_alone(5 * SECOND, NOON)
    poll(quick, 8 * SECOND, [1])
    poll(slow, 10 * SECOND, [1])
    assert turns.next(8 * SECOND + MS) is None  # four times the two seconds are not over
    poll(quick, 9 * SECOND + MS, [1])
    assert turns.next(9 * SECOND + 2 * MS) is third


def test_a_counter_says_since_when_it_stands_still() -> None:
    """Counter 7 came at 3 s and moved at 5 s and 9 s: its longest pause between two moves is 4 s; it stands since 9 s.

    How long it had stood at 7 when it was read first, nobody knows. While the unit does not answer, nothing is said.
    """
    unit = polled(channel(0), sequence={"at": "holding 1", "type": "uint16"})
    for second, counter in [(3, 7), (4, 7), (5, 8), (6, 8), (9, 9), (11, 9)]:
        poll(unit, second * SECOND, [20, counter])
    tally = unit.tally
    assert (tally.counter_since, tally.counter_pause) == (NOON + 9 * SECOND, 4 * SECOND)
    assert tally.snapshot().counter_since == NOON + 9 * SECOND
    poll(unit, 12 * SECOND, Reason.NO_ANSWER)
    assert tally.counter_since is None


def test_a_unit_without_a_counter_has_none_that_stands() -> None:
    """Its values may stay what they are."""
    unit = polled(channel(0))
    poll(unit, SECOND, [20])
    assert unit.tally.counter_since is None
