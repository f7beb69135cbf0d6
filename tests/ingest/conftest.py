"""What this room's tests share: a journal, an archive, a sealer, and blocks of a small plant."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block
from readings.inputs import Series
from readings.quality import Quality, Reason
from readings.times import MS, SECOND, US

T0 = 1_760_000_000 * SECOND


def plant(
    start: int = 0,
    seconds: int = 10,
    *,
    sensors: int = 4,
    line: str = "cs1",
    seed: int = 0,
    bad: float = 0.02,
    seq: bool = False,
) -> Block:
    """Readings of some sensors, each once a second with jitter; a few of them bad. The same for the same call."""
    draw = np.random.default_rng([seed, start, seconds, sensors])
    rows = seconds * sensors
    which = np.tile(np.arange(sensors, dtype=np.int32), seconds)
    second = np.repeat(np.arange(start, start + seconds), sensors)
    time = T0 + second * SECOND + which * 2 * MS + draw.integers(0, 1000, rows) * US
    raw = np.round(-1800 + 50 * np.sin(second / 600) + draw.normal(0, 5, rows))
    broken = draw.random(rows) < bad
    return Block(
        series=tuple(Series(line, f"s{number}") for number in range(sensors)),
        which=which,
        time=time,
        value=np.where(broken, np.nan, raw / 100),
        raw=np.where(broken, np.nan, raw),
        quality=np.where(broken, Quality.BAD, Quality.GOOD).astype(np.uint8),
        reason=np.where(broken, Reason.NO_ANSWER, Reason.NONE).astype(np.uint8),
        received=(time // MS + draw.integers(1, 5, rows)) * MS,
        seq=second if seq else np.full(rows, -1),
        tick=int(time.max()),
    )


def rows_of(block: Block) -> list[tuple[Any, ...]]:
    """A block's readings as plain tuples, in its order; NaN as None."""
    return [
        (
            str(block.series[which]),
            time,
            *(None if math.isnan(number) else number for number in numbers),
            *rest,
        )
        for which, time, numbers, rest in zip(
            block.which.tolist(),
            block.time.tolist(),
            zip(block.value.tolist(), block.raw.tolist(), strict=True),
            zip(
                block.quality.tolist(),
                block.reason.tolist(),
                block.received.tolist(),
                block.seq.tolist(),
                strict=True,
            ),
            strict=True,
        )
    ]


class Clock:
    """A wall clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def make() -> Callable[..., Block]:
    return plant


@pytest.fixture
def rows() -> Callable[[Block], list[tuple[Any, ...]]]:
    return rows_of


@pytest.fixture
def t0() -> int:
    return T0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(tmp_path: Path, clock: Clock) -> Iterator[SqliteJournal]:
    found = SqliteJournal(tmp_path / "journal.db", now=clock)
    yield found
    found.close()


@pytest.fixture
def archive(tmp_path: Path, journal: SqliteJournal) -> ParquetArchive:
    return ParquetArchive(tmp_path / "archive", journal)


@pytest.fixture
def sealer(archive: ParquetArchive, clock: Clock) -> Sealer:
    settings = ArchiveSettings(seal_after_rows=100, seal_after="10 min", keep_journal="1 h")
    return Sealer(archive, settings, now=clock)
