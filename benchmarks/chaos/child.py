"""The record process, forked from a server that has loaded the program: the same code, started in a tenth of the time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["haccpline.cli", "haccpline.record", "benchmarks.chaos.child"])
_GOES = 60.0  # seconds for a process to end


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
        self._process.start()
        self.starts += 1

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.is_alive()

    def end(self, how: signal.Signals) -> int:
        """End it in this way; its exit code, negative for a signal."""
        process = self._process
        assert process is not None
        assert process.pid is not None
        if process.is_alive():
            os.kill(process.pid, how)
        process.join(_GOES)
        if process.exitcode is None:
            process.kill()
            process.join(_GOES)
        assert process.exitcode is not None
        return process.exitcode

    def said(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
