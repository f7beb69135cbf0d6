"""The plans of a line as they held one after the other, by its records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from readings.times import ALWAYS, parse_time
from rules.plan import Plan
from rules.plan_check import load_plan

ADOPTED, REPLACED = "plan.adopted", "plan.replaced"  # the records by which plans took turns


@dataclass(frozen=True, slots=True)
class Turn:
    """A plan that held.

    Attributes:
        plan: it.
        start: from when on, ns UTC; ALWAYS of the first one.
    """

    plan: Plan
    start: int


def turns_of(records: Iterable[tuple[str, str, dict[str, Any]]]) -> list[Turn]:
    """The plans in turn; empty where the records do not say when one took over.

    Args:
        records: (kind, line, body) of the `plan.*` records of a line, in order of the ledger.
    """
    texts: dict[str, str] = {}
    turns: list[Turn] = []
    for kind, line, body in records:
        if kind == ADOPTED:
            texts[body["hash"]] = body["text"]
            if not turns:
                turns.append(Turn(load_plan(body["text"], line), ALWAYS))
        elif kind == REPLACED:
            if body["new"] not in texts or "from" not in body:
                return []
            turns.append(Turn(load_plan(texts[body["new"]], line), parse_time(body["from"])))
    return turns
