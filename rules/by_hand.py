"""Values that people enter: what is checked by hand, how often, and how late that may be."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from readings.times import HOUR, MINUTE
from rules.quantities import Duration, Name, Names, Number, Resolution, UnitName
from rules.strict_model import Strict


class ByHand(Strict):
    """A value that people measure and enter.

    Attributes:
        name: as people read it.
        unit: of its values.
        zones: where it is measured in each zone by itself.
        resolution: the step in which it is read off and judged, in the unit.
        range: what can be real; an entry outside is refused.
        uncertainty: expanded uncertainty (k = 2) that the plan needs, in the unit.
        every: how often it is due.
        grace: so much later than due it is still in time.
        at_shift_start: it is due at the start of each shift as well: where hours of `line.calendar` begin. Nothing is due in
            a shift in which the line does not run.
        per: it is due once for each `batch`, or each `lot`.
        before: of a batch, it is due before this state of the line begins; the last value before it counts.
        during: of a batch, it is due in this state of the line.
        within: it is due so long after the batch, the state or the lot has begun; at its end where left out.
        by: who measures and enters it. Kept.
        form: how it is measured. Kept.
        late_after: an entry so long after the measurement is flagged as late.
        back_to: an entry of a measurement that is longer ago is refused; so far back entries decide again.
    """

    name: Names | None = None
    unit: UnitName
    zones: list[Name] | None = None
    resolution: Resolution | None = None
    range: tuple[Number, Number] | list[Number] | None = None
    uncertainty: Number | None = None
    every: Duration | None = None
    grace: Duration = 0
    at_shift_start: bool = False
    per: Literal["batch", "lot"] | None = None
    before: str | None = None
    during: str | None = None
    within: Duration = 0
    by: list[str] | str | None = None
    form: str | None = None
    late_after: Duration = 10 * MINUTE
    back_to: Duration = HOUR

    @model_validator(mode="after")
    def _due_once(self) -> ByHand:
        if (self.every is None) == (self.per is None):
            raise ValueError("say when it is due: every: 15 min, or per: batch, or per: lot")
        if self.every is not None and self.every <= 0:
            raise ValueError("nobody measures every 0 s; write every: 15 min")
        if self.every is None and self.grace:
            raise ValueError("grace goes with every; write within: how long after its beginning it is due")
        if self.per != "batch" and (self.before is not None or self.during is not None):
            raise ValueError("before and during name a state of a batch: write per: batch")
        if self.before is not None and (self.during is not None or self.within):
            raise ValueError(
                "what is due before a state is not due in it, or within a time: write one of them"
            )
        if self.at_shift_start and not (self.every and self.grace):
            raise ValueError(
                "at_shift_start goes with every and grace: how often else it is due, and how late it is still in time"
            )
        if self.every is not None and self.within:
            raise ValueError("within goes with per: batch or per: lot; for every, write grace")
        return self

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the line that its cycles are; empty where they are those in which limits are judged."""
        return tuple(state for state in (self.before, self.during) if state is not None)

    @property
    def silence(self) -> int:
        """So long after a value the next one is due, grace included, ns; 0 where that is not a matter of time."""
        return self.every + self.grace if self.every is not None else 0
