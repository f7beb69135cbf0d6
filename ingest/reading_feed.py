"""The feed of readings: the journal's blocks as lines, what is new first, what is owed beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import structlog

from ingest.archive import ParquetArchive
from ingest.by_position import ByPosition, first_position
from ingest.errors import LineProtocolError
from ingest.influx import SOURCE, Feed
from ingest.journal import SqliteJournal, advance, cursor
from ingest.lineprotocol import reading_lines, tag
from ingest.owed import Owed, owe, owed, paid
from ingest.quarantine import Side
from ingest.schema import ARCHIVE_CURSOR
from readings.block import Block
from readings.ports import Quarantined

READINGS_CURSOR = "influxdb"
OWED_FEED = "influxdb-owed"
_BLOCKS, _BYTES = 100, 1_000_000  # read at once; about 20,000 readings
_FAR_BLOCKS, _FAR_ROWS = 1_000, 50_000  # farther behind than this, what is new goes first
_log = structlog.get_logger(__name__)


def reading_feeds(
    journal: SqliteJournal, archive: ParquetArchive, site: str, *, now: Callable[[], int] = time.time_ns
) -> list[Feed]:
    """All readings: a feed of what is new, and one of what it has passed over because too much had piled up.

    The second goes on with the oldest, from the journal, or from the archive where the journal has dropped it. A
    series whose name cannot be a tag is set aside whole, block by block, with the reason.

    Args:
        journal: where the blocks are.
        archive: where they are once the journal has dropped them.
        site: the site's name, a tag of every point.
        now: wall clock, ns UTC.

    Raises:
        LineProtocolError: the site's name cannot be a tag.
    """
    tag(site)
    lines = partial(_lines, journal, site, now)
    debt = _Debt(journal, ByPosition(archive), lines)
    return [
        Feed(READINGS_CURSOR, partial(_read_new, journal, lines)),
        Feed(OWED_FEED, debt.read, debt.done, partial(owed_blocks, journal)),
    ]


def owed_blocks(journal: SqliteJournal) -> int:
    """How many blocks the copy of the readings owes."""
    with journal.database.read() as connection:
        return sum(each.through - each.after for each in owed(connection, READINGS_CURSOR))


def owe_again(journal: SqliteJournal, start: int | None = None) -> int:
    """Have the copy take again what it has had, from an event time on, ns UTC; how many blocks.

    Raises:
        OSError: it is not durable.
    """
    with journal.database.write() as connection:
        through, sealed = cursor(connection, READINGS_CURSOR), cursor(connection, ARCHIVE_CURSOR)
        after = 0 if start is None else first_position(connection, start)
        begin = min(sealed, through) if after is None else after
        owe(connection, READINGS_CURSOR, Owed(begin, through, held=False))
    return max(through - begin, 0)


def _read_new(
    journal: SqliteJournal, lines: Callable[[Block], list[bytes]], after: int
) -> tuple[int, list[bytes]]:
    after = _begin(journal, after)
    found: list[bytes] = []
    for position, block in journal.read(after, _BLOCKS, size=_BYTES):
        after = position
        found += lines(block)
    return after, found


def _begin(journal: SqliteJournal, after: int) -> int:
    """Where to read on: here, or at the end, if too much has piled up; then the rest is owed."""
    with journal.database.read() as connection:
        last, dropped = map(int, connection.execute("SELECT last, dropped FROM head").fetchone())
        rows = connection.execute(
            "SELECT ifnull(sum(rows), 0) FROM (SELECT rows FROM block WHERE position > ? LIMIT ?)",
            (after, _FAR_BLOCKS),
        ).fetchone()[0]
    gone = 0 < after < dropped
    if last - after <= _FAR_BLOCKS and rows <= _FAR_ROWS and not gone:
        return max(after, dropped)  # a copy that is set up later begins with what the journal has
    begin = after or dropped
    with journal.database.write() as connection:
        owe(connection, READINGS_CURSOR, Owed(begin, min(dropped, last), held=False))
        owe(connection, READINGS_CURSOR, Owed(max(begin, dropped), last, held=True))
        advance(connection, READINGS_CURSOR, last)
    _log.warning("the copy is far behind: what is new goes first", behind=begin, through=last)
    return last


class _Debt:
    """What the copy owes, piece by piece; one piece is under way at a time."""

    def __init__(
        self, journal: SqliteJournal, archived: ByPosition, lines: Callable[[Block], list[bytes]]
    ) -> None:
        self._journal, self._archived, self._lines = journal, archived, lines
        self._under_way: tuple[int, int] | None = None

    def read(self, number: int) -> tuple[int, list[bytes]]:
        """The number of the next piece, and its lines; the same number when nothing is owed."""
        while True:
            with self._journal.database.read() as connection:
                waiting = owed(connection, READINGS_CURSOR)
                dropped = int(connection.execute("SELECT dropped FROM head").fetchone()[0])
            if not waiting:
                return number, []
            reached, lines = self._piece(waiting[0], dropped)
            self._under_way = (waiting[0].after, reached)
            if lines:
                return number + 1, lines
            self.done(number)

    def done(self, _number: int) -> None:
        """The piece under way is stored."""
        assert self._under_way is not None
        with self._journal.database.write() as connection:
            paid(connection, READINGS_CURSOR, *self._under_way)

    def _piece(self, what: Owed, dropped: int) -> tuple[int, list[bytes]]:
        if what.after < dropped:
            reached, block = self._archived.read(what.after, min(what.through, dropped), 20_000)
            return reached, self._lines(block)
        found: list[bytes] = []
        reached = what.after
        for position, block in self._journal.read(what.after, _BLOCKS, size=_BYTES):
            if position > what.through:
                return what.through, found
            reached = position
            found += self._lines(block)
        return (reached if reached > what.after else what.through), found


def _lines(journal: SqliteJournal, site: str, now: Callable[[], int], block: Block) -> list[bytes]:
    try:
        return reading_lines(block, site)
    except LineProtocolError:
        return _writable(journal, block, site, now())


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
