"""What inputs said that was no evidence, behind their last usable readings: why nothing follows from them by then.

A value may be told for a time behind the last reading that it follows from: a mean for the end of its window. Which of the
unusable readings is the first behind it is known only then; so they are remembered as far as a value may still be told.
"""

from __future__ import annotations

import numpy as np

from rules.evidence import Heard, Mask
from rules.memory import Side
from rules.program import Program


def note_refused(program: Program, side: Side, heard: Heard) -> None:
    """Remember unusable readings of inputs that alone give a derived track.

    Args:
        program: the plan made ready.
        side: has taken the usable readings that were heard with them; is changed.
        heard: unusable readings by track, in order of time.
    """
    tracks = side.tracks
    mine = np.flatnonzero(program.gives[heard.bad_track] >= 0)
    np.maximum.at(tracks.bad_last, heard.bad_track[mine], heard.bad_time[mine])
    mine = mine[heard.bad_time[mine] > tracks.last[heard.bad_track[mine]]]
    for track in np.unique(heard.bad_track[mine]).tolist():
        known = side.refused.setdefault(track, [])
        far = int(tracks.last[track]) + int(program.silent[program.gives[track]])
        if known and known[-1][0] > far:
            continue
        new = mine[heard.bad_track[mine] == track]
        if known:  # the tail hears some of it again
            new = new[heard.bad_time[new] > known[-1][0]]
        new = new[: int(np.searchsorted(heard.bad_time[new], far, "right")) + 1]
        known += zip(heard.bad_time[new].tolist(), heard.bad_reason[new].tolist(), strict=True)


def take_next(program: Program, side: Side, passed: Mask) -> None:
    """Of tracks whose first unusable reading a value has passed, take the next one.

    Args:
        program: the plan made ready.
        side: has taken the values; is changed.
        passed: bool, by track.
    """
    tracks = side.tracks
    for track, known in side.refused.items():
        derived = int(program.gives[track])
        behind = next((each for each in known if each[0] > tracks.last[derived]), None)
        if passed[derived] and behind:
            tracks.bad_time[derived], tracks.bad_reason[derived] = behind


def forget_passed(side: Side) -> None:
    """Forget what no value can ask for any more: all up to the last usable reading of its input."""
    for track, known in list(side.refused.items()):
        side.refused[track] = [each for each in known if each[0] > side.tracks.last[track]]
        if not side.refused[track]:
            del side.refused[track]
