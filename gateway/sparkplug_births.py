"""Births that explain messages which came before them: such messages lie in quarantine, and can be read after all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from gateway.sparkplug_session import Session
from readings.ports import Quarantined
from readings.times import SECOND

_PATIENCE = 10 * SECOND  # for a late death, which would say that another session was heard before the birth
_KEPT = 8  # explanations of a node


@dataclass(frozen=True, slots=True)
class _Explained:
    """Messages of a node or device by their digests, what its births say of them, and when that may be believed."""

    messages: Collection[int]
    session: Session
    due: int


def digest(topic: str, data: bytes) -> int:
    """What a message is known again by, as long as this process lives."""
    return hash((topic, data))


class Births:
    """What births explain, by node; the readers of the sources tell it, whoever reads quarantine again asks it.

    In memory alone: after a restart nobody knows any more that no other session lay between a message and a birth.

    Args:
        passing: a clock that cannot be set, ns.
    """

    def __init__(self, passing: Callable[[], int] = time.monotonic_ns) -> None:
        self._passing = passing
        self._explained: dict[tuple[str, str], deque[_Explained]] = {}
        self._new: list[_Explained] = []

    def explain(self, source: str, node: str, messages: Collection[int], session: Session) -> None:
        """A birth says what these messages meant.

        Args:
            source: name of it.
            node: its group and id.
            messages: their digests.
            session: with the definitions of that birth alone.
        """
        found = _Explained(messages, session, self._passing() + _PATIENCE)
        self._explained.setdefault((source, node), deque(maxlen=_KEPT)).append(found)
        self._new.append(found)

    def take_back(self, source: str, node: str) -> None:
        """Another session was under way as well: what is not read yet is not explained."""
        gone = self._explained.pop((source, node), deque())
        self._new = [each for each in self._new if all(each is not other for other in gone)]

    def session(self, topic: str, data: bytes) -> Session | None:
        """What explains a message; None where nothing does."""
        message, now = digest(topic, data), self._passing()
        for explained in list(self._explained.values()):
            for each in list(explained):
                if message in each.messages and each.due <= now:
                    return each.session
        return None

    def lately(self) -> Callable[[Quarantined], bool] | None:
        """Which items of quarantine can be read since the last time that this was asked; None for none."""
        now = self._passing()
        due = [each for each in self._new if each.due <= now]
        if not due:
            return None
        self._new = [each for each in self._new if each.due > now]
        messages = {message for each in due for message in each.messages}
        return lambda item: digest(item.source.removeprefix("mqtt "), item.payload) in messages
