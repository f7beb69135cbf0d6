"""How processes log: one line of key=value per event on standard error, times in UTC."""

from __future__ import annotations

import sys
from typing import TextIO

import structlog


def log_to_stderr() -> None:
    """Log to standard error from now on."""
    log_to(sys.stderr)


def log_to(stream: TextIO) -> None:
    """Log there from now on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
