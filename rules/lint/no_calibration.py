"""A sensor of a critical limit that is never calibrated, as far as the plan says."""

from __future__ import annotations

import re

from rules.linting import Rule, Said, Subject
from rules.plan import Plan

_NEVER = {"truth", "code", "text", "event", "count"}
_CALIBRATES = re.compile(r"calibrat|检定|校准", re.IGNORECASE)


def _find(subject: Subject) -> Said:
    plan = subject.plan
    seen: set[str] = set()
    for placed in subject.limits:
        for name in (placed.limit.of, *(other for other, _ in placed.limit.beside)):
            sensor = plan.sensors_.get(name)
            if placed.rank != "critical" or name in seen or sensor is None or sensor.unit.dimension in _NEVER:
                continue
            seen.add(name)
            yield from _calibrated(plan, name, placed.limit.id)


def _calibrated(plan: Plan, name: str, limit: str) -> Said:
    checks = [
        (number, each)
        for number, each in enumerate(plan.verification)
        if name in each.of and _CALIBRATES.search(f"{each.id} {each.what}")
    ]
    if not checks:
        message = (
            f"{limit} rests on {name}, and nothing says how often it is calibrated: write in verification such as"
            f" {{id: {name}, what: calibration, of: [{name}], every: 1 y, tolerance: ...}}"
        )
        yield ("sensors", name), message
    for number, each in checks:
        if not each.every:
            yield (
                ("verification", number),
                f"the calibration of {name} has no interval: write every, such as every: 1 y",
            )


RULE = Rule("no-calibration", "a sensor of a critical limit without a calibration and its interval", _find)
