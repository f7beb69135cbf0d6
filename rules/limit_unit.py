"""What is judged: limit units, the series that are their evidence, and the signals that gate and excuse them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from readings.inputs import Series
from rules.calendar import Shifts
from rules.derivation import Derivation, Inputs
from rules.terms import Terms
from rules.transit import Transit


@dataclass(frozen=True, slots=True)
class Signal:
    """A series heard for what it says about the line, not judged: a truth, a state.

    Attributes:
        series: where readings of it come from; texts come as states of the same sensor name.
        silent: after this it says nothing any more, ns; 0 for never.
        codes: what its numbers mean; empty for a truth.
        names: what has no code is a name as it stands, each another; not a state that nobody knows.
        counts: of a counter, the step in which it is read, in its unit; None for what is no counter.
        pause: of a counter: standing for longer than this, it no longer moves, ns.
        by_people: what people sign; no device gives it.
    """

    series: Series
    zone: str
    silent: int
    codes: dict[str, str]
    counts: Fraction | None = None
    pause: int = 0
    by_people: bool = False
    names: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must be said for a limit unit to be judged.

    Attributes:
        name: of what it is said of, in reasons.
        signal: index into `Program.signals`.
        judges: the texts with which it is judged.
        rests: the texts with which it is suspended, and the reason of each; with any other nothing can be said.
    """

    name: str
    signal: int
    judges: tuple[str, ...]
    rests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exemption:
    """A bounded exception of one limit unit.

    Attributes:
        name: the signal's sensor.
        signal: index into `Program.signals`.
        bound: row of the looser bound in `Program.bounds`, one per track of the limit unit, from here on.
        lasts: it ends after this, ns.
        recovers: the looser bound holds on so long after the signal ended in time, ns.
        times: more in `window` are not granted; 0 for any number.
        window: ns.
    """

    name: str
    signal: int
    bound: int
    lasts: int
    recovers: int
    times: int
    window: int


@dataclass(frozen=True, slots=True)
class DerivedTrack:
    """A track that no series feeds: what is judged follows from others.

    Attributes:
        track: by index into `Program.tracks`.
        inputs: what it follows from, by index into `Program.tracks`.
        derivation: how.
        made_by: what made it, and of what.
    """

    track: int
    inputs: tuple[int, ...]
    derivation: Derivation
    made_by: tuple[Callable[[Inputs], Derivation], Inputs] = field(compare=False)

    def remembers_like(self, other: DerivedTrack) -> bool:
        """Whether what it remembers means the same to another: nothing differs but the bound, or not even that."""
        make, of = self.made_by
        return make(replace(of, bound=other.made_by[1].bound)) == other.derivation


@dataclass(frozen=True, slots=True)
class LimitUnit:
    """One limit for one unit of product.

    Attributes:
        line, ccp, limit, unit: its name.
        kind, method: how it is judged.
        rank: `critical`, `supporting`, `operating`, `instrument` or `criterion`.
        tracks: what is judged, by index into `Program.tracks`: its series, or what follows from them.
        terms: hold, clearing, confirmation.
        lost_after: from the last usable reading to the monitoring loss, ns.
        upward: whether the greater value is the worse; None for a band, whose worst is the least margin.
        middle: the middle of a band, in the sensor's unit.
        exceptions: bounded exceptions.
        gate: index of the signal that says what the line is doing; -1 if always judged.
        judged: in which states it is judged.
        settle: after coming into a judged state it is `starting` so long, ns; until a whole window is over.
        group: limits of one group make one case.
        window: how far back late truth may decide again, ns.
        seen: so many of the tracks, from the first, are of the limit's own sensor: their values are its worst.
        derived: how what is judged follows from readings; empty where it is each reading.
        judged_in: the unit of what is judged.
        over: length of the windows in which readings are taken together, ns; 0 where they are not.
        batch: index of the signal that names the batch; -1 if the line's states alone part them.
        idles: whether it is suspended while the line is shown to make nothing.
        entered: whether people enter its values, once for each batch or lot.
        stand_in: the track of values by hand that stand in while its own points are silent; -1 if none does.
        counts_for: so long such a value counts, ns.
        transit: to where lots are counted; None where that is at the control point itself.
        conditions: while all of them hold it is judged.
        warms: so long after they have come to hold it is `starting`, ns.
        yields: of both, so long nothing may have followed from readings yet, ns; what does ends `starting`.
        paced: people enter its values every so often: so long one counts while the limit is judged, ns; else 0.
    """

    line: str
    ccp: str
    limit: str
    unit: str
    zone: str
    kind: str
    method: str
    rank: str
    sensor: str
    tracks: tuple[int, ...]
    terms: Terms
    lost_after: int
    upward: bool | None
    middle: float
    exceptions: tuple[Exemption, ...]
    gate: int
    judged: tuple[str, ...]
    settle: int
    group: str
    window: int
    seen: int
    derived: tuple[DerivedTrack, ...] = ()
    judged_in: str = ""
    over: int = 0
    batch: int = -1
    idles: bool = False
    entered: bool = False
    stand_in: int = -1
    counts_for: int = 0
    transit: Transit | None = None
    conditions: tuple[Condition, ...] = ()
    warms: int = 0
    yields: int = 0
    paced: int = 0

    @property
    def gated(self) -> bool:
        """Whether it is not always judged."""
        return max(self.gate, self.batch) >= 0 or self.idles or bool(self.conditions)

    @property
    def gating(self) -> tuple[int, ...]:
        """The signals that say when it is judged, and of which batch, by index into `Program.signals`."""
        return tuple(
            signal
            for signal in (self.gate, self.batch, *(each.signal for each in self.conditions))
            if signal >= 0
        )

    @property
    def sources(self) -> tuple[int, ...]:
        """Its series, by index into `Program.tracks`."""
        own = tuple(track for each in self.derived for track in each.inputs) or self.tracks
        return own if self.stand_in < 0 else (*own, self.stand_in)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is called in decisions."""
        return (self.line, self.ccp, self.limit, self.unit)

    def good_from(self, time: int) -> int:
        """When that was read which held at `time`, at the earliest, ns: where its window begins, if it follows from one."""
        return read_from(time, self.over)

    def worst(self, low: float, high: float) -> float:
        """The worst of a span's values: nearest to the bound or farthest beyond it; NaN if there were none."""
        if self.upward is not None:
            return high if self.upward else low
        return high if high - self.middle >= self.middle - low else low


def read_from(time: int, over: int) -> int:
    """When that was read, at the earliest, from which a value at `time` follows by windows of `over`, both ns."""
    return (time - 1) // over * over if over else time


@dataclass(frozen=True, slots=True)
class Track:
    """One series as evidence for one limit unit."""

    series: Series
    limit: int
    silent: int
    usable: int  # worst quality that still is evidence
    still: int = 0  # so long without a move, and it is stuck, ns; 0 for never
    derived: bool = False  # follows from others: named like the first of them, and fed by no series
    paced: bool = False  # people enter it every so often, and `silent` counts while the limit is judged
    shifts: Shifts | None = None  # it is due at their starts as well
    grace: int = 0  # so much of what is judged in a shift may pass before it is missed, ns
