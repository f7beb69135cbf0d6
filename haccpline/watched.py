"""Readings on their way to be judged: counted, told to whoever waits at a terminal, and which sensors spoke."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from haccpline.progress import Progress
from readings.block import Block
from readings.errors import HaccplineError
from readings.inputs import Series
from readings.times import ALWAYS, NEVER, format_time
from rules.program import Program

_FEW = 5  # are named one by one


@dataclass(slots=True)
class Watched:
    """What was heard so far.

    Attributes:
        what: how people know the readings, such as the file's name.
        start: of what is judged, ns UTC; ALWAYS where it isn't given.
        end: ns UTC; NEVER where it isn't given. With both of them, progress is a share.
        readings: how many.
        series: that had readings.
        texts: sensors that said texts.
        first: time of the earliest reading, ns UTC; NEVER while there is none.
        last: time of the latest one, ns UTC; ALWAYS while there is none.
    """

    what: str
    start: int = ALWAYS
    end: int = NEVER
    readings: int = 0
    series: set[Series] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    first: int = NEVER
    last: int = ALWAYS

    def through(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The same blocks; progress goes to standard error, if that is a terminal and it takes longer than a second."""
        progress = Progress()
        for block in blocks:
            self._take(block)
            yield block
            progress.tell(self.__str__)
        progress.end()

    def __str__(self) -> str:
        """How far it has come."""
        if self.last == ALWAYS:
            return f"{self.what}: no readings yet"
        told = f"{self.what}: {self.readings:,} readings, to {format_time(self.last)}"
        if self.start == ALWAYS or self.end == NEVER or self.end <= self.start:
            return told
        share = min(max((self.last - self.start) / (self.end - self.start), 0.0), 1.0)
        return f"{told} ({share:.0%})"

    def warnings(self, program: Program) -> Iterator[str]:
        """What is lacking, in words: a plan may name what was never recorded, and a file may spell it otherwise.

        Raises:
            HaccplineError: nothing is there that the plan judges by.
        """
        lacking, strange = self.lacking(program), self.strange(program)
        if not lacking:
            return
        said = f"{self.what} has no readings of {_named(lacking)}, which {program.plan.plan} judges by"
        if strange:
            said += f"; it has {_named(strange)}, which the plan does not know"
        if len(lacking) == len(program.heard):
            raise HaccplineError(said)
        yield f"{said}: what rests on them is indeterminate"

    def lacking(self, program: Program) -> list[Series]:
        """The series that a plan judges by, or that say what its line does, of which nothing was heard."""
        return sorted(
            each for each in program.heard if each not in self.series and each.sensor not in self.texts
        )

    def strange(self, program: Program) -> list[Series]:
        """The series of which there are readings and which the plan doesn't know: perhaps one of them is meant."""
        names = {
            Series(program.plan.line_id, name, point)
            for name, sensor in program.plan.sensors.items()
            for points in sensor.point_names().values()
            for point in points
        }
        return sorted(self.series - names)

    def _take(self, block: Block) -> None:
        self.texts.update(said.name for said in block.states)
        if not len(block):
            return
        self.readings += len(block)
        if not self.series.issuperset(block.series):
            spoke = np.flatnonzero(np.bincount(block.which, minlength=len(block.series)))
            self.series.update(block.series[code] for code in spoke.tolist())
        self.first = min(self.first, int(block.time.min()))
        self.last = max(self.last, int(block.time.max()))


def _named(series: Sequence[Series]) -> str:
    """The first few, and how many more there are."""
    named = ", ".join(map(str, series[:_FEW]))
    return named if len(series) <= _FEW else f"{named} and {len(series) - _FEW} more"
