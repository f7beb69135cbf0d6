"""A critical limit on a sensor of which the plan does not say how exactly it must measure, or what can be real."""

from __future__ import annotations

from rules.linting import Rule, Said, Subject

_NEVER = {"truth", "code", "text", "event", "count"}


def _find(subject: Subject) -> Said:
    seen: set[str] = set()
    for placed in subject.limits:
        for name in (placed.limit.of, *(other for other, _ in placed.limit.beside)):
            sensor = subject.plan.sensors_.get(
                name
            )  # what people enter is read off; its instrument is another matter
            if placed.rank != "critical" or name in seen or sensor is None or sensor.unit.dimension in _NEVER:
                continue
            seen.add(name)
            missing = [key for key in ("uncertainty", "range") if not getattr(sensor, key)]
            if missing:
                message = (
                    f"{placed.limit.id} rests on {name}, and nothing says"
                    f" {' or '.join(_SAYS[key] for key in missing)}: write {' and '.join(missing)}"
                )
                yield ("sensors", name), message


_SAYS = {"uncertainty": "how exactly it must measure", "range": "what can be real"}
RULE = Rule("no-uncertainty", "a critical limit on a sensor without uncertainty or range", _find)
