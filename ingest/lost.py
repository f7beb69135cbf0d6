"""When a journal lacks what was acknowledged: that is told, and a person decides whether to go on without it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ingest.database import Database
from ingest.errors import LostError, StoreError
from ingest.mark import Mark, MarkFile
from ingest.schema import JOURNAL


class Loss(NamedTuple):
    """Blocks that were acknowledged and lost.

    Attributes:
        first, last: their positions; `first` is behind `last` where only quarantined messages are lacking.
        time: when somebody decided to go on, ns UTC.
        who: that was.
        why: in their words.
    """

    first: int
    last: int
    time: int
    who: str
    why: str


def check_size(path: Path, marked: Mark | None) -> None:
    """Hold the size of journal.db against its mark, before it is opened.

    Raises:
        LostError: it was cut, or is gone.
    """
    size = path.stat().st_size if path.exists() else 0
    if marked is not None and size < marked.size:
        raise LostError(
            f"{path} was cut: it has {size:,} bytes, and had {marked.size:,}. Restore the last backup; to begin anew,"
            " move the whole data folder away"
        )


def check_whole(database: Database, marked: Mark) -> None:
    """Hold a journal against its mark.

    Raises:
        LostError: it lacks what was acknowledged.
    """
    with database.read() as connection:
        commits, last = connection.execute("SELECT commits, last FROM head").fetchone()
    if commits < marked.commits:
        raise LostError(
            f"{database.path} lacks what was acknowledged: it ends with block {last} after {commits} commits,"
            f" {marked.last} after {marked.commits} were acknowledged. The disk, or whoever copied the file, has"
            " cut it or its -wal. Restore the last backup; or, if nothing better is to be had, go on without them:"
            " `haccpline go-on --who ... --reason ...`"
        )


def go_on(path: Path, *, who: str, why: str, now: int, heard: int = 0) -> Loss:
    """Go on without what the disk lost; positions go on behind those that were given.

    Args:
        path: journal.db.
        who: decides it.
        why: that person's words.
        now: ns UTC.
        heard: position up to which the ledger has heard it.

    Raises:
        StoreError: nothing is lacking, the file is damaged otherwise, the ledger has heard what is lacking, or nobody or no
            reason is named.
        LostError: journal.db itself was cut: there is no going on with it.
    """
    if not who.strip() or not why.strip():
        raise StoreError(f"{path}: name who decides to go on, and why")
    if not path.exists():
        raise StoreError(f"{path}: no such file; the site was never recorded")
    marked = MarkFile(path).read()
    check_size(path, marked)
    database = Database(path, migrations=JOURNAL)
    try:
        with database.write() as connection:
            damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if damage != "ok":
                raise StoreError(f"{path}: {damage}; restore the last backup")
            commits, last = connection.execute("SELECT commits, last FROM head").fetchone()
            if marked is None or commits >= marked.commits:
                raise StoreError(f"{path}: nothing that was acknowledged is lacking")
            if heard > last:
                raise StoreError(
                    f"{path} ends with block {last}, and the ledger has heard up to block {heard}: what it decided by those"
                    " cannot be gone on from, and nothing would be judged. Restore the last backup; to begin anew, move the"
                    " whole data folder away"
                )
            loss = Loss(last + 1, marked.last, now, who, why)
            connection.execute("INSERT INTO loss VALUES (?, ?, ?, ?, ?)", loss)
            connection.execute(
                "UPDATE head SET last = max(last, ?), commits = ?", (marked.last, marked.commits)
            )
    finally:
        database.close()
    return loss


def losses(database: Database) -> list[Loss]:
    """What was lost and gone on without, in the order in which that was decided."""
    with database.read() as connection:
        rows = connection.execute("SELECT first, last, time, who, why FROM loss ORDER BY time")
        return [Loss(*row) for row in rows]
