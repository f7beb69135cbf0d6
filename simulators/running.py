"""The plant as it runs: a clock of its own, and faults that may come at any moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from readings.times import HOUR, SECOND
from simulators.clock import ORIGIN, PlantError
from simulators.faults import Fault
from simulators.plant import Plant


class Running:
    """A plant that is running.

    Attributes:
        plant: with all faults that have been ordered so far.
        speed: virtual seconds per second.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        start: int | None = None,
        speed: float = 1.0,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Start it.

        Args:
            plant: what runs.
            start: virtual time now, ns UTC; now, if left out.
            speed: virtual seconds per second.
            wall: the clock of the world, ns UTC.

        Raises:
            PlantError: a time before the plant was there.
        """
        if start is not None and start < ORIGIN:
            raise PlantError("the plant has run since 2025-01-01; begin later")
        self.plant = plant
        self.speed = speed
        self._wall = wall
        self._began = wall()
        self._start = self._began if start is None else start
        self._changed = asyncio.Event()

    def now(self) -> int:
        """Virtual time, ns UTC."""
        passed = self._wall() - self._began
        return self._start + (passed if self.speed == 1 else int(passed * self.speed))

    def order(self, fault: Fault) -> None:
        """A fault happens, when its time comes.

        Raises:
            FaultError: it does not go with the plant.
        """
        self.plant = self.plant.with_faults(fault)
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, due: int) -> None:
        """Wait until a virtual time, or until a fault is ordered, whichever comes first."""
        end_if_told()
        rest = (due - self.now()) / SECOND / self.speed
        if rest > 0:
            changed = self._changed
            try:
                async with asyncio.timeout(rest):
                    await changed.wait()
            except TimeoutError:
                return

    def sample_time(self, line: str) -> int:
        """The true time of a line's latest sample, ns UTC."""
        every = self.plant.every[line]
        return self.now() // every * every

    def unplugged(self, line: str) -> tuple[bool, int]:
        """Whether a line's device is without power, and when that may change, ns UTC.

        It shows itself again with the first sample after the fault.
        """
        now, every, out = self.now(), self.plant.every[line], False
        edges = [now + HOUR]
        for fault in self.plant.faults_of(line, "unplugged"):
            back = -(-fault.end // every) * every
            out |= fault.start <= now < back
            edges += [edge for edge in (fault.start, back) if edge > now]
        return out, min(edges)


def end_if_told() -> None:
    """End the task if it was cancelled: wait_for in Python 3.11, inside the libraries, forgets that at times."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
