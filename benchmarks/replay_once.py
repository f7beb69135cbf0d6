"""One replay of a file in a process of its own, which then says what it took, as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pyarrow.csv  # loaded before the clock runs
import pyarrow.parquet

from benchmarks.machine import status_kib
from haccpline.replay import replay_file
from haccpline.site import read_plan


def main() -> None:
    """`python -m benchmarks.replay_once PLAN READINGS`."""
    plan, _ = read_plan(Path(sys.argv[1]))
    imported = status_kib("VmRSS") / 1024
    began, used = time.perf_counter(), time.process_time()
    decisions = sum(1 for _ in replay_file(plan, Path(sys.argv[2])))
    found = {
        "decisions": decisions,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "peak_mb": status_kib("VmHWM") / 1024,
        "imported_mb": imported,
        "loaded": [pyarrow.csv.__name__, pyarrow.parquet.__name__],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
