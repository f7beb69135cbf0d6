"""When a value that people enter every so often runs out: after so much time in which its limit is judged.

Product that is not made needs no value, so the time counts on while the line runs and stands while it does not. A stop
takes nothing back of what was measured before it, and a stop shortly before a value is due does not spare it. Where a value
is due at the start of each shift, one from before it counts no longer than the grace of what is judged in the shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from readings.times import DAY, NEVER
from rules.calendar import Shifts
from rules.gate import Gate
from rules.gates import WordMemo, gates_of
from rules.limit_unit import LimitUnit
from rules.program import Program
from rules.signals import SignalState

_AHEAD = 8 * DAY


def runs_out(gates: Sequence[Gate], last: int, lasts: int) -> int:
    """When so much time has been judged since the last value, ns; NEVER as long as nothing is judged.

    Args:
        gates: of the limit, in order of time.
        last: time of the last value, ns.
        lasts: so long it counts, ns.
    """
    judged, at, left = True, last, lasts
    for gate in gates:
        if gate.time > last:
            if judged and gate.time - at > left:
                break
            left -= gate.time - at if judged else 0
            at = gate.time
        judged = gate.state == "judged"
    return at + left if judged else NEVER


def silent_from(  # noqa: PLR0913 - what is known of a track
    program: Program,
    signals: list[SignalState],
    limit: LimitUnit,
    track: int,
    last: int,
    until: int,
    memo: WordMemo | None = None,
) -> int:
    """After which time a track without a reading since `last` is silent, as known at `until`, ns; NEVER if it is not yet.

    Args:
        program: the plan made ready.
        signals: what was heard of the line.
        limit: the limit unit that it is evidence for.
        track: which.
        last: time of its last usable reading, ns.
        until: how far time has come, ns.
        memo: as for `gates_of`.
    """
    silent, of = int(program.silent[track]), program.tracks[track]
    if not of.paced or (of.shifts is None and until - last <= silent):
        return last + silent
    gates = gates_of(program, signals, limit, until, since=last, memo=memo)
    found = runs_out(gates, last, silent)
    if of.shifts is None:
        return found
    return min(found, at_shifts(of.shifts, of.grace, gates, last, min(found, max(until, last) + _AHEAD)))


def at_shifts(shifts: Shifts, grace: int, gates: Sequence[Gate], last: int, end: int) -> int:
    """When a value that is due at the start of a shift is missed, ns; NEVER where it is not.

    Args:
        shifts: when they begin.
        grace: so much may be judged in a shift before it is missed, ns.
        gates: of the limit, in order of time.
        last: time of the last value, ns; one of the very start of a shift is of that shift.
        end: shifts that begin later are not looked at, ns.
    """
    begins = shifts.begins(last, end)
    for begin, following in pairwise([*begins, NEVER]):
        missed = runs_out(gates, begin, grace)
        if missed <= following:
            return missed
    return NEVER
