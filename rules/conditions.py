"""Limits that are judged only while something else holds: a signal is on, a product is made.

What is not known to hold mutes nothing and excuses nothing: while the signal is silent, or the product is none of the
plan's, the limit is indeterminate.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from readings.times import ALWAYS, NEVER
from rules.gate import Gate
from rules.limit_unit import Condition, LimitUnit
from rules.nights import LOST, UNKNOWN

Changes = Sequence[tuple[int, str]]  # (from, text) that a signal says, in order of time


def conditioned(gates: Sequence[Gate], limit: LimitUnit, told: Sequence[Changes], since: int) -> list[Gate]:
    """How a limit is gated that is judged only while its conditions hold.

    Args:
        gates: by what the line does, in order of time; judged before the first.
        limit: it; all of its conditions must hold.
        told: what the signal of each says.
        since: nobody asks for what was before it, ns.
    """
    pending = [gate.time for gate in gates] + [time for each in told for time, _ in each]
    # what still starts at `since` began behind it
    first = since - limit.warms + 1 if since != ALWAYS else since + 1
    unheard = any(not each or each[0][0] >= first for each in told)
    pending += [first] if unheard else []
    heapify(pending)
    found: list[Gate] = []
    base, before, warm = Gate(ALWAYS, "judged"), Gate(ALWAYS, "judged"), ALWAYS
    place, places, words = 0, [0] * len(told), [""] * len(told)
    while pending:
        time, new = heappop(pending), False
        while place < len(gates) and gates[place].time <= time:
            base, place, new = gates[place], place + 1, True
        for number, each in enumerate(told):
            while places[number] < len(each) and each[places[number]][0] <= time:
                words[number] = each[places[number]][1]
                places[number] += 1
        gate = _gate(time, base, limit, words)
        if gate.state == "judged" and before.state == "suspended" and not new and limit.warms:
            warm = time + limit.warms
            heappush(pending, warm)
        if gate.state == "judged" and time < warm:
            counts = time + limit.warms - limit.yields if limit.yields else NEVER
            warming = Gate(time, "starting", f"after {before.reason}", counts=counts)
            gate = before if before.state == "starting" else warming
        new |= unheard and time == first  # whatever holds there, nothing was known before
        if _says(gate) != _says(before) or (new and gate.state == "judged"):
            found.append(gate)
        before = gate
    return found


def _says(gate: Gate) -> tuple[str, str, bool]:
    return gate.state, gate.reason, gate.unknown


def _gate(time: int, base: Gate, limit: LimitUnit, words: Sequence[str]) -> Gate:
    """What holds from a time on: what rests goes before what nobody knows."""
    said = list(zip(limit.conditions, words, strict=True))
    if base.state != "suspended":
        for condition, word in said:
            for rests, why in condition.rests:
                if word == rests:
                    return Gate(time, "suspended", why)
        for condition, word in said:
            if word not in condition.judges:
                return Gate(time, "suspended", _unknown(condition, word), unknown=True)
    if base.time == time:
        return base
    since = base.since if limit.terms.cycle is not None and base.silent else None  # of which, nobody knows
    return Gate(time, base.state, base.reason, since, counts=base.counts, silent=base.silent)


def _unknown(condition: Condition, word: str) -> str:
    if word in ("", LOST):
        return f"{condition.name}: no reading{'' if word else ' yet'}"
    return (
        f"{condition.name} is not known" if word == UNKNOWN else f"{condition.name} {word} is not in the plan"
    )
