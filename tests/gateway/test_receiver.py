"""Between those who bring messages and the journal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.receiver import Receiver
from gateway.tally import Tally
from gateway.topics import Heard
from readings.block import NO_SEQ
from readings.inputs import Series
from readings.quality import Reason

AIR = Series("c", "air")


class _Route:
    def add(self, columns: Columns, payload: bytes, _retained: bool, received: int) -> None:
        if payload == b"odd":
            raise ZeroDivisionError("nobody thought of that")
        if payload == b"bad":
            raise PayloadError("not a number")
        columns.cells += (columns.number(AIR), received, 1.0, 1.0, Reason.NONE, received, NO_SEQ)


def test_a_message_that_nobody_thought_of_keeps_no_other_from_being_read(intake: Any) -> None:
    """It is set aside and acknowledged like one that is wrong: else it came again, and ended its source each time."""
    columns, acknowledged = Columns(), list[bytes]()

    def routes(_topic: bytes) -> Sequence[Heard]:
        return (_Route(),)

    async def run() -> None:
        receiver = Receiver("m", routes, columns, intake=intake, tally=Tally("m"))
        for number, payload in enumerate((b"1", b"odd", b"bad", b"1")):
            receiver.receive(b"t", payload, payload == b"bad", b"%d" % number)
        await receiver.settle(acknowledged.append)

    asyncio.run(run())
    assert acknowledged == [b"0123"]
    assert [len(block) for block in intake.blocks] == [2]
    assert [(each.source, each.payload, each.reason) for each in intake.quarantined] == [
        (
            "mqtt t",
            b"odd",
            "a fault of this program, not of the message: ZeroDivisionError: nobody thought of that",
        ),
        ("retained mqtt t", b"bad", "not a number"),
    ]


def test_what_nobody_sends_again_is_kept_when_the_connection_breaks(intake: Any) -> None:
    """A message at QoS 0 has no acknowledgement; it is read at the time at which it came. The others come again."""
    columns, acknowledged = Columns(), list[bytes]()

    async def run() -> tuple[int, int]:
        receiver = Receiver("m", lambda _: (_Route(),), columns, intake=intake, tally=Tally("m"))
        before = time.time_ns()
        receiver.receive(b"t", b"1", False, b"")
        receiver.receive(b"t", b"1", False, b"ack")
        receiver.receive(b"t", b"bad", True, b"")
        behind = time.time_ns()
        receiver.forget(all_of_it=False)
        assert len(receiver) == 2
        async with asyncio.timeout(5):
            await receiver.settle(acknowledged.append)
        receiver.receive(b"t", b"1", False, b"")
        receiver.forget()
        assert len(receiver) == 0
        return before, behind

    before, behind = asyncio.run(run())
    assert acknowledged == [b""]
    ((_, came, _, _, _),) = intake.rows()
    assert before <= came <= behind
    assert [(each.source, each.payload) for each in intake.quarantined] == [("retained mqtt t", b"bad")]
