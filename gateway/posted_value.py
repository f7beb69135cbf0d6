"""A value that programs may hand in by HTTP: its time, its number or text, and what its sender says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.device import unit_for
from gateway.errors import SourceError, shown
from gateway.gauge import Gauge, gauge
from gateway.http_settings import PostedValue
from gateway.measure import NS_PER
from gateway.posted_body import Handed
from gateway.values import measured
from readings.block import LARGEST
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Series, State
from readings.posted import Post
from readings.quality import REASON_NAMED, Quality, Reason
from readings.times import NEVER_SET, arrival, format_time, parse_time
from readings.units import Unit, unit_named

_STATED = {"good": Reason.NONE, "uncertain": Reason.DOUBTED, "bad": Reason.DEVICE_FAULT}


class FaultyError(Exception):
    """A value cannot be taken; its field, and why."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that may be handed in, ready to be read."""

    settings: PostedValue
    series: Series
    gauge: Gauge

    def time(self, handed: Handed, post: Post) -> tuple[int, Reason]:
        """The event time, ns UTC, and what is to be said of it.

        Raises:
            FaultyError: there is none, or none that can be.
        """
        if handed.time is None:
            if self.settings.time == "required":
                raise FaultyError(
                    "time", "there is no time; send one, or have the site file say time: arrival"
                )
            if handed.backfill:
                raise FaultyError(
                    "time", "there is no time; of what was kept and is sent late nobody else knows it"
                )
            return arrival(post.received), Reason.NONE
        try:
            time = (
                parse_time(handed.time)
                if isinstance(handed.time, str)
                else handed.time * NS_PER[post.precision]
            )
        except HaccplineError as error:
            raise FaultyError("time", str(error)) from error
        if not 0 < time <= LARGEST:
            raise FaultyError("time", f"{handed.time} {post.precision} since 1970 is out of range")
        if time < NEVER_SET:
            hint = "" if isinstance(handed.time, str) else f"; it was read as {post.precision}: say precision"
            raise FaultyError(
                "time",
                f"it is {format_time(time)}, which is no clock's but one that was never set{hint}",
            )
        within, late = self.settings.within, handed.backfill or self.settings.backfill
        far = within is not None and abs(time - post.received) > within
        if late and time < post.received and (far or handed.backfill):
            return time, Reason.BACKFILL
        return time, Reason.CLOCK if far else Reason.NONE

    def measured(self, value: Any) -> tuple[float, float, Reason]:
        """Value in the plan's unit, raw number and reason.

        Raises:
            FaultyError: it is no number, or too large.
        """
        try:
            found = measured(self.gauge, value)
        except OverflowError as error:
            raise FaultyError("value", "the number is out of range") from error
        if found is None:
            raise FaultyError("value", f"it is {shown(value)}; a number was expected")
        return found

    def state(self, handed: Handed, time: int, received: int) -> State:
        """The coded text that holds from then on.

        Raises:
            FaultyError: it is no text, or said to be bad.
        """
        if not isinstance(handed.value, str) or not handed.value.isprintable():
            raise FaultyError("value", f"it is {shown(handed.value)}; a printable text was expected")
        said = stated(handed)
        if said.quality is Quality.BAD:
            raise FaultyError("quality", f"a text cannot be recorded as bad, and this one is: {said.text}")
        zone = "" if self.series.point == LONE_POINT else self.series.point
        return State(time, self.series.line, self.series.sensor, handed.value, zone, received)


def wanted_gauge(source: str, value: PostedValue, series: Series, units: Mapping[Series, Unit]) -> Gauge:
    """From the number that is handed in to the plan's unit.

    Raises:
        SourceError: no plan has it, or it is in a unit that cannot become the plan's.
    """
    try:
        return gauge(
            source=unit_named(value.unit),
            target=unit_for(series, units, source),
            scale=value.scale,
            offset=value.offset,
            curve=value.curve,
            sentinels=value.sentinels,
            decimal=True,
        )
    except (HaccplineError, ValueError) as error:
        raise SourceError(f"source {source}, {value.name}: {error}") from error


def stated(handed: Handed) -> Reason:
    """What the sender says of the value.

    Raises:
        FaultyError: no word for that, or two that do not go together.
    """
    if not handed.reason:
        return _STATED[handed.quality or "good"]
    reason = REASON_NAMED.get(handed.reason)
    if reason is None or reason is Reason.BY_HAND:
        raise FaultyError("reason", f"{shown(handed.reason)} is no reason that a program can give")
    if handed.quality and handed.quality != reason.quality.name.lower():
        raise FaultyError("reason", f"{shown(handed.reason)} does not go with quality {handed.quality}")
    return reason
