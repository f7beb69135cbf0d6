"""How many connections one address may hold, and how long each may take to say what it wants.

Without this a single program that connects and says nothing closes the site for everybody.
"""

from __future__ import annotations

import asyncio
import ipaddress

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dashboards.web.rate import network_of

EACH = 64  # connections of one address, or of one IPv6 network (/64)
HEAD_WITHIN = 10.0  # seconds from connecting, or from its first byte, to the end of a request's head
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 40\r\n"
    b"Retry-After: 5\r\nConnection: close\r\n\r\ntoo many connections from this address.\n"
)


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to its patience. What is answered may last: streams go on."""

    network = ""
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Somebody connects."""
        super().connection_made(transport)
        self.network = network_of(self.client[0]) if self.client else ""
        if not self._of_proxy() and self._of_network() > EACH:
            transport.write(_FULL)
            transport.close()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Something is said; part of a head begins the wait for the rest of it."""
        super().data_received(data)
        within_head = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not within_head:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _of_network(self) -> int:
        return sum(getattr(each, "network", "") == self.network for each in self.connections)

    def _of_proxy(self) -> bool:
        """Whether it is the proxy in front, which connects for everybody."""
        if not self.config.proxy_headers or self.client is None:
            return False
        try:
            return ipaddress.ip_address(self.client[0]).is_loopback
        except ValueError:
            return False

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_WITHIN, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
