"""By hand: a value that people measure and enter once for each batch or lot.

None in time is indeterminate when it is due, one beyond its bounds a deviation of the whole batch or lot. Of values due
before a state the last one counts; of others every one must hold.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from rules.kind import PlainKind
from rules.limit import Limit
from rules.terms import Cycle


class EnteredByHand(Limit):
    """`{id: initial, kind: by_hand, of: initial_temperature, at_least: 8.0 degC}`.

    Attributes:
        of: the value, one of `by_hand`, which says when it is due: `per: batch` or `per: lot`.

    Example:
        line:
          state: {from: phase, codes: {"1": loading, "2": come_up, "3": hold}}
        by_hand:
          initial_temperature: {unit: degC, resolution: 0.5, per: batch, before: come_up, by: retort operator}
        sensors:
          phase: {unit: code, every: 10 s}
        critical:
          - {id: initial, kind: by_hand, of: initial_temperature, at_least: 8.0 degC}
    """

    kind: Literal["by_hand"]
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "bounds"
    entered: ClassVar[bool] = True

    @model_validator(mode="after")
    def _bounded(self) -> EnteredByHand:
        low, high = {"at_least", "above"} & set(self.given), {"at_most", "below"} & set(self.given)
        if not self.given or len(low) > 1 or len(high) > 1:
            raise ValueError(
                "a value by hand has a bound, such as at_least: 8.0 degC, or a lower and an upper one"
            )
        needless = [
            name
            for name, given in (
                ("during", self.during is not None),
                ("after", self.after is not None),
                ("for_more_than", self.for_more_than > 0),
                ("confirm", self.confirm > 1),
                ("clears", self.clears is not None),
                ("except", bool(self.except_)),
                ("combine", self.combine != "worst"),
            )
            if given
        ]
        if needless:
            raise ValueError(
                f"when it is due stands at the value itself, and one value counts: leave {needless[0]} out"
            )
        return self

    @property
    def cycle(self) -> Cycle:
        """Entered in each; when, says the value."""
        return Cycle(reach=False, entered=True)


KIND = PlainKind(name="by_hand", method="by_hand/3", model=EnteredByHand)
