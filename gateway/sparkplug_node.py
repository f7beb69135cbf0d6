"""An edge node as its messages show it: its session, its sequence, and whether it must say its births again."""

from __future__ import annotations

from collections import deque

from gateway.node_tally import NodeTally
from gateway.sparkplug_payload import Payload
from gateway.sparkplug_session import Session
from readings.inputs import Series
from readings.times import MINUTE, SECOND

_NUMBERS = 256  # of a sequence, and of sessions
_FIRST, _LONGEST = SECOND, 5 * MINUTE  # between two requests for births
_REMEMBERED = 2 * _NUMBERS  # messages by which a repetition is known
_UNBORN = 10_000  # messages without a birth that are remembered
_Unborn = dict[str | None, set[int]]
_ANSWERED = 10 * SECOND  # between a request for births and the birth that answers it
_SESSIONS = 16  # earlier ones, whose late NDEATH is known


class EdgeNode:
    """What is known of one edge node.

    Attributes:
        group: id of its group.
        name: its id.
        session: whose aliases hold; None while no birth is known to hold.
        tally: its counts; connected while it has been heard since the last time that it was said to be gone.
        fed: by device (None: the node itself), the series that it feeds.
        wanted: its births are missed.
        unborn: by device, digests of messages that no birth explained, and since which nothing said that the session is
            another one.
        awaited: devices that were alive before its birth and have not been born again, and until when that may
            last, ns of the monotonic clock.
    """

    def __init__(
        self, group: str, name: str, fed: dict[str | None, set[Series]], *, tally: NodeTally
    ) -> None:
        self.group = group
        self.name = name
        self.session: Session | None = None
        self.tally = tally
        self.fed = fed
        self.awaited: dict[str, int] = {}
        self._next = 0
        self._ended: deque[int] = deque(maxlen=_SESSIONS)
        self._heard: dict[int, None] = {}
        self.wanted = False
        self.unborn: _Unborn = {}
        self._once: tuple[_Unborn, Session] | None = None  # and the birth that came then
        self._twice: tuple[_Unborn, Session] | None = None  # the same when the births came once more
        self._asked: int | None = None
        self._heard_since = True
        self._not_before, self._pause = 0, _FIRST

    def __str__(self) -> str:
        """The descriptor of the node: group and id."""
        return f"{self.group}/{self.name}"

    def begin(self, payload: Payload, bdseq: int | None, *, now: int) -> Session:
        """A session begins, or says its births again: nothing of before holds any more.

        Args:
            payload: of the birth.
            bdseq: of the session.
            now: ns of the monotonic clock.
        """
        last = self.session.bdseq if self.session else self._ended[-1] if self._ended else bdseq
        answers = self._asked is not None and now - self._asked <= _ANSWERED and last == bdseq
        unborn, once = (self.unborn, self._once) if answers else ({}, None)
        self.end()
        self.session = Session(bdseq, payload.time)
        self.tally.born = True
        if bdseq is not None and bdseq in self._ended:
            self._ended.remove(bdseq)
        self._next = (payload.seq or 0) + 1
        self.wanted = False
        if once is not None:
            self._twice = once
        elif unborn:
            self._once = unborn, self.session
            self.want_births()
        return self.session

    def explains(self, device: str | None, birth: Payload) -> tuple[set[int], Session] | None:
        """Messages of a device (None: the node itself) that came before its birth, and what they meant.

        The numbers may be dealt out anew with each birth: only where the births came twice and dealt them out alike is it
        taken that they meant the same before.
        """
        if self._twice is None:
            return None
        unborn, before = self._twice
        alone = Session(None, birth.time)
        alone.bear(device, birth.metrics)
        if device not in unborn or alone.aliases(device) != before.aliases(device):
            return None
        return unborn.pop(device), alone

    def not_explained(self, device: str | None, message: int) -> None:
        """A message came that no birth explains."""
        if sum(map(len, self.unborn.values())) < _UNBORN:
            self.unborn.setdefault(device, set()).add(message)

    def end(self) -> None:
        """No birth holds any more."""
        if self.session is not None and self.session.bdseq is not None:
            self._ended.append(self.session.bdseq)
        self.session, self.unborn, self._once, self._twice = None, {}, None, None
        self.tally.born = False

    def in_order(self, payload: Payload) -> bool:
        """Whether no message is missing before this one, and it was sent after the birth that holds.

        A message that fits by its number alone may be one of before the birth that came late. What a node stored while
        it was not connected may bear the time at which it was stored.
        """
        assert self.session is not None
        if payload.seq is None:
            return False
        if payload.seq != self._next % _NUMBERS:
            return False
        stored = bool(payload.metrics) and all(metric.historical for metric in payload.metrics)
        if not stored and None not in (payload.time, self.session.sent):
            assert payload.time is not None
            assert self.session.sent is not None
            if payload.time < self.session.sent:
                return False
        self._next = payload.seq + 1
        return True

    def heard_before(self, message: int) -> bool:
        """Whether a message of this digest came before; it is remembered from now on."""
        if message in self._heard:
            return True
        if len(self._heard) >= _REMEMBERED:
            del self._heard[next(iter(self._heard))]
        self._heard[message] = None
        return False

    def late(self, bdseq: int | None) -> bool:
        """Whether an NDEATH belongs to a session that had ended before the present one began."""
        return (
            self.session is not None
            and bdseq is not None
            and self.session.bdseq not in (None, bdseq)
            and (bdseq in self._ended or ((self.session.bdseq or 0) - bdseq) % _NUMBERS == 1)
        )

    def heard(self, device: str | None, now: int) -> None:
        """It has said something, of itself or of a device, at this time (ns UTC): it is there."""
        for each in (None, device):
            self.tally.device(each).heard(now)
        self._heard_since = True

    def want_births(self) -> None:
        """From now on its births are missed; there is a reason to ask for them."""
        self.wanted = self._heard_since = True

    @property
    def asking(self) -> bool:
        """Whether its births are missed, and there is a reason to ask for them (again)."""
        return self.wanted and self._heard_since

    def ask_now(self, now: int) -> bool:
        """Whether to ask for its births now: more and more rarely, and again only when it was heard since.

        Args:
            now: ns of the monotonic clock.
        """
        if not self.asking or now < self._not_before:
            return False
        if now > self._not_before + _LONGEST:
            self._pause = _FIRST
        self._not_before = now + self._pause
        self._pause = min(2 * self._pause, _LONGEST)
        self._heard_since, self._asked = False, now
        self.tally.asked += 1
        return True
