"""People sign as people; API keys never do."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ledger.api_keys import ApiKeys
from ledger.canonical import canonical
from ledger.errors import PeopleError, SignInRefused, StoreError
from ledger.lockout import MAX_FAILURES, REST, Tries, failed, locked
from ledger.people import People
from ledger.signatures import signed_bytes
from ledger.store import Ledger
from readings.times import SECOND

NOW = 1_800_000_000 * SECOND
WORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def people(tmp_path: Path) -> People:
    made = People(tmp_path / "people.db", hasher=QUICK)
    made.add(id="zhang", name="张伟", roles=["qa", "operator"], password=WORD, now=NOW)
    return made


def test_nobody_has_a_default_password(tmp_path: Path) -> None:
    """A new database holds nobody, and is its owner's alone."""
    people = People(tmp_path / "people.db", hasher=QUICK)
    assert people.all() == []
    assert (tmp_path / "people.db").stat().st_mode & 0o777 == 0o600


def test_the_hash_is_argon2id(tmp_path: Path, people: People) -> None:
    """Passwords are kept as Argon2id hashes; the product's own costs are the library's."""
    assert (
        WORD.encode() not in (tmp_path / "people.db").read_bytes() + (tmp_path / "people.db-wal").read_bytes()
    )
    ((stored,),) = people._store.rows("SELECT hash FROM person")
    assert stored.startswith("$argon2id$")
    costs = People(tmp_path / "other.db")._hasher
    assert (costs.memory_cost, costs.time_cost) >= (65536, 3)


def test_signing(people: People) -> None:
    """A signature says who, as printed, in which role, what by it, when, under exactly which bytes."""
    body = {"case": "d1", "remark": "关门"}
    record = signed_bytes({**body, "signature": {"ignored": True}})
    mark = people.sign("zhang", WORD, meaning="acknowledged", record=record, now=NOW)
    assert mark == {
        "who": "zhang",
        "name": "张伟",
        "role": "qa",
        "meaning": "acknowledged",
        "at": "2027-01-15T08:00:00Z",
        "sha256": hashlib.sha256(canonical(body)).hexdigest(),
    }
    assert people.sign("zhang", WORD, meaning="x", record=b"", now=NOW, role="operator")["role"] == "operator"
    with pytest.raises(PeopleError, match="is not regulator"):
        people.sign("zhang", WORD, meaning="x", record=b"", now=NOW, role="regulator")
    with pytest.raises(PeopleError, match="meaning"):
        people.sign("zhang", WORD, meaning=" ", record=b"", now=NOW)


def test_a_refusal_does_not_say_why(people: People) -> None:
    """Wrong password, unknown id, someone who left, too many tries: one error, one text."""
    people.add(id="left", name="Left", roles=["qa"], password=WORD, now=NOW)
    people.set_active("left", False)
    people.add(id="tired", name="Tired", roles=["qa"], password=WORD, now=NOW)
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            people.authenticate("tired", "wrong", now=NOW)
    told = set()
    for who, word in (("zhang", "wrong"), ("nobody", WORD), ("left", WORD), ("tired", WORD), ("", "")):
        with pytest.raises(SignInRefused) as caught:
            people.authenticate(who, word, now=NOW)
        told.add(str(caught.value))
    assert len(told) == 1
    assert "zhang" not in told.pop()


def test_an_unknown_id_is_verified_too(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow check runs once whether the id exists or not, so that its time tells nothing."""
    checks: list[str] = []
    verify = PasswordHasher.verify

    def count(self: PasswordHasher, hash_: str, password: str) -> bool:
        checks.append(hash_)
        return bool(verify(self, hash_, password))

    monkeypatch.setattr(PasswordHasher, "verify", count)
    for who in ("zhang", "nobody"):
        with pytest.raises(SignInRefused):
            people.authenticate(who, "wrong", now=NOW)
    assert len(checks) == 2


@pytest.mark.parametrize(("who", "word"), [("\ud800", WORD), ("zhang", "\ud800")])
def test_what_is_no_text_signs_nobody_in(people: People, who: str, word: str) -> None:
    """Half a surrogate pair, as JSON can carry it, is refused like any other."""
    with pytest.raises(SignInRefused):
        people.authenticate(who, word, now=NOW)


def test_lock_out(people: People) -> None:
    """After five wrong passwords not even the right one is taken, until a quarter of an hour has passed."""
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            people.authenticate("zhang", "wrong", now=NOW)
    with pytest.raises(SignInRefused):
        people.authenticate("zhang", WORD, now=NOW + REST - 1)
    assert people.authenticate("zhang", WORD, now=NOW + REST).id == "zhang"


def test_a_right_password_forgives(people: People) -> None:
    """Wrong ones are counted in a row, not for ever."""
    for _ in range(3):
        for _ in range(MAX_FAILURES - 1):
            with pytest.raises(SignInRefused):
                people.authenticate("zhang", "wrong", now=NOW)
        assert people.authenticate("zhang", WORD, now=NOW).id == "zhang"


def test_many_tries_at_once_are_many_tries(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses sent at the same time do not slip past the count."""
    checked: list[str] = []
    gate = threading.Barrier(12)
    verify = PasswordHasher.verify

    def slow(self: PasswordHasher, hash_: str, password: str) -> bool:
        if hash_ != people._nobody:
            checked.append(password)
        return bool(verify(self, hash_, password))

    monkeypatch.setattr(PasswordHasher, "verify", slow)

    def guess(number: int) -> None:
        gate.wait()
        with pytest.raises(SignInRefused):
            people.authenticate("zhang", f"guess {number}", now=NOW)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(checked) == MAX_FAILURES


def test_the_policy_is_pure() -> None:
    """The count and the rest depend on the tries and the time passed in alone."""
    tries = Tries()
    for number in range(1, MAX_FAILURES):
        tries = failed(tries, NOW)
        assert tries == Tries(number, 0)
        assert not locked(tries, NOW)
    tries = failed(tries, NOW)
    assert tries == Tries(0, NOW + REST)
    assert locked(tries, NOW + REST - 1)
    assert not locked(tries, NOW + REST)


def test_a_new_password_replaces_the_old(people: People) -> None:
    """After a change only the new one is right, and a rest has ended."""
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            people.authenticate("zhang", "wrong", now=NOW)
    people.set_password("zhang", "another long word")
    assert people.authenticate("zhang", "another long word", now=NOW).name == "张伟"
    with pytest.raises(SignInRefused):
        people.authenticate("zhang", WORD, now=NOW)
    with pytest.raises(PeopleError, match="no person"):
        people.set_password("nobody", WORD)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "zhang"},
        {"id": " "},
        {"id": "a\nb"},
        {"name": ""},
        {"roles": []},
        {"roles": ["boss"]},
        {"password": "short"},
        {"id": "longenoughid", "password": "LongEnoughId"},
    ],
)
def test_who_cannot_be_entered(people: People, change: dict[str, object]) -> None:
    """A taken id, an empty name, an unknown role, a short password or the id as one: nobody is added."""
    given = {"id": "wang", "name": "Wang", "roles": ["qa"], "password": WORD, "now": NOW}
    with pytest.raises(PeopleError):
        people.add(**{**given, **change})  # type: ignore[arg-type]
    assert [person.id for person in people.all()] == ["zhang"]


def test_people_outlive_the_program(tmp_path: Path, people: People) -> None:
    """Who was entered is there after a restart, tries included; nobody is ever deleted."""
    with pytest.raises(SignInRefused):
        people.authenticate("zhang", "wrong", now=NOW)
    people.set_active("zhang", False)
    people.close()
    again = People(tmp_path / "people.db", hasher=QUICK)
    found = again.find("zhang")
    assert found is not None
    assert (found.roles, found.active) == (("qa", "operator"), False)
    assert again._store.rows("SELECT failures FROM person") == [(1,)]
    again.set_active("zhang", True)
    assert again.authenticate("zhang", WORD, now=NOW) == again.find("zhang")


def test_api_keys(tmp_path: Path, people: People) -> None:
    """A key reads or ingests as it was made for, is kept as a hash, can be withdrawn, is no password."""
    keys = ApiKeys(tmp_path / "people.db")
    key, token = keys.add(name="MES", scope="read", now=NOW)
    assert keys.find(token, scope="read") == key
    assert token.startswith("hccp_")
    assert token.split("_", 2)[2].encode() not in (tmp_path / "people.db-wal").read_bytes()
    for wrong, scope in (
        (token, "ingest"),
        (token[:-1], "read"),
        (token[5:], "read"),
        ("", "read"),
        ("hccp__", "read"),
    ):
        with pytest.raises(SignInRefused):
            keys.find(wrong, scope=scope)
    for who in (key.id, key.name, "zhang"):
        with pytest.raises(SignInRefused):
            people.sign(who, token, meaning="verified", record=b"", now=NOW)
    keys.withdraw(key.id)
    with pytest.raises(SignInRefused):
        keys.find(token, scope="read")
    assert [(one.name, one.active) for one in keys.all()] == [("MES", False)]
    with pytest.raises(PeopleError, match="none can sign"):
        keys.add(name="x", scope="sign", now=NOW)
    with pytest.raises(PeopleError, match="no API key"):
        keys.withdraw("none")


def test_another_database_is_refused(tmp_path: Path) -> None:
    """The ledger is not taken for the people, nor a later version for this one."""
    Ledger(tmp_path / "ledger.db").close()
    with pytest.raises(StoreError, match="not one of people"):
        People(tmp_path / "ledger.db", hasher=QUICK)
    people = People(tmp_path / "people.db", hasher=QUICK)
    people._store._store.execute("PRAGMA user_version = 99")
    people.close()
    with pytest.raises(StoreError, match="install the release that wrote it"):
        People(tmp_path / "people.db", hasher=QUICK)
