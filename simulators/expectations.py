"""What the plans of `examples/` ask for, as far as the truth of a fault depends on it; typed again, not read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readings.times import HOUR, MINUTE
from simulators.faults import RETORT, STORE, WATER
from simulators.retort import HOLD
from simulators.water import RUNNING


@dataclass(frozen=True, slots=True)
class Judged:
    """When a line is judged at all.

    Attributes:
        sensor: that says what the line is doing.
        code: with which it is judged.
        settle: and after it has held so long, ns.
    """

    sensor: str
    code: int
    settle: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit.

    Attributes:
        line: on which line.
        sensor: of which sensor.
        zone: only these points' zone; empty: all.
        at_least: lower bound; None without.
        at_most: upper bound; None without.
        steps: per unit, in which the plan judges: 10 where it resolves 0.1.
        tolerated: an excursion up to this long is none, ns.
        clears: a tighter bound within which it must be again before it has ended; None: the bound itself.
    """

    line: str
    sensor: str
    zone: str = ""
    at_least: float | None = None
    at_most: float | None = None
    steps: int = 10
    tolerated: int = 0
    clears: float | None = None


@dataclass(frozen=True, slots=True)
class Expectations:
    """What plans ask for.

    Attributes:
        bounds: limits that a fault can break.
        judged: when a line is judged; one that is not named always is.
        loss: by line, from the last usable reading to a monitoring loss, ns.
        stuck: by line and sensor, how long counts may stand still before the instrument is at fault, ns, of the time in
            which it is judged; those that are not named may stand still for ever.
        clock: how far the clock of a polled device may be wrong, ns.
        lot: by line, the text that names the lot.
    """

    bounds: Sequence[Bound]
    judged: Mapping[str, Judged]
    loss: Mapping[str, int]
    stuck: Mapping[tuple[str, str], int]
    clock: int
    lot: Mapping[str, str]


EXPECTED = Expectations(
    bounds=(
        Bound(WATER, "o3_contact", at_least=0.25, steps=100),
        Bound(RETORT, "tid", at_least=121.0),
        Bound(RETORT, "r", at_least=121.0),
        Bound(STORE, "air", zone="CS1", at_most=-15.0, tolerated=60 * MINUTE),
        Bound(STORE, "air", zone="CS2", at_most=-15.0, tolerated=60 * MINUTE),
        Bound(STORE, "air", zone="DOCK", at_most=10.0, tolerated=15 * MINUTE),
        Bound(STORE, "food", zone="CS1", at_most=-18.0, clears=-18.5),
        Bound(STORE, "food", zone="CS2", at_most=-18.0, clears=-18.5),
    ),
    judged={
        WATER: Judged("filler_state", RUNNING, settle=10 * MINUTE),
        RETORT: Judged("phase", HOLD),
    },
    loss={WATER: 5 * MINUTE, RETORT: MINUTE, STORE: 2 * HOUR},
    stuck={
        (WATER, "o3_contact"): 10 * MINUTE,
        (WATER, "o3_filler"): 10 * MINUTE,
        (RETORT, "r"): 5 * MINUTE,
    },
    clock=2 * MINUTE,
    lot={WATER: "filler_lot", RETORT: "cycle_id", STORE: "lot"},
)
