"""Files cut at random bytes, as a disk does that said more than it had written: whole, or told, never wrong."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.errors import ArchiveError, LostError, StoreError
from ingest.journal import SqliteJournal
from ingest.lost import go_on, losses
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block
from readings.inputs import Series
from readings.ports import Quarantined
from readings.times import NEVER

CUTS = 25
SERIES = [Series("cs1", f"s{number}") for number in range(4)]


def whole(folder: Path, make: Callable[..., Block]) -> list[tuple[Any, ...]]:
    """A folder as a kill leaves it: journal with its log, mark, archive; what was acknowledged."""
    journal = SqliteJournal(folder / "live" / "journal.db")
    archive = ParquetArchive(folder / "live" / "archive", journal)
    for second in range(0, 200, 10):
        journal.append(make(second, 10))
        if second == 100:
            Sealer(archive, ArchiveSettings()).seal()
            beside = sqlite3.connect(folder / "live" / "journal.db")
            beside.execute("PRAGMA wal_checkpoint(PASSIVE)")
            beside.close()
    journal.quarantine(Quarantined("x", b"y", "z", 1))
    shutil.copytree(folder / "live", folder / "killed")
    found = told(archive)
    journal.close()
    return found


def told(archive: ParquetArchive) -> list[tuple[Any, ...]]:
    rows = archive.read(SERIES, 0, NEVER)
    block = rows.block
    return list(
        zip(
            block.which.tolist(),
            block.time.tolist(),
            map(str, block.value.tolist()),
            rows.position.tolist(),
            strict=True,
        )
    )


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal", "journal.db.mark"])
def test_a_cut_journal(tmp_path: Path, make: Callable[..., Block], name: str) -> None:
    """Cut anywhere, the journal and its log open with all that was acknowledged, or say that it is not there."""
    (tmp_path / "live").mkdir()
    acknowledged = whole(tmp_path, make)
    size = (tmp_path / "killed" / name).stat().st_size
    draw = random.Random(name)
    refused: list[str] = []
    for length in [0, size, *(draw.randrange(size) for _ in range(CUTS))]:
        place = tmp_path / "cut"
        shutil.copytree(tmp_path / "killed", place)
        with (place / name).open("r+b") as file:
            file.truncate(length)
        try:
            journal = SqliteJournal(place / "journal.db")
            archive = ParquetArchive(place / "archive", journal)
            assert told(archive) == acknowledged
            assert journal.books().balance == 0
            assert journal.books().quarantined == 1
            assert journal.append(make(500, 1)) == 21
            journal.close()
        except (StoreError, OSError) as error:
            refused.append(f"{error} {getattr(error, 'filename', '')}")
        shutil.rmtree(place)
    assert all("journal.db" in each for each in refused)
    assert not refused if name.endswith("mark") else len(refused) > CUTS // 2


def test_a_cut_segment(tmp_path: Path, make: Callable[..., Block]) -> None:
    """A sealed file that was cut is named; no reading of it is made up, and none is taken for new."""
    (tmp_path / "live").mkdir()
    whole(tmp_path, make)
    draw = random.Random(1)
    for _ in range(10):
        place = tmp_path / "cut"
        shutil.copytree(tmp_path / "killed", place)
        (path,) = (place / "archive").rglob("*.parquet")
        with path.open("r+b") as file:
            file.truncate(draw.randrange(path.stat().st_size))
        journal = SqliteJournal(place / "journal.db")
        archive = ParquetArchive(place / "archive", journal)
        assert archive.damaged() == [path.relative_to(place / "archive").as_posix()]
        with pytest.raises(ArchiveError, match=path.name):
            told(archive)
        with pytest.raises(ArchiveError, match=path.name):
            journal.append(make(0, 10))
        journal.close()
        shutil.rmtree(place)


def test_lost_is_told_in_numbers_and_gone_on_with_by_name(tmp_path: Path, make: Callable[..., Block]) -> None:
    """What is lacking is said; who goes on without it is written down, and positions are not given twice."""
    (tmp_path / "live").mkdir()
    whole(tmp_path, make)
    place = tmp_path / "killed"
    (place / "journal.db-wal").unlink()
    (place / "journal.db-shm").unlink(missing_ok=True)
    with pytest.raises(StoreError):
        SqliteJournal(place / "journal.db")
    # a log cut to what it held before the last block
    journal = SqliteJournal(tmp_path / "some.db")
    journal.append(make(0, 10))
    shutil.copy(tmp_path / "some.db-wal", tmp_path / "before.db-wal")
    shutil.copy(tmp_path / "some.db", tmp_path / "before.db")
    journal.append(make(10, 10))
    shutil.copy(tmp_path / "some.db.mark", tmp_path / "before.db.mark")
    journal.close()
    with pytest.raises(LostError, match="ends with block 1 after 1 commits, 2 after 2 were acknowledged"):
        SqliteJournal(tmp_path / "before.db")
    with pytest.raises(LostError):
        SqliteJournal(tmp_path / "before.db", read_only=True)
    with pytest.raises(StoreError, match="name who"):
        go_on(tmp_path / "before.db", who="", why="x", now=5)
    with pytest.raises(StoreError, match="ends with block 1, and the ledger has heard up to block 2"):
        go_on(tmp_path / "before.db", who="li", why="no backup", now=5, heard=2)
    assert go_on(tmp_path / "before.db", who="li", why="no backup", now=5, heard=1)[:2] == (2, 2)
    again = SqliteJournal(tmp_path / "before.db")
    sealed = Sealer(ParquetArchive(tmp_path / "archive", again), ArchiveSettings()).seal()
    assert [(each.first, each.last, each.rows) for each in sealed] == [(1, 1, 40)]
    assert again.append(make(20, 10)) == 3
    assert losses(again.database) == [(2, 2, 5, "li", "no backup")]
    assert again.books().balance == 0
    again.close()
