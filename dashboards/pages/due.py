"""How many values by hand people are to enter now."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.views.by_hand import DueValue, Turn


def waiting(values: Iterable[DueValue]) -> dict[str, int]:
    """How many values are overdue, and how many due: what the board says of them."""
    turns = [due.turn for due in values]
    return {"overdue": turns.count(Turn.OVERDUE), "due_now": turns.count(Turn.DUE)}
