"""A full disk: nothing is acknowledged that is not there, the error is told, and it ends by itself."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.archive import ParquetArchive
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block
from readings.inputs import Series
from readings.times import NEVER


def fill(path: Path) -> None:
    """Take all the room there is."""
    room = os.statvfs(path.parent)
    path.write_bytes(b"\0" * (room.f_bavail * room.f_frsize))


async def test_intake_waits_for_room(small_disk: Path, make: Callable[..., Block]) -> None:
    """Sources hear OSError while the disk is full; with room again the same block goes in, each reading once."""
    journal = SqliteJournal(small_disk / "journal.db")
    archive = ParquetArchive(small_disk / "archive", journal)
    taken, refused = 0, list[int | None]()
    async with JournalIntake(journal, tick_every=0.02) as intake:
        for second in range(0, 400, 10):
            if second in {100, 250}:
                fill(small_disk / "filler")
            while True:
                try:
                    await intake.take(make(second, 10, sensors=20))
                except OSError as error:
                    refused.append(error.errno)
                    assert intake.trouble
                    assert journal.books().acquired == journal.books().waiting == taken
                    (small_disk / "filler").unlink(missing_ok=True)
                else:
                    break
            taken += 200
        assert intake.trouble is None
    assert set(refused) <= {errno.ENOSPC, errno.EIO}
    assert len(refused) >= 2
    assert journal.books().balance == 0
    assert journal.books().waiting == taken == 8000
    assert len(archive.read([Series("cs1", f"s{n}") for n in range(20)], 0, NEVER).position) == 8000
    journal.close()
    again = SqliteJournal(small_disk / "journal.db")
    assert again.books().waiting == 8000
    again.close()


def test_sealing_waits_for_room(small_disk: Path, make: Callable[..., Block]) -> None:
    """A segment that does not fit leaves no file behind; the readings wait in the journal, and are sealed later."""
    journal = SqliteJournal(small_disk / "journal.db")
    archive = ParquetArchive(small_disk / "archive", journal)
    sealer = Sealer(archive, ArchiveSettings())
    for second in range(0, 1000, 100):
        journal.append(make(second, 100, sensors=5))
    fill(small_disk / "filler")
    with pytest.raises(OSError, match=r"[Nn]o space|full"):
        sealer.seal()
    assert list(archive.directory.rglob("*.parquet*")) == []
    assert journal.books().waiting == 5000
    (small_disk / "filler").unlink()
    assert [segment.rows for segment in sealer.seal()] == [5000]
    assert journal.books().stored == 5000
    assert journal.books().balance == 0
    journal.close()
