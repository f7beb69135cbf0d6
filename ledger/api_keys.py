"""API keys: for programs that read or hand in readings. None of them signs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from ledger.credentials import Credentials
from ledger.errors import PeopleError, SignInRefused

SCOPES = ("read", "ingest")
_PREFIX = "hccp_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a program may do; never sign.

    Attributes:
        id: shown in lists.
        name: what it is for.
        scope: `read` or `ingest`.
        active: whether it still works.
        source: of the site file, for which an `ingest` key hands in; empty for none.
    """

    id: str
    name: str
    scope: str
    active: bool = True
    source: str = ""


class ApiKeys:
    """The API keys, in the database of people.

    Args:
        path: of the database; made when it is not there.

    Raises:
        StoreError: no database of people, or of a later release.
    """

    def __init__(self, path: Path) -> None:
        self._store = Credentials(path)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def add(self, *, name: str, scope: str, now: int, source: str = "") -> tuple[ApiKey, str]:
        """A new API key and its token, which is shown once and kept only as a hash.

        Args:
            name: what it is for.
            scope: `read` or `ingest`.
            now: ns UTC.
            source: of the site file, for which it hands in; without one it hands in nothing.

        Raises:
            PeopleError: the scope is neither read nor ingest, or a key that reads is bound to a source.
        """
        if scope not in SCOPES:
            raise PeopleError(f"an API key has the scope {' or '.join(SCOPES)}, not {scope!r}; none can sign")
        if source and scope != "ingest":
            raise PeopleError(
                "a key that reads is bound to no source: leave it out, or give the scope ingest"
            )
        key, secret = ApiKey(secrets.token_hex(4), name, scope, source=source), secrets.token_urlsafe(32)
        with self._store.writing() as store:
            store.execute(
                "INSERT INTO api_key (id, name, scope, hash, added, source) VALUES (?, ?, ?, ?, ?, ?)",
                (key.id, name, scope, hashlib.sha256(secret.encode()).digest(), now, source),
            )
        return key, f"{_PREFIX}{key.id}_{secret}"

    def find(self, token: str, *, scope: str) -> ApiKey:
        """The API key of this token.

        Raises:
            SignInRefused: unknown, withdrawn, or of another scope.
        """
        key = self.known(token)
        if key.scope != scope:
            raise SignInRefused(f"the API key {key.id} may {key.scope}; it may not {scope}")
        return key

    def known(self, token: str) -> ApiKey:
        """The API key of this token, whatever it may do.

        Raises:
            SignInRefused: unknown or withdrawn.
        """
        id_, _, secret = token.removeprefix(_PREFIX).partition("_")
        row = next(
            iter(
                self._store.rows(
                    "SELECT name, scope, hash, source FROM api_key WHERE id = ? AND active = 1", (id_,)
                )
            ),
            None,
        )
        given = hashlib.sha256(secret.encode()).digest()
        if not (row and token.startswith(_PREFIX) and hmac.compare_digest(row[2], given)):
            raise SignInRefused("this API key is unknown or withdrawn")
        return ApiKey(id_, row[0], row[1], source=row[3])

    def all(self) -> list[ApiKey]:
        """All API keys, those withdrawn included."""
        rows = self._store.rows("SELECT id, name, scope, active, source FROM api_key ORDER BY added, id")
        return [ApiKey(id_, name, scope, bool(active), source) for id_, name, scope, active, source in rows]

    def withdraw(self, id: str) -> None:  # noqa: A002 - the word of the record
        """Let an API key work no longer."""
        with self._store.writing() as store:
            if not store.execute("UPDATE api_key SET active = 0 WHERE id = ?", (id,)).rowcount:
                raise PeopleError(f"there is no API key {id!r}")
