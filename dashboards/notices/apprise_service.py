"""Services that apprise knows: WeCom, DingTalk, Feishu, mail and many more."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.message import Message, plain
from dashboards.notices.settings import AppriseChannel
from readings.times import SECOND

ADDRESS = "{address}"
_WORDS = 300  # characters of what apprise says that are kept


class AppriseService:
    """`dashboards.notices.channel.Channel` over apprise, which is loaded when the first message goes (40 MB).

    Args:
        name: of the channel.
        settings: of the site.
    """

    def __init__(self, name: str, settings: AppriseChannel) -> None:
        self._name, self._settings = name, settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"notices {name}")

    async def deliver(self, message: Message) -> None:
        """Hand a message to the service; see `Channel`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._settings.timeout / SECOND):
                await loop.run_in_executor(self._thread, self._notify, message)
        except TimeoutError as error:
            self._thread.shutdown(wait=False)  # the one that hangs is left behind
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"notices {self._name}")
            raise NotDeliveredError(f"{self._name}: no answer in time") from error

    def _notify(self, message: Message) -> None:
        import apprise

        url = self._url()
        if (ADDRESS in url) != self._settings.addressed:
            raise NotDeliveredError(
                f"{self._name}: its URL has {'an' if ADDRESS in url else 'no'} {ADDRESS} in it, and the site file says"
                f" addressed: {str(self._settings.addressed).lower()}"
            )
        asset = apprise.AppriseAsset(app_id="haccpline", app_desc="haccpline", async_mode=False)
        service: Any = apprise.Apprise.instantiate(
            url.replace(ADDRESS, quote(message.address, safe="")), asset=asset
        )
        if service is None:
            raise NotDeliveredError(f"{self._name}: apprise cannot read its URL")
        text = f"{message.text} ({message.id[:8]})"  # one that comes twice is known by its number
        capture: Any = apprise.LogCapture
        with capture(level=logging.WARNING, fmt="%(message)s") as said:
            try:
                taken = bool(
                    service.notify(body=text, title=message.subject, body_format=apprise.NotifyFormat.TEXT)
                )
            except (TypeError, ValueError, OSError) as error:
                raise NotDeliveredError(f"{self._name}: {hidden(str(error), url)}") from error
            words = " ".join(str(said.getvalue()).split())
        if not taken:
            raise NotDeliveredError(
                f"{self._name}: {plain(hidden(words, url), _WORDS) or 'the service did not take it'}"
            )

    def _url(self) -> str:
        if self._settings.apprise_env is not None:
            url = os.environ.get(self._settings.apprise_env, "")
            where = f"the environment variable {self._settings.apprise_env}"
        else:
            where = str(self._settings.apprise_file)
            try:
                url = Path(where).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise NotDeliveredError(f"{self._name}: {where} cannot be read: {error}") from error
        if not url.strip():
            raise NotDeliveredError(f"{self._name}: {where} is empty")
        return url.strip()


def hidden(words: str, url: str) -> str:
    """The words without anything of the URL that may be a secret."""
    _, _, rest = url.partition("://")
    for part in sorted(set(re.split(r"[/@:?&=]", rest)), key=len, reverse=True):
        for each in (part, unquote(part)):
            if len(each) > 4 and each != ADDRESS:
                words = words.replace(each, "***")
    return words
