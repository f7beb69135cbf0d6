"""A Modbus device in real time: what it shows is the sample of the moment, whether it is asked or not."""

from __future__ import annotations

import time
from bisect import bisect_right

from simulators.modbus_device import ModbusDevice
from simulators.recording import Recording


class TimedDevice(ModbusDevice):
    """Plays a recording whose times count from when it begins; before, it shows the first sample.

    Attributes:
        mute: while it is above 0, what is asked stays without an answer.
    """

    def __init__(self, recording: Recording, *, resolution: float = 0.1) -> None:
        """See `ModbusDevice`."""
        super().__init__(recording, resolution=resolution)
        self._times: list[int] = recording.time.tolist()
        self._began: int | None = None
        self.mute = 0

    def begin(self) -> int:
        """From now on time passes; the first sample's, ns UTC."""
        self._began = time.time_ns()
        return self._began

    @property
    def passed(self) -> int:
        """How long it has played, ns."""
        return 0 if self._began is None else time.time_ns() - self._began

    def is_mute(self) -> bool:
        """Whether it answers nothing."""
        return self.mute > 0

    def move(self, *, taken: bool) -> None:  # noqa: ARG002 - whoever asks, and whatever of it
        """The sample of now."""
        self.shown = max(0, bisect_right(self._times, self.passed) - 1)
