"""A session outlives the server, not the person's leave, their old password, or its time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ledger.credentials import MIGRATIONS
from ledger.people import People
from ledger.sessions import Sessions
from readings.times import HOUR, MINUTE, SECOND

NOW = 1_800_000_000 * SECOND
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
WORD = "correct horse battery"


@pytest.fixture
def people(tmp_path: Path) -> People:
    made = People(tmp_path / "people.db", hasher=QUICK)
    made.add(id="zhang", name="张伟", roles=["qa", "operator"], password=WORD, now=NOW)
    return made


@pytest.fixture
def sessions(tmp_path: Path, people: People) -> Sessions:
    return Sessions(tmp_path / "people.db", idle=HOUR, longest=12 * HOUR)


def test_a_session_says_who_with_which_roles(people: People, sessions: Sessions) -> None:
    """The token leads to the person; another leads nowhere."""
    token = sessions.open("zhang", now=NOW)
    found = sessions.find(token, now=NOW + MINUTE)
    assert found is not None
    assert (found.id, found.name, found.roles) == ("zhang", "张伟", ("qa", "operator"))
    assert sessions.find(token[:-1], now=NOW) is None
    assert sessions.find("", now=NOW) is None


def test_the_token_is_not_kept(tmp_path: Path, people: People, sessions: Sessions) -> None:
    """Who reads the database cannot take a session over."""
    token = sessions.open("zhang", now=NOW)
    assert len(token) >= 43
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in held


def test_it_outlives_a_restart(tmp_path: Path, people: People, sessions: Sessions) -> None:
    """Another process with the same database knows it."""
    token = sessions.open("zhang", now=NOW)
    sessions.close()
    again = Sessions(tmp_path / "people.db", idle=HOUR, longest=12 * HOUR)
    assert again.find(token, now=NOW) is not None


def test_it_ends_when_idle_and_when_old(people: People, sessions: Sessions) -> None:
    """Use prolongs it, up to the longest time."""
    idle, used = sessions.open("zhang", now=NOW), sessions.open("zhang", now=NOW)
    for half_hours in range(1, 24):
        assert sessions.find(used, now=NOW + half_hours * 30 * MINUTE) is not None
    assert sessions.find(used, now=NOW + 12 * HOUR) is None
    assert sessions.find(idle, now=NOW + HOUR - 1) is not None
    assert sessions.find(idle, now=NOW + 2 * HOUR) is None


def test_signing_out_ends_it(people: People, sessions: Sessions) -> None:
    """That session and no other."""
    one, other = sessions.open("zhang", now=NOW), sessions.open("zhang", now=NOW)
    sessions.end(one)
    assert sessions.find(one, now=NOW) is None
    assert sessions.find(other, now=NOW) is not None


def test_a_new_password_ends_all(people: People, sessions: Sessions) -> None:
    """Whoever was signed in with the old one is not any more."""
    tokens = [sessions.open("zhang", now=NOW) for _ in range(2)]
    people.set_password("zhang", "another long password")
    assert [sessions.find(token, now=NOW) for token in tokens] == [None, None]


def test_who_leaves_is_signed_out(people: People, sessions: Sessions) -> None:
    """At once, and coming back does not bring the session back."""
    token = sessions.open("zhang", now=NOW)
    people.set_active("zhang", False)
    assert sessions.find(token, now=NOW) is None
    people.set_active("zhang", True)
    assert sessions.find(token, now=NOW) is None


def test_sessions_that_are_over_are_forgotten(people: People, sessions: Sessions) -> None:
    """The next one to sign in clears them away."""
    sessions.open("zhang", now=NOW)
    sessions.open("zhang", now=NOW + 13 * HOUR)
    assert people._store.rows("SELECT count(*) FROM session") == [(1,)]


def test_the_last_release_is_migrated(tmp_path: Path) -> None:
    """A database of people of release 0.1.0 keeps its people and learns of sessions."""
    store = sqlite3.connect(tmp_path / "old.db")
    for statement in MIGRATIONS[0]:
        store.execute(statement)
    store.execute("PRAGMA application_id = 0x48435050")
    store.execute("PRAGMA user_version = 1")
    store.execute("INSERT INTO person VALUES ('zhang', '张伟', 'qa', 'x', 1, 1, 0, 0)")
    store.commit()
    store.close()
    sessions = Sessions(tmp_path / "old.db", idle=HOUR, longest=HOUR)
    found = sessions.find(sessions.open("zhang", now=NOW), now=NOW)
    assert found is not None
    assert found.name == "张伟"
