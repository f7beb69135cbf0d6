"""A site is served on loopback, or over TLS, or somebody said in so many words that it is not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dashboards.web.errors import ServeError
from dashboards.web.settings import ServeSettings, TlsFiles
from readings.times import HOUR, MINUTE
from rules.faults import PlanError
from rules.strict_model import read_model

TLS = TlsFiles(certificate="a.pem", key="b.pem")


def test_loopback_by_default():
    """Without a word in the site file nobody else can reach it, and reading is open to who sits there."""
    settings = ServeSettings().guarded()
    assert (settings.host, settings.port, settings.loopback) == ("127.0.0.1", 8600, True)
    assert settings.open_to_read
    assert settings.banner is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.4.7", "plant.example"])
def test_another_address_needs_tls_or_a_word(host):
    """Without, it is not served; with the word it is, and says so in both languages."""
    with pytest.raises(ServeError, match=f"host {host}.*tls.*insecure_http"):
        ServeSettings(host=host).guarded()
    assert ServeSettings(host=host, tls=TLS).guarded().banner is None
    for told in (
        ServeSettings(host=host, insecure_http=True).guarded(),
        ServeSettings(host=host).guarded(insecure_http=True),
    ):
        assert told.banner is not None
        assert set(told.banner) == {"zh", "en"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_loopback_needs_neither(host):
    """Every address that only this machine reaches is loopback."""
    assert ServeSettings(host=host).guarded().loopback


def test_who_reads():
    """Open on loopback alone; a proxy in front makes loopback reachable from elsewhere; the file may say otherwise."""
    assert not ServeSettings(host="0.0.0.0", tls=TLS).open_to_read
    assert not ServeSettings(public_url="https://haccp.example").open_to_read
    assert not ServeSettings(reading="signed in").open_to_read
    assert ServeSettings(host="0.0.0.0", tls=TLS, reading="open").open_to_read


def test_cookies_are_secure_behind_a_proxy_with_tls():
    """What browsers see counts, not what the proxy speaks to us."""
    assert ServeSettings(public_url="https://haccp.example").secure
    assert not ServeSettings(public_url="http://haccp.example").secure


def test_times_of_sessions():
    """A session lasts longer than it may be idle."""
    settings = ServeSettings.model_validate({"idle": "30 min", "longest": "8 h"}).guarded()
    assert (settings.idle, settings.longest) == (30 * MINUTE, 8 * HOUR)
    with pytest.raises(ServeError, match="longest"):
        ServeSettings.model_validate({"idle": "2 h", "longest": "1 h"}).guarded()


@pytest.mark.parametrize("url", ["haccp.example", "ftp://x", "https://x/path", "https://"])
def test_a_public_url_is_an_address(url):
    """Anything else is a fault."""
    with pytest.raises(ValidationError, match="no address of a site"):
        ServeSettings(public_url=url)


def test_it_is_read_strictly():
    """An unknown key of the section is a fault that says which was meant."""
    with pytest.raises(PlanError, match="did you mean insecure_http"):
        read_model(ServeSettings, "insecure_htp: true\n", "site.yaml")
