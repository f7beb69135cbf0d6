"""Packages over the API: made in the background, fetched when done, proven by their reader."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest
from web_plant import Client, free_port, serving

from dashboards.web.errors import NotFound, NotRecorded
from dashboards.web.exports import KEPT, WAITING, Exports
from dashboards.web.settings import ServeSettings
from dashboards.web.shapes import ExportShape
from haccpline.proving import prove_package
from readings.errors import HaccplineError


def made(client: Client, location: str) -> ExportShape:
    """The export when it is over."""
    deadline = time.monotonic() + 30
    while True:
        export = ExportShape.model_validate(client.get(location).json())
        if export.state in ("done", "failed"):
            return export
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_package_that_proves(web, tmp_path):
    """Asked for, made, fetched: it holds, offline."""
    web.sign_in("aud")
    asked = web.post("/api/v1/exports", json={"lines": ["cold-3"]})
    assert asked.status_code == 202
    export = made(web, asked.headers["location"])
    assert (export.state, export.who, export.readings) == ("done", "aud", 5760)
    assert export.package is not None
    fetched = web.get(export.package)
    assert fetched.headers["content-type"] == "application/zip"
    assert hashlib.sha256(fetched.content).hexdigest() == export.sha256
    path = tmp_path / "package.zip"
    path.write_bytes(fetched.content)
    assert prove_package(path, key=None, replay=False)


def test_a_key_that_reads_takes_packages_away(closed, plant):
    """A program that fetches them at night needs no person."""
    headers = {"authorization": f"Bearer {plant.key('read')}"}
    asked = closed.post("/api/v1/exports", json={"from": "2026-12-01T00:00:00Z"}, headers=headers)
    assert asked.status_code == 202
    assert asked.json()["who"].startswith("key ")


def test_what_cannot_be_asked(web):
    """Without the session's token; a period that ends before it begins; a line that is none."""
    web.sign_in("ann")
    token = web.headers.pop("x-csrf-token")
    assert web.post("/api/v1/exports", json={}).status_code == 403
    web.headers["x-csrf-token"] = token
    period = {"from": "2026-12-02T00:00:00Z", "to": "2026-12-01T00:00:00Z"}
    assert web.post("/api/v1/exports", json=period).status_code == 400
    assert web.post("/api/v1/exports", json={"from": "x"}).status_code == 400
    assert web.post("/api/v1/exports", json={"lines": ["x"]}).status_code == 404
    assert web.get("/api/v1/exports/none").status_code == 404


def test_sent_again_one_is_made(web):
    """With the same idempotency key."""
    web.sign_in("ann")
    key = {"idempotency-key": "k"}
    first, again = (web.post("/api/v1/exports", json={}, headers=key).json()["id"] for _ in range(2))
    assert first == again
    other = web.post("/api/v1/exports", json={"lines": ["cold-3"]}, headers=key)
    assert other.status_code == 422
    assert len(web.get("/api/v1/exports").json()["exports"]) == 1


def test_others_go_on_meanwhile(plant):
    """A package that takes long holds nobody up; one that fails says why, and the next is made."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(path: Path, **_period: object) -> object:
        begun.set()
        assert go_on.wait(10)
        raise HaccplineError("the record process has not sealed")

    with (
        serving(plant, ServeSettings(port=free_port()), exporter=slow) as url,
        Client(base_url=url, timeout=30) as client,
    ):
        client.sign_in("ann")
        asked = client.post("/api/v1/exports", json={})
        assert begun.wait(10)
        started = time.monotonic()
        assert client.get("/api/v1/cases").status_code == 200
        assert time.monotonic() - started < 5
        location = asked.headers["location"]
        assert client.get(location).json()["state"] == "running"
        assert client.get(f"{location}/package").status_code == 404
        go_on.set()
        export = made(client, location)
        assert (export.state, export.trouble) == ("failed", "the record process has not sealed")


def test_no_means_to_make_packages(plant):
    """Said as what it is."""
    with serving(plant, exporter=None) as url, Client(base_url=url, timeout=30) as client:
        client.sign_in("ann")
        assert client.post("/api/v1/exports", json={}).status_code == 503


class _Packed:
    records = readings = segments = 1
    unsealed: dict[str, int] = {}


def _instant(path: Path, **_period: object) -> _Packed:
    path.write_bytes(b"x")
    return _Packed()


def test_few_wait_and_few_are_kept(tmp_path):
    """The disk is not filled by asking; what a server before this one left is cleared away."""
    (tmp_path / "old.zip").write_bytes(b"x")
    exports = Exports(tmp_path, _instant)
    first = exports.ask(who="a", start=None, end=None, lines=None)
    for _ in range(KEPT + 3):
        asked = exports.ask(who="a", start=None, end=None, lines=None)
        deadline = time.monotonic() + 5
        while exports.find(asked.id).state != "done":
            assert time.monotonic() < deadline
            time.sleep(0.001)
    time.sleep(0.05)
    assert len(list(tmp_path.glob("*.zip"))) == KEPT
    with pytest.raises(NotFound, match=f"last {KEPT}"):
        exports.find(first.id)


def test_a_full_queue_says_so(tmp_path):
    """Instead of letting hundreds wait."""
    running, hold = threading.Event(), threading.Event()

    def held(path: Path, **_period: object) -> _Packed:
        running.set()
        hold.wait(10)
        return _instant(path)

    exports = Exports(tmp_path, held)
    exports.ask(who="a", start=None, end=None, lines=None)
    assert running.wait(5)
    for _ in range(WAITING):
        exports.ask(who="a", start=None, end=None, lines=None)
    with pytest.raises(NotRecorded, match="wait to be made"):
        exports.ask(who="a", start=None, end=None, lines=None)
    hold.set()
