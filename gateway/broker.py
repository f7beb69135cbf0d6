"""A broker, as the site file says where it is and how it lets us in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from gateway.errors import SourceError
from gateway.fields import Duration, MqttUrl, Settings
from gateway.tls import Tls
from readings.times import SECOND

_CERTIFICATES = ("ca_file", "cert_file", "key_file", "server_name")


class Broker(Settings):
    """A broker and the session that it keeps for us.

    Attributes:
        name: of the source; unique.
        mqtt: `mqtt://HOST:PORT`, or `mqtts://` for TLS.
        version: `5` or `3.1.1`.
        client: the identifier by which the broker knows the session; unset, `haccpline-SITE-NAME`.
        username: of the gateway at the broker.
        password_file: a file with nothing but the password.
        ca_file: certificates to trust with `mqtts`, where the system's are not enough.
        cert_file: the gateway's own certificate, as PEM, where the broker asks for one.
        key_file: its key, as PEM without a password; unset, it stands in `cert_file`.
        server_name: the name in the broker's certificate, where it is not the host of the address.
        keepalive: silence after which the connection is probed.
        window: messages that the broker may have under way before one of them is acknowledged.
    """

    name: str = Field(min_length=1)
    mqtt: MqttUrl
    version: Literal["5", "3.1.1"] = "5"
    client: str | None = None
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    keepalive: Duration = Field(15 * SECOND, ge=SECOND)
    window: int = Field(10_000, ge=1, le=65_535)

    @model_validator(mode="before")
    @classmethod
    def _version_as_text(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("version"), int):
            return given | {"version": str(given["version"])}
        return given

    @model_validator(mode="after")
    def _lets_in(self) -> Self:
        given = [key for key in _CERTIFICATES if getattr(self, key) is not None]
        if given and self.mqtt.scheme != "mqtts":
            raise ValueError(f"{given[0]} goes with mqtts://, and {self.mqtt} is not encrypted")
        if self.password_file is not None and self.username is None:
            raise ValueError("a password_file goes with a username")
        _ = self.tls
        return self

    @property
    def tls(self) -> Tls:
        """The certificates.

        Raises:
            ValueError: they are not whole.
        """
        return Tls(**{key: getattr(self, key) for key in _CERTIFICATES})

    def identifier(self, site: str) -> str:
        """By which the broker knows our session."""
        return self.client or f"haccpline-{site}-{self.name}"

    def password(self) -> str | None:
        """The password; None where there is none.

        Raises:
            SourceError: its file cannot be read.
        """
        if self.password_file is None:
            return None
        try:
            return Path(self.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"source {self.name}: password_file: {error}") from error
