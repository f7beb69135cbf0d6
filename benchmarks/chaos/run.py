"""Many worlds, some beside each other in one process, each judged in its turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt

from benchmarks.chaos.drawn import drawn
from benchmarks.chaos.judge import judge
from benchmarks.chaos.stage import lived
from benchmarks.chaos.world import Lived
from benchmarks.soak_checks import Finding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a seed.

    Attributes:
        seed: it.
        said: what happened when.
        findings: what was judged.
        counted: how often each ill and trouble came.
    """

    seed: int
    said: list[str]
    findings: list[Finding]
    counted: Counter[str]

    @property
    def holds(self) -> bool:
        """Whether all of it does."""
        return all(held for _, held in self.findings)

    def told(self) -> str:
        """Seed, what happened when, and what holds."""
        lines = [f"seed {self.seed}", *self.said]
        lines += [f"{'holds' if held else 'DOES NOT HOLD'}: {said}" for said, held in self.findings]
        return "\n  ".join(lines)


async def run_seeds(
    seeds: Iterable[int], place: Path, *, beside: int, tell: Callable[[Outcome], None]
) -> None:
    """Live through the worlds of these seeds, so many at a time, in folders `seedN` of a place."""
    asyncio.get_running_loop().set_exception_handler(_but_for_cuts)
    room = asyncio.Semaphore(beside)

    async def one(seed: int) -> None:
        async with room:
            tell(await run_seed(seed, place / f"seed{seed}"))

    async with asyncio.TaskGroup() as group:
        for seed in seeds:
            group.create_task(one(seed), name=f"seed {seed}")


async def run_seed(seed: int, folder: Path) -> Outcome:
    """Live through the world of a seed, and judge it."""
    told: Lived | None = None
    try:
        async with lived(drawn(seed), folder) as told:
            findings = await asyncio.to_thread(lambda: list(judge(told)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return Outcome(seed, told.said if told else [], [(_told(error), False)], Counter())
    counted = Counter(told.troubles)
    for wire, ills in told.ills.items():
        counted.update({f"{ill} on the wire {wire}": often for ill, often in ills.items()})
    counted["messages sent again by the device"] = told.resent
    return Outcome(seed, told.said, findings, counted)


def _told(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_told(each) for each in error.exceptions)
    return f"{type(error).__name__}: {error}"


def _but_for_cuts(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """aiomqtt leaves the exception of a cut connection in a future that nobody looks at."""
    if not isinstance(context.get("exception"), aiomqtt.MqttError):
        loop.default_exception_handler(context)
