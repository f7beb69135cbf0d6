"""What lies in the archive's folder and in no catalogue goes, unless it holds what the journal lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.lost import go_on
from ingest.sealer import Sealer
from ingest.sealing import next_portion
from ingest.settings import ArchiveSettings
from readings.block import Block


def test_what_a_journal_has_lost_is_put_aside(tmp_path: Path, make: Callable[..., Block]) -> None:
    """A log that was cut behind the first of two blocks lacks the entry of the file that holds both, 40 readings each.

    The file is the only one that has the second. Gone on without it, the first is sealed again under the same name. What
    holds the first alone, and a file that was not finished, go.
    """
    journal = SqliteJournal(tmp_path / "journal.db")
    archive = ParquetArchive(tmp_path / "archive", journal)
    journal.append(make(0, 10))
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"cut-{name}")
    journal.append(make(10, 10))
    Sealer(archive, ArchiveSettings()).seal()
    journal.close()
    (path,) = archive.directory.rglob("*.parquet")
    path.with_name("00000002.parquet.1.tmp").write_bytes(b"half of it")
    first = SqliteJournal(tmp_path / "cut-journal.db", read_only=True)
    (_, draft), *_ = next_portion(ParquetArchive(archive.directory, first), 100, 1).segments
    first.close()
    (archive.directory / draft.at).rename(path.with_name("00000003.parquet"))
    for name in ("journal.db", "journal.db-wal"):
        (tmp_path / f"cut-{name}").replace(tmp_path / name)
    go_on(tmp_path / "journal.db", who="li", why="no backup", now=5)

    again = SqliteJournal(tmp_path / "journal.db")
    Sealer(ParquetArchive(archive.directory, again), ArchiveSettings(), now=lambda: 7).seal()
    again.close()
    aside = archive.directory / "aside" / path.parent.name / f"7-{path.name}"
    assert sorted(archive.directory.rglob("*.*")) == sorted([aside, path])
    assert [pq.ParquetFile(each).metadata.num_rows for each in (aside, path)] == [80, 40]
