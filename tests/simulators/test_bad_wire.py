"""A bad wire does what was drawn, and what it spoils can be known."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.modbus_frames import Mbap, Rtu, reading
from gateway.requests import Span
from simulators.bad_wire import BadWire, Ills
from simulators.wire_frames import MODBUS_RTU, MODBUS_TCP, MQTT, PIECES, Frames

QUESTION = reading(17, Span("holding", 100, 3))
MBAP = bytes.fromhex("1234 0000 0009 11 03 06 00fa ff3d 8000".replace(" ", ""))
RTU = bytes.fromhex("11 03 06 00fa ff3d 8000".replace(" ", ""))
RTU += bytes.fromhex("f4b9")


async def through(
    sent: bytes, ills: Ills, frames: Frames = PIECES, *, seed: int = 1
) -> tuple[bytes, BadWire]:
    """What a client hears of what a server says."""

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        writer.write_eof()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    wire = BadWire("127.0.0.1", server.sockets[0].getsockname()[1], ills, Random(seed), frames)
    async with wire.laid():
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.here)
        heard = await reader.read()
        writer.close()
    server.close()
    return heard, wire


async def test_a_good_wire_changes_nothing():
    """Without ills what comes is what was sent."""
    heard, wire = await through(MBAP * 3, Ills(), MODBUS_TCP)
    assert heard == MBAP * 3
    assert not wire.done


async def test_a_cut_ends_the_connection():
    """Some of the first frame comes, and nothing after it; a wire that was cut often enough is cut no more."""
    heard, wire = await through(MBAP * 3, Ills(cut=1.0), MODBUS_TCP)
    assert len(heard) < len(MBAP)
    assert MBAP.startswith(heard)
    assert wire.done == {"cut": 1}
    heard, _ = await through(MBAP * 3, Ills(cut=1.0, cuts=0), MODBUS_TCP)
    assert heard == MBAP * 3


async def test_doubled_frames():
    """Whole frames come twice, one after the other."""
    heard, wire = await through(MBAP * 2, Ills(doubled=1.0), MODBUS_TCP)
    assert heard == MBAP * 4
    assert wire.done == {"doubled": 2}


async def test_only_messages_are_doubled_on_mqtt():
    """PUBLISH comes twice, as at QoS 1 it may; a CONNACK never does."""
    connack, publish = bytes.fromhex("20020000"), bytes.fromhex("320700016100016869")
    heard, _ = await through(connack + publish, Ills(doubled=1.0), MQTT)
    assert heard == connack + publish + publish


async def test_delays_keep_the_order():
    """What is late is late, and nothing else."""
    heard, wire = await through(MBAP * 3, Ills(delayed=1.0, longest=0.001), MODBUS_TCP)
    assert heard == MBAP * 3
    assert wire.done == {"delayed": 3}


async def test_the_same_seed_does_the_same():
    """Frames are spoilt in the same bits again, in others by another seed."""
    ills = Ills(spoilt=1.0)
    (one, _), (again, _), (other, _) = [
        await through(MBAP * 4, ills, MODBUS_TCP, seed=seed) for seed in (1, 1, 2)
    ]
    assert one == again
    assert one != other


def test_whole_frames():
    """A frame is whole with its last byte, not before."""
    packets = {
        MBAP: MODBUS_TCP,
        RTU: MODBUS_RTU,
        bytes.fromhex("118302c134"): MODBUS_RTU,
        bytes.fromhex("320700016100016869"): MQTT,
        bytes.fromhex("30c801") + bytes(200): MQTT,
    }
    for frame, frames in packets.items():
        assert [frames.size(frame[:end]) for end in range(1, len(frame))] == [0] * (len(frame) - 1)
        assert frames.size(frame + b"more") == len(frame)


@pytest.mark.parametrize(
    ("frame", "frames", "framing"), [(MBAP, MODBUS_TCP, Mbap()), (RTU, MODBUS_RTU, Rtu())]
)
@given(st.integers(0, 1 << 30))
def test_what_is_spoilt_can_be_known(frame, frames, framing, seed):
    """A frame that the wire has spoilt is not the frame, and is believed by nobody."""
    assert framing.unpack(QUESTION, 0x1234, frame) == (0x00FA, 0xFF3D, 0x8000)
    spoilt = frames.spoil(Random(seed), frame)
    assert spoilt != frame
    assert not isinstance(framing.unpack(QUESTION, 0x1234, spoilt), tuple | list)


async def test_a_wire_that_is_cut_off_carries_nothing_until_it_is_mended():
    """Who is on it is dropped, who comes is too; then it carries as before."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    wire = BadWire("127.0.0.1", server.sockets[0].getsockname()[1], Ills(), Random(1))
    async with wire.laid():

        async def said() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", wire.here)
            writer.write(b"there?")
            try:
                return await reader.read(6)
            except ConnectionError:
                return b""
            finally:
                writer.close()

        reader, writer = await asyncio.open_connection("127.0.0.1", wire.here)
        writer.write(b"there?")
        assert await reader.read(6) == b"there?"
        wire.cut_off()
        assert await reader.read() == b""
        assert await said() == b""
        wire.mend()
        assert await said() == b"there?"
        writer.close()
    server.close()
