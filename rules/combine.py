"""How several points make one standing, and what it means when one of them is lost."""

from __future__ import annotations

from collections.abc import Sequence

from rules.bounds import MISSING, Standing
from rules.course import UNSEEN
from rules.terms import Terms

_SILENT = (UNSEEN, *MISSING)
Stood = tuple[int, int, str]  # standing, since when it could be known, reason


def combined(terms: Terms, stands: Sequence[int], known: Sequence[int], reasons: Sequence[str]) -> Stood:
    """The standing of a limit from those of its points; known at 0 is known at once.

    - One that must hold at every point: a breach at a point that speaks counts, whoever is missing. Without one, more
      points missing than are spared leave it open. Those that are spared are named.
    - One that each point must come to by the end of a cycle: not to be there yet is no breach, so it hides nobody who is
      missing.
    - One that must hold at any point: holding at one is enough. Where it holds at none, a missing one leaves it open. Where
      it is to come to it by the end of a cycle, one that speaks may still do so, whoever is missing.
    - A point whose silence is bridged speaks, and says so; an exception beside it is named too.

    Args:
        terms: how points combine.
        stands: of each point, UNSEEN before its first reading.
        known: since when each stand was known, ns.
        reasons: of each stand.
    """
    if len(stands) == 1:
        return stands[0], known[0], reasons[0]
    missing = [point for point, stood in enumerate(stands) if stood in _SILENT]
    speaking = range(len(stands)) if not missing else [n for n in range(len(stands)) if n not in missing]
    comes_to = terms.cycle is not None and terms.cycle.reach and not terms.cycle.fails
    if terms.any_point:
        best = min(speaking, key=stands.__getitem__, default=None)
        if best is not None and (stands[best] != Standing.BEYOND or not missing or comes_to):
            return _without(best, missing, stands, known, reasons)
        return _open(missing, len(missing), stands, known, reasons)
    worst = max(speaking, key=stands.__getitem__, default=None)
    breached = worst is not None and stands[worst] == Standing.BEYOND
    if worst is not None and breached and not (comes_to and len(missing) > terms.spared):
        return stands[worst], known[worst], reasons[worst]
    if worst is None or len(missing) > terms.spared:
        return _open(missing, terms.spared + 1, stands, known, reasons)
    return _without(worst, missing, stands, known, reasons)


def _open(
    missing: list[int], enough: int, stands: Sequence[int], known: Sequence[int], reasons: Sequence[str]
) -> Stood:
    """Nothing can be said, which was known when `enough` of those missing were known to be."""
    unseen = [point for point in missing if stands[point] == UNSEEN]
    if unseen:
        return Standing.LOST, 0, f"no reading yet of point {unseen[0] + 1}"
    worst = max(missing, key=lambda point: (stands[point], -point))
    when = known[worst] if enough == 1 else sorted(known[point] for point in missing)[enough - 1]
    return stands[worst], when, reasons[worst]


def _without(
    point: int, missing: list[int], stands: Sequence[int], known: Sequence[int], reasons: Sequence[str]
) -> Stood:
    """A point speaks for all; the others that are missing are named."""
    said = [f"without point {each + 1} ({reasons[each] or 'no reading yet'})" for each in missing]
    bridged = [each for each, stood in enumerate(stands) if stood == Standing.BRIDGED]
    if point in bridged:
        said = [*(reasons[each] for each, stood in enumerate(stands) if stood == Standing.EXCEPTED), *said]
        missing = [*missing, *bridged]
    when = max([known[point], *(known[each] for each in missing)])
    return stands[point], when, "; ".join([*([reasons[point]] if reasons[point] else []), *said])
