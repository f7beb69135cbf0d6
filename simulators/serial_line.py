"""A serial line that is not there: two pseudo terminals, and what is written to one comes out of the other."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from types import TracebackType
from typing import Self


class SerialLine:
    """A line between a device and whoever reads it.

    Attributes:
        device_end: path of the terminal that the device opens.
        reader_end: path of the terminal that the reader opens.
        cut: nothing gets through while it is true.
    """

    def __init__(self) -> None:
        """Make both ends; usable from `async with` on."""
        self._ends = [pty.openpty(), pty.openpty()]
        for _, terminal in self._ends:
            tty.setraw(terminal)
        self.device_end, self.reader_end = (os.ttyname(terminal) for _, terminal in self._ends)
        self.cut = False

    async def __aenter__(self) -> Self:
        """Carry bytes from now on."""
        loop = asyncio.get_running_loop()
        (device, _), (reader, _) = self._ends
        for source, target in ((device, reader), (reader, device)):
            os.set_blocking(source, False)
            loop.add_reader(source, self._carry, source, target)
        return self

    def _carry(self, source: int, target: int) -> None:
        try:
            data = os.read(source, 4096)
            if not self.cut:
                os.write(target, data)
        except BlockingIOError:
            return  # the other end does not read: a serial line drops what nobody takes

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the line away."""
        for end in self._ends:
            asyncio.get_running_loop().remove_reader(end[0])
            for descriptor in end:
                os.close(descriptor)
