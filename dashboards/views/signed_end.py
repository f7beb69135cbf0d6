"""Whether a signed end of production still holds: by the hours of the plan, and by what the engine made of the line since.

The engine alone says what follows from a signature. What it decided since tells whether it followed: a limit that is
suspended while the line rests and was judged nevertheless had no rest to stand on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboards.views.production import Signed
from dashboards.views.verdicts import VerdictFold
from dashboards.views.watch import Watch
from readings.times import DAY
from rules.plan import Plan

_AHEAD = 14 * DAY  # so far ahead production hours are looked for
_RUNNING = ("starting", "ok", "operating", "deviation")


class Void(StrEnum):
    """Why a signature holds no more, or does not yet."""

    HOURS = "hours"  # production hours began
    RAN = "ran"  # the line ran, or its counter moved
    NOT_SHOWN = "not shown"  # the line is silent, and judged nevertheless
    NOT_YET = "not yet"  # it was signed in production hours that still go on


@dataclass(frozen=True, slots=True)
class Held:
    """Whether a signed end of production holds.

    Attributes:
        void: why it does not; None where it holds.
        since: from when on it is void, ns UTC; of `NOT_YET` when the hours end; None where it holds.
        until: when production hours begin next, ns UTC; None where that is not known.
    """

    void: Void | None
    since: int | None
    until: int | None


def held(
    plan: Plan, signed: Signed, watches: Sequence[Watch], verdicts: VerdictFold, now: int
) -> Held | None:
    """Whether it holds; None of what is no end, or a plan without production hours.

    Args:
        plan: of the line, in force.
        signed: what was signed last.
        watches: of the line.
        verdicts: as decided so far.
        now: ns UTC, by the site's clock.
    """
    if not signed.ended or plan.line.calendar is None:
        return None
    hours = plan.line.calendar.in_zone(plan.site.timezone).windows(signed.at, now + _AHEAD)
    until = next((begin for begin, _ in hours if begin > max(now, signed.at)), None)
    over = next((end for begin, end in hours if begin <= signed.at < end), signed.at)
    if over > now:
        return Held(Void.NOT_YET, over, until)
    stopped = over if plan.line.state is None else signed.at  # without a state it is judged until hours end
    void = [(begin, Void.HOURS) for begin, _ in hours if signed.at < begin <= now]
    for watch in watches:
        if not watch.rests or watch.in_turns:
            continue
        void += [
            (max(span.start, signed.at), Void.RAN)
            for span in verdicts.between(watch.key, stopped, now)
            if span.verdict in _RUNNING and (span.end is None or span.end > stopped)
        ]
        current = verdicts.current(watch.key)
        if current is not None and current.verdict == "indeterminate":
            void.append((max(current.start, signed.at), Void.NOT_SHOWN))
    since, why = min(void, default=(None, None))
    return Held(why, since, until)
