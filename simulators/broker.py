"""A small MQTT 3.1.1 broker in this process, for a plant that needs nothing but Python."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from amqtt.broker import Broker  # type: ignore[import-untyped] # all of amqtt
from amqtt.errors import BrokerError  # type: ignore[import-untyped]
from amqtt.plugins.base import BaseAuthPlugin  # type: ignore[import-untyped]
from amqtt.session import Session  # type: ignore[import-untyped]

from simulators.clock import PlantError

_GOODBYE = 2.0  # seconds


class Everyone(BaseAuthPlugin):  # type: ignore[misc]
    """Lets everyone in. amqtt's own plugin for that also forgets the session of who goes away for a moment."""

    @dataclass
    class Config:
        """Nothing to set."""

    async def authenticate(self, *, session: Session) -> bool:
        """Anyone who reaches the loopback interface may come in."""
        return session is not None


class _Broker(Broker):  # type: ignore[misc]
    """amqtt; whoever connects is not sent what is retained for others.

    On every connection it goes through the subscriptions of all its clients.
    """

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        if any(one is session for one, _ in self._subscriptions.get(subscription[0], ())):
            await super()._publish_retained_messages_for_subscription(subscription, session)


@asynccontextmanager
async def broker(*, host: str = "127.0.0.1", port: int) -> AsyncIterator[None]:
    """Run a broker as long as the context lasts.

    Raises:
        PlantError: the port is taken.
    """
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    plugin = f"{Everyone.__module__}.{Everyone.__qualname__}"
    made = _Broker(
        {"listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}}, "plugins": {plugin: {}}}
    )
    try:
        await made.start()
    except BrokerError as error:
        raise PlantError(f"the broker cannot listen at {host}:{port}: {error}") from error
    try:
        yield
    finally:
        with suppress(TimeoutError):  # it waits for every client's goodbye, for ever
            async with asyncio.timeout(_GOODBYE):
                await made.shutdown()
