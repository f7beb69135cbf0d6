"""What limits by the pattern of a chart's points have in common."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from readings.units import Unit, unit_named
from rules.chart import Statistic
from rules.chart_limit import ChartLimit, in_steps
from rules.limit import Bounds
from rules.quantities import Quantity, QuantityText
from rules.run_rules import Broken, RunRules

if TYPE_CHECKING:
    from rules.sensor import Sensor

_RULE = unit_named("rule")


class RunLimit(ChartLimit):
    """A limit by the pattern of points: what is judged is the number of the first rule that is broken, 0 for none.

    Attributes:
        sigma: standard deviation of the chart's points while all is well, a difference such as 0.2 K.
        rules: numbers of those that are looked for; all where left out.
    """

    sigma: QuantityText
    rules: list[int] | None = None
    known: ClassVar[Mapping[int, Broken]] = {}
    whose: ClassVar[str] = ""

    @model_validator(mode="after")
    def _of_those(self) -> RunLimit:
        wrong = [number for number in self.looked_for if number not in self.known]
        if wrong or not self.looked_for:
            last = max(self.known)
            raise ValueError(
                f"{self.whose} rules are 1 to {last}: name some, or leave rules out for all of them"
            )
        return self

    @property
    def looked_for(self) -> tuple[int, ...]:
        """The numbers, in order."""
        return tuple(sorted(self.known if self.rules is None else set(self.rules)))

    @property
    def held(self) -> Bounds:
        """No rule is broken."""
        return Bounds(at_most=Quantity(value=Fraction(0), unit=_RULE, digits=0))

    @property
    def words(self) -> str:
        """What must hold."""
        rules = ", ".join(map(str, self.looked_for))
        return f"in control about {self.target} by {self.whose} rules ({rules}; the worst value is the rule broken)"

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002 - the same for each
        """Numbers of rules."""
        return _RULE, Fraction(1)

    def statistic(self, sensor: Sensor) -> Statistic:
        """The first rule broken at each point."""
        sigma = in_steps(self.sigma, sensor)
        one, two, three = (floor(times * sigma) for times in (1, 2, 3))
        rules = tuple((number, self.known[number]) for number in self.looked_for)
        return RunRules(rules, (one, two, three))
