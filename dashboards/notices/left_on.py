"""Sirens that a kill left on, and that the site file no longer has as they were: released all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from dashboards.notices.channel import Channel
from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.settings import NoticeSettings, SirenChannel
from dashboards.notices.siren import Siren, SoundMark, Switched, connected

log = structlog.get_logger(__name__)

_PAUSE, _LONGEST = 1.0, 60.0  # seconds between tries


class LeftOn:
    """What may sound and belongs to no siren that is in use: disabled, removed, renamed or moved since.

    A siren that is in use releases itself. `trouble` says what cannot be released.

    Args:
        settings: of the site: how to sign in, where an address is still there.
        mark: durable.
    """

    def __init__(self, settings: NoticeSettings, mark: SoundMark) -> None:
        self._settings, self._mark = settings, mark
        self._troubles: dict[Switched, str] = {}

    @property
    def trouble(self) -> str | None:
        """What cannot be released, in words; None if nothing."""
        return "; ".join(self._troubles.values()) or None

    async def release(self, channels: Mapping[str, Channel]) -> None:
        """Release all of it; each is tried until it is.

        Args:
            channels: in use.
        """
        own = {each.switched for each in channels.values() if isinstance(each, Siren)}
        left = [each for each in await asyncio.to_thread(self._mark.sounding) if each not in own]
        async with asyncio.TaskGroup() as group:
            for each in left:
                group.create_task(self._release(each), name=f"notices: release {each.siren}")

    async def _release(self, switched: Switched) -> None:
        settings, pause = self._channel(switched), _PAUSE
        while True:
            try:
                async with connected(settings) as switch:
                    await switch(False)
            except NotDeliveredError as error:
                where = f"coil {switched.coil}" if switched.coil is not None else str(switched.topic)
                words = f"a siren that the site file no longer has ({where}) may still sound: {error}"
                self._troubles[switched] = words
                log.error("a siren cannot be released", error=words)  # noqa: TRY400 - the message says it
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST)
                continue
            await asyncio.to_thread(self._mark.released, switched)
            self._troubles.pop(switched, None)
            return

    def _channel(self, switched: Switched) -> SirenChannel:
        """As it was when it was switched on; how to sign in as the site file says for that address, if it still does."""
        there = [each for each in self._settings.channels.values() if isinstance(each, SirenChannel)]
        known = next((each for each in there if each.siren == switched.siren), None)
        keys = ("username", "password_file", "ca_file", "timeout")
        signing_in = {key: getattr(known, key) for key in keys} if known is not None else {}
        was = {name: getattr(switched, name) for name in ("siren", "coil", "unit", "topic", "off")}
        return SirenChannel(**was).model_copy(update=signing_in)
