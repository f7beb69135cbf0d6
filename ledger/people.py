"""People who sign.

A person has a password of their own, kept as an Argon2id hash (RFC 9106); nobody has a default one. The
time is always passed in.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from ledger.canonical import Body
from ledger.credentials import Credentials
from ledger.errors import PeopleError, SignInRefused
from ledger.lockout import MAX_FAILURES, REST, Tries, failed, locked
from ledger.signatures import signature
from readings.times import format_duration

ROLES = ("operator", "qa", "engineer", "auditor", "regulator")
MIN_PASSWORD = 10
_REFUSED = (
    "not signed in: id or password is wrong, or too many tries were made; "
    f"after {MAX_FAILURES} wrong ones an id rests for {format_duration(REST)}"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may sign in.

    Attributes:
        id: short, never given to another.
        name: as printed under what they sign.
        roles: some of operator, qa, engineer, auditor, regulator.
        active: whether they may still sign in.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    active: bool = True


class People:
    """Who may sign in, in a database of its own beside the ledger.

    Args:
        path: of the database; made, readable by its owner alone, when it is not there.
        hasher: Argon2id with its costs; the library's choice (RFC 9106, low memory) unless told otherwise.

    Raises:
        StoreError: no database of people, or of a later release.
    """

    def __init__(self, path: Path, *, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(type=Type.ID)
        # verified for ids that do not exist, so that they take as long as those that do
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._store = Credentials(path)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def add(self, *, id: str, name: str, roles: Sequence[str], password: str, now: int) -> Person:  # noqa: A002 - the word of the record
        """Enter a person. Whoever calls this records `person.added`.

        Raises:
            PeopleError: an unknown role, a password shorter than ten characters, or the id is taken.
        """
        if not roles or not set(roles) <= set(ROLES):
            raise PeopleError(f"the roles {list(roles)} are not some of {', '.join(ROLES)}")
        if not _printable(id) or not _printable(name):
            raise PeopleError(f"{id!r}, {name!r}: a person has an id and a name, in printable characters")
        _check_password(id, password)
        hash_ = self._hasher.hash(password)
        with self._store.writing() as store:
            if store.execute("SELECT 1 FROM person WHERE id = ?", (id,)).fetchone():
                raise PeopleError(f"the id {id!r} is taken; an id is never given to another person")
            store.execute(
                "INSERT INTO person (id, name, roles, hash, added) VALUES (?, ?, ?, ?, ?)",
                (id, name, " ".join(roles), hash_, now),
            )
        return Person(id, name, tuple(roles))

    def find(self, id: str) -> Person | None:  # noqa: A002 - the word of the record
        """The person of this id; None where there is none."""
        return next((person for person in self.all() if person.id == id), None)

    def all(self) -> list[Person]:
        """Everyone, by id, those who left included."""
        rows = self._store.rows("SELECT id, name, roles, active FROM person ORDER BY id")
        return [Person(id_, name, tuple(roles.split()), bool(active)) for id_, name, roles, active in rows]

    def set_active(self, id: str, active: bool) -> None:  # noqa: A002 - the word of the record
        """Let a person in again, or no longer; they are never deleted, for their signatures stay.

        Either way every session of theirs is over.
        """
        with self._store.writing() as store:
            store.execute("DELETE FROM session WHERE person = ?", (id,))
            if not store.execute("UPDATE person SET active = ? WHERE id = ?", (int(active), id)).rowcount:
                raise PeopleError(f"there is no person {id!r}")

    def set_password(self, id: str, password: str) -> None:  # noqa: A002 - the word of the record
        """Give a person a new password, end a lock-out and every session of theirs.

        Raises:
            PeopleError: no such person, or the password is too short.
        """
        _check_password(id, password)
        hash_ = self._hasher.hash(password)
        with self._store.writing() as store:
            changed = store.execute(
                "UPDATE person SET hash = ?, failures = 0, until = 0 WHERE id = ?", (hash_, id)
            ).rowcount
            store.execute("DELETE FROM session WHERE person = ?", (id,))
            if not changed:
                raise PeopleError(f"there is no person {id!r}")

    def authenticate(self, who: str, password: str, *, now: int) -> Person:
        """The person who knows this password.

        Raises:
            SignInRefused: id or password is wrong, the person has left, or too many tries; not said which.
        """
        if not (_encodes(who) and _encodes(password)):
            raise SignInRefused(_REFUSED)
        hash_ = self._begin_try(who, now)
        try:
            right: bool = self._hasher.verify(hash_ or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            right = False
        if not right or hash_ is None:
            raise SignInRefused(_REFUSED)
        with self._store.writing() as store:
            store.execute("UPDATE person SET failures = 0, until = 0 WHERE id = ?", (who,))
        person = self.find(who)
        if person is None or not person.active:
            raise SignInRefused(_REFUSED)
        return person

    def _begin_try(self, who: str, now: int) -> str | None:
        # counted as a failure before the slow check, so that many tries at once are many tries
        with self._store.writing() as store:
            row = store.execute(
                "SELECT hash, failures, until FROM person WHERE id = ? AND active = 1", (who,)
            ).fetchone()
            if row is None or locked(Tries(row[1], row[2]), now):
                return None
            after = failed(Tries(row[1], row[2]), now)
            store.execute(
                "UPDATE person SET failures = ?, until = ? WHERE id = ?", (after.failures, after.until, who)
            )
        return str(row[0])

    def sign(  # noqa: PLR0913 - what a signature is made of
        self, who: str, password: str, *, meaning: str, record: bytes, now: int, role: str | None = None
    ) -> Body:
        """A person's signature under these bytes; the password is asked for each time.

        Args:
            who: the person's id.
            password: theirs, again.
            meaning: what they say by signing: `acknowledged`, `verified`, ...
            record: the bytes signed: `signatures.signed_bytes` of the body that will hold the signature.
            now: when, ns UTC.
            role: in which of their roles; the first if not said.

        Returns:
            `{who, name, role, meaning, at, sha256}`, to be put into the body as `signature`.

        Raises:
            SignInRefused: as `authenticate`.
            PeopleError: the role is not theirs, or the meaning is empty.
        """
        person = self.authenticate(who, password, now=now)
        role = role or person.roles[0]
        if role not in person.roles:
            raise PeopleError(f"{person.name} is not {role}; their roles are {', '.join(person.roles)}")
        if not meaning.strip():
            raise PeopleError("a signature has a meaning")
        return signature(who=who, name=person.name, role=role, meaning=meaning, at=now, record=record)


def _printable(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _check_password(id_: str, password: str) -> None:
    if len(password) < MIN_PASSWORD or password.strip().lower() == id_.lower():
        raise PeopleError(f"a password has at least {MIN_PASSWORD} characters and is not the id")


def _encodes(text: str) -> bool:
    """Whether it is text at all: half a surrogate pair is not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
