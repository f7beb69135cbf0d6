"""A limit with a time of its own, whose sensor reads too seldom to tell it."""

from __future__ import annotations

from readings.times import MS, SECOND, format_duration
from readings.units import unit_named
from rules.linting import Rule, Said, Subject
from rules.strict_yaml import Path

_SECOND = unit_named("s")
_READINGS = 3  # a time is known to within one reading at either end
_TIMES = (
    ("for_more_than", "for_more_than"),
    ("off_at_most", "off_at_most"),
    ("for_", "for"),
    ("lasts_at_least", "lasts_at_least"),
    ("lasts_at_most", "lasts_at_most"),
)


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        limit, every = placed.limit, placed.sensor.every
        if not isinstance(every, int):
            continue
        times: list[tuple[object, Path]] = [(getattr(limit, name, 0), (key,)) for name, key in _TIMES]
        times += [(limit.clears.for_, ("clears", "for"))] if limit.clears is not None else []
        if limit.kind == "phase_duration":
            times += [(int(getattr(limit, key).in_unit(_SECOND) * SECOND), (key,)) for key in limit.given]
        for number, stage in enumerate(getattr(limit, "stages", None) or ()):
            times.append((getattr(stage, "within", 0), ("stages", number, "within")))
        for number, granted in enumerate(limit.except_):
            times.append((granted.for_at_most, ("except", number, "for_at_most")))
        for time, path in times:
            if isinstance(time, int) and 0 < time < _READINGS * every:
                message = (
                    f"{format_duration(time)} is less than {_READINGS} readings of {limit.of} (one every"
                    f" {format_duration(every)}): it is known to within a reading at either end; read it every"
                    f" {_seldomest(time)} or oftener, or allow for it in the time"
                )
                yield (*placed.path, *path), message


def _seldomest(time: int) -> str:
    """A third of a time, in whole seconds or milliseconds."""
    third = time // _READINGS
    grain = SECOND if third >= SECOND else MS
    return format_duration(max(third // grain, 1) * grain)


RULE = Rule("slow-sensor", "a time of a limit is shorter than three readings of its sensor", _find)
