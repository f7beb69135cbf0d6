"""What lies in the archive's folder and in no catalogue: a killed process left it, or the journal has lost its entry."""

from __future__ import annotations

from pathlib import Path

import structlog

from ingest import catalogue
from ingest.database import Database
from ingest.lost import losses
from ingest.sealing import UNFINISHED
from ingest.segment_write import flush

ASIDE = "aside"
_log = structlog.get_logger(__name__)


def sweep(directory: Path, database: Database, now: int) -> None:
    """Remove files that no catalogue names: the journal still holds what they hold.

    Where a journal lost something, and somebody went on without it, that may not be so: whole files are put aside.

    Args:
        directory: of the archive.
        database: journal.db.
        now: ns UTC; the name of a file that is put aside begins with it.

    Raises:
        OSError: the disk fails.
    """
    known, lost = catalogue.names(database), bool(losses(database))
    for path in directory.glob("line=*/*.parquet*"):
        name = path.relative_to(directory).as_posix()
        unfinished = path.name.endswith(UNFINISHED)
        if unfinished or (name not in known and not lost):
            path.unlink()
        elif name not in known:
            aside = directory / ASIDE / path.parent.name / f"{now}-{path.name}"
            aside.parent.mkdir(parents=True, exist_ok=True)
            path.rename(aside)
            flush(aside.parent)
            _log.warning("a file may hold readings that the journal lost; it is put aside", file=str(aside))
