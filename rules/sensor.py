"""What a plan needs of a sensor."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from readings.times import SECOND
from readings.units import unit_named
from rules.accepted import Accepted
from rules.limit import difference_of
from rules.quantities import (
    Duration,
    Every,
    Name,
    Names,
    Number,
    PointCount,
    QuantityText,
    Resolution,
    UnitName,
)
from rules.strict_model import Strict

Role = Literal["reference", "recorder", "distribution", "product core", "product simulant", "ambient"]


class Stuck(Strict):
    """When an instrument is stuck: the raw number (the value, where there is none) has not moved for so long.

    Attributes:
        unchanged_for: so long; choose a time in which a living instrument certainly moves.
    """

    unchanged_for: Duration


class Sensor(Strict):
    """What the plan needs of a sensor; which device gives it stands in the site file.

    Attributes:
        name: as people read it.
        role: what it stands for. Kept.
        unit: in which it is read; `bool` for a signal, `code` for a coded number, `text` for a text.
        points: how many it has, where it has no zones.
        zones: points per zone, or a list of zones with one point each.
        resolution: the step in which values are judged, in the unit.
        range: what can be real; a value outside is no evidence.
        uncertainty: expanded uncertainty (k = 2) that the plan needs, in the unit.
        every: how often a reading is expected.
        alive_every: for readings on change, how often it must still speak.
        uploads_every: how often a logger sends what it remembers. Kept.
        silent_after: after this without a usable reading, it is silent.
        stuck: when readings that never move are no evidence; without it they always are.
        backfill_up_to: a logger's memory: how far back late readings may still decide again.
        optional: it is not always there, such as a probe in some of the batches; a batch without it is not judged by it.
        uncertain: whether readings of uncertain quality count as evidence.
        slew_at_most: how fast what it measures can move at most; it takes that to bridge a silence, and it bounds what a sum
            of its temperatures may have come to in one.
        accepts: warnings of `check` that stand, each with its reason.
    """

    name: Names | None = None
    role: Role | None = None
    unit: UnitName
    points: PointCount | None = None
    zones: dict[Name, PointCount] | list[Name] | None = None
    resolution: Resolution | None = None
    range: tuple[Number, Number] | list[Number] | None = None
    uncertainty: Number | None = None
    every: Every
    alive_every: Duration | None = None
    uploads_every: Duration | None = None
    silent_after: Duration | None = None
    stuck: Stuck | None = None
    backfill_up_to: Duration = 0
    optional: bool = False
    uncertain: Literal["no evidence", "evidence"] = "no evidence"
    slew_at_most: QuantityText | None = None
    accepts: Accepted = {}

    @property
    def step(self) -> Fraction:
        """The step in which values are judged."""
        return self.resolution if self.resolution is not None else Fraction(1)

    @property
    def slew(self) -> Fraction | None:
        """How fast it can move at most, in steps per ns; None where the plan does not say.

        Raises:
            UnitError: the plan says how fast something else moves.
        """
        if self.slew_at_most is None:
            return None
        moves = unit_named(f"{difference_of(self.unit).name}/s")
        return self.slew_at_most.in_unit(moves) / self.step / SECOND

    @property
    def silence(self) -> int:
        """After this without a usable reading it is silent, ns."""
        if self.silent_after is not None:
            return self.silent_after
        if self.alive_every is not None:
            return 2 * self.alive_every
        return 3 * self.every if isinstance(self.every, int) else 0

    def point_names(self) -> dict[str, list[str]]:
        """Points by zone; the zone is empty where the sensor has none."""
        if self.zones is None:
            return {"": [str(number + 1) for number in range(self.points or 1)]}
        counts = self.zones if isinstance(self.zones, dict) else dict.fromkeys(self.zones, 1)
        return {zone: [f"{zone}.{number + 1}" for number in range(count)] for zone, count in counts.items()}
