"""How far long work has come, told to whoever waits at a terminal; a pipe or a file gets nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_EVERY = 0.5  # seconds between two words
_PATIENCE = 1.0  # seconds before the first


class Progress:
    """Tells on standard error, in one line that is wiped at the end; only where that is a terminal, and not at once."""

    def __init__(self) -> None:
        self._shown = False
        self._due = time.monotonic() + _PATIENCE if sys.stderr.isatty() else float("inf")

    def tell(self, said: Callable[[], str]) -> None:
        """Say how far it is, where it is time to."""
        if time.monotonic() >= self._due:
            sys.stderr.write(f"\r\033[K{said()}")
            sys.stderr.flush()
            self._shown, self._due = True, time.monotonic() + _EVERY

    def end(self) -> None:
        """Wipe what was said."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._shown = False
