"""A TCP wire between two that cuts, delays, doubles and spoils, by a seed: a proxy for tests and soaks.

    client ──► BadWire ──► server

What it does to each frame is drawn from its own generator, in the order in which frames come.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from simulators.wire_frames import PIECES, Frames

_READ = 65536
_SETTLES = 0.02  # seconds in which a server notices that a connection is gone


@dataclass(frozen=True, slots=True)
class Ills:
    """What may happen to a frame: for each ill its chance.

    Attributes:
        cut: some of it comes, and the connection is gone.
        delayed: it comes late.
        doubled: it comes twice; the frames of the client are never doubled.
        spoilt: bits of it are wrong, such that it can be known; the frames of the client are never spoilt.
        longest: of a delay, s.
        cuts: at most so many; a wire that is cut for ever carries nothing.
    """

    cut: float = 0.0
    delayed: float = 0.0
    doubled: float = 0.0
    spoilt: float = 0.0
    longest: float = 0.0
    cuts: int = 1_000_000


class _Cut(Exception):  # noqa: N818 - it is what was drawn, not an error
    """The wire is cut here."""


@dataclass(slots=True)
class BadWire:
    """A wire to one server.

    Attributes:
        host: of the server.
        port: of the server.
        ills: what may happen.
        draw: from which all that happens is drawn.
        frames: of what the server sends.
        alone: a client comes only when the one before is gone, as with a device that takes one connection.
        done: how often each happened.
        here: the port of the wire's own end, once it is laid.
        gone: nobody gets through it; see `cut_off`.
    """

    host: str
    port: int
    ills: Ills
    draw: Random
    frames: Frames = PIECES
    alone: bool = False
    done: Counter[str] = field(default_factory=Counter)
    here: int = 0
    gone: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _going: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[BadWire]:
        """Lay it: it takes clients on a free port of this machine as long as the context lasts."""
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.here = int(server.sockets[0].getsockname()[1])
        try:
            yield self
        finally:
            server.close()
            for task in list(self._going):
                task.cancel()
            await asyncio.gather(*self._going, return_exceptions=True)
            await server.wait_closed()

    def cut_off(self) -> None:
        """From now on it carries nothing: who is on it is dropped, who comes is too, until `mend`."""
        self.gone = True
        for task in list(self._going):
            task.cancel()

    def mend(self) -> None:
        """It carries again."""
        self.gone = False

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.gone:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._going.add(task)
        try:
            if self.alone:
                async with self._turn:
                    await self._joined(reader, writer)
                    await asyncio.sleep(_SETTLES)
            else:
                await self._joined(reader, writer)
        except (OSError, asyncio.CancelledError):
            return  # either end is gone, or the wire is taken up
        finally:
            self._going.discard(task)
            writer.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry both directions until either ends."""
        server_reader, server_writer = await asyncio.open_connection(self.host, self.port)
        ways = [
            asyncio.create_task(self._carry(reader, server_writer, PIECES), name="to the server"),
            asyncio.create_task(self._carry(server_reader, writer, self.frames), name="to the client"),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            server_writer.close()
            writer.close()
            with suppress(OSError):
                await server_writer.wait_closed()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: Frames
    ) -> None:
        heard = b""
        with suppress(OSError, _Cut):
            while data := await reader.read(_READ):
                heard += data
                while size := frames.size(heard):
                    frame, heard = heard[:size], heard[size:]
                    await self._pass(frame, writer, frames)

    async def _pass(self, frame: bytes, writer: asyncio.StreamWriter, frames: Frames) -> None:
        """Carry a frame, with what is drawn for it.

        Raises:
            _Cut: that was drawn.
        """
        ills, chance = self.ills, self.draw.random()
        told, much = frames is PIECES, self.draw.random()
        if chance < ills.cut and self.done["cut"] < ills.cuts:
            self.done["cut"] += 1
            writer.write(frame[: int(much * len(frame))])
            await writer.drain()
            raise _Cut
        chance -= ills.cut
        if chance < ills.delayed:
            self.done["delayed"] += 1
            await asyncio.sleep(much * ills.longest)
        elif not told and chance - ills.delayed < ills.doubled and frames.repeatable(frame):
            self.done["doubled"] += 1
            frame += frame
        elif not told and 0 <= chance - ills.delayed - ills.doubled < ills.spoilt and frames.spoil:
            self.done["spoilt"] += 1
            frame = frames.spoil(self.draw, frame)
        writer.write(frame)
        await writer.drain()
