"""Readings for judging: the same ones as in time order, one stretch of time after the other, by series in each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest import stretches
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block, join
from readings.inputs import Series
from readings.times import SECOND

SERIES = tuple(Series("L", f"s{number}") for number in range(4))
OTHER = Series("M", "s0")


def rows(times: list[int], which: list[int]) -> Block:
    """Readings of these seconds; their value is their time."""
    time = np.array(times, np.int64) * SECOND
    size = len(times)
    return Block(
        series=(*SERIES, OTHER),
        which=np.array(which, np.int32),
        time=time,
        value=np.array(times, np.float64),
        raw=np.array(times, np.float64) * 10,
        quality=np.zeros(size, np.uint8),
        reason=np.zeros(size, np.uint8),
        received=time,
        seq=np.full(size, -1),
        tick=int(time.max()),
    )


@pytest.fixture
def archive(tmp_path: Path):
    """Three files, one of them with readings that came an hour late, and some that are not sealed."""
    journal = SqliteJournal(tmp_path / "journal.db")
    archive = ParquetArchive(tmp_path / "segments", journal)
    sealer = Sealer(archive, ArchiveSettings())
    draw = np.random.default_rng(5)
    for part in range(4):
        times = np.sort(draw.integers(part * 1000, part * 1000 + 1000, 400)).tolist()
        which = draw.integers(0, 5, 400).tolist()
        journal.append(rows(times, which))
        if part == 1:
            journal.append(rows(list(range(300, 310)), [2] * 10))
        if part < 3:
            sealer.seal()
    yield archive
    journal.close()


def told(blocks: list[Block]) -> list[tuple[Series, int, float]]:
    return sorted(
        (block.series[code], time, value)
        for block in blocks
        for code, time, value in zip(
            block.which.tolist(), block.time.tolist(), block.value.tolist(), strict=True
        )
    )


@pytest.mark.parametrize(("start", "end"), [(0, 10_000), (250, 1_700), (305, 306), (9_000, 10_000)])
@pytest.mark.parametrize("few", [1, 100, 65_536])
def test_they_are_the_readings_of_the_span(archive, monkeypatch, start, end, few):
    """Whatever span is asked for and however much is gathered: each reading of these series once, no other."""
    monkeypatch.setattr(stretches, "_FEW", few)
    wanted = [SERIES[0], SERIES[2], OTHER]
    found = list(archive.stretches(wanted, start * SECOND, end * SECOND))
    read = archive.read(wanted, start * SECOND, end * SECOND).block
    assert told(found) == told([read])


@pytest.mark.parametrize("few", [1, 100])
def test_each_stretch_is_later_than_the_one_before_and_lies_by_series(archive, monkeypatch, few):
    """No reading is earlier than any of the block before; in a block, each series once, in order of time."""
    monkeypatch.setattr(stretches, "_FEW", few)
    found = list(archive.stretches(SERIES, 0, 10_000 * SECOND))
    assert len(found) > 2
    last = -1
    for block in found:
        assert int(block.time.min()) > last
        last = int(block.time.max())
        begins = np.flatnonzero(np.r_[True, block.which[1:] != block.which[:-1]])
        assert len(begins) == len(block.series) == len(set(block.series))
        back = np.flatnonzero(block.time[1:] < block.time[:-1]) + 1
        assert set(back.tolist()) <= set(begins.tolist())


def test_raw_numbers_come_where_they_are_asked_for(archive):
    """Otherwise they are NaN: nothing is read that nobody needs."""
    assert np.isnan(join(archive.stretches(SERIES, 0, 500 * SECOND)).raw).all()
    with_raw = join(archive.stretches(SERIES, 0, 500 * SECOND, raw=True))
    assert (with_raw.raw == with_raw.value * 10).all()


def test_lines_are_those_with_readings(archive):
    """Sealed or not."""
    assert archive.lines() == ["L", "M"]
