"""What the line is doing, and what its product is counted in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from readings.times import SECOND
from rules.calendar import Calendar
from rules.quantities import Duration, Name
from rules.strict_model import Strict


class Coded(Strict):
    """A text about the line that a sensor or a system gives.

    Attributes:
        from_: the sensor that says it.
        codes: what its numbers or texts mean; without them the sensor gives the text itself. A state needs them.
    """

    from_: str = Field(alias="from")
    codes: dict[str, str] = {}


class Produced(Strict):
    """A counter of products that keeps its number while it is switched off.

    Attributes:
        from_: the sensor that counts.
        contradicted_after: when it moves for longer than this while the line's state says that nothing is made, one of
            them is at fault, and limits are judged. Standing for longer than this, it stands.
    """

    from_: str = Field(alias="from")
    contradicted_after: Duration = 120 * SECOND


class Line(Strict):
    """The line and what its product is counted in.

    Attributes:
        id: its name in readings and records; the plan's name where left out.
        unit: what a verdict speaks for: the `line` or a `zone` of it.
        zones: their names.
        state: what the line is doing.
        judged_when: the states in which limits are judged; otherwise they are suspended. An unknown state is judged.
        settle: after coming into a judged state, how long the verdict is `starting`.
        calendar: when the line is to produce, and what ends production. It alone mutes nothing.
        produced: a counter of what was made.
        while_settling: what becomes of the product made meanwhile: diverted, or held. Each start is recorded with its lots.
        product: what is made.
        lot: the lot that is there; deviations name the lots.
        batch: the batch that is in work; limits that are decided per cycle begin anew with each.
    """

    id: Name | None = None
    unit: Literal["line", "zone"] = "line"
    zones: list[Name] = []
    state: Coded | None = None
    judged_when: list[str] | str | None = None
    calendar: Calendar | None = None
    produced: Produced | None = None
    settle: Duration = 0
    while_settling: Literal["divert", "hold"] = "hold"
    product: Coded | None = None
    lot: Coded | None = None
    batch: Coded | None = None

    @property
    def judged(self) -> tuple[str, ...]:
        """The states in which limits are judged; empty means always."""
        return (self.judged_when,) if isinstance(self.judged_when, str) else tuple(self.judged_when or ())
