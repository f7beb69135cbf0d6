"""A year of a plant decided again by two plans, as `plan diff` does, from the archive: 50 sensors at 10 s.

That is 158 million readings. The archive is made first, in a temporary folder, in half a minute: see `plant_year`. The
floor is pyarrow reading the same columns of the same files, once and in one thread, and nothing more. `--quick` takes a
month.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.machine import status_kib
from benchmarks.plant_year import Year
from haccpline.plan_diff import plan_diff
from haccpline.site import read_plan

YEARS = {Size.TINY: Year(2, 5), Size.QUICK: Year(31), Size.FULL: Year(365)}
SECONDS_OF_A_YEAR = 20  # it may take, for 365 days of 50 sensors
_COLUMNS = ["time", "value", "quality", "reason"]


def run(size: Size, tell: Tell) -> list[Figure]:
    """Seconds, readings a second, and memory."""
    year = YEARS[size]
    with tempfile.TemporaryDirectory(prefix="haccpline-year-") as name:
        folder = Path(name)
        began = time.perf_counter()
        year.write(folder / "data")
        tell(f"{year.days} days of {year.rooms} rooms written in {time.perf_counter() - began:.0f} s")
        (folder / "old.yaml").write_text(year.plan())
        (folder / "new.yaml").write_text(year.plan(at_most="-16.0 degC", hold="10 min"))
        rows, floor = _floor(folder / "data")
        command = [sys.executable, "-m", "benchmarks.replay_year", str(folder)]
        done = subprocess.run(
            command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
        )
    found = json.loads(done.stdout)
    tell(
        f"{found['readings']:,} readings by two plans in {found['seconds']:.1f} s, {found['cpu']:.1f} s of CPU;"
        f" {found['decisions']:,} decisions differ"
    )
    target = SECONDS_OF_A_YEAR * year.readings / YEARS[Size.FULL].readings
    what = "a year" if size is Size.FULL else f"{year.days} days"
    return [
        Figure(
            f"plan diff of {what}",
            found["seconds"],
            "s",
            floor,
            Target(most=target),
            f"{rows:,} readings, {year.rooms} sensors, two plans; {found['cpu']:.1f} s of CPU; {found['decisions']:,}"
            " decisions differ",
        ),
        Figure(
            f"plan diff of {what}, judged readings",
            2 * found["readings"] / found["seconds"],
            "readings/s",
            2 * rows / floor,
            Target(least=1e7),
        ),
        Figure(
            f"plan diff of {what}, peak memory",
            found["peak_mb"],
            "MB",
            found["imported_mb"],
            Target(most=1000),
            "floor: its imports; pages of mapped files are counted",
        ),
    ]


def _floor(data: Path) -> tuple[int, float]:
    """Readings, and seconds to read their columns."""
    rows, began = 0, time.perf_counter()
    for path in sorted((data / "segments").rglob("*.parquet")):
        rows += len(pq.ParquetFile(path, memory_map=True).read(columns=_COLUMNS, use_threads=False))
    return rows, time.perf_counter() - began


def main() -> None:
    """`python -m benchmarks.replay_year FOLDER`: one diff in a process of its own, and what it took, as JSON."""
    folder = Path(sys.argv[1])
    old, new = (read_plan(folder / name)[0] for name in ("old.yaml", "new.yaml"))
    imported = status_kib("VmRSS") / 1024
    began, used = time.perf_counter(), time.process_time()
    found = plan_diff(old, new, folder / "data")
    said = {
        "readings": found.watched.readings,
        "decisions": len(found.decisions),
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "peak_mb": status_kib("VmHWM") / 1024,
        "imported_mb": imported,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
