"""The machine that a number belongs to."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Model of the processor, cores, Python, time, load average, and what an fsync costs on the temporary folder.

    Where that is far below a millisecond, the disk keeps what it is given in a cache: figures with fsync in them
    (journal, MQTT, archive) are better here than on a disk of a plant.
    """
    return {
        "cpu": _model(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load": [round(load, 2) for load in os.getloadavg()],
        "fsync_us": round(_fsync_us()),
    }


def machine_line(found: dict[str, Any]) -> str:
    """The same in one line."""
    load = " ".join(f"{each:.2f}" for each in found["load"])
    return (
        f"{found['cpu']}, {found['cores']} cores, Python {found['python']}, {found['date']}, load {load},"
        f" fsync {found['fsync_us']:,} us"
    )


def status_kib(field: str, pid: int | str = "self") -> int:
    """A field of /proc/PID/status in KiB: `VmRSS`, `VmHWM` (the peak of this program alone).

    getrusage's ru_maxrss is not used: it is inherited over exec, so a child shows its parent's peak.
    """
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no {field}: it has ended")


def _fsync_us() -> float:
    spent = []
    with tempfile.TemporaryFile() as file:
        for _ in range(21):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1e6


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()
