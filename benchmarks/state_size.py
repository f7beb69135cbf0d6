"""How much the engine keeps for a limit, by kind: bytes of its stored state, head and tail, once it is steady.

A limit also keeps the change points that may still change: those of the time that a monitoring loss takes, here 6 min.

The floor is what a limit that has heard nothing takes.
"""

from __future__ import annotations

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.live_mixed import Play, played
from benchmarks.mixed_plant import KINDS, MixedPlant
from rules.compile_plan import compile_plan
from rules.engine import begin
from rules.plan_check import load_plan

CELLS = {Size.TINY: 1, Size.QUICK: 10, Size.FULL: 10}
_SLOWER = 45  # a cycle of an hour and a half, as of a retort
SECONDS = {Size.TINY: 30, Size.QUICK: 240, Size.FULL: 600}
WITHOUT_WINDOW = (
    "threshold",
    "band",
    "state_held",
    "uv_dose",
    "dwell",
    "lethality",
    "pasteurisation_units",
    "cooling_curve",
)
MOST = 2_000  # bytes, of a kind without a window


def run(size: Size, tell: Tell) -> list[Figure]:
    """Bytes a limit, of each kind."""
    found = []
    for kind in KINDS:
        plant = MixedPlant(CELLS[size], (kind,), "10 s", _SLOWER)
        fresh = len(begin(compile_plan(load_plan(plant.plan(), "plan.yaml"))).encode())
        done = played(plant, Play(SECONDS[size], SECONDS[size], 10))
        taken = len(done.state.encode())
        tell(f"{kind.kind}: {taken / plant.limits:,.0f} bytes")
        found.append(
            Figure(
                f"state of a limit, {kind.kind}",
                taken / plant.limits,
                "bytes",
                fresh / plant.limits,
                Target(most=MOST) if kind.kind in WITHOUT_WINDOW else None,
                ""
                if kind.kind in WITHOUT_WINDOW
                else "bounded by window over interval; floor: nothing heard",
            )
        )
    return found
