"""Where a site keeps what it keeps, and how each part is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.archive import ParquetArchive
from ingest.inbox import Inbox
from ingest.journal import SqliteJournal
from ingest.posted import Posted
from ledger.checkpoint import SigningKey, site_key
from ledger.people import People
from ledger.store import Ledger
from readings.errors import HaccplineError


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of everything that is kept.

    Attributes:
        folder: `journal.db`, `segments/`, `completeness.db`, `ledger.db`, `people.db`, `inbox.db`, `posted.db`,
            `keys/site.key`, `health.json`.
        site: the site's id.
    """

    folder: Path
    site: str

    def make(self) -> None:
        """Make the folder where it isn't there."""
        try:
            self.folder.mkdir(
                parents=True, exist_ok=True, mode=0o700
            )  # it names people and how to reach them
        except OSError as error:
            raise HaccplineError(f"{self.folder} cannot be made: {error.strerror}") from error

    def journal(self, *, read_only: bool = False) -> SqliteJournal:
        """The journal, for the process that writes it or for those that read."""
        self._there("journal.db", read_only)
        return SqliteJournal(self.folder / "journal.db", read_only=read_only)

    def archive(self, journal: SqliteJournal) -> ParquetArchive:
        """The archive over this journal."""
        return ParquetArchive(self.folder / "segments", journal)

    def ledger(self, *, read_only: bool = False) -> Ledger:
        """The ledger."""
        self._there("ledger.db", read_only)
        return Ledger(self.folder / "ledger.db", read_only=read_only)

    def key(self) -> SigningKey:
        """The site's key; made on first use, readable by its owner alone."""
        return site_key(self.folder / "keys" / "site.key", name=self.site)

    def people(self) -> People:
        """Who may enter and sign."""
        return People(self.folder / "people.db")

    def inbox(self) -> Inbox:
        """Where people's acts wait for the record process."""
        return Inbox(self.folder / "inbox.db")

    def posted(self) -> Posted:
        """Where readings that programs hand in wait for the record process."""
        return Posted(self.folder / "posted.db")

    @property
    def health(self) -> Path:
        """What the record process says of itself."""
        return self.folder / "health.json"

    def _there(self, name: str, needed: bool) -> None:
        if needed and not (self.folder / name).exists():
            raise HaccplineError(
                f"{self.folder / name} is not there; has `haccpline run` been started for this site?"
            )
