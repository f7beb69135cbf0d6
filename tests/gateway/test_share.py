"""Values that fall due together: a reading for each, whatever became of its request."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from gateway.device import Device, Reply, bind
from gateway.modbus_settings import ModbusSource
from gateway.requests import Span
from gateway.share import Share
from readings.block import NO_SEQ
from readings.inputs import Series, State
from readings.quality import Quality, Reason
from readings.times import MS, SECOND, US, parse_time
from readings.units import unit_named

NOON = parse_time("2026-03-01T12:00:00Z")
UNITS = {Series("cold-3", name): unit_named("degC") for name in ("air", "food")} | {
    Series("cold-3", "lot", "CS1"): unit_named("text")
}
AIR = {"reads": "cold-3/air", "at": "holding 0", "type": "int16", "scale": 0.1, "unit": "degC"}
FOOD = {"reads": "cold-3/food", "at": "holding 20", "type": "int16", "scale": 0.1, "unit": "degC"}
LOT = {"reads": "cold-3/lot/CS1", "at": "holding 30", "type": "text", "length": 2}


def device(*channels: dict[str, Any], **more: Any) -> Device:
    source = {"name": "cs1", "modbus": "tcp://10.0.0.5", "channels": channels} | more
    (found,) = bind(ModbusSource.model_validate(source), UNITS)
    return found


def test_each_has_the_time_of_its_own_answer() -> None:
    """Event time in us and time received in ms, of the answer that held the value; -19.3 of -193 tenths."""
    bound = device(AIR, FOOD)
    late = NOON + 5 * MS + 4_567_890
    block = Share(bound, bound.points).block(
        {Span("holding", 0, 1): Reply([65343], NOON), Span("holding", 20, 1): Reply([17], late)}
    )
    assert [str(each) for each in block.series] == ["cold-3/air", "cold-3/food"]
    assert block.value.tolist() == [-19.3, 1.7]
    assert block.raw.tolist() == [-193.0, 17.0]
    assert block.time.tolist() == [NOON + US, NOON + 9_567_000]
    assert block.received.tolist() == [NOON, NOON + 9 * MS]
    assert block.quality.tolist() == [Quality.GOOD] * 2
    assert block.seq.tolist() == [NO_SEQ] * 2


def test_one_failing_request_spoils_its_values_alone() -> None:
    """The others are good; a text that was not read says nothing, one that was is a state."""
    bound = device(AIR, FOOD, LOT)
    share = Share(bound, bound.points)
    replies = {
        Span("holding", 0, 1): Reply(Reason.SERVER_BUSY, NOON),
        Span("holding", 20, 1): Reply([17], NOON),
        Span("holding", 30, 2): Reply([0x4137, 0x2000], NOON),
    }
    block = share.block(replies)
    assert block.reason.tolist() == [Reason.SERVER_BUSY, Reason.NONE]
    assert math.isnan(block.value[0])
    assert math.isnan(block.raw[0])
    assert block.states == (State(NOON + US, "cold-3", "lot", "A7", "CS1", NOON),)
    silent = share.block(replies | {Span("holding", 30, 2): Reply(Reason.NO_ANSWER, NOON)})
    assert silent.states == ()
    assert len(silent) == 2


def test_the_devices_time_and_counter() -> None:
    """All values have them; a clock that is off makes them uncertain, one that cannot be read bad."""
    bound = device(
        AIR,
        time={"at": "holding 2", "type": "uint32", "unit": "s", "within": "1 min"},
        sequence={"at": "holding 4", "type": "uint16"},
    )
    share = Share(bound, bound.points)

    def read(at: int, received: int) -> Any:
        seconds = at // SECOND
        registers = [65343, 0, seconds >> 16, seconds & 0xFFFF, 7]
        return share.block({Span("holding", 0, 5): Reply(registers, received)})

    right, wrong = read(NOON, NOON + 30 * SECOND), read(NOON, NOON + 61 * SECOND)
    assert (right.time[0], right.seq[0], right.reason[0]) == (NOON, 7, Reason.NONE)
    assert (wrong.time[0], wrong.value[0], wrong.reason[0]) == (NOON, -19.3, Reason.CLOCK)
    last_second_of_1999 = 946_684_799 * SECOND
    for unset in (0, 300 * SECOND, last_second_of_1999):
        none = read(unset, NOON)
        assert (none.time[0], none.reason[0]) == (NOON + US, Reason.DEVICE_CLOCK)
        assert math.isnan(none.value[0])
        assert none.raw[0] == -193.0
    assert read(last_second_of_1999 + SECOND, NOON).reason[0] == Reason.CLOCK


@pytest.mark.parametrize("hours", [-8, 8])
def test_a_text_holds_from_its_response_where_the_devices_clock_is_off(hours: int) -> None:
    """It stood there then; by a clock eight hours ahead it would hold in eight hours."""
    bound = device(LOT, time={"at": "holding 32", "type": "uint32", "unit": "s", "within": "1 min"})
    share = Share(bound, bound.points)

    def lot(seconds: int) -> int:
        words = [0x4137, 0x2000, seconds >> 16, seconds & 0xFFFF]
        (state,) = share.block({Span("holding", 30, 4): Reply(words, NOON)}).states
        return state.time

    assert lot(NOON // SECOND + hours * 3600) == NOON + US
    assert lot(NOON // SECOND - 30) == NOON - 30 * SECOND


def test_a_clock_that_cannot_be_read_leaves_no_value_that_is_doubted_besides() -> None:
    """A current of 3.7 mA is uncertain; of a time that nobody knows it is bad, and says so."""
    loop = {"reads": "cold-3/air", "at": "holding 0", "type": "uint16", "unit": "degC"}
    loop |= {"loop": {"milliamps": 0.001, "span": [-40, 60]}}
    bound = device(loop, time={"at": "holding 2", "type": "uint32", "unit": "s", "within": "1 min"})
    share = Share(bound, bound.points)

    def read(at: int) -> tuple[float, Reason]:
        block = share.block({Span("holding", 0, 4): Reply([3700, 0, at >> 16, at & 0xFFFF], NOON)})
        return float(block.value[0]), Reason(int(block.reason[0]))

    assert read(NOON // SECOND) == (-41.875, Reason.LOOP_MARGIN), "-40 + (3.7 - 4) * 100 / 16"
    value, reason = read(0)
    assert math.isnan(value)
    assert reason is Reason.DEVICE_CLOCK


def test_what_no_request_reads_is_no_silence() -> None:
    """A value that was forgotten is an error of ours, never a missing reading."""
    bound = device(AIR, FOOD)
    with pytest.raises(KeyError, match="holding 20"):
        Share(bound, bound.points).block({Span("holding", 0, 1): Reply([0], NOON)})


def test_a_silence_is_told_at_every_due_time() -> None:
    """Each of the values at each of the times, bad, with the reason."""
    bound = device(AIR, FOOD)
    block = Share(bound, bound.points).fail(
        Reason.NO_ANSWER, [NOON, NOON + SECOND], received=NOON + 2 * SECOND
    )
    assert [
        (int(which), (time - NOON) // SECOND) for which, time in zip(block.which, block.time, strict=True)
    ] == [*((0, 0), (1, 0), (0, 1), (1, 1))]
    assert set(block.reason.tolist()) == {Reason.NO_ANSWER}
    assert set(block.quality.tolist()) == {Quality.BAD}
    assert all(math.isnan(value) for value in block.value)
    assert set(block.received.tolist()) == {NOON + 2 * SECOND}


def test_a_very_long_silence_is_thinned() -> None:
    """A day at 100 ms: a hundred thousand readings, evenly, with the first and the last due time among them."""
    bound = device(AIR, FOOD)
    times = range(NOON, NOON + 86_400 * SECOND, 100 * MS)
    block = Share(bound, bound.points).fail(Reason.NO_ANSWER, times, received=times[-1])
    assert len(block) == 100_000
    moments = block.time[::2].tolist()
    assert (moments[0], moments[-1]) == (times[0], times[-1])
    assert max(b - a for a, b in pairwise(moments)) <= 1_800 * MS
