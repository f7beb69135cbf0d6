"""What the idle demo costs: all its processes together, with a day of history, three lines live and one board watched.

The floor is as many bare Pythons.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.real_servers import free_port
from benchmarks.record_memory import bare

WATCHED = {Size.TINY: 2.0, Size.QUICK: 20.0, Size.FULL: 60.0}  # seconds
PATIENCE = 120.0


def run(size: Size, tell: Tell) -> list[Figure]:
    """CPU as a share of one core, and resident memory."""
    with _demo() as (demo, address):
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(address, stop), daemon=True)
        watcher.start()
        time.sleep(3)
        processes = [demo, *demo.children(recursive=True)]
        before = [sum(each.cpu_times()[:2]) for each in processes]
        began = time.monotonic()
        time.sleep(WATCHED[size])
        took = time.monotonic() - began
        spent = [sum(each.cpu_times()[:2]) - was for each, was in zip(processes, before, strict=True)]
        memory = [each.memory_info().rss / 2**20 for each in processes]
        for each, seconds, size_ in zip(processes, spent, memory, strict=True):
            tell(f"{' '.join(each.cmdline()[1:4])[-50:]}: {100 * seconds / took:.1f} %, {size_:.0f} MB")
        stop.set()
    note = f"{len(processes)} processes, {WATCHED[size]:g} s, one stream of the board open"
    return [
        Figure(
            "idle demo, all processes", 100 * sum(spent) / took, "% of a core", None, Target(most=20), note
        ),
        Figure(
            "idle demo, resident memory", sum(memory), "MB", len(processes) * bare(), Target(most=450), note
        ),
    ]


def _watch(address: str, stop: threading.Event) -> None:
    """Keep the board's stream open, as a browser does."""
    with httpx.Client(timeout=None) as client, client.stream("GET", f"{address}/live?screen=board") as answer:
        for _ in answer.iter_bytes():
            if stop.is_set():
                return


@contextmanager
def _demo() -> Iterator[tuple[psutil.Process, str]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "haccpline", "demo", "--no-browser", "--calm", "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{address}/api/v1/health", timeout=2).status_code == httpx.codes.OK:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.5)
        else:
            raise RuntimeError("the demo does not get well")
        yield psutil.Process(process.pid), address
    finally:
        process.terminate()
        process.wait()
