"""What an edge node says of its metrics, or what its silence means, as readings."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.sparkplug_feed import Feed, Feeds
from gateway.sparkplug_node import EdgeNode
from gateway.sparkplug_payload import Payload
from gateway.sparkplug_session import UnknownMetricError, defined
from readings.block import NO_SEQ
from readings.inputs import Series
from readings.quality import Reason
from readings.times import MS, US

_KNOWN = 100_000  # metrics beyond which they are forgotten and looked up again
_TOLD = 5  # refused metrics that a message's reason names
_LETTERS = 64  # of a metric's name in a reason


class Readings:
    """From the metrics of edge nodes to the series that they feed."""

    def __init__(self, feeds: Feeds) -> None:
        """Nothing was looked up yet."""
        self._feeds = feeds
        self._found: dict[tuple[str, str, str | None, str], tuple[Feed, ...]] = {}

    def add(
        self, columns: Columns, node: EdgeNode, device: str | None, payload: Payload, received: int
    ) -> None:
        """Add what can be read of a message, by the births that hold.

        Raises:
            UnknownMetricError: no birth explains some of the rest.
            PayloadError: why the rest cannot.
        """
        refused: dict[str, None] = {}
        kind: type[PayloadError] = PayloadError
        for metric in payload.metrics:
            try:
                if metric.name is not None and not self._of(node, device, metric.name):
                    continue
                definition = defined(node.session, device, metric)
                for feed in self._of(node, device, definition.name):
                    feed.add(columns, metric, definition, sent=payload.time, received=received)
                    if not feed.textual:
                        node.fed.setdefault(device, set()).add(feed.series)
            except UnknownMetricError as error:
                node.want_births()
                kind = UnknownMetricError
                refused[str(error)] = None
            except PayloadError as error:
                named = metric.name or f"alias {metric.alias}"
                refused[f"metric {named[:_LETTERS]}: {error}"] = None
        if refused:
            more = f"; and {len(refused) - _TOLD} more" if len(refused) > _TOLD else ""
            raise kind("; ".join(list(refused)[:_TOLD]) + more)

    def bad(self, columns: Columns, fed: Iterable[set[Series]], reason: Reason, received: int) -> None:
        """Add a bad reading of each of these series, at the time at which that was heard."""
        moment, at = received - received % US, received - received % MS
        for series in sorted(set().union(*fed)):
            columns.cells += (columns.number(series), moment, math.nan, math.nan, reason, at, NO_SEQ)

    def _of(self, node: EdgeNode, device: str | None, name: str) -> tuple[Feed, ...]:
        key = (node.group, node.name, device, name)
        found = self._found.get(key)
        if found is None:
            found = self._feeds.of(*key)
            if found:
                node.tally.device(device).read = True
            if len(self._found) >= _KNOWN:
                self._found.clear()
            self._found[key] = found
        return found
