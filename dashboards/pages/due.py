"""How many values by hand people are to enter now."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.views.by_hand import DueValue, Turn


def waiting(values: Iterable[DueValue]) -> dict[str, int]:
    """How many values are overdue, how many due, how many before the next batch: what the board says of them."""
    turns = [due.turn for due in values]
    return {
        "overdue": turns.count(Turn.OVERDUE),
        "due_now": turns.count(Turn.DUE),
        "next": turns.count(Turn.NEXT),
    }
