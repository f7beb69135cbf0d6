"""Certificates of an authority made for a test."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Papers:
    """Certificates of an authority that was made for this test: .ca, and files by name."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Plant authority")])
        self.ca = self._save("ca", self._certificate(self.name, self.key, "ca"), None)

    def _certificate(self, subject: x509.Name, key: Any, host: str) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        try:
            names: list[Any] = [x509.IPAddress(ipaddress.ip_address(host))]
        except ValueError:
            names = [x509.DNSName(host)]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=host == "ca", path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def _save(self, name: str, certificate: x509.Certificate, key: Any) -> str:
        pem = serialization.Encoding.PEM
        text = certificate.public_bytes(pem)
        if key is not None:
            text += key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self.folder / f"{name}.pem"
        path.write_bytes(text)
        return str(path)

    def issue(self, host: str) -> str:
        """A file with a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        return self._save(host, self._certificate(name, key, host), key)

    def demands(self, host: str) -> ssl.SSLContext:
        """A device that shows this certificate, and wants one of the same authority."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
        context.load_cert_chain(self.issue(host))
        context.verify_mode = ssl.CERT_REQUIRED
        return context
