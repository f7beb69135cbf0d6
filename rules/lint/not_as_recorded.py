"""A sensor that is not read as the plan says: never, more seldom, or outside its range."""

from __future__ import annotations

from readings.times import format_duration
from rules.linting import Rule, Said, Subject, sensor_path
from rules.recording import Seen

_SLOWER = (
    2  # times the interval that the plan states; a recording thinned to every second reading is no doubt
)
_MANY = 100  # one in so many readings outside the range


def _find(subject: Subject) -> Said:
    recording = subject.recording
    if recording is None:
        return
    used = _used(subject)
    for name, sensor in subject.plan.sensors.items():
        if name not in used:
            continue
        points = [point for points in sensor.point_names().values() for point in points]
        seen = {point: recording.seen.get((name, point), Seen()) for point in points}
        missing = [point for point, each in seen.items() if not each.usable]
        if missing:
            which = name if len(missing) == len(points) else f"{name} {', '.join(missing)}"
            yield (
                sensor_path(subject.plan, name),
                f"no reading of {which} is in this file: what rests on it cannot be judged",
            )
        slowest = max((each.every or 0 for each in seen.values()), default=0)
        if isinstance(sensor.every, int) and slowest > _SLOWER * sensor.every:
            shown = format_duration(slowest // 10**9 * 10**9)
            message = f"read every {shown} in this file, not every {format_duration(sensor.every)}: mend one"
            yield (*sensor_path(subject.plan, name), "every"), message
        outside, usable = (
            sum(each.outside for each in seen.values()),
            sum(each.usable for each in seen.values()),
        )
        if outside * _MANY > usable:
            message = f"{outside} of {usable} readings in this file lie outside: no evidence; look at range and scale"
            yield (*sensor_path(subject.plan, name), "range"), message


def _used(subject: Subject) -> set[str]:
    """Sensors that something is judged by."""
    names: set[str] = set()
    for placed in subject.limits:
        limit = placed.limit
        names |= {
            limit.of,
            *(name for name, _ in limit.beside),
            *(granted.while_ for granted in limit.except_),
        }
        names |= set(limit.derived.others if limit.derived is not None else ())
    return names


RULE = Rule(
    "not-as-recorded",
    "a sensor of which the readings given have none, fewer than it says, or many outside its range",
    _find,
    needs_readings=True,
)
