"""The time of a reading: the message's own, or that of its arrival."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec import UNSET

from gateway.errors import PayloadError, shown
from gateway.measure import NS_PER
from gateway.topic_settings import Topic
from readings.block import LARGEST
from readings.errors import HaccplineError, TimeError
from readings.quality import Reason
from readings.times import NEVER_SET, arrival, parse_time, zone

_REMEMBERED = 65_536
_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_NUMBER = re.compile(r"\s*\d{1,19}(\.\d{1,9})?\s*", re.ASCII)


class Moments:
    """Tells the time of a topic's readings."""

    def __init__(self, topic: Topic) -> None:
        self._read = time_reader(topic) if topic.time is not None else None
        self._within = topic.within
        self._or_arrival = topic.or_arrival

    def of(self, said: Any, retained: bool, received: int) -> tuple[int, Reason]:
        """The time of a reading, and what is to be said of it.

        Args:
            said: what the message has for a time; None or UNSET where nothing stands there.
            retained: the broker kept the message; its age is unknown.
            received: ns UTC.

        Raises:
            PayloadError: it is no time, and that of arrival is not asked for.
        """
        if self._read is None:
            return arrival(received), Reason.RETAINED if retained else Reason.NONE
        doubt = Reason.DEVICE_CLOCK
        if said is not None and said is not UNSET:
            try:
                time = self._read(said)
            except HaccplineError as error:
                if not self._or_arrival:
                    raise PayloadError(str(error)) from error
            else:
                if time >= NEVER_SET:
                    if self._within is None or -self._within <= time - received <= self._within:
                        return time, Reason.NONE
                    if not self._or_arrival:
                        return time, Reason.CLOCK
        if self._or_arrival:
            doubt = Reason.RETAINED if retained else Reason.ARRIVAL
        return arrival(received), doubt

    @staticmethod
    def arrived(doubt: Reason) -> bool:
        """Whether a time of which this is said is that of arrival."""
        return doubt in (Reason.ARRIVAL, Reason.RETAINED, Reason.DEVICE_CLOCK)

    def first_of(self, said: Sequence[Any], retained: bool, received: int) -> tuple[int, Reason]:
        """The first time that can be believed; where there is none, as for the first that stands there.

        Raises:
            PayloadError: as above.
        """
        there = [each for each in said if each is not None and each is not UNSET] or [None]
        refused: PayloadError | None = None
        doubted: tuple[int, Reason] | None = None
        for each in there:
            try:
                time, doubt = self.of(each, retained, received)
            except PayloadError as error:
                refused = refused or error
                continue
            if doubt is Reason.NONE:
                return time, doubt
            doubted = doubted or (time, doubt)
        if doubted is None:
            assert refused is not None
            raise refused
        return doubted


def time_reader(topic: Topic) -> Callable[[Any], int]:
    """Reads a message's time to ns UTC.

    Returns:
        A function of the field that raises TimeError where it is no time of the expected form.
    """
    if topic.time_unit != "rfc3339":
        return _counted(NS_PER[topic.time_unit], topic.time_unit)
    return _written(zone(topic.zone) if topic.zone else None)


def _counted(per: int, unit: str) -> Callable[[Any], int]:
    def read(field: Any) -> int:
        if isinstance(field, str) and _NUMBER.fullmatch(field):
            field = Decimal(field.strip())
        if not isinstance(field, int | float | Decimal) or isinstance(field, bool):
            raise TimeError(f"{shown(field)} is not a number of {unit} since 1970")
        if isinstance(field, float) and not math.isfinite(field):
            raise TimeError(f"{field} is no time")
        ns = field * per if isinstance(field, int) else int(Decimal(str(field)) * per)
        if not 0 < ns <= LARGEST:
            raise TimeError(f"{field!r} {unit} since 1970 is out of range")
        return ns

    return read


@cache  # one for all topics of a zone: each topic that is heard would come to remember 10 MB of its own
def _written(local: tzinfo | None) -> Callable[[Any], int]:
    """Most times differ from one seen before in their minute alone, or in what follows it: both are remembered."""
    minutes: dict[str, int] = {}
    seconds: dict[str, int] = {}

    def read(field: Any) -> int:
        try:
            return minutes[field[:17]] + seconds[field[17:]]
        except (KeyError, TypeError):
            pass
        if not isinstance(field, str):
            raise TimeError(f"{shown(field)} is not a time written as 2026-12-01T00:00:00Z")
        time = parse_time(field, local)
        if _PLAIN.fullmatch(field):
            minute = parse_time(field[:17] + "00Z")
            for known, key, value in ((minutes, field[:17], minute), (seconds, field[17:], time - minute)):
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[key] = value
        return time

    return read
