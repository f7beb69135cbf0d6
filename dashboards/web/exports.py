"""Packages made on request: one at a time, in a thread of their own, kept for a while."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol
from uuid import uuid4

import structlog

from dashboards.web.errors import NotFound, NotRecorded
from readings.errors import HaccplineError

KEPT = 8  # packages, the newest
WAITING = 4  # exports that may wait
_log = structlog.get_logger(__name__)


class PackedPackage(Protocol):
    """What is told of a package that was written and proven."""

    @property
    def records(self) -> int:
        """How many are disclosed."""

    @property
    def readings(self) -> int:
        """How many are enclosed."""

    @property
    def segments(self) -> int:
        """How many are enclosed."""

    @property
    def unsealed(self) -> Mapping[str, int]:
        """By line, readings of the period that are not enclosed."""


class Exporter(Protocol):
    """Writes and proves a package; `haccpline` hands in one that can have readings sealed first."""

    def __call__(
        self, path: Path, *, start: int | None, end: int | None, lines: list[str] | None
    ) -> PackedPackage:
        """Write the package of a period (ns UTC; None: from the beginning, to the end) and lines (None: all).

        Raises:
            HaccplineError: nothing to export, or it does not hold.
        """


@dataclass(frozen=True, slots=True)
class Export:
    """A package that was asked for.

    Attributes:
        id: of the export.
        who: asked for it.
        asked: when, ns UTC.
        start: of the period, ns UTC; None from the beginning.
        end: of the period, not included, ns UTC; None to the end.
        lines: None for all.
        state: `waiting`, `running`, `done` or `failed`.
        trouble: why it failed.
        path: of the package, when it is done.
        packed: what is in it.
        size: bytes.
        sha256: of the file, hex.
    """

    id: str
    who: str
    asked: int
    start: int | None
    end: int | None
    lines: tuple[str, ...] | None
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    trouble: str = ""
    path: Path | None = None
    packed: PackedPackage | None = None
    size: int = 0
    sha256: str = ""


class Exports:
    """Packages being made and made. The list is forgotten, and the files with it, when the server starts again.

    Args:
        folder: where packages are written; made when it is needed.
        exporter: makes them; None: none can be made here.
        now: wall clock, ns UTC.
    """

    def __init__(
        self, folder: Path, exporter: Exporter | None, *, now: Callable[[], int] = time.time_ns
    ) -> None:
        self._folder, self._exporter, self._now = folder, exporter, now
        self._turn = threading.Lock()
        self._known: dict[str, Export] = {}
        self._waiting: queue.Queue[str] = queue.Queue(WAITING)
        self._worker: threading.Thread | None = None

    def ask(self, *, who: str, start: int | None, end: int | None, lines: list[str] | None) -> Export:
        """Ask for a package.

        Args:
            who: the person or API key.
            start: of the period, ns UTC; None from the beginning.
            end: of the period, not included, ns UTC; None to the end.
            lines: None for all.

        Raises:
            NotRecorded: none can be made here, or too many wait already.
        """
        if self._exporter is None:
            raise NotRecorded("this server was started without the means to make packages")
        asked = Export(uuid4().hex, who, self._now(), start, end, tuple(lines) if lines else None)
        with self._turn:
            try:
                self._waiting.put_nowait(asked.id)
            except queue.Full:
                raise NotRecorded(
                    f"{WAITING} packages wait to be made; try again when one of them is done"
                ) from None
            self._known[asked.id] = asked
            if self._worker is None:
                self._clear()
                # daemon: a package half made is a draft that nobody is given
                self._worker = threading.Thread(target=self._work, name="exports", daemon=True)
                self._worker.start()
        return asked

    def all(self) -> list[Export]:
        """Every one that is known, oldest first."""
        with self._turn:
            return list(self._known.values())

    def find(self, id: str) -> Export:  # noqa: A002 - the word of the address
        """The export of this id.

        Raises:
            NotFound: there is none (any more).
        """
        with self._turn:
            found = self._known.get(id)
        if found is None:
            raise NotFound(f"there is no export {id} (any more); the last {KEPT} are kept")
        return found

    def _work(self) -> None:
        assert self._exporter is not None
        while True:
            asked = self.find(self._waiting.get())
            self._put(replace(asked, state="running"))
            path = self._folder / f"{asked.id}.zip"
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lines = list(asked.lines) if asked.lines else None
                packed = self._exporter(path, start=asked.start, end=asked.end, lines=lines)
                made = replace(
                    asked,
                    state="done",
                    path=path,
                    packed=packed,
                    size=path.stat().st_size,
                    sha256=_sha256(path),
                )
            except (HaccplineError, OSError) as error:
                made = replace(asked, state="failed", trouble=str(error))
            except Exception:  # noqa: BLE001 - the next export is to be made all the same
                _log.error("an export failed", export=asked.id, traceback=traceback.format_exc())
                made = replace(
                    asked, state="failed", trouble="it stands in the server's log; please report it"
                )
            self._put(made)
            self._forget()

    def _put(self, export: Export) -> None:
        with self._turn:
            self._known[export.id] = export

    def _forget(self) -> None:
        with self._turn:
            over = [each for each in self._known.values() if each.state in ("done", "failed")]
            for each in over[:-KEPT]:
                del self._known[each.id]
                if each.path is not None:
                    each.path.unlink(missing_ok=True)

    def _clear(self) -> None:
        """What a server before this one left: nobody can ask for it by its id any more."""
        for path in self._folder.glob("*.zip"):
            path.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
