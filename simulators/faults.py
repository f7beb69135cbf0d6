"""Faults of the plant: what goes wrong, where, and from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readings.errors import HaccplineError
from readings.inputs import LONE_POINT
from readings.times import format_duration, parse_duration, parse_time

WATER, RETORT, STORE = "bottled-water", "retort-2", "cold-3"


class FaultError(HaccplineError):
    """A fault cannot be played; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault needs.

    Attributes:
        does: what happens, in a sentence.
        lines: where it can happen.
        of: what must be named besides the line: `sensor`, `point` (and its sensor), `zone`, or nothing.
        size: what `size` means, in which unit; empty where it has none.
        usual: the size where none is given.
        allowed: smallest and largest size.
        choices: what may be named; empty: any.
    """

    does: str
    lines: tuple[str, ...]
    of: str = ""
    size: str = ""
    usual: float = 0.0
    allowed: tuple[float, float] = (0.0, 0.0)
    choices: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "low_ozone": Kind(
        "the ozone falls; at both analysers where no sensor is named",
        (WATER,),
        "may name a sensor",
        "mg/L that it falls to",
        0.05,
        (0.0, 0.3),
        ("o3_contact", "o3_filler"),
    ),
    "cold_spot": Kind(
        "one point of the retort stays behind while the others hold",
        (RETORT,),
        "point",
        "K below its usual",
        3.0,
        (0.2, 40.0),
        ("1", "2", "3", "4", "5", "6"),
    ),
    "unplugged": Kind("the device answers nothing", (WATER, RETORT, STORE)),
    "mute": Kind("the device takes connections and questions, and answers none", (WATER, RETORT)),
    "refused": Kind(
        "the device has no such address any more: exception 2 where a sensor lies in the block",
        (WATER, RETORT),
        "sensor",
        choices=("o3_contact", "tid", "r"),
    ),
    "slow": Kind(
        "each answer takes long, and comes before the gateway gives up",
        (WATER, RETORT),
        size="s to an answer",
        usual=0.3,
        allowed=(0.05, 0.8),
    ),
    "stuck": Kind("the counts of a sensor stand still", (WATER, RETORT, STORE), "sensor"),
    "compressor": Kind("the room warms towards 15 degC", (STORE,), "zone", choices=("CS1", "CS2")),
    "late_upload": Kind("the logger keeps its samples and sends them in a burst at the end", (STORE,)),
    "clock_step": Kind(
        "the device's clock is wrong",
        (WATER, RETORT, STORE),
        size="s by which it is ahead, negative where behind",
        usual=-3600.0,
        allowed=(-86400.0, 86400.0),
    ),
    "door_open": Kind(
        "a door is left open",
        (STORE,),
        "zone",
        "K that the air ends up warmer",
        12.0,
        (1.0, 40.0),
        ("CS1", "CS2", "DOCK"),
    ),
}
_KEYS = ("kind", "line", "sensor", "point", "zone", "at", "in", "for", "size")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        kind: one of `KINDS`.
        line: where.
        start: ns UTC.
        end: ns UTC, not included; effects may outlast it.
        sensor: which one, where the kind needs one.
        point: which of its points; empty: `1`.
        zone: which one, where the kind needs one.
        size: how much, in the unit of the kind; None: as usual.
    """

    kind: str
    line: str
    start: int
    end: int
    sensor: str = ""
    point: str = ""
    zone: str = ""
    size: float | None = None

    def __post_init__(self) -> None:
        """Check that it can be played.

        Raises:
            FaultError: an unknown kind, or one that does not go with line, sensor, zone, size or times.
        """
        if self.kind not in KINDS:
            raise FaultError(f"no fault of kind {self.kind!r}; there are {', '.join(KINDS)}")
        kind = KINDS[self.kind]
        if self.line not in kind.lines:
            raise FaultError(f"{self.kind} happens on {' or '.join(kind.lines)}, not on {self.line!r}")
        if self.end <= self.start:
            raise FaultError(f"{self.kind} ends before it begins")
        self._check_place(kind)
        if self.size is not None:
            low, high = kind.allowed
            if not kind.size:
                raise FaultError(f"{self.kind} has no size")
            if not low <= self.size <= high:
                raise FaultError(
                    f"size of {self.kind} ({kind.size}): {self.size:g} is not in {low:g} to {high:g}"
                )

    def _check_place(self, kind: Kind) -> None:
        asked = {
            "zone": self.zone,
            "point": self.point,
            "sensor": self.sensor,
            "may name a sensor": self.sensor,
            "": "",
        }[kind.of]
        if kind.of in ("zone", "point", "sensor") and not asked:
            choices = f": {', '.join(kind.choices)}" if kind.choices else ""
            raise FaultError(f"{self.kind} needs a {kind.of}{choices}")
        if asked and kind.choices and asked not in kind.choices:
            raise FaultError(f"{self.kind} of {asked!r}: choose from {', '.join(kind.choices)}")
        if self.zone and kind.of != "zone":
            raise FaultError(f"{self.kind} has no zone")
        if (
            self.sensor
            and kind.of not in ("sensor", "may name a sensor")
            and (kind.of, self.sensor) != ("point", "r")
        ):
            raise FaultError(f"{self.kind} has no sensor {self.sensor!r}")
        if self.point and kind.of not in ("point", "sensor"):
            raise FaultError(f"{self.kind} has no point")

    @property
    def by(self) -> float:
        """Its size, or the usual one."""
        return KINDS[self.kind].usual if self.size is None else self.size

    @property
    def key(self) -> tuple[str, str]:
        """Sensor and point that it is about; for a zone the zone's air has many."""
        return ("r" if self.kind == "cold_spot" else self.sensor, self.point or LONE_POINT)

    def __str__(self) -> str:
        """What happens, in short: `low_ozone bottled-water/o3_filler for 25 s`."""
        place = "/".join(each for each in (self.line, self.sensor, self.point, self.zone) if each)
        return f"{self.kind} {place} for {format_duration(self.end - self.start)}"


def fault_of(given: Mapping[str, Any], *, now: int) -> Fault:
    """A fault as a person writes it: `{kind, line, sensor, point, zone, at or in, for, size}`.

    Args:
        given: `at` is a time in RFC 3339, `in` a duration from now on, `for` a duration.
        now: ns UTC; where neither `at` nor `in` is given it begins now.

    Raises:
        FaultError: an unknown key, a missing one, or one that cannot be read.
    """
    unknown = [key for key in given if key not in _KEYS]
    if unknown:
        raise FaultError(f"a fault has no {', '.join(map(repr, unknown))}; its keys are {', '.join(_KEYS)}")
    missing = [key for key in ("kind", "line", "for") if key not in given]
    if missing:
        raise FaultError(f"a fault needs {', '.join(missing)}")
    if "at" in given and "in" in given:
        raise FaultError("say either at or in, not both")
    try:
        start = (
            parse_time(str(given["at"]))
            if "at" in given
            else now + parse_duration(str(given.get("in", "0 s")))
        )
        lasts = parse_duration(str(given["for"]))
    except HaccplineError as error:
        raise FaultError(str(error)) from error
    return Fault(
        kind=str(given["kind"]),
        line=str(given["line"]),
        start=start,
        end=start + lasts,
        sensor=str(given.get("sensor", "")),
        point=str(given.get("point", "")),
        zone=str(given.get("zone", "")),
        size=_size(given["size"]) if "size" in given else None,
    )


def _size(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError) as error:
        raise FaultError(f"size {given!r} is not a number") from error
