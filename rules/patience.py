"""The times of a control point's silence: when nothing can be said, when people hear of it, when it is a loss."""

from __future__ import annotations

from rules.plan import Plan
from rules.silence import Silence

_LOSS = 300_000_000_000  # 5 min after the verdict, where the plan says nothing else


def verdict_after(plan: Plan, silence: Silence, name: str) -> int:
    """How long after its last usable reading a sensor is silent, ns.

    A value entered by hand is missed when the next one is due, whatever the control point says of its sensors.
    """
    if silence.verdict is not None and name not in plan.by_hand:
        return silence.verdict.after
    return plan.sensors[name].silence


def loss_after(plan: Plan, silence: Silence, name: str, silent: int) -> int:
    """How long after the last usable reading of what is judged it is a monitoring loss, ns.

    Args:
        plan: that it is of.
        silence: of the control point.
        name: the limit's own sensor.
        silent: so long after the last reading of what is judged nothing can be said, ns.
    """
    if silence.case is None:
        return silent + _LOSS
    return silent + silence.case.after if name in plan.by_hand else silence.case.after


def notice_after(plan: Plan, silence: Silence, name: str) -> int:
    """How long after the last usable reading people hear of it, ns."""
    silent = verdict_after(plan, silence, name)
    if silence.notice is None:
        return silent
    return silent + silence.notice.after if name in plan.by_hand else silence.notice.after
