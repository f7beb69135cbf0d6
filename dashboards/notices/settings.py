"""The `notices:` section of the site file: by which channels whom a notice reaches. Secrets stand in files of their own."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from readings.times import HOUR, MINUTE, SECOND
from rules.quantities import Duration, Name
from rules.strict_model import Strict

LONGEST_SOUND = 5 * MINUTE


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(f"{text!r} is no web address; write https://HOST/PATH")
    if url.username or url.password:
        raise ValueError("no password in an address: put a secret into secret_file")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError(f"{text}: to another machine only https")
    return text


def _link_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError(f"{text!r} is no web address; write https://HOST")
    return text


def _siren_url(text: str) -> str:
    url = urlsplit(text)
    try:
        port = url.port
    except ValueError:
        port = -1
    if url.scheme not in ("tcp", "mqtt", "mqtts") or not url.hostname or port == -1:
        raise ValueError(f"{text!r} is no siren; write tcp://HOST:502 (Modbus) or mqtt://HOST:1883")
    if url.path or url.query or url.username:
        raise ValueError(f"{text!r}: host and port alone; the rest stands in keys of its own")
    return text


WebUrl = Annotated[str, AfterValidator(_web_url)]
LinkUrl = Annotated[str, AfterValidator(_link_url)]
SirenUrl = Annotated[str, AfterValidator(_siren_url)]


class Webhook(Strict):
    """A server of the plant's own takes the message as JSON: a pager, an SMS gateway, a loudspeaker.

    Attributes:
        webhook: where it is posted; https, or http on this machine.
        secret_file: what the message is signed with (HMAC-SHA256).
        ca_file: certificate of an authority of the plant's own.
        timeout: for the whole answer.
    """

    webhook: WebUrl
    secret_file: str | None = None
    ca_file: str | None = None
    timeout: Duration = 10 * SECOND


class AppriseChannel(Strict):
    """A service that apprise knows: WeCom, DingTalk, Feishu, mail.

    Attributes:
        apprise_file: file that holds the apprise URL and nothing else.
        apprise_env: environment variable that holds it, instead.
        addressed: the URL has `{address}` in it, which each person's own address takes.
        timeout: after this it has failed.
    """

    apprise_file: str | None = None
    apprise_env: str | None = None
    addressed: bool = False
    timeout: Duration = 30 * SECOND

    @model_validator(mode="after")
    def _one_source(self) -> AppriseChannel:
        if (self.apprise_file is None) == (self.apprise_env is None):
            raise ValueError("an apprise URL comes from a file or from the environment: one of the two")
        return self


class SirenChannel(Strict):
    """A siren on one Modbus coil or one MQTT topic: with the coil of a Modbus source, all that is ever switched.

    Attributes:
        siren: `tcp://HOST:PORT` (Modbus TCP), or `mqtt://HOST:PORT`, `mqtts://HOST:PORT`.
        enabled: off unless this says true.
        coil: the one coil that is written, counted from 0.
        unit: Modbus device id.
        topic: the one topic that is published to.
        on, off: its payloads.
        lasts: it sounds so long and is released; 5 min at the most.
        pulse: on and off in turns of this; 0 s for a steady sound.
        username, password_file, ca_file: as the broker asks.
        timeout: for each switching.
    """

    siren: SirenUrl
    enabled: bool = False
    coil: int | None = Field(None, ge=0, le=65535)
    unit: int = Field(1, ge=0, le=255)
    topic: str | None = None
    on: str = "1"
    off: str = "0"
    lasts: Duration = 10 * SECOND
    pulse: Duration = 0
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    timeout: Duration = 3 * SECOND

    @property
    def modbus(self) -> bool:
        """Whether it hangs on a coil."""
        return self.siren.startswith("tcp:")

    @model_validator(mode="after")
    def _one_switch(self) -> SirenChannel:
        if self.modbus != (self.coil is not None) or self.modbus == (self.topic is not None):
            raise ValueError("a siren at tcp:// has a coil, one at mqtt:// a topic, and not the other")
        if self.topic is not None and (not self.topic or set("+#") & set(self.topic)):
            raise ValueError(f"{self.topic!r} is not one topic; + and # name many")
        if not 0 < self.lasts <= LONGEST_SOUND:
            raise ValueError("a siren lasts for more than 0 s and up to 5 min: it is always released")
        if self.pulse and not 100_000_000 <= self.pulse < self.lasts:
            raise ValueError("a pulse is at least 100 ms, and shorter than the whole")
        return self


_KINDS = {"webhook": "webhook", "apprise_file": "apprise", "apprise_env": "apprise", "siren": "siren"}


def _kind(value: Any) -> str:
    if isinstance(value, Webhook | AppriseChannel | SirenChannel):
        return {Webhook: "webhook", AppriseChannel: "apprise", SirenChannel: "siren"}[type(value)]
    keys = set(value) if isinstance(value, dict) else set()
    return next((kind for key, kind in _KINDS.items() if key in keys), "webhook")


Channel = Annotated[
    Annotated[Webhook, Tag("webhook")]
    | Annotated[AppriseChannel, Tag("apprise")]
    | Annotated[SirenChannel, Tag("siren")],
    Discriminator(_kind),
]


class Recipient(Strict):
    """A person, or a role of the plan, such as `filler operator`.

    Attributes:
        language: in which they are told.
        by: their address for each channel that needs one: telephone number, account, mail.
    """

    language: Literal["zh", "en"]
    by: dict[Name, str] = {}


class HealthNotices(Strict):
    """Who hears that recording itself is in trouble: a source down, a journal at its bound, nothing committed.

    Attributes:
        to: people or groups.
        by: channels, none of them a siren; if left out, every one in which the person has an address.
        after: a trouble is told when it has lasted so long, and that it is over when it has been for so long.
        further: what comes back, or has doubled, is told again after so long at the earliest.
    """

    to: list[str] = Field(min_length=1)
    by: list[Name] = []
    after: Duration = 2 * MINUTE
    further: Duration = 1 * HOUR


class NoticeSettings(Strict):
    """Channels, and who is reached by which.

    Attributes:
        channels: by the names that plans use under `by`.
        people: by the names that plans use under `to`.
        groups: several of them under one name.
        public_url: what links begin with; without it messages have none.
        together: losses of one cause that become known within this go in one message.
        further: while a cause lasts, at most one more message in this.
        late_after: what was over so long before it was told is told as a late upload.
        quiet: `22:00-06:00`, site time: late uploads wait until it is over. Nothing else ever waits.
        give_up_after: a message that no channel took for so long has failed.
        health: who hears of trouble with recording itself; nobody if left out.
    """

    channels: dict[Name, Channel] = {}
    people: dict[str, Recipient] = {}
    groups: dict[str, list[str]] = {}
    public_url: LinkUrl | None = None
    together: Duration = 10 * SECOND
    further: Duration = 5 * MINUTE
    late_after: Duration = 10 * MINUTE
    quiet: str | None = None
    give_up_after: Duration = 1 * HOUR
    health: HealthNotices | None = None

    @model_validator(mode="after")
    def _fits(self) -> NoticeSettings:
        sirens = [name for name, channel in self.channels.items() if isinstance(channel, SirenChannel)]
        if len(sirens) > 1:
            raise ValueError(f"{' and '.join(sirens)}: a site has one siren, one coil or one topic")
        for name, members in self.groups.items():
            if name in self.people:
                raise ValueError(f"{name} is a person and a group")
            if not members:
                raise ValueError(f"group {name} has nobody in it")
            for member in members:
                if member not in self.people:
                    raise ValueError(f"group {name}: people names nobody called {member}")
        for name, person in self.people.items():
            for channel in person.by:
                if channel not in self.channels:
                    raise ValueError(f"{name}: there is no channel {channel}")
        if self.health is not None:
            self._reached(self.health, sirens)
        if self.quiet is not None and not re.fullmatch(
            r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", self.quiet
        ):
            raise ValueError(f"quiet: {self.quiet!r} is no span of the day; write 22:00-06:00")
        return self

    def _reached(self, health: HealthNotices, sirens: list[str]) -> None:
        for named in health.to:
            if named not in self.people and named not in self.groups:
                raise ValueError(f"health: people names nobody called {named}, and no group is")
        for channel in health.by:
            if channel not in self.channels:
                raise ValueError(f"health: there is no channel {channel}")
            if channel in sirens:
                raise ValueError(f"health: {channel} is a siren; it sounds for product alone")
        for person in (each for named in health.to for each in self.groups.get(named, [named])):
            if not set(health.by or self.people[person].by) - set(sirens):
                raise ValueError(f"health: {person} has no channel that carries words")
