"""Certificates: whom we trust, and which we show."""

from __future__ import annotations

import ssl
from typing import Any

from pydantic import model_validator

from gateway.fields import Settings


class Tls(Settings):
    """Both ends show a certificate, or the other end alone.

    Attributes:
        ca_file: who signed the other end's certificate; unset, the system's authorities.
        cert_file: our certificate, as PEM, with those between it and the authority.
        key_file: its key, as PEM without a password; unset, it stands in `cert_file`.
        server_name: the name in the other end's certificate, where it is not the host of the address.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Tls:
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("a key_file goes with a cert_file")
        return self

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, the other end's certificate and name checked.

        Raises:
            OSError: a file cannot be read, or holds no certificate or key; the message names it.
        """
        named = self.ca_file
        made = _Naming(ssl.PROTOCOL_TLS_CLIENT)
        made.expected = self.server_name
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            if self.ca_file is None:
                made.load_default_certs()
            else:
                made.load_verify_locations(self.ca_file)
            if self.cert_file is not None:
                named = " and ".join(filter(None, (self.cert_file, self.key_file)))
                made.load_cert_chain(self.cert_file, self.key_file)
        except OSError as error:
            raise OSError(f"{named}: {error.strerror or error}") from error
        return made


class _Naming(ssl.SSLContext):
    """Expects a certificate of this name, whatever host the library that connects was given."""

    expected: str | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: Any = None,
    ) -> ssl.SSLObject:
        """As the context does, with the name that is expected."""
        return super().wrap_bio(incoming, outgoing, server_side, self.expected or server_hostname, session)
