"""Over TLS, with a certificate made here."""

from __future__ import annotations

import datetime as dt
import ipaddress
import signal
import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from web_plant import Client, free_port, serving

from dashboards.web.app import make_app
from dashboards.web.errors import ServeError
from dashboards.web.server import SiteServer, server_config
from dashboards.web.settings import ServeSettings, TlsFiles


@pytest.fixture
def tls(tmp_path: Path) -> TlsFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "site.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "site.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return TlsFiles(certificate=str(tmp_path / "site.pem"), key=str(tmp_path / "site.key"))


def test_over_tls(plant, tls):
    """The cookie goes over TLS alone and to this host alone, the browser is told to stay, plain HTTP gets nothing."""
    settings = ServeSettings(host="0.0.0.0", port=free_port(), tls=tls)
    trust = ssl.create_default_context(cafile=tls.certificate)
    with serving(plant, settings) as url, Client(base_url=url, verify=trust, timeout=30) as client:
        refused = client.get("/api/v1/cases")
        assert refused.status_code == 401  # reading needs a sign-in on an address that others reach
        assert refused.headers["strict-transport-security"] == "max-age=31536000"
        assert "haccpline-warning" not in refused.headers
        signed = client.sign_in("ann")
        cookie = signed.headers["set-cookie"]
        assert cookie.startswith(f"__Host-haccpline-{settings.port}=")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= parts
        assert client.get("/api/v1/cases").status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(url.replace("https", "http"))


def test_a_certificate_that_cannot_be_used(plant, tls, tmp_path):
    """Missing, or not fitting its key: said before anything is served."""
    (tmp_path / "no.pem").write_text("no certificate")
    for wrong in (
        TlsFiles(certificate=str(tmp_path / "none.pem"), key=tls.key),
        TlsFiles(certificate=str(tmp_path / "no.pem"), key=tls.key),
        TlsFiles(certificate=tls.certificate, key=tls.certificate),
    ):
        settings = ServeSettings(tls=wrong)
        with pytest.raises(ServeError, match="are not a certificate and its key"):
            server_config(make_app(plant.view, settings), settings)


def test_told_to_stop_it_stops(plant):
    """Also while a page is open that is kept up to date: streams end, and within seconds so does the server."""
    settings = ServeSettings(port=free_port())
    app = make_app(plant.view, settings)
    server = SiteServer(server_config(app, settings), app)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with httpx.stream("GET", f"http://127.0.0.1:{settings.port}/live?screen=board", timeout=20) as stream:
        assert stream.status_code == 200
        server.handle_exit(signal.SIGTERM, None)
        assert b"".join(stream.iter_bytes())  # it ends by itself
    thread.join(5)
    assert not thread.is_alive()


def test_no_app_for_an_open_door(plant):
    """Whoever calls it: another address without TLS is refused."""
    with pytest.raises(ServeError, match="insecure_http"):
        make_app(plant.view, ServeSettings(host="0.0.0.0"))


def test_a_proxy_says_who_asks_only_where_it_is_trusted(plant):
    """Else everybody could give another address with every try of a password."""
    for trusted in (False, True):
        settings = ServeSettings(port=free_port(), trust_proxy=trusted)
        with serving(plant, settings) as url, httpx.Client(base_url=url, timeout=30) as client:
            seen = {
                client.get(
                    "/problems/internal", headers={"x-forwarded-for": f"10.0.{n >> 8}.{n & 255}"}
                ).status_code
                for n in range(700)
            }
        assert (429 in seen) == (not trusted)
