"""The plans of a line as they held one after the other, by its records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from haccpline.replay import Judge
from readings.block import Block
from readings.times import ALWAYS, parse_time
from rules.plan import Plan
from rules.plan_check import load_plan


@dataclass(frozen=True, slots=True)
class Turn:
    """A plan that held.

    Attributes:
        plan: it.
        start: from when on, ns UTC; ALWAYS of the first one.
        between_batches: it took over at the end of a batch, and not when it was due.
    """

    plan: Plan
    start: int
    between_batches: bool


def turns_of(records: Iterable[tuple[str, str, dict[str, Any]]]) -> list[Turn]:
    """The plans in turn; empty where the records do not say when one took over.

    Args:
        records: (kind, line, body) of the `plan.*` records of a line, in order of the ledger.
    """
    texts: dict[str, str] = {}
    turns: list[Turn] = []
    for kind, line, body in records:
        if kind == "plan.adopted":
            texts[body["hash"]] = body["text"]
            if not turns:
                turns.append(Turn(load_plan(body["text"], line), ALWAYS, between_batches=False))
        elif kind == "plan.replaced":
            if body["new"] not in texts or "from" not in body:
                return []
            plan, start = load_plan(texts[body["new"]], line), parse_time(body["from"])
            turns.append(Turn(plan, start, between_batches=start != plan.effective_from))
    return turns


def hear_up_to(judge: Judge, turn: Turn, block: Block) -> Block:
    """Hear a block up to where the next plan takes over, and let it; what is behind it."""
    ends = turn.start + 1 if turn.between_batches else turn.start
    early = [said for said in block.states if said.time < ends]
    late = [said for said in block.states if said.time >= ends]
    judge.hear(replace(block.take(block.time < ends), states=tuple(early)))
    judge.follow(turn.plan, turn.start, inclusive=turn.between_batches)
    return replace(block.take(block.time >= ends), states=tuple(late))
