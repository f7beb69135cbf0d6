"""When a value that people enter every so often runs out: after so much time in which its limit is judged.

Product that is not made needs no value, so the time counts on while the line runs and stands while it does not. A stop
takes nothing back of what was measured before it, and a stop shortly before a value is due does not spare it.
"""

from __future__ import annotations

from collections.abc import Sequence

from readings.times import NEVER
from rules.gate import Gate
from rules.gates import WordMemo, gates_of
from rules.limit_unit import LimitUnit
from rules.program import Program
from rules.signals import SignalState


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
    silent = int(program.silent[track])
    if not program.tracks[track].paced or until - last <= silent:
        return last + silent
    return runs_out(gates_of(program, signals, limit, until, since=last, memo=memo), last, silent)
