"""When another version of a plan takes over, and what it may not change while the line goes on."""

from __future__ import annotations

import numpy as np

from rules.derivation import Spans
from rules.gates import gates_of
from rules.limit_unit import LimitUnit
from rules.memory import EngineState
from rules.plan import Plan
from rules.program import Program


def switch_of(program: Program, state: EngineState, due: int) -> int | None:
    """When a version that is due at `due` takes over from this one, ns; None if that is not known yet.

    A line that nothing is decided of per batch switches at once; another between batches, so that each batch is judged
    by the version in force at its start.
    """
    spans = [
        Spans(gates_of(program, state.head.signals, limit, state.until)).judged()
        for limit in program.limits
        if limit.terms.cycle is not None
    ]
    ends = np.unique(np.concatenate([np.empty(0, np.int64), *(ends for _, ends in spans)]))
    for at in [due, *ends[(ends > due) & (ends <= state.until)].tolist()]:
        if not any(((begins < at) & (at < over)).any() for begins, over in spans):
            return int(at)
    return None


def cannot_follow(old: Plan, new: Plan, limits: tuple[LimitUnit, ...], others: tuple[LimitUnit, ...]) -> str:
    """Why a version cannot take over from another while the line goes on; empty if it can.

    Args:
        old: the plan in force.
        new: the one that is to follow.
        limits: limit units of the old one.
        others: of the new one.
    """
    for name, sensor in new.sensors.items():
        was = old.sensors.get(name)
        if was is not None and was.unit != sensor.unit:
            return (
                f"{name} is recorded in {was.unit.name}, and is to be in {sensor.unit.name}:"
                " one name stands for one unit in the record; give the sensor another name"
            )
    known = {limit.key: limit for limit in limits}
    for limit in others:
        before = known.get(limit.key)
        if before is None:
            continue
        if before.rank != limit.rank:
            return (
                f"{limit.ccp}/{limit.limit} is {before.rank}, and is to be {limit.rank}:"
                " its decisions are of one class; give the limit another id"
            )
        if (before.terms.cycle is None) != (limit.terms.cycle is None):
            return (
                f"{limit.ccp}/{limit.limit} is a {before.kind}, and is to be a {limit.kind}: one is decided per batch,"
                " the other as time goes on; give the limit another id"
            )
    return ""
