"""Who is signed in acts without the password, and signs with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ledger.entering import EnteringError, enter_action
from ledger.errors import SignInRefused
from ledger.people import People, Person
from ledger.store import Ledger
from readings.inputs import Act
from readings.times import SECOND, format_time

NOW = 1_800_000_000 * SECOND
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
WORD = "correct horse battery"
ANN = Person("ann", "Ann Li", ("qa",))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with one open case, c1."""
    made = Ledger(tmp_path / "ledger.db")
    body = {
        "case": "c1", "event": "c1", "opened": format_time(NOW), "group": "g", "ccp": "CCP1", "limit": "air",
        "unit": "CS1", "kinds": ["deviation"], "lots": [], "known": format_time(NOW),
    }  # fmt: skip
    with made.transaction() as tx:
        tx.append(kind="case.opened", at=NOW, line="cold-3", body=body)
    yield made
    made.close()


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    made = People(tmp_path / "people.db", hasher=QUICK)
    made.add(id="ann", name="Ann Li", roles=["qa"], password=WORD, now=NOW)
    yield made
    made.close()


def enter(
    ledger: Ledger, people: People, action: str, *, who: str = "ann", password: str = "", **entered
) -> Act:
    person = entered.pop("person", ANN)
    return enter_action(
        ledger,
        people,
        action=action,
        case="c1",
        who=who,
        password=password,
        entered=entered,
        now=NOW,
        person=person,
    )


def test_an_unsigned_step_of_who_is_signed_in(ledger, people):
    """Needs no password; the act names them as printed."""
    act = enter(ledger, people, "acknowledge")
    assert (act.who, act.body["name"], "signature" in act.body) == ("ann", "Ann Li", False)


def test_a_signed_step_asks_again(ledger, people):
    """No password: not done, and no try used up; a wrong one: refused; the right one: signed."""
    for _ in range(6):
        with pytest.raises(EnteringError, match="password again"):
            enter(ledger, people, "void", reason="a trial")
    with pytest.raises(SignInRefused):
        enter(ledger, people, "void", reason="a trial", password="wrong password")
    act = enter(ledger, people, "void", reason="a trial", password=WORD)
    assert act.body["signature"]["who"] == "ann"


def test_nobody_acts_as_another(ledger, people):
    """Who is signed in is who acts."""
    with pytest.raises(EnteringError, match="signed in, not bob"):
        enter(ledger, people, "acknowledge", who="bob")


def test_without_a_session_the_password_says_who(ledger, people):
    """As before: every step asks for it."""
    with pytest.raises(SignInRefused):
        enter(ledger, people, "acknowledge", person=None)
    assert enter(ledger, people, "acknowledge", person=None, password=WORD).who == "ann"
