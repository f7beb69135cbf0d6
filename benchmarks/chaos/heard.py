"""A journal that is read, and remembers nothing of who has read it."""

from __future__ import annotations

from ingest.journal import SqliteJournal


class Heard:
    """See the module."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal
        self.read, self.last = journal.read, journal.last

    def advance(self, name: str, position: int) -> None:
        """Not noted: it is open for reading only."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)
