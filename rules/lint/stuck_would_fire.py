"""A stuck rule that fires on readings of a living instrument."""

from __future__ import annotations

from readings.times import MINUTE, SECOND, format_duration
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    recording = subject.recording
    if recording is None:
        return
    spans: dict[str, list[tuple[int, int]]] = {}
    for placed in subject.limits:
        for ccp, limit, _, start, end in recording.stuck:
            if (ccp, limit) == (placed.point.id, placed.limit.id):
                spans.setdefault(placed.limit.of, []).append((start, end))
    for name, found in spans.items():
        times = len(set(found))
        longest = max(end - start for start, end in found)
        grain = MINUTE if longest >= MINUTE else SECOND
        longest = -(-longest // grain) * grain
        message = (
            f"on these readings {name} is stuck {times} time{'s' * (times != 1)}, for up to {format_duration(longest)}:"
            " if the instrument was alive then, choose a longer time, or a raw number that moves"
        )
        yield ("sensors", name, "stuck", "unchanged_for"), message


RULE = Rule("stuck-would-fire", "a stuck rule that fires on the readings given", _find, needs_readings=True)
