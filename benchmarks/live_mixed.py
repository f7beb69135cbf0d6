"""The engine, live, with limits of mixed kinds: CPU seconds for each second of plant time, in per cent of a core.

About 1,000 limits, as many of each kind, one reading a second each (two where a kind judges two sensors by each other), in
blocks of 100; late truth may decide again, so the tail follows. What is measured is `step` alone. The floor is the least
that anybody would do: hold each value against a bound of its limit.

`python -m benchmarks.live_mixed` profiles it.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.mixed_plant import KINDS, Mixed, MixedPlant
from benchmarks.warehouse import cut
from readings.block import Block
from rules.compile_plan import compile_plan
from rules.engine import begin, step
from rules.memory import EngineState
from rules.plan_check import load_plan
from rules.program import Program

LIMITS, BLOCK = 1_000, 100


@dataclass(frozen=True, slots=True)
class Play:
    """How long, in seconds of plant time.

    Attributes:
        seconds: in all.
        settled: the first ones are not counted: each limit has its first verdict then.
        reorder: of the plan; the tail follows once in such a time.
        limits: about so many.
    """

    seconds: int
    settled: int
    reorder: int
    limits: int = LIMITS

    @property
    def steady(self) -> int:
        """What is counted."""
        return self.seconds - self.settled


PLAYS = {
    Size.TINY: Play(12, 4, 4, 40),
    Size.QUICK: Play(150, 30, 30),
    Size.FULL: Play(480, 120, 60),
}
EACH = {Size.TINY: Play(8, 4, 4, 2), Size.QUICK: Play(60, 30, 15, 100), Size.FULL: Play(90, 30, 15, 100)}


@dataclass(slots=True)
class Played:
    """What it took.

    Attributes:
        program: the plan made ready.
        state: at the end.
        spent: CPU seconds while steady.
        longest: seconds of the longest step while steady.
        floor: CPU seconds.
    """

    program: Program
    state: EngineState
    spent: float
    longest: float
    floor: float


def run(size: Size, tell: Tell) -> list[Figure]:
    """Per cent of a core in all, and by kind for each 1,000 limits."""
    play = PLAYS[size]
    plant = MixedPlant(max(1, play.limits // len(KINDS)), reorder=f"{play.reorder} s")
    done = played(plant, play)
    readings = len(done.program.heard)
    tell(
        f"{plant.limits:,} limits of {len(KINDS)} kinds, {readings:,} readings a second: {done.spent:.1f} s of CPU"
    )
    found = [
        Figure(
            "engine, live, mixed kinds",
            done.spent / play.steady * 100 * LIMITS / plant.limits,
            "% of a core",
            done.floor / play.steady * 100 * LIMITS / plant.limits,
            Target(most=15),
            f"for {LIMITS:,} limits; measured {plant.limits:,}, {readings:,} readings/s, {play.steady} s of plant time",
        ),
        Figure("engine, live, mixed kinds, longest step", done.longest * 1e3, "ms", note="the tail follows"),
    ]
    for kind, spent in _by_kind(EACH[size]):
        tell(f"{kind}: {spent:.1f} % of a core")
        found.append(Figure(f"engine, live, {kind}", spent, "% of a core", note=f"for {LIMITS:,} limits"))
    return found


def played(plant: MixedPlant, play: Play) -> Played:
    """Let a plant run past the engine."""
    program = compile_plan(load_plan(plant.plan(), "plan.yaml"))
    state = begin(program)
    readings = plant.block(play.seconds)
    done = Played(program, state, 0.0, 0.0, 0.0)
    settled = int(readings.time[0]) + play.settled * 1_000_000_000
    bound = np.zeros(len(readings.series))
    for position, block in enumerate(_blocks(readings), 1):
        until = int(block.time[-1])
        began, used = time.perf_counter(), time.process_time()
        done.state, _ = step(program, done.state, block, until, position=position)
        if until >= settled:
            done.spent += time.process_time() - used
            done.longest = max(done.longest, time.perf_counter() - began)
            used = time.process_time()
            np.count_nonzero(block.value > bound[block.which])
            done.floor += time.process_time() - used
    return done


def _blocks(readings: Block) -> list[Block]:
    """As the gateway gives them: each names the series that it has readings of, and no others."""
    found = []
    for block in cut(readings, BLOCK):
        used, which = np.unique(block.which, return_inverse=True)
        part = block.take(np.arange(len(block)))
        found.append(
            Block(
                series=tuple(block.series[code] for code in used.tolist()),
                which=which.astype(np.int32),
                time=part.time,
                value=part.value,
                raw=part.raw,
                quality=part.quality,
                reason=part.reason,
                received=part.received,
                seq=part.seq,
            )
        )
    return found


def _by_kind(play: Play) -> list[tuple[str, float]]:
    """Per cent of a core for 1,000 limits of each kind alone."""
    found = []
    for kind, same in groupby(KINDS, key=lambda each: each.kind):
        kinds: tuple[Mixed, ...] = tuple(same)
        plant = MixedPlant(max(1, play.limits // len(kinds)), kinds, f"{play.reorder} s")
        done = played(plant, play)
        found.append((kind, done.spent / play.steady * 100 * LIMITS / plant.limits))
    return found


def profile(size: Size = Size.QUICK) -> None:
    """Print where the time goes, by own time and by time with what is called."""
    play = PLAYS[size]
    plant = MixedPlant(max(1, play.limits // len(KINDS)), reorder=f"{play.reorder} s")
    profiler = cProfile.Profile()
    profiler.runcall(played, plant, play)
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).sort_stats(order).print_stats(45)


if __name__ == "__main__":
    profile(Size(sys.argv[1]) if len(sys.argv) > 1 else Size.QUICK)
