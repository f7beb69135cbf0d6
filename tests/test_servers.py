"""The servers that other tests lean on."""

from __future__ import annotations

from typing import Any
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.server


def test_mosquitto_comes_back_on_its_port(mosquitto: Any) -> None:
    """A broker that was stopped starts again with the same port and data."""
    mosquitto.stop()
    mosquitto.start()
    assert (mosquitto.persistence / "mosquitto.db").exists()


def test_influxd_keeps_its_data(influxd: Any) -> None:
    """What was written before a stop is there after the start."""
    query = f"{influxd.url}/query?q=CREATE+DATABASE+plant"
    urlopen(Request(query, method="POST")).close()
    urlopen(Request(f"{influxd.url}/write?db=plant", data=b"m v=1 1000", method="POST")).close()
    influxd.stop()
    influxd.start()
    with urlopen(f"{influxd.url}/query?db=plant&q=SELECT+v+FROM+m") as answer:
        assert b'"values":[["1970-01-01T00:00:00.000001Z",1]]' in answer.read()


def test_victoria_takes_a_line(victoria: Any) -> None:
    """The server accepts line protocol at /api/v2/write."""
    with urlopen(Request(f"{victoria.url}/api/v2/write", data=b"m v=1", method="POST")) as answer:
        assert answer.status == 204
