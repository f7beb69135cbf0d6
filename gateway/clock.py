"""Steps of the machine's clock: noticed against one that cannot be set, and recorded as an input."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from gateway.ending import end_if_told
from gateway.handover import until_durable
from readings.block import Block
from readings.inputs import Act
from readings.ports import Intake
from readings.times import SECOND, format_time

log = structlog.get_logger(__name__)

CLOCK_STEP = "clock.step"  # the kind of the act
STEP = SECOND  # a larger one is recorded; a clock that is kept by NTP is slewed, and does not step
_LOOK = 1.0  # seconds between two looks


def steady() -> int:
    """Time that passes whatever the clock is set to, ns; also while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def step(before: int, after: int) -> Act:
    """That the clock was set.

    Args:
        before: what it would show if it had not been, ns UTC.
        after: what it shows, ns UTC.
    """
    body = {"before": format_time(before), "after": format_time(after)}
    return Act(time=after, kind=CLOCK_STEP, body=body, id=f"clock-step-{before}-{after}")


async def watch_clock(
    intake: Intake,
    *,
    wall: Callable[[], int] = time.time_ns,
    passed: Callable[[], int] = steady,
    look: float = _LOOK,
) -> None:
    """Record each step of the clock by more than a second, until cancelled. Once per process.

    Args:
        intake: takes the act.
        wall: the clock, ns UTC.
        passed: time that passes whatever the clock is set to, ns.
        look: seconds between two looks.
    """
    ahead = _ahead(wall, passed)
    while True:
        end_if_told()
        await asyncio.sleep(look)
        now = _ahead(wall, passed)
        if abs(now - ahead) > STEP:
            after = wall()
            act = step(after - (now - ahead), after)
            log.warning("the clock was set", **act.body)
            await until_durable(lambda act=act: intake.take(Block(acts=(act,))), source="clock")  # type: ignore[misc]
        ahead = now


def _ahead(wall: Callable[[], int], passed: Callable[[], int]) -> int:
    """How far the clock is ahead of the time that passed, ns; looked at again where the process was held up in between."""
    while True:
        before, shown, behind = passed(), wall(), passed()
        if behind - before < STEP // 10:
            return shown - behind
