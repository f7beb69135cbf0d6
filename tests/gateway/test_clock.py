"""A step of the machine's clock becomes an input; a slow one, and a held-up process, do not."""

from __future__ import annotations

from typing import Any

from gateway.clock import steady, watch_clock
from readings.times import SECOND, parse_time

NOON = parse_time("2026-03-01T12:00:00Z")


class Clocks:
    """A clock that can be set, and time that passes."""

    def __init__(self) -> None:
        self.began = steady()
        self.wrong = 0
        self.looks = 0

    def passed(self) -> int:
        return steady() - self.began

    def wall(self) -> int:
        self.looks += 1
        return NOON + self.passed() + self.wrong


async def test_a_step_is_recorded_once(intake: Any, running_for: Any) -> None:
    """Set back by an hour: one act with the time it would show and the time it shows, an hour apart."""
    clocks = Clocks()
    async with running_for(watch_clock(intake, wall=clocks.wall, passed=clocks.passed, look=0.01)):
        await intake.until(lambda: clocks.looks > 3)
        assert not intake.blocks
        clocks.wrong = -3600 * SECOND
        await intake.until(lambda: bool(intake.blocks))
        looks = clocks.looks
        await intake.until(lambda: clocks.looks > looks + 5)
    (act,) = [act for block in intake.blocks for act in block.acts]
    before, after = parse_time(act.body["before"]), parse_time(act.body["after"])
    assert act.kind == "clock.step"
    assert abs(before - after - 3600 * SECOND) < SECOND // 100
    assert act.time == after


async def test_what_is_no_step(intake: Any, running_for: Any) -> None:
    """A clock that is slewed by half a second a look, and one that was off from the beginning, are left alone."""
    clocks = Clocks()
    clocks.wrong = 5 * SECOND
    async with running_for(watch_clock(intake, wall=clocks.wall, passed=clocks.passed, look=0.01)):
        for _ in range(6):
            clocks.wrong += SECOND // 2
            looks = clocks.looks
            await intake.until(lambda looks=looks: clocks.looks > looks + 1)
    assert not intake.blocks


async def test_held_up_between_two_clocks(intake: Any, running_for: Any) -> None:
    """A process that is held up for minutes just while it looks sees no step in that."""
    clocks, held = Clocks(), [0]

    def wall() -> int:
        if clocks.looks == 3:
            clocks.began -= 600 * SECOND  # ten minutes pass right here
            held[0] += 1
            clocks.wrong = 0
        return clocks.wall()

    async with running_for(watch_clock(intake, wall=wall, passed=clocks.passed, look=0.01)):
        await intake.until(lambda: clocks.looks > 10)
    assert held == [1]
    assert not intake.blocks


async def test_a_full_disk_does_not_lose_it(intake: Any, running_for: Any) -> None:
    """While nothing can be committed the act waits."""
    clocks = Clocks()
    intake.refusing = True
    async with running_for(watch_clock(intake, wall=clocks.wall, passed=clocks.passed, look=0.01)):
        await intake.until(lambda: clocks.looks > 2)
        clocks.wrong = 2 * SECOND
        await intake.until(lambda: intake.refused > 0)
        intake.refusing = False
        await intake.until(lambda: bool(intake.blocks))
