"""A webhook: the message as JSON, signed, with its idempotency key, to a server of the plant's own.

Headers are those of standardwebhooks.com (`webhook-id`, `webhook-timestamp`, `webhook-signature`), and `Idempotency-Key`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.message import Message, plain
from dashboards.notices.settings import Webhook, is_loopback
from readings.times import SECOND

_WORDS = 300  # characters of an answer that are kept


class WebhookPost:
    """`dashboards.notices.channel.Channel` over HTTP.

    Args:
        name: of the channel.
        settings: of the site.
    """

    def __init__(self, name: str, settings: Webhook) -> None:
        self._name, self._settings = name, settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"notices {name}")

    async def deliver(self, message: Message) -> None:
        """Post a message; see `Channel`."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, lambda: asyncio.run(self._post(message)))

    async def _post(self, message: Message) -> None:
        import httpx

        url = self._settings.webhook
        body = msgspec.json.encode({"version": 1, **msgspec.to_builtins(message)})
        own = is_loopback(urlsplit(url).hostname or "")
        try:
            headers = sign(message.id, int(time.time()), body, self._secret())
            verify = ssl.create_default_context(cafile=self._settings.ca_file)
            async with (
                asyncio.timeout(self._settings.timeout / SECOND),
                httpx.AsyncClient(verify=verify, trust_env=not own, timeout=None) as client,  # noqa: S113 - bounded above
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                words = b""
                if not answer.is_success:
                    async for chunk in answer.aiter_raw():
                        words += chunk
                        if len(words) > _WORDS:
                            break
        except TimeoutError as error:
            raise NotDeliveredError(f"{self._name}: no answer in time from {_host(url)}") from error
        except (httpx.HTTPError, OSError) as error:
            raise NotDeliveredError(f"{self._name}: {_host(url)}: {error or type(error).__name__}") from error
        if answer.is_redirect:
            raise NotDeliveredError(f"{self._name}: {_host(url)} redirects, which is not followed")
        if not answer.is_success:
            said = plain(words[:_WORDS].decode("utf-8", "replace"), _WORDS)
            raise NotDeliveredError(f"{self._name}: {_host(url)} answers {answer.status_code} {said}".strip())

    def _secret(self) -> bytes:
        if self._settings.secret_file is None:
            return b""
        text = Path(self._settings.secret_file).read_text(encoding="utf-8").strip()
        if not text:
            raise NotDeliveredError(f"{self._name}: {self._settings.secret_file} is empty")
        if text.startswith("whsec_"):
            try:
                return base64.b64decode(text.removeprefix("whsec_"), validate=True)
            except binascii.Error as error:
                raise NotDeliveredError(
                    f"{self._name}: {self._settings.secret_file}: behind whsec_ stands no base64"
                ) from error
        return text.encode()


def sign(id_: str, at: int, body: bytes, secret: bytes) -> dict[str, str]:
    """The headers of a message: without a secret there is no signature.

    Args:
        id_: of the message.
        at: seconds since 1970.
        body: as it is sent.
        secret: shared with the receiver.
    """
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "haccpline",
        "Idempotency-Key": id_,
        "webhook-id": id_,
        "webhook-timestamp": str(at),
    }
    if secret:
        digest = hmac.new(secret, b"%s.%d.%s" % (id_.encode(), at, body), hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _host(url: str) -> str:
    """Host and port: the path may be a secret."""
    return urlsplit(url).netloc
