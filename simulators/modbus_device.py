"""A Modbus device that plays a recording: each read of its time register is the next sample.

Holding registers, big-endian words:

| registers | content |
|---|---|
| 0 to 1 | uint32, how many samples remain behind the one shown |
| 2 to 5 | uint64, time of the sample, ms since 1970 |
| 6 to 7 | uint32, number of the sample from 1 |
| 8 ... | int16 per sensor, `value / resolution`; -32768 where there is no value |

A request that covers register 2 moves on to the next sample, so one request from 2 on sees one whole sample.
The last one is shown for ever. A new connection is shown the current sample again, for its predecessor may
have been cut off while it read it: with time and number, the same sample is known again.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np
from pymodbus.constants import ExcCodes

from readings.times import MS
from simulators.modbus_server import Registers, serving_registers
from simulators.recording import Recording, RecordingError

REMAINING, TIME, SEQUENCE, VALUES = 0, 2, 6, 8
NO_VALUE = -32768


class ModbusDevice:
    """The registers of a device that plays a recording.

    Attributes:
        shown: index of the sample shown; -1 before the first read.
    """

    def __init__(self, recording: Recording, *, resolution: float = 0.1) -> None:
        """Turn the samples into registers.

        Raises:
            RecordingError: a value does not fit an int16 at this resolution, or a time is no whole ms.
        """
        scaled = np.round(recording.values / resolution)
        if np.nanmax(np.abs(scaled), initial=0) > 32767:
            raise RecordingError(
                f"a value does not fit an int16 in steps of {resolution}; choose a larger resolution"
            )
        if (recording.time % MS).any():
            raise RecordingError("the device's time register counts ms; a sample lies between two")
        values = np.where(np.isnan(scaled), NO_VALUE, scaled).astype(">i2").view(">u2")
        self._samples: list[list[int]] = [
            [
                *struct.unpack(">8H", struct.pack(">IQI", len(recording) - 1 - row, moment // MS, row + 1)),
                *sample,
            ]
            for row, (moment, sample) in enumerate(zip(recording.time.tolist(), values.tolist(), strict=True))
        ]
        self.sensors = recording.sensors
        self.shown = -1
        self._again = False

    @property
    def remaining(self) -> int:
        """How many samples have not been shown yet."""
        return len(self._samples) - 1 - self.shown

    @property
    def size(self) -> int:
        """How many registers there are."""
        return len(self._samples[0])

    def connected(self, connected: bool) -> None:
        """A connection came or went: the next read shows the current sample again."""
        self._again = connected or self._again

    def move(self, *, taken: bool) -> None:
        """Choose the sample that a request is shown; `taken`: it reads the time of it."""
        if taken:
            if not (self._again and self.shown >= 0) and self.remaining:
                self.shown += 1
            self._again = False

    async def read(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        _written: Sequence[int] | None,
    ) -> ExcCodes | None:
        """Put the sample into the registers that are about to be read."""
        if function not in (3, 4) or _written is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        self.move(taken=address <= TIME < address + count)
        if self.shown >= 0:
            registers[-start : self.size - start] = self._samples[self.shown]
        return None


@asynccontextmanager
async def serving(  # noqa: PLR0913 - each says something else about the wire
    device: ModbusDevice,
    *,
    host: str = "127.0.0.1",
    port: int,
    unit: int = 1,
    rtu: bool = False,
    mute: Callable[[], bool] = lambda: False,
) -> AsyncIterator[None]:
    """Serve a device on Modbus TCP (or RTU frames in TCP) as long as the context lasts.

    Args:
        device: what is served.
        host: to listen at.
        port: to listen at.
        unit: Modbus device id.
        rtu: frames as on a serial line.
        mute: whether what is asked now stays without an answer.

    Raises:
        RuntimeError: the port is taken.
    """
    remaining = struct.unpack(">2H", struct.pack(">I", device.remaining))
    first = [*remaining, *[0] * (device.size - len(remaining))]
    registers = Registers(device.read, first, device.connected, mute)
    async with serving_registers(
        registers, framing="rtu+tcp" if rtu else "tcp", host=host, port=port, unit=unit
    ):
        yield


def channel_map(device: ModbusDevice, *, resolution: float = 0.1) -> dict[str, dict[str, object]]:
    """Where each sensor lies, as a channel of `site.yaml` says it (without line and unit).

    Returns:
        For each sensor `at`, `type`, `scale` and `sentinels`.
    """
    return {
        sensor: {
            "at": f"holding {VALUES + index}",
            "type": "int16",
            "scale": resolution,
            "sentinels": [NO_VALUE],
        }
        for index, sensor in enumerate(device.sensors)
    }
