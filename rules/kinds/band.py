"""Band: a lower and an upper bound that hold together."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from rules.kind import PlainKind
from rules.limit import Limit


class Band(Limit):
    """`{id: pressure, kind: band, of: pressure, at_least: 60 kPa, at_most: 120 kPa}`.

    Example:
        sensors:
          pressure: {unit: kPa, resolution: 1, every: 5 s}
        critical:
          - {id: pressure, kind: band, of: pressure, at_least: 60 kPa, at_most: 120 kPa}
    """

    kind: Literal["band"]
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "bounds"

    @model_validator(mode="after")
    def _two_bounds(self) -> Band:
        low, high = {"at_least", "above"} & set(self.given), {"at_most", "below"} & set(self.given)
        if len(low) != 1 or len(high) != 1:
            raise ValueError(
                "a band has a lower bound (at_least or above) and an upper one (at_most or below)"
            )
        return self


KIND = PlainKind(name="band", method="band/3", model=Band)
