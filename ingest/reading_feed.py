"""The feed of readings: the journal's blocks as lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import structlog

from ingest.errors import LineProtocolError
from ingest.influx import SOURCE, Feed
from ingest.journal import SqliteJournal
from ingest.lineprotocol import reading_lines, tag
from ingest.quarantine import Side
from readings.block import Block
from readings.ports import Quarantined

READINGS_CURSOR = "influxdb"
_BLOCKS = 100
_log = structlog.get_logger(__name__)


def reading_feed(journal: SqliteJournal, site: str, *, now: Callable[[], int] = time.time_ns) -> Feed:
    """All readings of the journal, from the oldest block it still has.

    A series whose name cannot be a tag is set aside whole, block by block, with the reason.

    Args:
        journal: where the blocks are.
        site: the site's name, a tag of every point.
        now: wall clock, ns UTC.

    Raises:
        LineProtocolError: the site's name cannot be a tag.
    """
    tag(site)
    return Feed(READINGS_CURSOR, partial(_read, journal, site, now))


def _read(journal: SqliteJournal, site: str, now: Callable[[], int], after: int) -> tuple[int, list[bytes]]:
    dropped = journal.dropped()
    if after < dropped:
        _log.warning("earlier readings are in the archive alone; the copy begins here", position=dropped + 1)
        after = dropped
    lines: list[bytes] = []
    for position, block in journal.read(after, _BLOCKS):
        after = position
        try:
            lines += reading_lines(block, site)
        except LineProtocolError:
            lines += _writable(journal, block, site, now())
    return after, lines


def _writable(journal: SqliteJournal, block: Block, site: str, now: int) -> list[bytes]:
    """The lines of the series whose names are tags; the others are set aside."""
    lines: list[bytes] = []
    for number in range(len(block.series)):
        part = block.take(block.which == number)
        try:
            lines += reading_lines(
                Block(
                    series=(block.series[number],),
                    which=part.which * 0,
                    time=part.time,
                    value=part.value,
                    raw=part.raw,
                    quality=part.quality,
                    reason=part.reason,
                    received=part.received,
                    seq=part.seq,
                ),
                site,
            )
        except LineProtocolError as error:
            payload = f"{block.series[number]} {part.time.tolist()} {part.value.tolist()}".encode()
            item = Quarantined(source=SOURCE, payload=payload, reason=str(error), time=now, readings=0)
            journal.quarantined.put(item, side=Side.COPY)
    return lines
