"""Messages are collected for a moment, made durable together, and only then acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.handover import until_durable
from gateway.tally import Tally
from gateway.topics import Heard
from readings.ports import Intake, Quarantined

log = structlog.get_logger(__name__)

_STEP, _STEPS = 0.001, 5  # a block waits until a step brings nothing more, for 5 ms at most
_ENOUGH = 2_000  # messages that wait for no more
_WINDOWS = 4  # so many windows of messages may wait,
_MOST = 32_000_000  # or so many bytes of payload, or one message
HEARD, RETAINED = "mqtt ", "retained mqtt "  # before the topic of a message in quarantine


class _Waiting:
    """Messages side by side in lists; as many tuples would keep the garbage collector busy."""

    def __init__(self) -> None:
        self.topics: list[bytes] = []
        self.payloads: list[bytes] = []
        self.retained: list[bool] = []
        self.received: list[int] = []
        self.acknowledgements: list[bytes] = []
        self.bytes = 0


class Receiver:
    """Takes messages from whatever brings them; knows nothing of the network.

    Attributes:
        took: how long it took until the last block was durable, s.
    """

    def __init__(  # noqa: PLR0913 - whom it stands between
        self,
        name: str,
        routes: Callable[[bytes], Sequence[Heard]],
        columns: Columns,
        *,
        intake: Intake,
        tally: Tally,
        window: int = _ENOUGH,
    ) -> None:
        """Nothing waits.

        Args:
            name: of the source.
            routes: what becomes of the messages of a topic.
            columns: where they put their readings.
            intake: where readings go.
            tally: counts them.
            window: messages that whoever brings them has under way at most: when so many wait, no more will come.
        """
        self._name = name
        self._routes = routes
        self._intake = intake
        self._tally = tally
        self._columns = columns
        self._waiting = _Waiting()
        self._came = asyncio.Event()
        self._enough = min(window, _ENOUGH)
        self._most = _WINDOWS * window
        self._full = asyncio.Event()
        self._settled = True  # what was taken out of what waits
        self.took = 0.0

    def __len__(self) -> int:
        """How many messages wait to be made durable."""
        return len(self._waiting.topics)

    @property
    def full(self) -> bool:
        """Whether so much waits that whoever brings messages should wait too."""
        return len(self) > self._most or self._waiting.bytes > _MOST

    @property
    def idle(self) -> bool:
        """Whether all that came was settled."""
        return self._settled and not len(self)

    def receive(self, topic: bytes, payload: bytes, retained: bool, acknowledgement: bytes) -> None:
        """Take a message, to be acknowledged when `settle` says so."""
        self._wait(topic, payload, retained, time.time_ns(), acknowledgement)

    def _wait(
        self, topic: bytes, payload: bytes, retained: bool, received: int, acknowledgement: bytes
    ) -> None:
        waiting = self._waiting
        waiting.topics.append(topic)
        waiting.payloads.append(payload)
        waiting.retained.append(retained)
        waiting.received.append(received)
        waiting.acknowledgements.append(acknowledgement)
        waiting.bytes += len(payload)
        count = len(waiting.topics)
        if count == 1:
            self._came.set()
        if count == self._enough or waiting.bytes > _MOST:
            self._full.set()

    def wake(self) -> None:
        """Let `settle` return though nothing came: the connection is gone."""
        self._came.set()
        self._full.set()

    def forget(self, *, all_of_it: bool = True) -> None:
        """Drop what waits: the connection it came by is gone, and the broker sends it again.

        Args:
            all_of_it: also what came at QoS 0, which is never sent again.
        """
        before, self._waiting = self._waiting, _Waiting()
        self._settled = True
        self._came.clear()
        self._full.clear()
        if not all_of_it:
            for number, acknowledgement in enumerate(before.acknowledgements):
                if not acknowledgement:
                    said = before.topics[number], before.payloads[number], before.retained[number]
                    self._wait(*said, before.received[number], acknowledgement)

    async def settle(self, acknowledge: Callable[[bytes], None]) -> None:
        """Wait for messages, make them durable, acknowledge them: one block.

        Args:
            acknowledge: told all acknowledgements of the block, joined.

        It returns early when woken, and then may have done nothing.
        """
        await self._came.wait()
        await self._gather()
        batch, self._waiting = self._waiting, _Waiting()
        self._settled, began = False, time.monotonic()
        self._came.clear()
        self._full.clear()
        self._tally.polls += bool(batch.topics)
        for item in self._read(batch):
            await until_durable(lambda item=item: self._intake.quarantine(item), source=self._name)  # type: ignore[misc]
            self._tally.quarantined += 1
        if len(self._columns):
            block = self._columns.take()
            await until_durable(lambda: self._intake.take(block), source=self._name)
            self._tally.took(block)
        acknowledge(b"".join(batch.acknowledgements))
        self._settled, self.took = True, time.monotonic() - began

    async def _gather(self) -> None:
        """Wait as long as more comes, for a moment at most."""
        for _ in range(_STEPS):
            before = len(self)
            if before >= self._enough:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(_STEP):
                    await self._full.wait()
            if len(self) == before:
                return

    def _read(self, batch: _Waiting) -> list[Quarantined]:
        """Fill the columns; what cannot be read comes back."""
        unreadable = []
        columns, routes = self._columns, self._routes
        for topic, payload, retained, received in zip(
            batch.topics, batch.payloads, batch.retained, batch.received, strict=True
        ):
            try:
                for route in routes(topic):
                    route.add(columns, payload, retained, received)
            except PayloadError as error:
                named = topic.decode(errors="replace")
                log.warning("quarantined", source=self._name, topic=named, reason=str(error))
                unreadable.append(self._aside(topic, payload, retained, received, str(error)))
            except (
                Exception
            ) as error:  # unforeseen; if it went on, the message would come again, and end its source again
                log.exception("quarantined", source=self._name, topic=topic.decode(errors="replace"))
                said = f"a fault of this program, not of the message: {type(error).__name__}: {error}"
                unreadable.append(self._aside(topic, payload, retained, received, said))
        return unreadable

    def _aside(self, topic: bytes, payload: bytes, retained: bool, received: int, why: str) -> Quarantined:
        source = f"{RETAINED if retained else HEARD}{topic.decode(errors='replace')}"
        return Quarantined(source, payload, why, received, origin=self._name)
