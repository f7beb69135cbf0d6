"""A gate: from when on a limit is judged, suspended or starting."""

from __future__ import annotations

import msgspec

from readings.times import NEVER
from rules.timeline import Verdict


class Gate(msgspec.Struct, frozen=True):
    """From `time` on the limit is judged, suspended or starting.

    Attributes:
        time: ns.
        state: `judged`, `suspended` or `starting`.
        reason: in words.
        since: where it is judged because the state has fallen silent, when that was last told: it may have changed then.
            So it is where the state speaks again; and in a cycle, of a state that the plan does not name, and behind it.
            Where it is suspended because nothing is made, since when: what was not read from then on is not missed.
        known: when that could first be known; 0 for at once.
        silent: it is judged because the state has fallen silent, or is none that the plan names: which batch it is of,
            nobody knows.
        first: the line said nothing before it: whether anything was made, nobody knows.
        unknown: it is suspended because nobody knows whether it is to be judged: nothing can be said.
        counts: where it is starting until something follows from readings: what follows from then on counts, ns; NEVER
            where it is so for a fixed time.
        whole: where what is judged in windows is judged no more: where the last whole window before it ends, ns; NEVER of
            what is not.
    """

    time: int
    state: str
    reason: str = ""
    since: int | None = None
    known: int = 0
    silent: bool = False
    first: bool = False
    unknown: bool = False
    counts: int = NEVER
    whole: int = NEVER

    @property
    def verdict(self) -> Verdict:
        """What is said of a limit that is not judged from here on."""
        if self.state == "starting":
            return Verdict.STARTING
        return Verdict.INDETERMINATE if self.unknown else Verdict.SUSPENDED
