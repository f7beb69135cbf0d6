"""Nelson's rules of 1984: when the pattern of points says that a process is out of control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from rules.chart import Charted
from rules.kind import PlainKind
from rules.run_limit import RunLimit
from rules.run_rules import NELSON, Broken


class Nelson(RunLimit):
    """`{id: nelson, kind: nelson, of: core, target: 121.5 degC, sigma: 0.2 K, rules: [1, 2, 3], mean_over: 1 min}`.

    Rule 1: a point beyond 3 sigma. 2: nine in a row on the same side of the target. 3: six in a row that rise, or fall.
    4: fourteen in a row that rise and fall in turn. 5: two of three in a row beyond 2 sigma on the same side. 6: four of
    five in a row beyond 1 sigma on the same side. 7: fifteen in a row within 1 sigma. 8: eight in a row beyond 1 sigma, on
    whichever side.

    Example:
        sensors:
          core: {unit: degC, resolution: 0.1, every: 10 s}
        operating:
          - {id: pattern, kind: nelson, of: core, target: 121.5 degC, sigma: 0.2 K, rules: [1, 2, 3], mean_over: 1 min}
    """

    kind: Literal["nelson"]
    known: ClassVar[Mapping[int, Broken]] = NELSON
    whose: ClassVar[str] = "Nelson's"


KIND = PlainKind(name="nelson", method="nelson/3", model=Nelson, memory=Charted)
