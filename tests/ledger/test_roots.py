"""What segments are worth is told line by line: one that cannot be worked out holds up no other line."""

from __future__ import annotations

from pathlib import Path

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ledger.roots import Roots
from readings.beside import Here
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import SECOND


def test_a_line_whose_file_is_missing_waits_alone(tmp_path: Path) -> None:
    """Line A waits for its file and is tried again after a minute; B is told at once."""
    journal = SqliteJournal(tmp_path / "journal.db")
    archive = ParquetArchive(tmp_path / "segments", journal)
    builder = BlockBuilder()
    for line in "AB":
        builder.reading(Series(line, "air"), time=SECOND, value=4.0, received=SECOND)
    journal.append(builder.build(tick=SECOND))
    assert len(Sealer(archive, ArchiveSettings()).seal()) == 2
    path = archive.directory / "line=A" / "00000001.parquet"
    away = path.rename(tmp_path / "away")
    roots = Roots("S", archive, Here(archive))

    def told(seconds: int) -> list[str]:
        return [body["line"] for body in roots.told(("A", "B"), 1, seconds * SECOND)]

    assert told(0) == ["B"]
    assert set(roots.failed) == {"A"}
    assert "00000001.parquet" in roots.failed["A"]
    away.rename(path)
    assert told(59) == []
    assert told(60) == ["A"]
    assert (roots.failed, roots.sealed) == ({}, {"A": 1, "B": 1})
    assert told(61) == []
    journal.close()
