"""How processes log: one line of key=value per event on standard error, times in UTC."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TextIO, cast

import structlog


class _Lossy:
    """A stream that may lose what is written: nothing ends because the log lies on a full disk, or nobody reads it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._cut = False  # in the middle of a line, perhaps

    def write(self, text: str) -> int:
        with self._losing():
            self._stream.write(f"\n{text}" if self._cut else text)
        return len(text)

    def flush(self) -> None:
        with self._losing():
            self._stream.flush()
            self._cut = False

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self._cut = True


def log_to_stderr() -> None:
    """Log to standard error from now on."""
    log_to(sys.stderr)


def log_to(stream: TextIO) -> None:
    """Log there from now on; what cannot be written there is lost, and whoever logs hears nothing of it."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lossy(stream))),
    )
