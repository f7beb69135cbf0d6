"""Killed at any moment: what was acknowledged is there once, and the books balance."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import join
from readings.times import NEVER

APPENDER = Path(__file__).with_name("appender.py")
KILLS, ROWS, AGAIN = 5, 20, 5


def run(directory: Path, begin: int, end: int, seconds: float | None) -> int:
    """Run the appender, kill it so long after its first acknowledgement; the last block acknowledged."""
    command = [sys.executable, str(APPENDER), str(directory), str(begin), str(end)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    if seconds is not None:
        time.sleep(seconds)
        process.kill()
    rest, errors = process.communicate()
    assert process.returncode in ({0} if seconds is None else {0, -9}), errors
    numbers = (first + rest).split("\n")[:-1]  # a last line without its end was cut by the kill
    return int(numbers[-1])


def test_killed_again_and_again(tmp_path: Path) -> None:
    """SIGKILL at random moments while appending, sealing, compacting and dropping; sources send again."""
    draw = random.Random(20)
    begin = acknowledged = 0
    positions = []
    for _ in range(KILLS):
        acknowledged = max(acknowledged, run(tmp_path, begin, 10**9, draw.uniform(0.0, 0.3)))
        journal = SqliteJournal(tmp_path / "journal.db", read_only=True)
        books, last = journal.books(), journal.last()
        journal.close()
        assert books.balance == 0
        assert books.stored + books.waiting >= (acknowledged + 1) * ROWS
        positions.append(last)
        begin = max(acknowledged - AGAIN, 0)
    total = acknowledged + 50
    run(tmp_path, begin, total, None)

    journal = SqliteJournal(tmp_path / "journal.db")
    archive = ParquetArchive(tmp_path / "archive", journal)
    assert positions == sorted(positions)
    assert journal.last() == total, "one position for each block: none twice, none left out"
    assert journal.books().duplicate >= KILLS * AGAIN * ROWS
    for sealed in (False, True):
        if sealed:
            Sealer(archive, ArchiveSettings()).seal()
        values = np.concatenate([join(list(archive.stream(line, 0, NEVER))).value for line in "ab"])
        assert np.sort(values).tolist() == list(range(total * ROWS))
        books = journal.books()
        assert books.balance == 0
        assert books.stored + books.waiting == total * ROWS
    for line in "ab":
        rows = [archive.segment_rows(segment) for segment in archive.segments(line)]
        assert np.all(np.diff(np.concatenate([one.position for one in rows])) >= 0)
        assert np.all(np.diff(np.concatenate([one.block.seq for one in rows])) > 0)
    assert [int(act.id) for _, act in journal.acts()] == list(range(total))
    assert journal.dropped() > 0
    assert any("-" in path.stem for path in archive.directory.rglob("*.parquet")), (
        "it was compacted meanwhile"
    )
    assert list(archive.directory.rglob("*.tmp")) == []
    journal.close()
