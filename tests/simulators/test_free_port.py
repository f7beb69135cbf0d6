"""Ports for servers that come up in a moment: nobody uses them, and no outgoing connection will."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from simulators import free_port as ports
from simulators.free_port import HIGHEST, LOOPBACK, LOWEST, free_port


def test_outgoing_connections_never_take_it():
    """It lies below the range that the kernel draws from; of the ephemeral range one in a few thousand collides."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = [free_port() for _ in range(50)]
    assert all(LOWEST <= port <= HIGHEST < lowest for port in found)
    assert len(set(found)) == 50


def test_a_port_that_is_used_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    """The next one is taken."""
    with socket.socket() as server:
        port = free_port()
        server.bind((LOOPBACK, port))
        server.listen()
        monkeypatch.setattr(ports, "_next", iter(range(port - LOWEST, HIGHEST)))
        assert free_port() > port


def test_an_address_of_another_machine_is_refused():
    """Instead of a search without end: 192.0.2.1 is nobody's (RFC 5737)."""
    with pytest.raises(OSError, match="Cannot assign requested address"):
        free_port("192.0.2.1")
