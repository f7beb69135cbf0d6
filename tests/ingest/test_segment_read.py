"""Reading a file of the archive: what it takes from the machine, and what it says when the file was cut."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.archive import ParquetArchive
from ingest.errors import ArchiveError
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from readings.block import Block


def test_an_open_file_is_read_not_mapped(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """What was read stays in no memory of the process, however many files are open.

    And one that is cut while it is open is told like any damage: a mapping would end the process with SIGBUS.
    """
    journal.append(make(0, 100))
    (segment,) = sealer.seal()
    assert len(archive.segment_rows(segment).block) == 400
    assert ".parquet" not in Path("/proc/self/maps").read_text()
    (path,) = archive.directory.glob("*/*.parquet")
    os.truncate(path, 100)
    with pytest.raises(ArchiveError, match="restore it from the last backup"):
        archive.segment_rows(segment)
