"""What a limit kind offers whose limits judge no reading, but what follows from readings: a mean, a rate, an integral."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import msgspec
import numpy as np

from readings.block import F64, I64
from readings.times import ALWAYS, NEVER
from rules.bounds import SNAP, Bound

if TYPE_CHECKING:
    from rules.bridge import Bridge
    from rules.gate import Gate
    from rules.sensor import Sensor


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """New usable readings of one input, in order of time.

    Attributes:
        time: int64 [n], ns; several rows of one time where it has several values, the same value once.
        step: int64 [n], whole steps of the sensor's resolution, the nearest.
        low, high: int64 [n], the steps around a value that is finer; None where all are whole steps.
        spoke: int64, times of readings that were no evidence and had a value all the same; of tracks that are bridged.
    """

    time: I64
    step: I64
    spoke: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    low: I64 | None = None
    high: I64 | None = None

    @classmethod
    def of(cls, time: I64, value: F64, step: Fraction) -> Taken:
        """Of values in the sensor's unit, float64 [n]; what lies within `SNAP` of a step is that step."""
        steps = value * float(step.denominator) / float(step.numerator)
        nearest = np.rint(steps)
        whole, fine = nearest.astype(np.int64), np.abs(steps - nearest) > SNAP
        if not fine.any():
            return cls(time, whole)
        low, high = (np.where(fine, edge(steps), nearest).astype(np.int64) for edge in (np.floor, np.ceil))
        return cls(time, whole, low=low, high=high)

    @property
    def sides(self) -> tuple[I64, I64]:
        """Of each value the step that it is not below, and the one that it is not above, int64 [n] each."""
        return (self.step if self.low is None else self.low), (self.step if self.high is None else self.high)

    def one_per_time(self) -> tuple[I64, I64, I64]:
        """Times, each once, and the least and the greatest step of each."""
        return self._once(self.step, self.step)

    def around(self) -> tuple[I64, I64, I64]:
        """The same, where what is finer than a step counts as the one on either side."""
        return self._once(*self.sides)

    def _once(self, low: I64, high: I64) -> tuple[I64, I64, I64]:
        if self.time.size < 2:
            return self.time, low, high
        new = np.r_[True, self.time[1:] != self.time[:-1]]
        if new.all():
            return self.time, low, high
        first = np.flatnonzero(new)
        return self.time[first], np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)


@dataclass(frozen=True, slots=True)
class Spans:
    """When a limit is judged, as far as the line has told.

    A reading at the very time of a change counts to what begins.

    Attributes:
        gates: in order of time; those of long ago may have been forgotten.
        since: when the cycle began that was under way as far as all is final, as its course has it: where it was first
            watched, where a version of the plan took over in it; ALWAYS where none was.
    """

    gates: Sequence[Gate]
    since: int = ALWAYS

    def changes(self, settle: int = 0) -> I64:
        """int64, times at which the line's state changes, and at which it has settled."""
        times = set()
        for number, gate in enumerate(self.gates):
            if gate.state != "judged" or not number or self.gates[number - 1].state != "starting":
                times.add(gate.time)
            if gate.state == "starting":
                times.add(gate.time + settle)
        return np.array(sorted(times), np.int64)

    def turns(self) -> I64:
        """int64, times at which what a value says may change, in order: gates, and where values begin to count."""
        counts = (gate.counts for gate in self.gates if gate.counts != NEVER)
        return np.array(sorted({*(gate.time for gate in self.gates), *counts}), np.int64)

    def judged(self) -> tuple[I64, I64]:
        """Begins and ends, int64, of the spans in which it is judged; ALWAYS and NEVER where they are open."""
        return self._where(lambda gate: gate.state == "judged")

    def cycles(self) -> tuple[I64, I64]:
        """The same without those of which nobody knows which cycle they are of, for the state is silent, or has no name."""
        begins, ends = self._where(lambda gate: gate.state == "judged" and not gate.silent, part=True)
        mine = (begins < self.since) & (self.since < ends)
        begins, lasts = np.where(mine, self.since, begins), begins < ends
        return begins[lasts], ends[lasts]

    def _where(self, runs: Callable[[Gate], bool], *, part: bool = False) -> tuple[I64, I64]:
        begins: list[int] = [ALWAYS]
        ends: list[int] = []
        judged = True
        for gate in self.gates:
            if runs(gate) == judged:
                if part and judged and gate.since is not None and gate.since < gate.time:
                    ends.append(gate.time)  # it may have been another since
                    begins.append(gate.time)
                continue
            judged = not judged
            (begins if judged else ends).append(gate.time)
        if judged:
            ends.append(NEVER)
        return np.array(begins, np.int64), np.array(ends, np.int64)


class Memory(msgspec.Struct):
    """What a derivation remembers; each kind's own, told apart in storage by its class.

    A subclass is declared with `tag=True`.

    Attributes:
        between: what lies between two readings counts, so that it can begin with a reading of before the plan held.
    """

    between: ClassVar[bool] = False

    def twin(self) -> Any:
        """An independent copy."""
        raise NotImplementedError  # each kind copies its own; a struct of msgspec cannot be abstract

    @property
    def forgets(self) -> int:
        """What began up to here is remembered no more, ns; ALWAYS where all of it is."""
        return ALWAYS

    def parted(self, seam: int) -> Any:  # noqa: ARG002 - of those that remember stretches
        """A copy with which another version of the plan goes on: what it tells from `seam`, ns, on stands apart."""
        return self.twin()

    def await_stuck(self) -> None:
        """The instrument may be stuck: of what is taken next `tell_stuck` says when it was."""

    def tell_stuck(self, stuck: I64, since: int, stands: int) -> None:
        """Say when it was; see `rules.episodes.Episodes.tell_stuck`."""

    def crossed(self, last: int, start: int) -> bool:  # noqa: ARG002 - of those that bridge
        """Whether the silence between two readings was bridged."""
        return False


class Integral(msgspec.Struct, array_like=True):
    """What is judged, as far as it is known: at least, likely, at most; in the unit judged."""

    low: float
    best: float
    high: float


@dataclass(frozen=True, slots=True)
class CameTo:
    """What is judged has come to, in a cycle or a span.

    Attributes:
        integral: of a cycle, all of it; of a span, its worst value, None where nothing bounds that from above.
        counts: what counts of it: what is certain; of what must not be exceeded all that can have been, if all was read.
        note: what is to be said of it.
        unread: so much of a cycle was not read, ns.
        reachable: with all that was not read it may have reached the bound that it is to reach.
        reached: it has reached it.
        exceeded: what counts is more than the bound that it must keep.
        late: when it has failed by time alone, behind its last reading, and what counts then; None where it has not.
        short: why it has not come to its bound if it ends so, where what counts does not say it.
        whole: of a span, what it is the worst of lies in it, and nothing reaches into the span from before.
    """

    integral: Integral | None
    counts: float
    note: str = ""
    unread: int = 0
    reachable: bool = True
    reached: bool = False
    exceeded: bool = False
    late: tuple[int, float] | None = None
    short: str = ""
    whole: bool = True


class Derivation(Protocol):
    """How what is judged follows from its inputs."""

    def fresh(self) -> Memory:
        """Nothing heard yet."""

    def take(self, memory: Any, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """Take what inputs said; give what follows from it.

        Args:
            memory: is changed.
            inputs: new readings, in the order of `Inputs`.
            spans: when the limit is judged.
            until: every input has spoken at or after this time, ns; ALWAYS where one has never spoken.

        Returns:
            Times (int64, ns, later than all given before) and values (int64, whole steps judged).
        """

    def came_to(self, memory: Any, begin: int, end: int) -> CameTo | None:
        """What the cycle that began at `begin` has come to, or the worst in a span; None where that is not known.

        Args:
            memory: as it is now.
            begin: ns.
            end: NEVER while it goes on.
        """


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a derivation is made for.

    Attributes:
        sensors: of each input.
        silent: of each input, after this it is silent, ns.
        step: in which values are judged, in the unit judged.
        bound: what they are held against, in those steps.
        settle: so long after coming into a state nothing counts, ns.
        guard: the guard band in the unit of the first input's sensor, 0 for none.
        bridge: how silences of the first input are bridged, whatever its bound; None where they are not.
    """

    sensors: tuple[Sensor, ...]
    silent: tuple[int, ...]
    step: Fraction
    bound: Bound
    settle: int
    guard: Fraction = Fraction(0)
    bridge: Bridge | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """That a limit judges what follows from readings, and how.

    Attributes:
        how: for people: `difference`, `spread`, `contact`, `rate` ...
        make: the derivation.
        others: sensors from which it follows beside the limit's own, one point of each.
        over: length of the windows in which readings are taken together, ns; 0 where each reading gives a value.
        each_point: each point of the limit's sensor gives values of its own; otherwise all of them together.
        cycle: it grows in each cycle, and begins anew with the next.
        bridges: a silence may be bridged where the greatest slew could not have crossed the bound of its readings.
    """

    how: str
    make: Callable[[Inputs], Derivation]
    others: tuple[str, ...] = ()
    over: int = 0
    each_point: bool = False
    cycle: bool = False
    bridges: bool = False


def whole_steps(value: F64, step: Fraction) -> I64:
    """The nearest whole steps."""
    return np.rint(value * float(step.denominator) / float(step.numerator)).astype(np.int64)
