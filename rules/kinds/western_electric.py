"""Western Electric's rules of 1956: when the pattern of points says that a process is out of control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from rules.chart import Charted
from rules.kind import PlainKind
from rules.run_limit import RunLimit
from rules.run_rules import WESTERN_ELECTRIC, Broken


class WesternElectric(RunLimit):
    """`{id: we, kind: western_electric, of: core, target: 121.5 degC, sigma: 0.2 K, rules: [1, 2], mean_over: 1 min}`.

    Rule 1: a point beyond 3 sigma. 2: two of three in a row beyond 2 sigma on the same side. 3: four of five in a row
    beyond 1 sigma on the same side. 4: eight in a row on the same side of the target.

    Example:
        sensors:
          core: {unit: degC, resolution: 0.1, every: 10 s}
        operating:
          - {id: pattern, kind: western_electric, of: core, target: 121.5 degC, sigma: 0.2 K, mean_over: 1 min}
    """

    kind: Literal["western_electric"]
    known: ClassVar[Mapping[int, Broken]] = WESTERN_ELECTRIC
    whose: ClassVar[str] = "Western Electric"


KIND = PlainKind(name="western_electric", method="western_electric/3", model=WesternElectric, memory=Charted)
