"""`python -m benchmarks.chaos --seeds N`: so many worlds, one seed each; exits 1 naming the seeds that do not hold."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.chaos.run import Outcome, run_seeds
from benchmarks.machine import machine, machine_line
from benchmarks.real_servers import need


def chaos(
    seeds: Annotated[int, typer.Option(help="How many.")] = 200,
    first: Annotated[int, typer.Option(help="The first one.")] = 1,
    beside: Annotated[int, typer.Option(help="How many worlds at a time.")] = 4,
    keep: Annotated[Path | None, typer.Option(help="A new folder to leave what does not hold in.")] = None,
    loud: Annotated[bool, typer.Option(help="Tell all that happened, of every seed.")] = False,
) -> None:
    """Simulated devices, wires that cut, delay, double and spoil, kills, outages, a full disk; then everything is judged.

    Example: python -m benchmarks.chaos --seeds 1 --first 17 --loud
    """
    need("mosquitto")
    console = Console(width=200, soft_wrap=True, highlight=False)
    console.print(machine_line(machine()))
    place, began = keep or Path(tempfile.mkdtemp()), time.monotonic()
    place.mkdir(parents=True, exist_ok=True)
    ills: Counter[str] = Counter()
    count, fell = 0, list[int]()

    def tell(outcome: Outcome) -> None:
        nonlocal count
        count += 1
        ills.update(outcome.counted)
        if not outcome.holds:
            fell.append(outcome.seed)
        if loud or not outcome.holds:
            console.print(outcome.told())
        if count % 10 == 0:
            console.print(f"{time.monotonic() - began:7.1f} s  {count} worlds, {len(fell)} do not hold")
        if outcome.holds or keep is None:
            shutil.rmtree(place / f"seed{outcome.seed}", ignore_errors=True)

    asyncio.run(run_seeds(range(first, first + seeds), place, beside=beside, tell=tell))
    console.print(f"{count} worlds in {time.monotonic() - began:.0f} s: {len(fell)} do not hold {fell or ''}")
    for what, often in sorted(ills.items()):
        console.print(f"  {often:7,} {what}")
    if keep is None:
        shutil.rmtree(place, ignore_errors=True)
    if fell:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(chaos)
