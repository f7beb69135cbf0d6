"""The siren: one coil or one topic, switched on for a bounded time and always released.

That it may be on is written down before it is switched, so that a start after a kill releases it. Nothing else is ever
written to a device: no other coil, no register.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
import structlog

from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.message import Message
from dashboards.notices.settings import SirenChannel
from readings.times import SECOND

log = structlog.get_logger(__name__)

Switch = Callable[[bool], Awaitable[None]]
_TRIES = 3  # to release it before others take over
_PAUSE = 1.0  # seconds between tries to release one that does not answer


class Switched(msgspec.Struct, frozen=True):
    """What is switched, and how it is released: enough to do so whatever the site file says by then. No password.

    Attributes:
        siren: its address.
        coil, unit: of a Modbus device.
        topic, off: of a broker, and the payload that releases it.
    """

    siren: str
    coil: int | None
    unit: int
    topic: str | None
    off: str

    @classmethod
    def of(cls, settings: SirenChannel) -> Switched:
        """Of a siren of the site file."""
        return cls(settings.siren, settings.coil, settings.unit, settings.topic, settings.off)


class SoundMark(Protocol):
    """Where it is written down which sirens may sound."""

    def sounds(self, switched: Switched) -> None:
        """A siren is about to sound."""

    def released(self, switched: Switched) -> None:
        """A siren was released."""

    def sounding(self) -> list[Switched]:
        """The sirens that may still sound."""


class Siren:
    """`dashboards.notices.channel.Channel` that is heard.

    Args:
        name: of the channel.
        settings: of the site; enabled.
        mark: durable.
    """

    def __init__(self, name: str, settings: SirenChannel, mark: SoundMark) -> None:
        self._name, self._settings, self._mark = name, settings, mark
        self.switched = Switched.of(settings)
        self._turn = asyncio.Lock()
        self._left_on = asyncio.Event()
        self.trouble: str | None = None

    async def deliver(self, message: Message) -> None:  # noqa: ARG002 - a siren says nothing but that there is something
        """Sound for the time of the settings and be released; see `Channel`."""
        async with self._turn:
            if self.switched in await asyncio.to_thread(self._mark.sounding):
                await self._release()
            await asyncio.to_thread(self._mark.sounds, self.switched)
            try:
                async with self._connected() as switch:
                    await self._play(switch)
            finally:
                await self._release()

    async def watch(self) -> None:
        """Release what was left on, by a kill or because the device did not answer; until cancelled."""
        if self.switched in await asyncio.to_thread(self._mark.sounding):
            self._left_on.set()
        while True:
            await self._left_on.wait()
            async with self._turn:
                self._left_on.clear()
                await self._release()
            if self._left_on.is_set():
                await asyncio.sleep(_PAUSE)

    async def _play(self, switch: Switch) -> None:
        lasts, pulse = self._settings.lasts / SECOND, self._settings.pulse / SECOND
        await switch(True)
        if not pulse:
            await asyncio.sleep(lasts)
            return
        ends = asyncio.get_running_loop().time() + lasts
        on = True
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(pulse, left))
            on = not on
            await switch(on)

    async def _release(self) -> None:
        for number in range(_TRIES):
            try:
                async with self._connected() as switch:
                    await switch(False)
            except NotDeliveredError as error:
                self.trouble = f"the siren may still sound: {error}"
                log.error("the siren cannot be released", error=str(error))  # noqa: TRY400 - the message says it
                if number + 1 < _TRIES:
                    await asyncio.sleep(_PAUSE / 4)
                continue
            await asyncio.to_thread(self._mark.released, self.switched)
            self.trouble = None
            return
        self._left_on.set()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Switch]:
        try:
            async with connected(self._settings) as switch:
                yield switch
        except NotDeliveredError as error:
            raise NotDeliveredError(f"{self._name}: {error}") from error


@asynccontextmanager
async def connected(settings: SirenChannel) -> AsyncIterator[Switch]:
    """A connection by which the one coil or topic is switched.

    Raises:
        NotDeliveredError: it is not there, or refuses.
    """
    try:
        async with _coil(settings) if settings.modbus else _topic(settings) as switch:
            yield switch
    except (OSError, TimeoutError) as error:
        raise NotDeliveredError(f"{settings.siren}: {error or 'no answer in time'}") from error


@asynccontextmanager
async def _coil(settings: SirenChannel) -> AsyncIterator[Switch]:
    from pymodbus.client import AsyncModbusTcpClient
    from pymodbus.exceptions import ModbusException

    url = urlsplit(settings.siren)
    seconds = settings.timeout / SECOND
    client = AsyncModbusTcpClient(
        url.hostname or "", port=url.port or 502, timeout=seconds, retries=0, reconnect_delay=0
    )

    async def switch(on: bool) -> None:
        assert settings.coil is not None
        answer = await client.write_coil(settings.coil, on, device_id=settings.unit)
        if answer.isError():
            raise NotDeliveredError(f"{settings.siren} refuses to switch coil {settings.coil}: {answer}")

    try:
        async with asyncio.timeout(2 * seconds):
            connected = await client.connect()
        if not connected:
            raise NotDeliveredError(f"{settings.siren} accepts no connection")
        yield switch
    except ModbusException as error:
        raise NotDeliveredError(f"{settings.siren}: {error}") from error
    finally:
        client.close()


@asynccontextmanager
async def _topic(settings: SirenChannel) -> AsyncIterator[Switch]:
    import aiomqtt

    url = urlsplit(settings.siren)
    seconds = settings.timeout / SECOND
    password = None
    if settings.password_file is not None:
        password = Path(settings.password_file).read_text(encoding="utf-8").strip()
    tls = ssl.create_default_context(cafile=settings.ca_file) if url.scheme == "mqtts" else None
    topic = settings.topic or ""
    client = aiomqtt.Client(
        url.hostname or "",
        url.port or (8883 if tls is not None else 1883),
        username=settings.username,
        password=password,
        will=aiomqtt.Will(topic, settings.off, qos=1),  # the broker releases it when this process is killed
        timeout=seconds,
        keepalive=5,
        tls_context=tls,
    )

    async def switch(on: bool) -> None:
        await client.publish(topic, settings.on if on else settings.off, qos=1)

    try:
        async with client:
            yield switch
    except aiomqtt.MqttError as error:
        raise NotDeliveredError(f"{settings.siren}: {error}") from error
