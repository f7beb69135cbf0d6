"""What a channel can do; one file each for those that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dashboards.notices.message import Message
from dashboards.notices.settings import AppriseChannel, NoticeSettings, SirenChannel
from dashboards.notices.siren import Siren, SoundMark


class Channel(Protocol):
    """A way to people."""

    async def deliver(self, message: Message) -> None:
        """Hand over a message; returns when the other end has taken it.

        Raises:
            NotDeliveredError: it has not, or nobody knows; the same message may be handed over again.
        """


def open_channels(settings: NoticeSettings, mark: SoundMark | None) -> Mapping[str, Channel]:
    """The channels of a site, by name; a siren that is not enabled is none, and none is where nothing marks its sound."""
    found: dict[str, Channel] = {}
    for name, channel in settings.channels.items():
        if isinstance(channel, SirenChannel):
            if channel.enabled and mark is not None:
                found[name] = Siren(name, channel, mark)
        elif isinstance(channel, AppriseChannel):
            from dashboards.notices.apprise_service import AppriseService

            found[name] = AppriseService(name, channel)
        else:
            from dashboards.notices.webhook import WebhookPost

            found[name] = WebhookPost(name, channel)
    return found
