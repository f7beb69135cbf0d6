"""A CCP, or an OPRP, that does not say what to do when it does not hold."""

from __future__ import annotations

from rules.control_point import Ccp
from rules.linting import Rule, Said, Subject, actions_of


def _find(subject: Subject) -> Said:
    for path, point in subject.points:
        key, actions = actions_of(point)
        if actions is None or not actions.steps:
            yield (
                path,
                f"{point.id} does not say what is done when it does not hold: write {key} with its steps",
            )
            continue
        if isinstance(point, Ccp) and not actions.affected:
            yield (*path, key), f"{point.id} does not say which product is affected: write affected"
        for number, step in enumerate(actions.steps):
            if not step.by and not step.signed_by:
                message = f"nobody is named to do this: write by, such as by: {_someone(subject)}"
                yield (*path, key, "steps", number), message


def _someone(subject: Subject) -> str:
    said = [point.monitoring.by for _, point in subject.points if point.monitoring is not None]
    return said[0] if said else "shift leader"


RULE = Rule(
    "no-corrective-action",
    "a CCP or OPRP without corrective actions, or a step that nobody is named for",
    _find,
)
