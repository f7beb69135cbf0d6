"""Replay: readings a second from memory, from Parquet and from CSV, and the memory that it takes.

100 sensors, a threshold with a hold and silence each. The floor in memory is one numpy pass that compares the same
values with a bound per sensor; of a file, pyarrow reading the same columns and nothing more.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.warehouse import LIMIT, Warehouse, cut
from gateway.save import save_csv, save_parquet
from readings.block import Block
from readings.times import ALWAYS
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan_check import load_plan

SENSORS = 100
BLOCK_ROWS = 1 << 20
READINGS = {Size.TINY: 20_000, Size.QUICK: 2_000_000, Size.FULL: 10_000_000}
NASTY = {Size.TINY: 2_000, Size.QUICK: 200_000, Size.FULL: 1_000_000}
COLUMNS = ["time", "sensor", "value", "quality", "reason"]


def run(size: Size, tell: Tell) -> list[Figure]:
    """All figures of replay."""
    house = Warehouse(SENSORS)
    calm = house.calm(READINGS[size] // SENSORS)
    beyond = float((calm.value > LIMIT).mean())
    tell(f"{len(calm):,} readings of {SENSORS} sensors, {beyond:.3%} beyond")
    figures, decided = _from_memory(house, calm, "from memory", Target(least=5e6), tell)
    nasty = house.nasty(NASTY[size] // SENSORS)
    flapping, _ = _from_memory(house, nasty, "from memory, flapping", None, tell)
    at_once = Warehouse(SENSORS, hold="0 s")
    changing, _ = _from_memory(
        at_once, nasty.part(0, NASTY[size] // 5), "from memory, flapping, no hold", None, tell
    )
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        plan = place / "plan.yaml"
        plan.write_text(house.plan())
        parquet, csv = place / "readings.parquet", place / "readings.csv"
        save_parquet(cut(calm, BLOCK_ROWS), parquet)
        files = [_from_file(plan, parquet, _read_parquet, Target(least=2e6), decided, tell)]
        parquet.unlink()
        save_csv(cut(calm, BLOCK_ROWS), csv)
        files.append(_from_file(plan, csv, _read_csv, None, decided, tell))
    return [*figures, *[figure for each in files for figure in each], *flapping, *changing]


def _from_memory(
    house: Warehouse, block: Block, what: str, target: Target | None, tell: Tell
) -> tuple[list[Figure], list[Any]]:
    program = compile_plan(load_plan(house.plan(), "plan.yaml"))
    blocks = cut(block, BLOCK_ROWS)
    bound = np.full(SENSORS, LIMIT)
    floor = min(
        _seconds(lambda: [np.count_nonzero(one.value > bound[one.which]) for one in blocks]) for _ in "123"
    )
    decisions = Decisions(program)

    def judge() -> None:
        state = begin(program, complete=True)
        for one in blocks:
            state, changes = step(program, state, one, ALWAYS)
            decisions.take(changes)
        decisions.finish(state)

    spent = _seconds(judge)
    lines = list(decisions.lines())
    tell(f"{what}: {spent:.2f} s, {len(lines):,} decisions")
    rows = len(block)
    note = f"{rows:,} readings, {len(lines):,} decisions"
    return [Figure(f"replay {what}", rows / spent, "readings/s", rows / floor, target, note)], lines


def _from_file(  # what is read, how it is read at least, and what must come out
    plan: Path,
    path: Path,
    least: Callable[[Path], int],
    target: Target | None,
    decided: list[Any],
    tell: Tell,
) -> list[Figure]:
    kind = {".parquet": "Parquet", ".csv": "CSV"}[path.suffix]
    floor = min(_seconds(lambda: least(path)) for _ in "12")
    rows = least(path)
    command = [sys.executable, "-m", "benchmarks.replay_once", str(plan), str(path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    tell(
        f"from {kind}: {found['seconds']:.2f} s, {found['peak_mb']:.0f} MB at most, {found['decisions']:,} decisions"
    )
    if found["decisions"] != len(decided):
        raise RuntimeError(f"{found['decisions']} decisions from {kind}, {len(decided)} from memory")
    note = f"{path.stat().st_size / 1e6:,.0f} MB; {found['cpu'] / rows * 1e9:.0f} ns of CPU each"
    return [
        Figure(f"replay from {kind}", rows / found["seconds"], "readings/s", rows / floor, target, note),
        Figure(
            f"replay from {kind}, peak memory",
            found["peak_mb"],
            "MB",
            found["imported_mb"],
            Target(most=500),
            "floor: its imports",
        ),
    ]


def _read_parquet(path: Path) -> int:
    import pyarrow.parquet as pq

    return sum(len(batch) for batch in pq.ParquetFile(path).iter_batches(BLOCK_ROWS, columns=COLUMNS))


def _read_csv(path: Path) -> int:
    from pyarrow import csv

    return sum(len(batch) for batch in csv.open_csv(path))


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
