"""Which lots were there in a span of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from readings.times import NEVER

Lots = Sequence[
    tuple[int, str, str]
]  # (from, zone, lot) in order of time; an empty zone speaks for the whole line


def lots_between(lots: Lots, zone: str, start: int, end: int) -> list[str]:
    """The lots that were there in a span, in order of time, each once.

    Args:
        lots: see `Lots`.
        zone: of the limit unit; empty for the whole line.
        start: ns.
        end: ns, NEVER for an open span.
    """
    mine = [(time, lot) for time, where, lot in lots if where in ("", zone) or not zone]
    found: list[str] = []
    for number, (time, lot) in enumerate(mine):
        until = mine[number + 1][0] if number + 1 < len(mine) else NEVER
        if time < end and until > start and lot not in found:
            found.append(lot)
    return found


def together(*lots: Iterable[str]) -> list[str]:
    """Lots of several spans, each once, in order."""
    return list(dict.fromkeys(lot for each in lots for lot in each))
