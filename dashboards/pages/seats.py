"""How many pages may be kept up to date at once: by everybody, and by one address."""

from __future__ import annotations

from collections import Counter

from dashboards.web.errors import TooManyOpen
from dashboards.web.rate import network_of

MOST = 200  # streams at once
EACH = 20  # of one address; of one IPv6 network (/64)


class Seats:
    """Who has a stream open. For use on the event loop alone."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> None:
        """Take a seat; before anything is answered, so that a refusal is one.

        Raises:
            TooManyOpen: there is none left, or none for this address.
        """
        who = network_of(address)
        if self._taken.total() >= MOST or self._taken[who] >= EACH:
            raise TooManyOpen("too many pages are open; close some")
        self._taken[who] += 1

    def leave(self, address: str) -> None:
        """Give it back."""
        who = network_of(address)
        self._taken[who] -= 1
        if self._taken[who] <= 0:
            del self._taken[who]
