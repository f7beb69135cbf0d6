"""Between those who bring messages and the journal."""

from __future__ import annotations

import asyncio
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
