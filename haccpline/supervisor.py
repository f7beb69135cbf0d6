"""One supervisor over a site's processes: starts each again when it ends, stops all when told."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from haccpline.free_memory import LEAN
from haccpline.logs import log_to_stderr
from haccpline.orphans import SUPERVISED
from haccpline.own_process import own_process

log = structlog.get_logger(__name__)

_FIRST, _LONGEST = 0.5, 30.0  # seconds between an end and the next start
_STEADY = 60.0  # a process that lived so long is taken to have been well
_PATIENCE = 20.0  # seconds to stop in


@dataclass(slots=True)
class _Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    started: float
    pause: float = _FIRST
    again_at: float | None = None  # when it is to be started again, by the monotonic clock


def site_commands(site: Path, *, serve: Sequence[str] = ()) -> dict[str, list[str]]:
    """The processes of a site: `record`, and `serve` with its options."""
    return {
        name: own_process("haccpline", name, "--site", str(site), *options)
        for name, options in (("record", ()), ("serve", serve))
    }


class Supervisor:
    """Keeps processes going.

    Args:
        commands: what to run, by name, in the order in which they are started; stopped the other way round.
        errors: where their standard error goes; None for ours.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], *, errors: Path | None = None) -> None:
        self._errors = errors
        self._children = [self._start(name, command) for name, command in commands.items()]

    def mind(self) -> None:
        """Start those again that have ended, each after a pause of its own; call it a few times a second."""
        for child in self._children:
            self._mind(child)

    def stop(self) -> None:
        """Stop all; who does not stop in time is killed."""
        log.info("stopping")
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + _PATIENCE
        for child in self._children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("does not stop; killed", process=child.name)
                child.process.kill()
                child.process.wait()

    def _mind(self, child: _Child) -> None:
        code = child.process.poll()
        if code is None:
            return
        now = time.monotonic()
        if child.again_at is None:
            lived = now - child.started
            child.pause = _FIRST if lived > _STEADY else min(child.pause * 2, _LONGEST)
            child.again_at = now + child.pause
            log.warning(
                "ended",
                process=child.name,
                code=code,
                lived=f"{lived:.1f} s",
                again_in=f"{child.pause:.1f} s",
            )
        elif now >= child.again_at:
            try:
                again = self._start(child.name, child.command)
            except OSError as error:  # the machine starts no process now; the others go on
                log.error("cannot be started", process=child.name, error=str(error))  # noqa: TRY400 - it says all
                child.again_at = now + child.pause
                return
            child.process, child.started, child.again_at = again.process, again.started, None

    def _start(self, name: str, command: Sequence[str]) -> _Child:
        environment = LEAN | os.environ | {SUPERVISED: str(os.getpid())}
        if self._errors is None:
            process = subprocess.Popen(command, env=environment)  # noqa: S603 - this program itself
        else:
            with self._errors.open("ab") as errors:
                process = subprocess.Popen(  # noqa: S603 - this program itself
                    command, env=environment, stdout=errors, stderr=errors
                )
        log.info("started", process=name, pid=process.pid)
        return _Child(name, command, process, time.monotonic())


def supervise(site: Path, *, serve: Sequence[str] = ()) -> int:
    """Run `record` and `serve` (with its options) for a site until SIGTERM or SIGINT; the exit code."""
    log_to_stderr()
    stop = told_to_stop()
    supervisor = Supervisor(site_commands(site, serve=serve))
    while not stop.wait(0.2):
        supervisor.mind()
    supervisor.stop()
    return 0


def told_to_stop() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop
