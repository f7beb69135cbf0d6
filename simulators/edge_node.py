"""A Sparkplug B edge node with devices behind it, on a real broker, and the faults that such nodes have.

What it has measured is kept as truth, message by message.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import aiomqtt

from simulators.sparkplug_wire import BOOLEAN, INT64, Sample, payload

_NAMESPACE = "spBv1.0"
_REBIRTH = "Node Control/Rebirth"
_PATIENCE = 5.0  # seconds for the broker


@dataclass(frozen=True, slots=True)
class Truth:
    """One measured value.

    Attributes:
        device: where; None for the node itself.
        metric: which.
        time: when, ms since 1970.
        value: what; None where there was none.
        historical: sent later than it was measured.
    """

    device: str | None
    metric: str
    time: int
    value: float | bool | str | None
    historical: bool


@dataclass(slots=True)
class EdgeNode:
    """An edge node.

    Attributes:
        host: of the broker.
        port: of the broker.
        group: id of its group.
        name: its id.
        devices: by device id (None: the node itself), the metrics and the type of each.
        bdseq: number of its present session.
        qos: of what it sends; the specification wants 0.
        sent: what it has measured and sent, births included, in order.
        rebirths: how often it was asked for its births, which it has sent by then, unless it is deaf.
        deaf: a fault: it does not do what it is asked.
    """

    host: str
    port: int
    group: str
    name: str
    devices: Mapping[str | None, Mapping[str, int]]
    bdseq: int = -1
    qos: int = 0
    sent: list[Truth] = field(default_factory=list)
    rebirths: int = 0
    _seq: int = 0
    _aliases: dict[tuple[str | None, str], int] = field(default_factory=dict)
    _values: dict[tuple[str | None, str], tuple[int, float | bool | str | None]] = field(default_factory=dict)
    _stored: list[tuple[str | None, str, int, float | bool | str | None]] = field(default_factory=list)
    _client: aiomqtt.Client | None = None
    _listening: asyncio.Task[None] | None = None
    deaf: bool = False

    def topic(self, verb: str, device: str | None = None) -> str:
        """The topic of a message."""
        return "/".join([_NAMESPACE, self.group, verb, self.name, *([device] if device else [])])

    @property
    def connected(self) -> bool:
        """Whether it has a session."""
        return self._client is not None

    async def connect(self, *, births: bool = True, seed: int = 0) -> None:
        """Begin a new session: its NDEATH as last will, then the births.

        Args:
            births: False is a fault: it begins to send data as if it had been born.
            seed: by which aliases are dealt out.
        """
        self.bdseq = (self.bdseq + 1) % 256
        will = payload([self._bdseq()], time=_now(), seq=None)
        self._client = aiomqtt.Client(
            self.host,
            self.port,
            identifier=f"edge-{self.name}",
            will=aiomqtt.Will(self.topic("NDEATH"), will, qos=1),
        )
        await self._client.__aenter__()
        await self._client.subscribe(self.topic("NCMD"), qos=1)
        self._listening = asyncio.create_task(self._listen(self._client), name=f"edge node {self.name}")
        self._name_anew(seed)
        self._seq = 0 if births else 1 + len([each for each in self.devices if each])
        if births:
            await self.bear()

    def _bdseq(self) -> Sample:
        return Sample("bdSeq", None, _now(), INT64, self.bdseq)

    async def _listen(self, client: aiomqtt.Client) -> None:
        with suppress(aiomqtt.MqttError):
            async for message in client.messages:
                if _REBIRTH.encode() in bytes(message.payload):
                    if not self.deaf:
                        await self.bear()
                    self.rebirths += 1

    def _name_anew(self, seed: int) -> None:
        metrics = [(device, name) for device, some in self.devices.items() for name in some]
        numbers = list(range(1, len(metrics) + 1))
        random.Random(seed).shuffle(numbers)
        self._aliases = dict(zip(metrics, numbers, strict=True))

    async def bear(self, *, seed: int | None = None, without: tuple[str, ...] = ()) -> None:
        """Send all births, with the values as they are.

        Args:
            seed: aliases are dealt out anew, by this; None keeps them.
            without: devices that are not born again.
        """
        if seed is not None:
            self._name_anew(seed)
        self._seq = 0
        control = Sample(_REBIRTH, None, _now(), BOOLEAN, value=False)
        await self._send("NBIRTH", None, [self._bdseq(), control, *self._all(None)])
        for device in self.devices:
            if device is not None and device not in without:
                await self._send("DBIRTH", device, self._all(device))

    async def bear_device(self, device: str) -> None:
        """Send the birth of one device."""
        await self._send("DBIRTH", device, self._all(device))

    def _all(self, device: str | None) -> list[Sample]:
        made = []
        for name, datatype in self.devices.get(device, {}).items():
            moment, value = self._values.get((device, name), (_now(), None))
            self.sent.append(Truth(device, name, moment, value, historical=False))
            made.append(Sample(name, self._aliases[device, name], moment, datatype, value))
        return made

    async def measure(
        self,
        device: str | None,
        values: Mapping[str, float | bool | str | None],
        *,
        quality: int | None = None,
    ) -> None:
        """Measure and send: by alias alone, as the specification wants it.

        Args:
            device: where; None for the node itself.
            values: by metric.
            quality: the property Quality of all of them.
        """
        now, samples = _now(), []
        for name, value in values.items():
            self._values[device, name] = (now, value)
            self.sent.append(Truth(device, name, now, value, historical=False))
            samples.append(self._sample(device, name, now, value, quality=quality))
        await self._send("DDATA" if device else "NDATA", device, samples)

    def _sample(  # noqa: PLR0913 - a sample is what it is
        self,
        device: str | None,
        name: str,
        moment: int,
        value: float | bool | str | None,
        *,
        quality: int | None = None,
        historical: bool = False,
    ) -> Sample:
        return Sample(
            None,
            self._aliases[device, name],
            moment,
            self.devices[device][name],
            value,
            historical=historical,
            quality=quality,
            typed=False,
        )

    def store(self, device: str | None, name: str, value: float, *, moment: int) -> None:
        """Measure while nobody can hear it, and keep it."""
        self._stored.append((device, name, moment, value))

    async def flush(self) -> None:
        """Send what was stored, as historical, a message for each device."""
        for device in dict.fromkeys(device for device, *_ in self._stored):
            samples = []
            for where, name, moment, value in self._stored:
                if where == device:
                    self.sent.append(Truth(device, name, moment, value, historical=True))
                    samples.append(self._sample(device, name, moment, value, historical=True))
            await self._send("DDATA" if device else "NDATA", device, samples)
        self._stored.clear()

    async def device_dies(self, device: str) -> None:
        """Say that a device is gone."""
        await self._send("DDEATH", device, [])

    def lose(self, messages: int = 1) -> None:
        """A fault: so many messages are numbered and never arrive."""
        self._seq += messages

    async def _send(self, verb: str, device: str | None, samples: list[Sample]) -> None:
        data = payload(samples, time=_now(), seq=self._seq % 256)
        self._seq += 1
        await self.publish(self.topic(verb, device), data)

    async def publish(self, topic: str, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._client is not None, "connect first"
        async with asyncio.timeout(_PATIENCE):
            await self._client.publish(topic, data, qos=self.qos)

    async def death_of(self, bdseq: int) -> None:
        """A fault: the NDEATH of an earlier session arrives now."""
        sample = Sample("bdSeq", None, _now(), INT64, bdseq)
        await self.publish(self.topic("NDEATH"), payload([sample], time=_now(), seq=None))

    async def die(self) -> None:
        """Lose the connection without a word; the broker tells, by the last will."""
        assert self._client is not None, "connect first"
        wire = self._client._client.socket()  # noqa: SLF001 - a death is not in anybody's interface
        assert isinstance(wire, socket.socket)
        wire.shutdown(socket.SHUT_RDWR)
        await self._gone()

    async def abandon(self) -> None:
        """The broker is gone."""
        await self._gone()

    async def connect_anew(self) -> None:
        """End this session with DISCONNECT alone, so that nobody hears of it, and begin the next one."""
        await self._gone()
        await self.connect()

    async def leave(self) -> None:
        """Say goodbye: NDEATH, then DISCONNECT."""
        await self.death_of(self.bdseq)
        await self._gone()

    async def _gone(self) -> None:
        client, listening = self._client, self._listening
        assert client is not None
        assert listening is not None
        self._client = self._listening = None
        with suppress(aiomqtt.MqttError):
            await client.__aexit__(None, None, None)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def _now() -> int:
    return time.time_ns() // 1_000_000
