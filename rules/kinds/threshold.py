"""Threshold: one bound, below or above."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from rules.kind import PlainKind
from rules.limit import Limit


class Threshold(Limit):
    """`{id: food, kind: threshold, of: food, at_most: -18.0 degC}`.

    Example:
        sensors:
          food: {unit: degC, resolution: 0.1, every: 60 s}
        critical:
          - {id: food, kind: threshold, of: food, at_most: -18.0 degC, confirm: 2 readings}
    """

    kind: Literal["threshold"]
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "bounds"

    @model_validator(mode="after")
    def _one_bound(self) -> Threshold:
        if len(self.given) != 1:
            raise ValueError("a threshold has one bound: at_most, at_least, below or above; two make a band")
        return self


KIND = PlainKind(name="threshold", method="threshold/3", model=Threshold)
