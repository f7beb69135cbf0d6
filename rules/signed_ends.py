"""Signed ends of production, as the engine hears them: among what the line says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from readings.inputs import Act, State
from rules.line_unit import SIGNED
from rules.nights import APART, BEGUN, ENDED
from rules.program import Program

PRODUCTION_ENDED, PRODUCTION_BEGUN = "production.ended", "production.begun"  # kinds of acts, and of records
_WORDS = {PRODUCTION_ENDED: ENDED, PRODUCTION_BEGUN: BEGUN}


def signed_states(program: Program, acts: Sequence[Act]) -> list[State]:
    """What people signed of the line's production, as texts that hold from then on, each with its time: none is another.

    Args:
        program: the plan made ready.
        acts: that were accepted: whose signature is right.
    """
    return [
        State(act.time, act.line, SIGNED, f"{_WORDS[act.kind]} {act.body.get('name', act.who)}{APART}{act.time}")
        for act in acts
        if act.kind in _WORDS and act.line == program.plan.line_id
    ]
