"""A device says that it is gone, and what it feeds is bad from then on."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from gateway.columns import Columns
from gateway.errors import NOT_JSON, PayloadError, no_json
from gateway.mqtt_settings import Status
from gateway.paths import getter, way, word
from readings.inputs import Series
from readings.quality import Reason
from readings.times import MS, US

_LONGEST = 200  # bytes of a word


class Presence:
    """From a device's status to bad readings for all it may feed, when it says that it is gone."""

    def __init__(self, status: Status, series: tuple[Series, ...]) -> None:
        """Compile what the settings say.

        Args:
            status: the settings.
            series: that the device may feed.
        """
        self._get = getter(way(status.value)) if status.value else None
        self._value = status.value
        self._online = frozenset(map(word, status.online))
        self._offline = frozenset(map(word, status.offline)) if status.offline else None
        self._series = series

    def add(self, columns: Columns, payload: bytes, _retained: bool, received: int) -> None:
        """Say of each series that its device is gone; nothing, if it is there.

        Raises:
            PayloadError: it says neither.
        """
        said = self._said(payload)
        if said in self._online:
            return
        if self._offline is not None and said not in self._offline:
            raise PayloadError(f"the device's status is {said!r}, which says neither online nor offline")
        for each in self._series:
            columns.bad(
                each, time=received - received % US, reason=Reason.OFFLINE, received=received - received % MS
            )

    def _said(self, payload: bytes) -> str:
        if self._get is None:
            return word(payload[:_LONGEST].decode(errors="replace"))
        try:
            found = self._get(msgspec.json.decode(payload))
        except NOT_JSON as error:
            raise PayloadError(no_json(error)) from error
        if found is UNSET or not isinstance(found, str | int | float):
            raise PayloadError(f"no word for the device's status stands at {self._value}")
        return word(found)
