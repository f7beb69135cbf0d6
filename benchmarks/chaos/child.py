"""The record process, forked from a server that has loaded the program: the same code, started in a tenth of the time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["haccpline.cli", "haccpline.record", "benchmarks.chaos.child"])
_GOES, _LOOK = 60.0, 0.01  # seconds for a process to end, and between two looks
# multiprocessing asks after all children whenever it starts one; of two threads that ask after the same, one is told the
# code and the other that it was lost (255), whichever is last
_ASKING = threading.Lock()


def _record(site: str, log: str) -> None:
    """`haccpline record --site SITE`, all that it says in a file."""
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["haccpline", "record", "--site", site]
    from haccpline.cli import main

    main()


class RecordProcess:
    """A record process that is started, killed and started again.

    Attributes:
        starts: how often it was started.
    """

    def __init__(self, site: Path, log: Path) -> None:
        self._site, self.log = site, log
        log.touch()
        self._process: ForkServerProcess | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it."""
        self._process = _CONTEXT.Process(target=_record, args=(str(self._site), str(self.log)))
        with _ASKING:
            self._process.start()
        self.starts += 1

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._code(self._process) is None

    def end(self, how: signal.Signals) -> int:
        """End it in this way; its exit code, negative for a signal."""
        process = self._process
        assert process is not None
        assert process.pid is not None
        for signalled in (how, signal.SIGKILL):
            if self._code(process) is None:
                with suppress(ProcessLookupError):  # it ended by itself
                    os.kill(process.pid, signalled)
            patience = time.monotonic() + _GOES
            while time.monotonic() < patience:
                code = self._code(process)
                if code is not None:
                    return code
                time.sleep(_LOOK)
        raise TimeoutError(f"process {process.pid} does not end, not even when it is killed")

    @staticmethod
    def _code(process: ForkServerProcess) -> int | None:
        with _ASKING:
            return process.exitcode

    def said(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
