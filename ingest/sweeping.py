"""What lies in the archive's folder and in no catalogue: a killed process left it, or the journal lost its entry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from ingest import catalogue
from ingest.database import Database
from ingest.lost import Loss, losses
from ingest.sealing import UNFINISHED
from ingest.segment_write import flush

ASIDE = "aside"
_log = structlog.get_logger(__name__)


def sweep(directory: Path, database: Database, now: int) -> None:
    """Remove files that no catalogue names: the journal still holds what they hold.

    One that holds what a journal lost, and somebody went on without, is put aside: nothing else has it.

    Args:
        directory: of the archive.
        database: journal.db.
        now: ns UTC; the name of a file that is put aside begins with it.

    Raises:
        OSError: the disk fails.
    """
    known, lost = catalogue.names(database), losses(database)
    for path in directory.glob("line=*/*.parquet*"):
        if path.relative_to(directory).as_posix() in known:
            continue
        if path.name.endswith(UNFINISHED) or not _holds(path, lost):
            path.unlink()
            continue
        aside = directory / ASIDE / path.parent.name / f"{now}-{path.name}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        path.rename(aside)
        flush(aside.parent)
        _log.warning("a file holds readings that the journal lost; it is put aside", file=str(aside))


def _holds(path: Path, lost: Sequence[Loss]) -> bool:
    """Whether a file holds readings of blocks that were lost; one that cannot be read may."""
    if not lost:
        return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            position = file.read(columns=["position"])["position"].to_numpy()
    except (OSError, KeyError, pa.ArrowException):
        return True
    return any(bool(((position >= each.first) & (position <= each.last)).any()) for each in lost)
