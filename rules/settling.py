"""Making the past final: what no reading that is still waited for can change."""

from __future__ import annotations

from rules.advance import PATIENCE, flush
from rules.bounds import Standing
from rules.evidence import UNSEEN
from rules.gates import firm_until, gates_of
from rules.memory import EngineState, Side
from rules.program import Program
from rules.silences import silence
from rules.stuck import final_of, reaches_back


def settle(program: Program, state: EngineState, side: Side, number: int, until: int) -> None:
    """Move the final part of a limit unit on as far as every point has spoken.

    A point that has been silent for longer than late readings are waited for holds the others up only as long as
    little waits for it.

    Args:
        program: the plan made ready.
        state: for the signals.
        side: the head or the tail; is changed.
        number: of the limit unit.
        until: how far time has come for this side, ns.
    """
    limit, held, tracks = program.limits[number], side.limits[number], side.tracks
    for point, track in enumerate(limit.tracks):
        flush(held, tracks, point, track)
    last = [int(tracks.last[track]) for track in limit.tracks]
    final = min(final_of(tracks, track) for track in limit.tracks)
    if len(limit.tracks) > 1 and len(held.queue) > PATIENCE:
        patient = [int(program.silent[track]) for track in limit.tracks]
        patient += [program.bridges[track].up_to for track in limit.tracks if track in program.bridges]
        floor = until - limit.window - max(patient)
        over = [
            end + reaches_back(program, tracks, track) < floor
            for end, track in zip(last, limit.tracks, strict=True)
        ]
        if final < floor:
            for point, track in enumerate(limit.tracks):
                if over[point] and tracks.standing[track] not in (Standing.LOST, UNSEEN):
                    known = last[point] + patient[point]
                    held.add(silence(program, state.head.signals, side, limit, point, known, until))
                    tracks.standing[track] = Standing.LOST
            speaking = (track for track, gone in zip(limit.tracks, over, strict=True) if not gone)
            final = min([floor, *(final_of(tracks, track) for track in speaking)])
    signals = state.head.signals
    if len(held.queue) <= PATIENCE:
        final = min(final, firm_until(program, signals, side.signals, limit, until))
    final = min(final, state.final)
    held.settle(
        limit.terms, final, gates_of(program, signals, limit, until, since=held.settled, memo=state.said)
    )
