"""When something is due: an absolute schedule on the monotonic clock, so that no poll's length moves the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from readings.times import SECOND


def passing() -> int:
    """The event loop's monotonic clock, ns."""
    return int(asyncio.get_running_loop().time() * SECOND)


@dataclass(slots=True)
class Schedule:
    """Due times that lie `every` apart, whatever is done in them; with 0, due as soon as the one before is done.

    Attributes:
        every: ns between two; 0 for none.
        due: the next one that was not taken, ns of the monotonic clock.
    """

    every: int
    due: int

    def deadline(self, now: int) -> int:
        """When the latest one that is due now has passed, because the next one is due."""
        if not self.every:
            return self.due
        return self.due + (max(0, now - self.due) // self.every + 1) * self.every

    def take(self, now: int) -> range:
        """Take the latest one that is due; those before it, which have passed untaken."""
        passed = (now - self.due) // self.every if self.every else 0
        first, self.due = self.due, self.due + (passed + 1) * self.every
        return range(first, first + passed * self.every, self.every or 1)

    def drop(self, now: int) -> range:
        """Let all pass that are due now; which they were."""
        count = (now - self.due) // self.every + 1 if self.every else 0
        first, self.due = self.due, self.due + count * self.every
        return range(first, self.due, self.every or 1)

    def rest(self, until: int) -> None:
        """With no time between two: not before this moment, ns of the monotonic clock."""
        if not self.every:
            self.due = until
