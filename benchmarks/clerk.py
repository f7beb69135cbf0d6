"""Clerk and engine, live: CPU seconds for each second of plant time, in per cent of a core.

One line with 1,000 limits, a reading for each of them every second, in blocks of 100, appended to a real journal. The
clerk works as in the record process: called when the journal has grown, until it has heard everything; readings are
sealed when due. Plant time runs as fast as it goes; what is measured is the clerk's calls alone. The floor is the
least that anybody would do: read and decode the same blocks and hold each value against its limit.

`python -m benchmarks.clerk` profiles it.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.warehouse import LIMIT, LINE, START, Warehouse, cut
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ledger.checkpoint import site_key
from ledger.clerk import CURSOR, Clerk
from ledger.store import Ledger
from readings.block import Block
from readings.inputs import Act
from readings.times import SECOND

SENSORS, PER_SECOND = 10, 10  # sensors of a room, blocks a second
SIGN_EVERY = 60  # seconds
RESTLESS = 15  # seconds of plant time


@dataclass(frozen=True, slots=True)
class Play:
    """How long, in seconds of plant time.

    Attributes:
        seconds: in all.
        settled: the first ones are counted apart: each limit has its first verdict then.
        reorder: of the plan. The engine's tail follows once in such a time; `seconds` holds whole ones.
        rooms: of the warehouse; each has as many limits as sensors.
        seal_after_rows: of the archive.
    """

    seconds: int
    settled: int
    reorder: int
    rooms: int = 100
    seal_after_rows: int = 500_000

    @property
    def limits(self) -> int:
        """How many limits, and readings a second."""
        return self.rooms * SENSORS


PLAYS = {
    Size.TINY: Play(6, 2, 2, rooms=10, seal_after_rows=300),
    Size.QUICK: Play(130, 10, 30, seal_after_rows=60_000),
    Size.FULL: Play(910, 10, 300),
}


@dataclass(slots=True)
class Spent:
    """What the calls took.

    Attributes:
        first: CPU seconds while things settled.
        steady: CPU seconds afterwards.
        calls: seconds of each later call.
    """

    first: float = 0.0
    steady: float = 0.0
    calls: list[float] = field(default_factory=list)


def run(size: Size, tell: Tell) -> list[Figure]:
    """Per cent of a core, and the longest call."""
    play = PLAYS[size]
    with tempfile.TemporaryDirectory() as name:
        spent, floor, records = _work(Path(name), play, tell)
    with tempfile.TemporaryDirectory() as name:
        restless = replace(play, seconds=min(play.seconds, 3 * RESTLESS), settled=min(play.settled, RESTLESS))
        flapping, _, _ = _work(Path(name), restless, tell, calm=False)
    steady = play.seconds - play.settled
    tell(f"{records:,} records; the first {play.settled} s of the plant took {spent.first:.2f} s")
    note = f"{play.limits:,} limits, {steady} s of plant time, {records:,} records"
    return [
        Figure(
            "clerk and engine, live",
            spent.steady / steady * 100,
            "% of a core",
            floor / steady * 100,
            Target(most=10),
            note,
        ),
        Figure(
            "clerk, CPU per reading",
            spent.steady / steady / play.limits * 1e6,
            "us",
            floor / steady / play.limits * 1e6,
        ),
        Figure("clerk, call at the 99th percentile", float(np.percentile(spent.calls, 99) * 1e3), "ms"),
        Figure(
            "clerk, longest call",
            max(spent.calls) * 1e3,
            "ms",
            note="a tail that follows, or a segment sealed",
        ),
        Figure("clerk, first verdict of each limit", spent.first / play.limits * 1e3, "ms", note="once"),
        Figure(
            "clerk and engine, every value flapping",
            flapping.steady / (restless.seconds - restless.settled) * 100,
            "% of a core",
            note="30 % beyond, none for longer than the hold",
        ),
    ]


def _blocks(house: Warehouse, play: Play, *, calm: bool) -> Iterator[Block]:
    readings = house.calm(play.seconds, excursion=60) if calm else house.nasty(play.seconds)
    for block in cut(readings, play.limits // PER_SECOND):
        yield replace(_own_series(block), tick=int(block.time[-1]))


def _own_series(block: Block) -> Block:
    """The block as the gateway gives it: it names the series that it has readings of, and no others."""
    used, which = np.unique(block.which, return_inverse=True)
    return replace(
        block, series=tuple(block.series[code] for code in used.tolist()), which=which.astype(np.int32)
    )


def _plainly(act: Callable[[], int]) -> int:
    return act()


def _work(
    place: Path,
    play: Play,
    tell: Tell,
    *,
    calm: bool = True,
    around: Callable[[Callable[[], int]], int] = _plainly,
) -> tuple[Spent, float, int]:
    house = Warehouse(play.rooms, SENSORS, hold="30 s", silent="30 s", reorder=f"{play.reorder} s")
    journal = SqliteJournal(place / "journal.db")
    archive = ParquetArchive(place / "segments", journal)
    sealer = Sealer(archive, ArchiveSettings(seal_after_rows=play.seal_after_rows), readers=[CURSOR])
    ledger, key = Ledger(place / "ledger.db"), site_key(place / "site.key", name="BENCH")
    clerk = Clerk("BENCH", ledger, journal, archive)
    clerk.resume()
    adopt = Act(START, "plan.adopt", LINE, body={"file": "plan.yaml", "text": house.plan()}, id="adopt")
    journal.append(Block(acts=(adopt,), tick=START))
    spent, floor, signed = Spent(), 0.0, START
    bound = np.full(play.limits, LIMIT)
    for number, block in enumerate(_blocks(house, play, calm=calm)):
        journal.append(block)
        now = START + number * SECOND // PER_SECOND
        settled = number >= play.settled * PER_SECOND
        began, used = time.perf_counter(), time.process_time()
        call = partial(clerk.work, now)
        while around(call) if settled else call():
            pass
        if now - signed >= SIGN_EVERY * SECOND:
            ledger.sign(key)
            signed = now
        used = time.process_time() - used
        if settled:
            spent.steady += used
            spent.calls.append(time.perf_counter() - began)
            used = time.process_time()
            for _, read in journal.read(clerk.position - 1):
                np.count_nonzero(read.value > bound[read.which])
            floor += time.process_time() - used
        else:
            spent.first += used
        if number % (PER_SECOND * 5) == 0:
            sealer.work()
        if number and number % (PER_SECOND * 150) == 0:
            tell(f"{number // PER_SECOND} s of plant time, {spent.steady:.1f} s of CPU")
    records = ledger.last_seq()
    ledger.close()
    journal.close()
    return spent, floor, records


def profile(size: Size = Size.QUICK) -> None:
    """Print where the time goes once each limit has its first verdict, by own time and by time with what is called."""
    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory() as name:
        _work(Path(name), PLAYS[size], print, around=profiler.runcall)
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).sort_stats(order).print_stats(35)


if __name__ == "__main__":
    profile(Size(sys.argv[1]) if len(sys.argv) > 1 else Size.QUICK)
