"""A line's Modbus device: its registers hold the latest sample, with the device's time and counter.

Holding (and input) registers, big-endian words, as `simulators.modbus_device` has them: 0 to 1 nothing (0), 2 to 5 time
of the sample in ms since 1970, 6 to 7 its number, from 8 on the values of `register_map.registers`.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from pymodbus.constants import ExcCodes

from readings.times import MS
from simulators.clock import PlantError
from simulators.faults import Fault
from simulators.modbus_server import Registers, serving_registers
from simulators.plant import Plant
from simulators.register_map import UNIT, registers
from simulators.running import Running
from simulators.serial_line import SerialLine


@dataclass(frozen=True, slots=True)
class Address:
    """Where a line's device is served.

    Attributes:
        framing: `tcp`, `rtu+tcp` or `serial`.
        host: to listen at.
        port: to listen at.
    """

    framing: str
    host: str = "127.0.0.1"
    port: int = 0


class LineDevice:
    """The registers of a running line."""

    def __init__(self, running: Running, line: str) -> None:
        """Find where each signal lies."""
        self._running = running
        self._line = line
        self._registers = registers(running.plant.lines[line].signals)
        self._shown: tuple[int, Plant] | None = None
        self._words: list[int] = []

    @property
    def size(self) -> int:
        """How many registers there are."""
        last = self._registers[-1]
        return last.at + last.size

    def words(self) -> list[int]:
        """All registers, now."""
        at, plant = self._running.sample_time(self._line), self._running.plant
        if self._shown is None or self._shown[0] != at or self._shown[1] is not plant:
            time = np.array([at], np.int64)
            counts = plant.counts(self._line, time)
            shown = int(plant.device_time(self._line, time)[0])
            head = struct.pack(">IQI", 0, shown // MS, at // plant.every[self._line] % 2**32)
            body = b"".join(
                struct.pack(">I" if each.signal.wide else ">h", int(counts[each.signal.key][0]))
                for each in self._registers
            )
            self._words = list(struct.unpack(f">{self.size}H", head + body))
            self._shown = (at, plant)
        return self._words

    def _faults(self, kind: str) -> Iterator[Fault]:
        """Those of a kind that last now."""
        now = self._running.now()
        for fault in self._running.plant.faults_of(self._line, kind):
            if fault.start <= now < fault.end:
                yield fault

    def mute(self) -> bool:
        """Whether it gives no answer now."""
        return any(self._faults("mute"))

    async def read(  # noqa: PLR0913 - as pymodbus calls it
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        held: list[int],
        written: Sequence[int] | None,
    ) -> ExcCodes | None:
        """Put the latest sample into the registers that are about to be read, unless a fault prevents it."""
        if function not in (3, 4) or written is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        for fault in self._faults("slow"):
            await asyncio.sleep(fault.by)
        refused = {fault.key for fault in self._faults("refused")}
        if any(
            each.signal.key in refused and address < each.at + each.size and each.at < address + count
            for each in self._registers
        ):
            return ExcCodes.ILLEGAL_ADDRESS
        held[-start : self.size - start] = self.words()
        return None


@asynccontextmanager
async def _plugged(device: LineDevice, address: Address, serial: SerialLine | None) -> AsyncIterator[None]:
    try:
        async with serving_registers(
            Registers(device.read, [0] * device.size, mute=device.mute),
            framing=address.framing,
            host=address.host,
            port=address.port,
            line=serial,
            unit=UNIT,
        ):
            yield
    except RuntimeError as error:
        raise PlantError(f"{address.host}:{address.port} cannot be served; is the port taken?") from error


async def run_device(
    running: Running,
    line: str,
    address: Address,
    *,
    serial: SerialLine | None = None,
    up: Callable[[], None] = lambda: None,
) -> None:
    """Serve a line's device until cancelled; while it is unplugged, nobody answers.

    Args:
        running: the plant.
        line: its name.
        address: where.
        serial: the line, where the framing is `serial`.
        up: told when it answers, or is found to be unplugged.

    Raises:
        PlantError: the port is taken.
    """
    device = LineDevice(running, line)
    while True:
        out, change = running.unplugged(line)
        if serial is not None:
            serial.cut = out  # what is asked meanwhile must not be answered later
        if out:
            up()
            await running.until(change)
            continue
        async with _plugged(device, address, serial):
            up()
            while not out:
                await running.until(change)
                out, change = running.unplugged(line)
