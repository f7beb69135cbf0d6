"""Ending a task that was told to end."""

from __future__ import annotations

import asyncio


def end_if_told() -> None:
    """End the task if it was cancelled: wait_for in Python 3.11, inside the libraries, forgets that at times."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
