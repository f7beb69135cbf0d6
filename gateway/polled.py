"""One unit on a link: what of it is due, what its answers came to, and when it is asked again if it is silent.

It asks nobody itself and looks at no clock: `gateway.modbus` tells it the time, ns of the monotonic clock as `now`,
ns UTC as `wall`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.blocks import REFUSED, Blocks
from gateway.device import Device, Point, Reply
from gateway.requests import Answer, Span
from gateway.schedule import Schedule
from gateway.share import Share
from gateway.tally import UnitTally
from readings.block import NO_SEQ, Block, join
from readings.quality import Reason
from readings.times import MS

SILENT: Final = frozenset(
    {Reason.NO_ANSWER, Reason.GARBLED, Reason.GATEWAY_PATH, Reason.GATEWAY_TARGET}
)  # nothing came from the unit that can be believed
_GIVE_UP = 2  # requests in a row without an answer, after which the rest of a poll is not asked
_TIMES = 4  # a silent unit is left alone for so many times what asking it cost; then twice as long, and so on
_SOON = 200 * MS  # before a device that is polled as fast as it answers is asked again when it did not


@dataclass(slots=True)
class _Round:
    """A poll that is under way."""

    share: Share
    deadline: int
    todo: deque[Span]
    replies: dict[Span, Reply]
    unanswered: int = 0
    spoke: bool = False


class Polled:
    """A unit and its schedule.

    Attributes:
        device: what it is.
        tally: its counts.
        busy: its last poll is being handed over; nothing more is asked until that is durable.
        served: when its last poll ended.
    """

    def __init__(  # noqa: PLR0913 - what is known of a unit
        self, device: Device, *, tally: UnitTally, start: int, retry: int, alone: bool, playback: bool
    ) -> None:
        """A unit that was never asked.

        Args:
            device: what it is.
            tally: its counts.
            start: from when its schedule counts.
            retry: the longest time between two tries while it is silent, ns.
            alone: on its link; then its silence slows nobody, and it is asked at every due time.
            playback: a poll without the device's own time says nothing.
        """
        self.device = device
        self.tally = tally
        self.busy = False
        self.served = start
        self._retry, self._alone, self._playback = retry, alone, playback
        self._blocks = Blocks(gap=device.gap, holes=device.holes, block=device.block)
        intervals = sorted({point.every for point in device.points})
        self._schedules = {every: Schedule(every, start) for every in intervals}
        self._shares: dict[tuple[int, ...], Share] = {}
        self._round: _Round | None = None
        self._silences = 0  # requests in a row that it did not answer
        self._why = Reason.NO_ANSWER  # the last thing that was heard of its silence
        self._pause, self._until = 0, 0
        self._said: list[Block] = []

    # -- what is due --------------------------------------------------------------------------------------------

    @property
    def under_way(self) -> bool:
        """Whether a poll has begun and not ended."""
        return self._round is not None

    @property
    def doubtful(self) -> bool:
        """Whether it did not answer the last request; those that do are asked first."""
        return self._silences > 0 and not self._alone

    @property
    def silent(self) -> bool:
        """Whether it is taken to be gone, and tried now and then."""
        return self._silences >= _GIVE_UP and not self._alone

    def due(self) -> int:
        """When something of it is due next, or was first."""
        return min(schedule.due for schedule in self._schedules.values())

    def deadline(self, now: int) -> int:
        """Until when the poll that is due, or under way, should be done."""
        if self._round is not None:
            return self._round.deadline
        return min(each.deadline(now) for each in self._schedules.values() if each.due <= now)

    def waits_since(self) -> int:
        """Since when something of it waits to be asked, or should be done."""
        return self.due() if self._round is None else self._round.deadline

    def left_alone(self, now: int) -> bool:
        """Whether it is silent, and it is too early to try it again."""
        return self.silent and self._round is None and now < self._until

    # -- a poll -------------------------------------------------------------------------------------------------

    def begin(self, now: int, wall: int) -> None:
        """Begin the poll that is due; those that have passed are told as missed."""
        due = [every for every, schedule in self._schedules.items() if schedule.due <= now]
        deadline = self.deadline(now)
        for every in due:
            missed = self._schedules[every].take(now)
            if self.silent:
                self.tally.skipped += len(missed)
            else:
                self.tally.missed += len(missed)
            self._fail(every, missed, now, wall, self._why if self.silent else Reason.NO_ANSWER)
        share = self._share(tuple(due))
        todo = deque(self._blocks.plan(share.wanted))
        again = self._blocks.retry(share.wanted, now)
        if again is not None:
            todo.append(again)
        replies = {
            span: Reply(reason, wall)
            for span, reason in self._blocks.refused.items()
            if span != again and span in share.wanted
        }
        self.tally.polls += 1
        self._round = _Round(share, deadline, todo, replies)

    def leave_alone(self, now: int, wall: int) -> None:
        """Let what is due pass without a question: a bad reading of each value at each due time."""
        for every, schedule in self._schedules.items():
            if schedule.due <= now:
                passed = schedule.drop(now)
                self.tally.skipped += len(passed)
                self._fail(every, passed, now, wall, self._why)

    def next(self) -> Span | None:
        """The next request of the poll under way; None where all was asked."""
        assert self._round is not None
        return self._round.todo[0] if self._round.todo else None

    def take(self, answer: Answer, *, now: int, wall: int, cost: int) -> None:
        """What came of the next request.

        Args:
            answer: registers or bits, or why there are none.
            now: monotonic.
            wall: UTC.
            cost: how long it took, ns.
        """
        assert self._round is not None
        at = self._round
        request = at.todo.popleft()
        if isinstance(answer, Reason):
            self.tally.errors[answer.text] += 1
        if answer is Reason.NOT_CONNECTED or (isinstance(answer, Reason) and answer in SILENT):
            at.replies[request] = Reply(answer, wall)
            self._silence(at, answer, now, wall, cost)
            return
        at.unanswered, at.spoke = 0, True
        self._silences, self._pause, self.tally.until, self.tally.since = 0, 0, None, None
        if isinstance(answer, Reason) and answer in REFUSED:
            halves = self._blocks.refuse(request, answer, at.share.wanted, now)
            at.todo.extendleft(reversed(halves))
            if halves and request not in at.share.wanted:
                return
        elif not isinstance(answer, Reason):
            self._blocks.read(request)
        at.replies[request] = Reply(answer, wall)

    def _silence(self, at: _Round, answer: Reason, now: int, wall: int, cost: int) -> None:
        at.unanswered += 1
        if self.tally.since is None:
            self.tally.since = wall
        if answer is not Reason.NOT_CONNECTED:
            self._silences += 1
            self._why = answer
        if at.unanswered < _GIVE_UP and not self.silent:
            return
        at.replies |= {rest: Reply(answer, wall) for rest in at.todo}
        at.todo.clear()
        if self.silent and answer is not Reason.NOT_CONNECTED:
            self._pause = min(self._retry, max(_TIMES * cost, 2 * self._pause))
            self._until = now + self._pause
            self.tally.until = wall + self._pause

    def end(self, now: int) -> Block:
        """End the poll, all of which was asked; what there is to hand over."""
        assert self._round is not None
        at, self._round = self._round, None
        self.served = now
        if at.spoke or at.unanswered:
            self.tally.connected = at.spoke
        self.tally.refused = sorted(self._blocks.refused)
        self.tally.overruns += now >= at.deadline and 0 not in self._schedules
        for schedule in self._schedules.values():
            schedule.rest(now if at.spoke else now + _SOON)
        if not self._playback or self.device.time_in(at.replies)[0] is not None:
            block = at.share.block(at.replies)
            if len(block) and block.seq[0] != NO_SEQ:
                self.tally.counted(int(block.seq[0]), int(block.received[0]))
            self._said.append(block)
        return self.said()

    def said(self) -> Block:
        """What there is to hand over."""
        said, self._said = self._said, []
        return join(said)

    def _fail(self, every: int, due: Iterable[int], now: int, wall: int, reason: Reason) -> None:
        times = [wall - (now - at) for at in due]
        if times and not self._playback:
            self._said.append(self._share((every,)).fail(reason, times, received=wall))

    def _share(self, intervals: tuple[int, ...]) -> Share:
        if intervals not in self._shares:
            points: list[Point] = [point for point in self.device.points if point.every in intervals]
            self._shares[intervals] = Share(self.device, points)
        return self._shares[intervals]
