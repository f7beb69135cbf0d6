"""A link to Modbus devices: asked one question at a time, and an answer that may be another question's is none.

A client of our own, for what the product stands on (see docs/modbus.md): no retries, each answer held against all
that it can be held against, and the link given up at the first thing that does not fit. Bytes that nobody asked for
make it suspect. With RTU frames, which do not say what they answer, a suspect line must first fall silent.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from gateway.fields import RTU, ModbusEndpoint
from gateway.modbus_frames import Framing, Mbap, Question, Rtu, reading, switching
from gateway.modbus_link_settings import SerialLine
from gateway.modbus_wire import Wire, open_wire
from gateway.requests import Answer, Span
from gateway.tls import Tls
from readings.quality import Reason
from readings.times import SECOND

log = structlog.get_logger(__name__)

_RESTLESS = 20  # quiet periods after which a line that never falls silent is given up for this time
_PROVEN = 20  # answers in a row, no byte too many, after which a line is given less than the quiet period
_TIMES, _LEAST = 3, 0.005  # then so many times its slowest answer of late, and at least so many seconds
_FORGETS = 0.9  # what a slow answer still counts after the next
_SHOWN = 32  # bytes of what came instead of an answer, in the log
_GARBLED: Final = (Reason.GARBLED, Reason.WRONG_LENGTH)
_UNANSWERED: Final = (Reason.NO_ANSWER, Reason.NOT_CONNECTED)


class NotConnectedError(Exception):
    """The device does not accept a connection, or its line does not fall silent."""


class Link:
    """One connection, or one serial line, to as many units as are behind it."""

    def __init__(  # noqa: PLR0913 - an address, and what belongs to it
        self,
        endpoint: ModbusEndpoint,
        *,
        timeout: int,
        quiet: int,
        name: str,
        serial: SerialLine | None = None,
        tls: Tls | None = None,
        siren: tuple[int, int] | None = None,
    ) -> None:
        """A closed link.

        Args:
            endpoint: where it leads.
            timeout: for the connection and for each answer, ns.
            quiet: how long a line with RTU frames must be silent before it is asked again after trouble, ns.
            name: of the source, for the log.
            serial: how characters go over a serial line.
            tls: certificates.
            siren: unit and coil of the one thing that may be switched.
        """
        self._endpoint = endpoint
        self._timeout = timeout / SECOND
        self._quiet = quiet / SECOND
        self._name = name
        self._line = serial or SerialLine()
        self._on_serial = endpoint.scheme == "serial"
        self._tls = tls
        self._siren = siren
        self._framing: Framing = Rtu() if endpoint.scheme in RTU else Mbap()
        self._turn = asyncio.Lock()
        self._wire: Wire | None = None
        self._question: Question | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._transaction = 0
        self._came = b""  # since the question
        self._heard = 0.0  # when bytes came last, on the loop's clock
        self._owed: float | None = None  # until when an answer may come that is not heard; None: nobody knows
        self._stray = False  # bytes came that nobody had asked for
        self._suspect = True  # an answer may be under way: at first, one to the process before this
        self._asked: set[tuple[int, int, int]] = set()  # unit, function, size; since the line was silent
        self._proven = 0
        self._slowest = 0.0

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        return self._wire is not None

    @property
    def heard(self) -> int:
        """When the last bytes came, ns of the loop's clock: the time of an answer, however late it is looked at."""
        return int(self._heard * SECOND)

    async def open(self) -> None:
        """Connect, unless it is; wait for a suspect line to fall silent.

        Raises:
            NotConnectedError: refused, not reachable within the timeout, or never silent.
        """
        async with self._turn:
            await self._open()

    async def _open(self) -> None:
        if self._stray:
            self.close(suspect=True)
        if self._wire is not None:
            return
        try:
            async with asyncio.timeout(self._timeout):
                self._wire = await open_wire(self._endpoint, self, line=self._line, tls=self._tls)
        except OSError as error:  # a TimeoutError is one
            raise NotConnectedError(
                f"{self._endpoint} does not accept a connection: {str(error) or 'no answer in time'}"
            ) from error
        self._stray = False
        if self._framing.names_question or not self._suspect:
            return
        try:
            await self._fall_silent()
        except BaseException:
            self.close(suspect=True)
            raise
        self._suspect = False

    async def _fall_silent(self) -> None:
        """Listen until the line has been silent for the quiet period, and all that was asked must have been answered."""
        loop = asyncio.get_running_loop()
        owed = loop.time() + self._timeout if self._owed is None else self._owed
        self._heard = loop.time()
        for _ in range(_RESTLESS):
            if self._wire is None:
                raise NotConnectedError(f"{self._endpoint} closed the connection")
            rest = max(self._heard, owed) + self._quiet - loop.time()
            if rest <= 0:
                self._stray = False
                self._asked.clear()
                return
            await asyncio.sleep(rest)
        raise NotConnectedError(f"{self._endpoint} does not fall silent")

    async def ask(self, unit: int, request: Span) -> Answer:
        """The registers or bits asked for, exactly as many; or the reason why not.

        Raises:
            ValueError: more than one question may ask.
        """
        return await self._exchange(reading(unit, request))

    async def switch(self, *, on: bool) -> Reason:
        """Switch the siren, the only coil that a link can write; `NONE` when the device says it has.

        Raises:
            ValueError: this link has none.
        """
        if self._siren is None:
            raise ValueError(f"{self._endpoint} has no siren")
        unit, coil = self._siren
        answer = await self._exchange(switching(unit, coil, on=on))
        return answer if isinstance(answer, Reason) else Reason.NONE

    async def _exchange(self, question: Question) -> Answer:
        async with self._turn:
            if self._wire is None or self._stray:
                return Reason.NOT_CONNECTED
            try:
                if not self._framing.names_question:
                    await self._tell_apart(question)
                answer = await self._ask(question)
            except BaseException:
                self.close(suspect=True)  # cancelled half way: the answer is still to come
                raise
            if answer in _UNANSWERED or answer in _GARBLED:
                log.info(
                    "no answer",
                    source=self._name,
                    unit=question.unit,
                    request=question.pdu.hex(),
                    reason=answer.text,
                    came=self._came[:_SHOWN].hex(),
                )
                self.close(suspect=True)
            return answer

    async def _ask(self, question: Question) -> Answer:
        if self._wire is None or self._stray:
            return Reason.GARBLED if self._stray else Reason.NOT_CONNECTED
        loop = asyncio.get_running_loop()
        wait = self._timeout
        if self._on_serial:
            # 8 characters ask, 5 and the data answer
            wait += (self._line.lasts(13 + question.size) + self._line.turning) / SECOND
        self._transaction = (self._transaction + 1) & 0xFFFF
        self._came, self._question = b"", question
        answer: asyncio.Future[Answer] = loop.create_future()
        self._answer = answer
        began = loop.time()
        self._owed = began + wait
        self._wire.write(self._framing.pack(question, self._transaction))
        timer = loop.call_later(wait, self._give_up)
        try:
            said = await answer
        finally:
            timer.cancel()
            self._answer = None
        if said in _GARBLED:
            self._proven = 0
        elif said not in _UNANSWERED:
            self._proven += 1
            self._owed = 0.0
            self._slowest = max(_FORGETS * self._slowest, loop.time() - began)
        return said

    def _give_up(self) -> None:
        self._say(Reason.GARBLED if self._came else Reason.NO_ANSWER)

    def _say(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    async def _tell_apart(self, question: Question) -> None:
        """Wait until no answer can be under way that this question's could be taken for."""
        loop = asyncio.get_running_loop()
        shape = (question.unit, question.function, question.size)
        settled = self._quiet
        if self._proven >= _PROVEN:
            settled = min(settled, max(_LEAST, _TIMES * self._slowest))
        if self._on_serial:
            await self._silent_for(self._line.gap / SECOND)
        if shape in self._asked:
            await self._silent_for(settled)
        if loop.time() - self._heard >= settled:
            self._asked.clear()
        self._asked.add(shape)

    async def _silent_for(self, seconds: float) -> None:
        rest = self._heard + seconds - asyncio.get_running_loop().time()
        if rest > 0:
            await asyncio.sleep(rest)

    def hear(self, data: bytes) -> None:
        """Bytes came."""
        self._heard = asyncio.get_running_loop().time()
        if self._answer is None or self._answer.done() or self._question is None:
            self._stray = True
            if not self._suspect:  # else it was expected
                self._proven = 0
            return
        self._came += data
        if (
            self._owed is not None and self._heard > self._owed
        ):  # held up, we read them before the timer has its turn
            self._say(Reason.NO_ANSWER)
            return
        answer = self._framing.unpack(self._question, self._transaction, self._came)
        if answer is not None:
            self._say(answer)

    def lose(self) -> None:
        """The other end is gone."""
        asking = self._answer is not None
        self._say(Reason.NOT_CONNECTED)
        self.close(suspect=self._suspect or asking or self._stray)

    def close(self, *, suspect: bool) -> None:
        """Close; `suspect` where an answer may still be under way."""
        self._suspect = suspect
        self._stray = False
        if self._wire is not None:
            self._wire.close()
            self._wire = None
