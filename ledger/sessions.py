"""Sessions of people who signed in: in the database of people, so that they outlive a restart of the server.

A session's token is random and says nothing; its SHA-256 alone is kept. The time is always passed in.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from ledger.credentials import Credentials
from ledger.people import Person
from readings.times import MINUTE

_TOKEN = 32  # bytes of randomness


class Sessions:
    """Who is signed in. A new password, or leaving, ends a person's sessions: see `People`.

    Args:
        path: of the database of people.
        idle: a session that was not used for so long is over, ns.
        longest: it is over so long after it began in any case, ns.

    Raises:
        StoreError: no database of people, or of a later release.
    """

    def __init__(self, path: Path, *, idle: int, longest: int) -> None:
        self._store = Credentials(path)
        self._idle, self._longest = idle, longest
        self._grain = min(
            MINUTE, idle // 10
        )  # use is noted no finer than this: a commit each time would be dear

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def open(self, who: str, *, now: int) -> str:
        """Begin a session of a person who was authenticated; its token, which is shown once.

        Sessions that are over are forgotten.
        """
        token = secrets.token_urlsafe(_TOKEN)
        with self._store.writing() as store:
            store.execute(
                "DELETE FROM session WHERE opened <= ? OR seen <= ?", (now - self._longest, now - self._idle)
            )
            store.execute("INSERT INTO session VALUES (?, ?, ?, ?)", (_hash(token), who, now, now))
        return token

    def find(self, token: str, *, now: int) -> Person | None:
        """Whose session this is, with the roles that they have now; None where it is over or never was."""
        hash_ = _hash(token)
        rows = self._store.rows(
            "SELECT opened, seen, person.id, name, roles FROM session JOIN person ON person.id = session.person"
            " WHERE session.hash = ? AND active = 1",
            (hash_,),
        )
        if not rows:
            return None
        opened, seen, id_, name, roles = rows[0]
        if now - opened >= self._longest or now - seen >= self._idle:
            return None
        if now - seen > self._grain:
            with self._store.writing() as store:
                store.execute("UPDATE session SET seen = ? WHERE hash = ?", (now, hash_))
        return Person(id_, name, tuple(roles.split()))

    def end(self, token: str) -> None:
        """End a session."""
        with self._store.writing() as store:
            store.execute("DELETE FROM session WHERE hash = ?", (_hash(token),))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
