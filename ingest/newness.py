"""What of a block is new: a mark per series, and an exact look at what does not lie above it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ingest.counted import Counted
from ingest.database import Database
from ingest.errors import StoreError
from ingest.known import Keys, Known, Mask, Recent, keys_of
from ingest.schema import ARCHIVE_CURSOR
from ingest.sources import SourceOfSeries
from readings.block import I32, I64, Block
from readings.inputs import Series
from readings.times import ALWAYS


@dataclass(frozen=True, slots=True, eq=False)
class Fresh:
    """A block without the readings known already.

    Attributes:
        block: with the readings left.
        keys: theirs.
        offered: int32, the series of every reading there was, by code.
    """

    block: Block
    keys: Keys
    offered: I32


class Newness:
    """Knows, per series, the latest time there is: what lies above is new without a further look.

    Args:
        database: journal.db; the marks are rebuilt from it.
        archive: gives whoever answers for sealed readings, None while nobody does.
    """

    def __init__(self, database: Database, archive: Callable[[], Known | None]) -> None:
        self._database = database
        self._archive = archive
        self._recent = Recent()
        self._counted = Counted()
        with database.read() as connection:
            self._sources = SourceOfSeries(connection)
            rows = connection.execute("SELECT line, sensor, point FROM series ORDER BY code").fetchall()
            self._codes = {Series(*row): code for code, row in enumerate(rows)}
            self._written = len(self._codes)
            self._sealed = _sealed(connection, self._written)
            self._high = self._sealed.copy()
            unsealed = connection.execute(
                "SELECT position, data FROM content WHERE position >"
                " ifnull((SELECT position FROM cursor WHERE name = ?), 0) ORDER BY position",
                (ARCHIVE_CURSOR,),
            )
            for position, data in unsealed:
                block = Block.decode(data)
                keys = self._keys(block)
                self._counted.remember(keys, block)
                self._add(keys.take(np.ones(len(keys), np.bool_)), position)  # a copy: views keep the blob

    def of(self, block: Block) -> Fresh:
        """What of it is new.

        Raises:
            StoreError: sealed readings have to be asked for, and no archive is attached.
        """
        for series in block.series:
            if series not in self._codes:
                self._codes[series] = len(self._codes)
                self._sources.meet(series)
        blank = np.full(len(self._codes) - len(self._high), ALWAYS)
        if blank.size:
            self._high = np.concatenate([self._high, blank])
            self._sealed = np.concatenate([self._sealed, blank])
        keys = self._keys(block)
        offered = keys.code
        counted = self._counted.known(keys, block)
        if counted is not None and counted.any():
            block, keys = block.take(~counted), keys.take(~counted)
        if self._all_above(keys):
            return Fresh(block, keys, offered)
        new = ~self._known(keys)
        return Fresh(block, keys, offered) if new.all() else Fresh(block.take(new), keys.take(new), offered)

    def by_source(self, codes: I32) -> dict[str, int]:
        """How many readings of these series, by code, each source gave."""
        return self._sources.count(codes)

    def bind(self, sources: Mapping[Series, str]) -> None:
        """From now on these series come from these sources."""
        changed = self._sources.bind(sources)
        if changed:
            with self._database.write() as connection:
                connection.executemany("UPDATE series SET source = ? WHERE code = ?", changed)

    def bound_otherwise(self, sources: Mapping[Series, str]) -> bool:
        """Whether a known series comes from another source so far."""
        return self._sources.differs(sources)

    def insert(self, connection: sqlite3.Connection) -> None:
        """Write down the series met since the last commit."""
        if self._written < len(self._codes):
            connection.executemany(
                "INSERT INTO series VALUES (?, ?, ?, ?, NULL, ?)",
                [
                    (code, series.line, series.sensor, series.point, self._sources.name_of(code))
                    for series, code in self._codes.items()
                    if code >= self._written
                ],
            )

    def committed(self, fresh: Fresh, position: int) -> None:
        """It is in the journal, at this position."""
        self._written = len(self._codes)
        self._add(fresh.keys, position)
        self._counted.remember(fresh.keys, fresh.block)

    def sealed(self, through: int) -> None:
        """The archive answers for everything up to this position."""
        with self._database.read() as connection:
            self._sealed = _sealed(connection, len(self._codes))
        self._recent.drop(through)

    def _add(self, keys: Keys, position: int) -> None:
        if len(keys):
            np.maximum.at(self._high, keys.code, keys.time)
            self._recent.add(keys, position)

    def _keys(self, block: Block) -> Keys:
        codes = np.array([self._codes[series] for series in block.series], np.int32)
        return keys_of(
            codes[block.which] if len(block) else block.which,
            block.time,
            block.value,
            block.reason,
            block.seq,
        )

    def _all_above(self, keys: Keys) -> bool:
        """Whether each series' times rise strictly, from above its mark: then nothing can be known."""
        if not len(keys):
            return True
        small = keys.code.astype(np.uint16) if len(self._codes) < 1 << 16 else keys.code
        order = np.argsort(small, kind="stable")  # a radix sort for 16 bits
        code, time = keys.code[order], keys.time[order]
        before = self._high[code]
        same = code[1:] == code[:-1]
        before[1:][same] = time[:-1][same]
        return bool((time > before).all())

    def _known(self, keys: Keys) -> Mask:
        known = keys.repeated()
        below = np.flatnonzero(~known & (keys.time <= self._high[keys.code]))
        known[below] = self._recent.holds(keys.take(below))
        sealed = below[~known[below] & (keys.time[below] <= self._sealed[keys.code[below]])]
        if sealed.size:
            archive = self._archive()
            if archive is None:
                raise StoreError(
                    f"{self._database.path}: some readings are sealed; open the archive before appending"
                )
            known[sealed] = archive.holds(keys.take(sealed))
        return known


def _sealed(connection: sqlite3.Connection, count: int) -> I64:
    marks = np.full(count, ALWAYS)
    for code, time in connection.execute("SELECT code, sealed FROM series WHERE sealed IS NOT NULL"):
        marks[code] = time
    return marks
