"""Signed ends of production, as the engine hears them: among what the line says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from readings.inputs import Act, State
from rules.line_unit import SIGNED
from rules.nights import APART, BEGUN, ENDED
from rules.program import Program

PRODUCTION_ENDED, PRODUCTION_BEGUN = "production.ended", "production.begun"  # kinds of acts, and of records
_WORDS = {PRODUCTION_ENDED: ENDED, PRODUCTION_BEGUN: BEGUN}


def signed_state(line: str, kind: str, time: int, name: str) -> State:
    """That somebody signed, as a text that holds from then on.

    Args:
        line: of what line.
        kind: PRODUCTION_ENDED or PRODUCTION_BEGUN.
        time: when, ns UTC.
        name: of the person.
    """
    return State(time, line, SIGNED, f"{_WORDS[kind]} {name}{APART}{time}")


def signed_states(program: Program, acts: Sequence[Act]) -> list[State]:
    """What people signed of the line's production, as texts that hold from then on, each with its time: none is another.

    Args:
        program: the plan made ready.
        acts: that were accepted: whose signature is right.
    """
    return [
        signed_state(act.line, act.kind, act.time, str(act.body.get("name", act.who)))
        for act in acts
        if act.kind in _WORDS and act.line == program.plan.line_id
    ]
