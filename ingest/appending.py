"""The lock that makes one process the one that appends to a journal and seals it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from ingest.errors import StoreError

_DYING = 1.0  # seconds that a killed process may take to let go of the lock


class AppendLock:
    """The file `journal.db.lock`, held from `take` until `release`."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether it is ours."""
        return self._handle is not None

    def take(self) -> None:
        """Hold it.

        Raises:
            StoreError: another process does.
        """
        if self._handle is not None:
            return
        handle = os.open(f"{self._journal}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + _DYING
        while self._handle is None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._handle = handle
            except BlockingIOError as error:
                if time.monotonic() < deadline:
                    time.sleep(_DYING / 20)
                    continue
                os.close(handle)
                raise StoreError(
                    f"{self._journal}: another process appends to it; stop that one first"
                ) from error

    def release(self) -> None:
        """Let go of it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
