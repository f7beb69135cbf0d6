"""A CCP that does not say who watches it."""

from __future__ import annotations

from rules.control_point import Ccp
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for path, point in subject.points:
        if isinstance(point, Ccp) and point.monitoring is None:
            yield (
                path,
                f"{point.id} does not say what is watched, how, how often and by whom: write monitoring",
            )
        elif (
            isinstance(point, Ccp) and point.monitoring is not None and point.monitoring.evaluated_by is None
        ):
            yield (
                (*path, "monitoring"),
                f"{point.id} does not say who evaluates what is watched: write evaluated_by",
            )


RULE = Rule(
    "no-monitoring", "a CCP without monitoring, or without who evaluates it (ISO 22000:2018, 8.5.4.3)", _find
)
