"""The mark beside journal.db: how much was acknowledged, so that a file that was cut is not taken for a whole one.

SQLite drops what does not pass its checksum at the end of a write-ahead log: right after a power cut, for that was
never acknowledged; wrong after the disk lost what it had said was written. The mark is written after each commit,
without waiting for the disk: after a power cut it may be behind the journal, never ahead of it.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_FORM = struct.Struct("<QQQI")


class Mark(NamedTuple):
    """What was acknowledged.

    Attributes:
        commits: how many commits of blocks and of quarantined messages there were.
        last: position of the last block.
        size: bytes of journal.db, which never becomes smaller.
    """

    commits: int
    last: int
    size: int = 0


class MarkFile:
    """The file `journal.db.mark`; one process writes it."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self.path = journal.with_name(journal.name + ".mark")
        self._handle: int | None = None

    def read(self) -> Mark | None:
        """The mark; None where there is none that can be read: then nothing is known."""
        try:
            *said, check = _FORM.unpack(self.path.read_bytes())
        except (OSError, struct.error):
            return None
        mark = Mark(*said)
        return mark if check == _check(mark) else None

    def write(self, commits: int, last: int) -> None:
        """Write it; a disk that is full now has room for it, for it is overwritten in place."""
        with suppress(OSError):
            mark = Mark(commits, last, self._journal.stat().st_size)
            if self._handle is None:
                self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            os.pwrite(self._handle, _FORM.pack(*mark, _check(mark)), 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _check(mark: Mark) -> int:
    return zlib.crc32(struct.pack("<QQQ", *mark))
