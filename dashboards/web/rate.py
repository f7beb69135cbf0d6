"""How often one address may ask: token buckets, in memory. Pure: the time is passed in."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass

_HELD = 20_000  # buckets; the one not used for longest is forgotten first


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket holds when it is full, and how fast it fills.

    Attributes:
        burst: tokens when full: so many requests at once.
        per_second: tokens that come back each second.
    """

    burst: float
    per_second: float


RATES: dict[str, Rate] = {
    "sign-in": Rate(20, 1 / 3),  # wrong passwords; each right one gives its token back
    "act": Rate(60, 2),
    "export": Rate(6, 1 / 30),
    "ingest": Rate(200, 20),
    "read": Rate(400, 50),
}


class Buckets:
    """One bucket for each class of request and address.

    Args:
        rates: by class.
    """

    def __init__(self, rates: dict[str, Rate] = RATES) -> None:
        self._rates = rates
        self._held: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, kind: str, address: str, *, now: float) -> float:
        """Take a token; 0 where there was one, else the seconds until there will be.

        Args:
            kind: class of the request.
            address: of who asks; the machines of one IPv6 network (/64) count as one.
            now: monotonic, seconds.
        """
        rate, key = self._rates[kind], (kind, network_of(address))
        with self._turn:
            level = self._level(key, rate, now)
            short = 1 - level
            self._put(key, level if short > 0 else level - 1, now)
        return short / rate.per_second if short > 0 else 0.0

    def give_back(self, kind: str, address: str, *, now: float) -> None:
        """Give a token back."""
        rate, key = self._rates[kind], (kind, network_of(address))
        with self._turn:
            self._put(key, min(rate.burst, self._level(key, rate, now) + 1), now)

    def _level(self, key: tuple[str, str], rate: Rate, now: float) -> float:
        level, since = self._held.get(key, (rate.burst, now))
        return min(rate.burst, level + max(0.0, now - since) * rate.per_second)

    def _put(self, key: tuple[str, str], level: float, now: float) -> None:
        self._held[key] = level, now
        self._held.move_to_end(key)
        if len(self._held) > _HELD:
            self._held.popitem(last=False)


def network_of(address: str) -> str:
    """The address, or the /64 that an IPv6 address is of: who has one has the others."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
