"""What time alone decides of a cycle that is under way, although nothing more is heard: a cooling that is too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from readings.times import NEVER
from rules.bounds import Standing
from rules.cycles import CycleDerivation
from rules.derivation import Memory
from rules.gate import Gate
from rules.limit_state import Kind, Moment
from rules.limit_unit import LimitUnit


def foreseen(memories: Mapping[int, Memory], limit: LimitUnit, gates: Sequence[Gate]) -> Iterator[Moment]:
    """That points fail when their time is over, as long as nothing is heard of them that changes it.

    Args:
        memories: of derivations, by derived track.
        limit: the limit unit.
        gates: how the line gates it: a cycle that ends before is not failed by time.
    """
    for point, each in enumerate(limit.derived):
        if not isinstance(each.derivation, CycleDerivation):
            continue
        since, due = each.derivation.foreseen(memories[each.track])
        if due != NEVER and not any(since < gate.time <= due for gate in gates):
            yield Moment(due, Kind.STAND, point, Standing.BEYOND, due)
