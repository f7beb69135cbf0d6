"""History: the archive and InfluxDB give the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ingest.archive import ParquetArchive
from ingest.errors import InfluxError, InfluxUnreachableError
from ingest.history import ArchiveHistory
from ingest.history_influxql import InfluxHistory
from ingest.journal import SqliteJournal
from ingest.lineprotocol import reading_lines
from ingest.sealer import Sealer
from ingest.settings import InfluxSettings
from ingest.transport import transport
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import SECOND

ODD = Series("cs 1", 'o\'zone, "a"', "CS1.2")


def conflicts(t0: int) -> Block:
    """Readings of one series at the same times: a good one then a bad one, and two different values."""
    builder = BlockBuilder()
    for second, value, reason, seq in (
        (1, -18.0, 0, 1),
        (1, float("nan"), 60, -1),
        (2, 1.0, 0, 2),
        (2, 2.5, 0, 3),
        (2, 1.5, 20, -1),
        (7, 0.1, 0, -1),
    ):
        builder.reading(
            ODD, time=t0 + second * SECOND, value=value, raw=value, reason=reason, received=t0, seq=seq
        )
    return builder.build()


@pytest.mark.server
async def test_both_give_the_same(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    t0: int,
    influxd: Any,
    rows: Callable[[Block], list[tuple[Any, ...]]],
) -> None:
    """Buckets and rows agree to the bit, over good, bad, late and conflicting readings, sealed or not."""
    settings = InfluxSettings(url=influxd.url)
    way = transport(settings)
    await way.prepare()
    for number, block in enumerate([make(0, 300), conflicts(t0), make(600, 50), make(300, 100, seq=True)]):
        journal.append(block)
        answer = await way.write(b"\n".join(reading_lines(block, "plant")))
        assert answer.ok, answer.words
        if number == 1:
            sealer.seal()
    await way.close()
    ours, theirs = ArchiveHistory(archive), InfluxHistory(settings, "plant")
    spans = [(t0, t0 + 700 * SECOND, 50), (t0 + 123_456_789, t0 + 333 * SECOND + 1, 7), (t0, t0 + 5, 3)]
    for series in (Series("cs1", "s0"), Series("cs1", "s3"), ODD, Series("cs1", "nobody")):
        for start, end, n in spans:
            mine, other = ours.buckets(series, start, end, n), theirs.buckets(series, start, end, n)
            for column in ("start", "count", "low", "high", "last"):
                np.testing.assert_array_equal(getattr(mine, column), getattr(other, column), column)
            assert rows(ours.rows(series, start, end)) == rows(theirs.rows(series, start, end))
    assert len(ours.rows(Series("cs1", "s0"), *spans[0][:2])) == 450
    assert len(ours.rows(ODD, t0, t0 + 10 * SECOND)) == 3
    theirs.close()


@pytest.mark.server
def test_refusals_are_told(influxd: Any, t0: int) -> None:
    """A query that the server refuses, and a server that is gone, are told in words."""
    history = InfluxHistory(InfluxSettings(url=influxd.url, database="none"), "plant")
    with pytest.raises(InfluxError, match="database not found: none"):
        history.buckets(Series("a", "b"), t0, t0 + 5, 1)
    influxd.stop()
    with pytest.raises(InfluxUnreachableError, match="does not answer"):
        history.rows(Series("a", "b"), t0, t0 + 5)
    history.close()
    influxd.start()


def test_nothing_to_count_is_refused(archive: ParquetArchive, t0: int) -> None:
    """Buckets over no time, or none of them, are a mistake of the caller."""
    with pytest.raises(ValueError, match="nothing to count"):
        archive.buckets(Series("a", "b"), t0, t0, 5)
