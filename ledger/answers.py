"""Answers kept for a while, so that a request sent again is answered again and not done again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ledger.credentials import Credentials
from readings.times import DAY

KEPT = DAY


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered.

    Attributes:
        request: SHA-256 over what was asked, secrets left out.
        status: of HTTP.
        body: as sent.
    """

    request: bytes
    status: int
    body: bytes


class Answers:
    """Answers by key, for a day; in the database of people.

    Args:
        path: of the database of people.

    Raises:
        StoreError: no database of people, or of a later release.
    """

    def __init__(self, path: Path) -> None:
        self._store = Credentials(path)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def find(self, key: str, *, now: int) -> Answer | None:
        """The answer kept under this key; None where there is none, or it is older than a day."""
        rows = self._store.rows(
            "SELECT request, status, body FROM answer WHERE key = ? AND at > ?", (_hash(key), now - KEPT)
        )
        return Answer(*rows[0]) if rows else None

    def keep(self, key: str, answer: Answer, *, now: int) -> None:
        """Keep an answer under this key, and forget those that are older than a day; one kept already stays."""
        with self._store.writing() as store:
            store.execute("DELETE FROM answer WHERE at <= ?", (now - KEPT,))
            store.execute(
                "INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?, ?)",
                (_hash(key), answer.request, answer.status, answer.body, now),
            )


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
