"""Handing over to the intake, until it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_FIRST, _LONGEST = 0.05, 5.0  # seconds between tries

log = structlog.get_logger(__name__)


async def until_durable(attempt: Callable[[], Awaitable[None]], *, source: str) -> None:
    """Try until it is durable; a full disk is waited for, nothing is dropped.

    Args:
        attempt: raises OSError while it cannot be made durable.
        source: for the log.
    """
    pause = _FIRST
    while True:
        try:
            await attempt()
        except OSError as error:
            log.warning("not durable, trying again", source=source, error=str(error), seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST)
        else:
            return
