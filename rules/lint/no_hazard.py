"""A CCP that does not say which hazard it controls."""

from __future__ import annotations

from rules.control_point import Ccp
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for path, point in subject.points:
        if isinstance(point, Ccp) and not point.hazards:
            yield (
                path,
                f"{point.id} does not say which hazard it controls: write hazards, such as [{{biological: Listeria}}]",
            )


RULE = Rule("no-hazard", "a CCP without a hazard", _find)
