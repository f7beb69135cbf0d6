"""The stores of a site as the web needs them: opened when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from dashboards.web.errors import NotRecorded
from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.history import ArchiveHistory
from ingest.inbox import Inbox
from ingest.journal import SqliteJournal
from ingest.posted import Posted
from ledger.answers import Answers
from ledger.api_keys import ApiKeys
from ledger.people import People
from ledger.sessions import Sessions
from ledger.store import Ledger


class Stores:
    """The databases below a site's folder. The ledger and the journal are only read; the record process writes them.

    Args:
        folder: of everything that is kept.
        idle: of sessions, ns.
        longest: of sessions, ns.
    """

    def __init__(self, folder: Path, *, idle: int, longest: int) -> None:
        self.folder = folder
        self._idle, self._longest = idle, longest
        self._turn = threading.RLock()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, open for reading.

        Raises:
            NotRecorded: the site was never recorded.
        """
        path = self._there("ledger.db")
        ledger = Ledger(path, read_only=True)
        try:
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def completeness(self) -> Iterator[Completeness]:
        """What was expected and what came, open for reading.

        Raises:
            NotRecorded: nothing was ever counted.
        """
        store = Completeness(self._there("completeness.db"))
        try:
            yield store
        finally:
            store.close()

    @property
    def people(self) -> People:
        """Who may sign in."""
        with self._turn:
            return self._people

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        with self._turn:
            return self._sessions

    @property
    def keys(self) -> ApiKeys:
        """Which programs may read."""
        with self._turn:
            return self._keys

    @property
    def answers(self) -> Answers:
        """What was answered to requests with an idempotency key."""
        with self._turn:
            return self._answers

    @property
    def inbox(self) -> Inbox:
        """Where people's acts wait for the record process."""
        with self._turn:
            return self._inbox

    @property
    def posted(self) -> Posted:
        """Where readings that programs hand in wait for the record process."""
        with self._turn:
            return self._posted

    @property
    def history(self) -> ArchiveHistory:
        """The readings.

        Raises:
            NotRecorded: the site was never recorded.
        """
        with self._turn:
            return self._history

    def close(self) -> None:
        """Let go of what is open."""
        with self._turn:
            for name in ("_people", "_sessions", "_keys", "_answers", "_inbox", "_posted", "_journal"):
                if name in self.__dict__:
                    self.__dict__.pop(name).close()
            self.__dict__.pop("_history", None)

    @cached_property
    def _people(self) -> People:
        return People(self.folder / "people.db")

    @cached_property
    def _sessions(self) -> Sessions:
        return Sessions(self.folder / "people.db", idle=self._idle, longest=self._longest)

    @cached_property
    def _keys(self) -> ApiKeys:
        return ApiKeys(self.folder / "people.db")

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self.folder / "people.db")

    @cached_property
    def _inbox(self) -> Inbox:
        return Inbox(self.folder / "inbox.db")

    @cached_property
    def _posted(self) -> Posted:
        return Posted(self.folder / "posted.db")

    @cached_property
    def _journal(self) -> SqliteJournal:
        return SqliteJournal(self._there("journal.db"), read_only=True)

    @cached_property
    def _history(self) -> ArchiveHistory:
        return ArchiveHistory(ParquetArchive(self.folder / "segments", self._journal))

    def _there(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise NotRecorded(f"{name} is not there: this site has not been recorded yet")
        return path
