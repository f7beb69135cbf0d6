"""The scheduled process of a product: what a process authority has established, factor by factor.

A critical factor is written once, at the product; limits refer to it by name (`rules.written_out`), so that the filed
number and the watched one cannot drift apart.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from rules.quantities import QuantityText
from rules.strict_model import Strict

UPPER, LOWER = ("at_most", "below"), ("at_least", "above")
_FACTOR = re.compile(r"[a-z][a-z0-9_]*_(?:at_most|at_least|below|above)")


def _any_factor(schema: dict[str, Any]) -> None:
    """The schema of a mapping whose keys are known by their endings alone."""
    factor = schema["additionalProperties"]
    schema["patternProperties"] = {f"^{_FACTOR.pattern}$": factor}
    schema["additionalProperties"] = False


class ScheduledProcess(Strict):
    """Critical factors by name, each ending in the way it is bounded: `temperature_at_least: 121.0 degC`.

    Attributes:
        id: as filed.
        basis: who established it, and the report.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=_any_factor)
    __pydantic_extra__: dict[str, QuantityText] = Field(init=False)

    id: str
    basis: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        """Instead of the keys that are known: any factor, named so that its bound can be read."""
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields and not _FACTOR.fullmatch(str(key)):
                raise ValueError(
                    f"unknown key {key}; a critical factor ends in its bound, such as temperature_at_least"
                )
        return data

    @property
    def factors(self) -> dict[str, Any]:
        """The critical factors, quantities by name."""
        return dict(self.__pydantic_extra__ or {})


def side(name: str) -> str:
    """Which side of a value a name bounds: `upper`, `lower`, or neither."""
    if name.endswith(UPPER):
        return "upper"
    return "lower" if name.endswith(LOWER) else ""
