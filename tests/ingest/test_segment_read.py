"""Reading a file of the archive: what it takes from the machine, and what it says when the file was cut."""

from __future__ import annotations

import os
import random
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


def test_a_bit_that_flipped_is_told_never_believed(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """Wherever the disk changes a bit, a file gives what was written, or says that it is damaged: nothing else.

    Without checksums two of five such bits gave another temperature, and some of the others an error that ended the record.
    """
    journal.append(make(0, 100))
    (segment,) = sealer.seal()
    written = archive.segment_rows(segment).block
    (path,) = archive.directory.glob("*/*.parquet")
    whole, draw = path.read_bytes(), random.Random(5)
    told = 0
    for _ in range(300):
        spoilt = bytearray(whole)
        spoilt[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(spoilt)
        try:
            read = ParquetArchive(archive.directory, journal).segment_rows(segment).block
        except ArchiveError:
            told += 1
        else:
            assert read.encode() == written.encode()
    assert told > 150


def test_a_file_that_was_put_back_is_read_at_once(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """Another file in the place of a damaged one, which is open, is read without starting anything again."""
    journal.append(make(0, 100))
    (segment,) = sealer.seal()
    archive.segment_rows(segment)
    (path,) = archive.directory.glob("*/*.parquet")
    backup = path.with_suffix(".backup")
    backup.write_bytes(path.read_bytes())
    os.truncate(path, 100)
    with pytest.raises(ArchiveError):
        archive.segment_rows(segment)
    backup.replace(path)
    assert len(archive.segment_rows(segment).block) == 400
