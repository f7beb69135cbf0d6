"""Connections that say nothing, or too many of them, do not close the site for the others."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from web_plant import free_port, serving

from dashboards.pages import live
from dashboards.web import connections
from dashboards.web.settings import ServeSettings

HEAD = b"GET /problems/internal HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def port(plant: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that soon loses patience."""
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.6)
    monkeypatch.setattr(connections, "EACH", 8)
    with serving(plant, ServeSettings(port=free_port())) as url:
        yield int(url.rpartition(":")[2])


def connected(port: int, address: str = "127.0.0.1") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))
    time.sleep(0.01)
    return made


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server closes it."""
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except ConnectionError:
        pass
    return said


def test_who_says_nothing_is_cut_off(port: int) -> None:
    """Also who says it letter by letter, and who begins a second request and does not end it."""
    silent, slow, second = connected(port), connected(port), connected(port)
    second.sendall(HEAD + b"\r\n")
    time.sleep(0.3)
    assert second.recv(65536).startswith(b"HTTP/1.1 200")
    second.sendall(HEAD)
    began = time.monotonic()
    for letter in HEAD:
        try:
            slow.sendall(bytes([letter]))
        except OSError:
            break
        time.sleep(0.05)
    assert 0.2 < time.monotonic() - began < 2
    for each in (silent, slow, second):
        with closing(each):
            assert heard(each) == b""


def test_one_address_has_so_many_connections_and_others_have_theirs(port: int) -> None:
    """It is told so; when it lets go of one, it may have another."""
    held = [connected(port) for _ in range(8)]
    with closing(connected(port)) as refused:
        said = heard(refused)
    assert said.startswith(b"HTTP/1.1 503")
    assert b"Retry-After" in said
    with closing(connected(port, "127.0.0.2")) as other:
        other.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert heard(other).startswith(b"HTTP/1.1 200")
    held.pop().close()
    time.sleep(0.05)
    with closing(connected(port)) as again:
        again.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert heard(again).startswith(b"HTTP/1.1 200")
    for each in held:
        each.close()


async def test_a_stream_is_not_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has said what it wants; the answer lasts."""
    monkeypatch.setattr(live, "QUIET", 0.3)
    said = b""
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
        client.stream("GET", "/live?screen=board") as stream,
    ):
        began = asyncio.get_running_loop().time()
        async for part in stream.aiter_bytes():
            said += part
            if asyncio.get_running_loop().time() - began > 1.5:
                break
    assert said.count(b"event: patch") >= 2


def test_the_proxy_in_front_connects_for_everybody(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections are not one address's."""
    monkeypatch.setattr(connections, "EACH", 2)
    with serving(plant, ServeSettings(port=free_port(), trust_proxy=True)) as url:
        port = int(url.rpartition(":")[2])
        held = [connected(port) for _ in range(5)]
        assert httpx.get(f"{url}/problems/internal").status_code == 200
        for each in held:
            each.close()
