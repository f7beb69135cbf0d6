"""One supervisor over record and serve: starts each again when it ends, stops both when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from haccpline.logs import log_to_stderr
from haccpline.orphans import SUPERVISED

log = structlog.get_logger(__name__)

_FIRST, _LONGEST = 0.5, 30.0  # seconds between an end and the next start
_STEADY = 60.0  # a process that lived so long is taken to have been well
_PATIENCE = 20.0  # seconds to stop in


@dataclass(slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    started: float
    pause: float = _FIRST
    again_at: float | None = None  # when it is to be started again, by the monotonic clock


def supervise(site: Path) -> int:
    """Run `record` and `serve` for a site until SIGTERM or SIGINT; the exit code."""
    log_to_stderr()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    children = [_start("record", site), _start("serve", site)]
    while not stop.wait(0.2):
        for child in children:
            _mind(child, site)
    log.info("stopping")
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + _PATIENCE
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("does not stop; killed", process=child.name)
            child.process.kill()
            child.process.wait()
    return 0


def _mind(child: _Child, site: Path) -> None:
    """Start a child again that has ended, after a pause of its own."""
    code = child.process.poll()
    if code is None:
        return
    now = time.monotonic()
    if child.again_at is None:
        lived = now - child.started
        child.pause = _FIRST if lived > _STEADY else min(child.pause * 2, _LONGEST)
        child.again_at = now + child.pause
        log.warning(
            "ended", process=child.name, code=code, lived=f"{lived:.1f} s", again_in=f"{child.pause:.1f} s"
        )
    elif now >= child.again_at:
        again = _start(child.name, site)
        child.process, child.started, child.again_at = again.process, again.started, None


def _start(name: str, site: Path) -> _Child:
    command = [sys.executable, "-m", "haccpline", name, "--site", str(site)]
    process = subprocess.Popen(  # noqa: S603 - this program itself
        command, env=os.environ | {SUPERVISED: str(os.getpid())}
    )
    log.info("started", process=name, pid=process.pid)
    return _Child(name, process, time.monotonic())
