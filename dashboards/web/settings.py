"""The section `serve` of the site file: where pages and the API are served, to whom, and how safely."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from dashboards.web.errors import ServeError
from readings.times import HOUR
from rules.quantities import Duration
from rules.strict_model import Strict


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{text!r} is no address of a site; write https://haccp.plant.example")
    return text.rstrip("/")


class TlsFiles(Strict):
    """The certificate that browsers are shown.

    Attributes:
        certificate: PEM file, with the chain behind it.
        key: PEM file of its private key, without a password.
    """

    certificate: str
    key: str


class ServeSettings(Strict):
    """Where pages and the API are served; loopback unless said otherwise.

    Attributes:
        host: an address of this machine, or `0.0.0.0` for all of them.
        port: of it.
        tls: certificate and key; any address but loopback needs them.
        insecure_http: serve another address without TLS all the same, with a warning on every page.
        reading: who may read: `open` to whoever reaches the address, or `signed in`. If left out: open on loopback,
            signed in elsewhere and behind a `public_url`.
        hosts: names by which browsers may reach it, beside addresses, `localhost` and the machine's own name.
        public_url: the address that people type where a proxy stands in front.
        trust_proxy: a proxy on this machine tells who asks (X-Forwarded-For, X-Forwarded-Proto).
        idle: a session that is not used for so long is over.
        longest: a session is over after so long in any case.
    """

    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8600, ge=0, le=65535)
    tls: TlsFiles | None = None
    insecure_http: bool = False
    reading: Literal["open", "signed in"] | None = None
    hosts: list[str] = []
    public_url: Annotated[str, AfterValidator(_web_address)] | None = None
    trust_proxy: bool = False
    idle: Duration = HOUR
    longest: Duration = 12 * HOUR

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS, ours or that of the proxy in front."""
        return self.tls is not None or (self.public_url or "").startswith("https:")

    @property
    def open_to_read(self) -> bool:
        """Whether reading needs no sign-in."""
        if self.reading is not None:
            return self.reading == "open"
        return self.loopback and self.public_url is None

    def guarded(self, *, insecure_http: bool = False) -> ServeSettings:
        """These settings, if a site may be served so.

        Args:
            insecure_http: as told on the command line.

        Raises:
            ServeError: passwords would cross the network unencrypted, and nobody said that this is meant.
        """
        settings = self.model_copy(update={"insecure_http": True}) if insecure_http else self
        if not (settings.loopback or settings.tls or settings.insecure_http):
            raise ServeError(
                f"serve: host {settings.host} can be reached from other machines, and without TLS whoever listens on"
                " the network reads passwords and sessions. Give serve a tls: {certificate: FILE, key: FILE}, or"
                " leave host out and put a proxy with TLS in front, or, on a network that nobody else is on, say"
                " insecure_http: true (--insecure-http)"
            )
        if settings.idle <= 0 or settings.longest < settings.idle:
            raise ServeError("serve: idle is longer than nothing, and longest is not shorter than idle")
        return settings

    @property
    def banner(self) -> dict[str, str] | None:
        """The warning that stands on every page, zh and en, while other machines are served without TLS."""
        if self.loopback or self.tls is not None:
            return None
        return BANNER


BANNER = {
    "en": "This site is served without encryption: passwords and records can be read on the network.",
    "zh": "本站未加密传输：口令和记录可能在网络上被他人读取。",
}
