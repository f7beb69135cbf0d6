"""What a counter of products has said: when it moved, and the silences across which it may have moved.

A counter speaks every few seconds and moves with most of its words. Kept is not each of them, but each stretch of
moving, so that a day of production is a few lines.
"""

from __future__ import annotations

import copy
from itertools import pairwise

import msgspec
import numpy as np

from readings.block import I64
from readings.times import ALWAYS, NEVER


class Move(msgspec.Struct, array_like=True):
    """The counter moved, and never stood for longer than its pause in between.

    Attributes:
        start: the first reading that was not that before, ns.
        end: the last such reading, ns.
        before: where it stood, in steps.
        after: where it came to; less than `before` where it was set back, which stands alone.
        marks: of the readings in which it moved, the first of each half of a pause, ns.
    """

    start: int
    end: int
    before: int
    after: int
    marks: list[int]


class Hole(msgspec.Struct, array_like=True):
    """The counter was silent.

    Attributes:
        start: its last reading before, ns.
        end: its first reading after, ns.
        before: where it stood, in steps.
        after: where it was found.
    """

    start: int
    end: int
    before: int
    after: int


class Count(msgspec.Struct):
    """See the module.

    Attributes:
        first: its first reading, ns; NEVER before it.
        last: its last reading, ns.
        value: where it stands, in steps.
        moves: in order of time.
        holes: in order of time.
    """

    first: int = NEVER
    last: int = ALWAYS
    value: int = 0
    moves: list[Move] = []
    holes: list[Hole] = []

    def twin(self) -> Count:
        """An independent copy."""
        moves, holes = [copy.copy(move) for move in self.moves], list(self.holes)
        for move in moves:
            move.marks = list(move.marks)
        return Count(self.first, self.last, self.value, moves, holes)

    def hear(self, time: I64, step: I64, *, silent: int, pause: int) -> None:
        """Take readings in order of time, later than all before, one per time.

        Args:
            time: int64 [n], ns.
            step: int64 [n], in steps of the sensor's resolution.
            silent: after this without a word it is silent, ns.
            pause: standing for longer than this, it no longer moves, ns.
        """
        if not time.size:
            return
        if self.first == NEVER:
            self.first, self.last, self.value = int(time[0]), int(time[0]), int(step[0])
        time, step = np.r_[np.int64(self.last), time], np.r_[np.int64(self.value), step]
        moved, hole = np.diff(step), np.diff(time) > silent
        rows = np.flatnonzero((moved != 0) & ~hole)
        if rows.size:
            self._move(time, step, rows, np.cumsum(hole), pause)
        for row in np.flatnonzero(hole).tolist():
            self.holes.append(Hole(int(time[row]), int(time[row + 1]), int(step[row]), int(step[row + 1])))
        self.last, self.value = int(time[-1]), int(step[-1])

    def _move(self, time: I64, step: I64, rows: np.ndarray, holes: np.ndarray, pause: int) -> None:
        up = step[rows + 1] > step[rows]
        apart = np.diff(time[rows + 1]) > pause
        apart |= np.diff(holes[rows]) != 0
        apart |= ~(up[1:] & up[:-1])
        edges = [0, *(np.flatnonzero(apart) + 1).tolist(), rows.size]
        for number, (low, high) in enumerate(pairwise(edges)):
            one, other = int(rows[low]), int(rows[high - 1])
            moved = time[rows[low:high] + 1]
            half = moved // (pause // 2)
            marks = moved[np.r_[True, np.diff(half) != 0]].tolist()
            move = Move(int(moved[0]), int(moved[-1]), int(step[one]), int(step[other + 1]), marks)
            if not number and self._goes_on(move, pause, anew=bool(holes[one])):
                last = self.moves[-1]
                last.end, last.after = move.end, move.after
                last.marks += marks[1:] if half[0] == last.marks[-1] // (pause // 2) else marks
            else:
                self.moves.append(move)

    def _goes_on(self, move: Move, pause: int, *, anew: bool) -> bool:
        if anew or not self.moves or (self.holes and self.holes[-1].end > self.moves[-1].end):
            return False
        last = self.moves[-1]
        return move.start - last.end <= pause and move.after > move.before and last.after > last.before

    def changed(self, time: int) -> int:
        """When it last moved, as heard up to a time; ALWAYS if it never did."""
        moved = ALWAYS
        for move in reversed(self.moves):
            if move.start <= time:
                moved = min(move.end, time)
                break
        for hole in reversed(self.holes):
            if hole.end <= time and hole.before != hole.after:
                return max(moved, hole.end)
        return moved

    def hole_at(self, time: int) -> Hole | None:
        """The silence, over by now, in which a time lies."""
        for hole in reversed(self.holes):
            if hole.start <= time:
                return hole if time < hole.end else None
        return None

    def at(self, time: int) -> int:
        """Where it stood at a time at which it did not move, in steps."""
        later = [(move.start, move.before) for move in self.moves if move.start > time]
        later += [(hole.end, hole.before) for hole in self.holes if hole.end > time]
        return min(later)[1] if later else self.value

    def prune(self, before: int) -> None:
        """Forget what was over before this time; the last of it stays, for it says since when the counter stands."""
        over = sum(1 for move in self.moves if move.end < before)
        del self.moves[: max(0, over - 1)]
        over = sum(1 for hole in self.holes if hole.end < before)
        del self.holes[: max(0, over - 1)]
