"""A process beside the record process, for what takes long and only reads: sealing holds up no verdict.

python -m haccpline.beside HANDLE DATA SITE

It is started when there is something to do, ends when there was nothing for a while, and ends with the record process,
however that ends.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import structlog

from haccpline.own_process import own_process
from haccpline.store import Store

_log = structlog.get_logger(__name__)

_IDLE = 30.0  # seconds without anything to do, after which it ends
_NICE = 10  # acquiring and judging come first

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    way: Connection


class ProcessBeside:
    """`readings.beside.Beside` in a process of its own.

    Args:
        store: of the site; the process opens its journal and archive for reading.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._child: _Child | None = None
        self._turns = ThreadPoolExecutor(1, "beside")

    def submit(self, act: Callable[..., T], *given: Any) -> Future[T]:
        """See `Beside`; what comes of it may also be an OSError: the process ended, twice."""
        return self._turns.submit(self._ask, act, given)

    def close(self) -> None:
        """Finish what is under way, nothing more, and end the process."""
        self._turns.shutdown(cancel_futures=True)
        self._end()

    def _ask(self, act: Callable[..., T], given: tuple[Any, ...]) -> T:
        try:
            outcome = self._asked(act, given)
        except (EOFError, OSError):  # it had nothing to do for too long just now, or was killed
            code = self._end()
            if code:
                _log.warning(
                    "the process beside has ended; it is asked once more", act=act.__name__, code=code
                )
            try:
                outcome = self._asked(act, given)
            except (EOFError, OSError) as error:
                code = self._end()
                raise OSError(
                    f"the process beside this one has ended twice doing {act.__name__}, with {code}"
                ) from error
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _asked(self, act: Callable[..., T], given: tuple[Any, ...]) -> T | BaseException:
        child = self._child = self._child or self._begin()
        child.way.send((act, given))
        return child.way.recv()  # type: ignore[no-any-return]

    def _begin(self) -> _Child:
        way, other = Pipe()
        with other:
            handle = other.fileno()
            process = subprocess.Popen(  # noqa: S603 - this program itself
                own_process("haccpline.beside", str(handle), str(self._store.folder), self._store.site),
                pass_fds=[handle],
                stdin=subprocess.DEVNULL,
            )
        # it may end long before it is asked again: who looks at the machine sees no defunct process meanwhile
        threading.Thread(target=process.wait, name="end of beside", daemon=True).start()
        return _Child(process, way)

    def _end(self) -> int | None:
        """How it ended; None where there is none."""
        child, self._child = self._child, None
        if child is None:
            return None
        child.way.close()
        return child.process.wait()


def main(handle: str, data: str, site: str) -> None:
    """Do what comes, until nothing comes or nobody is there."""
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever started it says when it ends
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICE)
    store = Store(Path(data), site)
    archive = store.archive(store.journal(read_only=True))
    way = Connection(int(handle))
    asked: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(way, asked), daemon=True).start()
    with contextlib.suppress(queue.Empty, BrokenPipeError):
        while True:
            act, given = asked.get(timeout=_IDLE)
            try:
                outcome = act(archive, *given)
            except Exception as error:  # noqa: BLE001 - whoever asked gets it
                outcome = error
            way.send(outcome)


def _listen(way: Connection, asked: queue.SimpleQueue[Any]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked.put(way.recv())
    os._exit(0)  # nobody is there: in the middle of whatever it does


if __name__ == "__main__":
    main(*sys.argv[1:])
