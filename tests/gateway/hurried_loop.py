"""An event loop on which waiting takes no time: its clock jumps to the next thing that is due.

Sockets and terminals are real: what was written to one must be there to be read before the clock jumps, which a
socket of this machine sees to, and a terminal does not.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

_GRACE = 0.0002  # real seconds


class _Selector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if timeout is None:
            return super().select(5)
        events = super().select(_GRACE)
        if not events:
            self.now += timeout
        return events


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._hurried = _Selector()
        super().__init__(self._hurried)

    def time(self) -> float:
        return self._hurried.now


def hurried(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine on such a loop."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(coroutine)
