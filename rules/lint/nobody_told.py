"""A ladder of notices in which nobody hears, or hears when it is too late."""

from __future__ import annotations

from readings.times import format_duration
from rules.linting import Rule, Said, Subject, actions_of
from rules.notices import delay, first_rungs


def _find(subject: Subject) -> Said:
    plan = subject.plan
    if not plan.notices:
        yield (
            (),
            "nobody hears of a deviation or of a loss of monitoring: write notices, such as {at: 0 s, to: operator}",
        )
        return
    first = first_rungs(plan.notices)
    waits = min((delay(plan.notices[number]) or 0 for number in first), default=0)
    for path, point in subject.points:
        key, actions = actions_of(point)
        within = [
            (step.within, number)
            for number, step in enumerate(actions.steps if actions else ())
            if step.within
        ]
        if within and min(within)[0] < waits:
            soon, number = min(within)
            message = (
                f"this is due within {format_duration(soon)}, and the first notice goes out after"
                f" {format_duration(waits)}: nobody knows of it by then"
            )
            yield (*path, key, "steps", number, "within"), message


RULE = Rule("nobody-told", "no notices at all, or the first one later than what is to be done first", _find)
