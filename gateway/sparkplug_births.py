"""Births that explain messages which came before them: such messages lie in quarantine, and can be read after all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gateway.sparkplug_session import Session
from readings.ports import Quarantined
from readings.times import SECOND

_PATIENCE = 10 * SECOND  # for a late death, which would say that another session was heard before the birth
_KEPT = 8  # spans of a node or device


@dataclass(frozen=True, slots=True)
class _Explained:
    """What came from one node or device in a span, and what its births say of it."""

    topics: tuple[str, ...]
    start: int
    end: int
    session: Session
    due: int


class Births:
    """What births explain, by source; the readers of the sources tell it, whoever reads quarantine again asks it.

    In memory alone: after a restart nobody knows any more that no other session lay between a message and a birth.

    Args:
        passing: a clock that cannot be set, ns.
    """

    def __init__(self, passing: Callable[[], int] = time.monotonic_ns) -> None:
        self._passing = passing
        self._explained: dict[tuple[str, str], deque[_Explained]] = {}
        self._new: list[tuple[str, _Explained]] = []

    def explain(  # noqa: PLR0913 - what was said, by whom, and when
        self, source: str, node: str, topics: tuple[str, ...], session: Session, *, start: int, end: int
    ) -> None:
        """A birth says what these topics meant in a span.

        Args:
            source: name of it.
            node: its group and id.
            topics: of the data that it explains.
            session: with the definitions of this birth alone.
            start: ns UTC.
            end: ns UTC.
        """
        found = _Explained(topics, start, end, session, self._passing() + _PATIENCE)
        self._explained.setdefault((source, node), deque(maxlen=_KEPT)).append(found)
        self._new.append((source, found))

    def take_back(self, source: str, node: str) -> None:
        """Another session was under way as well: what is not read yet is not explained."""
        lately = self._explained.pop((source, node), deque())
        self._new = [(name, each) for name, each in self._new if name != source or each not in lately]

    def session(self, source: str, node: str, topic: str, at: int) -> Session | None:
        """What explains a message; None where nothing does.

        Args:
            source: by which it came; empty for any.
            node: its group and id.
            topic: of the message.
            at: when it came, ns UTC.
        """
        for (name, of), spans in list(self._explained.items()):
            if of == node and source in ("", name):
                for each in list(spans):
                    if topic in each.topics and each.start <= at <= each.end and each.due <= self._passing():
                        return each.session
        return None

    def lately(self) -> Callable[[Quarantined], bool] | None:
        """Which items of quarantine can be read since the last time that this was asked; None for none."""
        now = self._passing()
        due = [new for new in self._new if new[1].due <= now]
        self._new = [new for new in self._new if new[1].due > now]
        if not due:
            return None

        def explained(item: Quarantined) -> bool:
            return any(
                item.origin == source
                and item.source.removeprefix("mqtt ") in each.topics
                and each.start <= item.time <= each.end
                for source, each in due
            )

        return explained
