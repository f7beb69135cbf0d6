"""The inbox: what people enter is durable at once and reaches the journal exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.inbox import Inbox, InboxTaker
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from readings.block import Block
from readings.inputs import Act
from readings.ports import Quarantined


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    found = Inbox(tmp_path / "inbox.db")
    yield found
    found.close()


def test_waits_until_taken(inbox: Inbox, tmp_path: Path) -> None:
    """Acts wait in the order in which they were entered, across restarts, until they are marked."""
    first = inbox.put(Act(1, "case.acknowledged", who="li", body={"n": 1, "of": ["a", 2]}))
    assert inbox.put(Act(2, "case.closed", id="given")) == "given"
    again = Inbox(tmp_path / "inbox.db")
    assert [act.id for act in again.waiting()] == [first, "given"]
    assert again.waiting()[0].body == {"n": 1, "of": ["a", 2]}
    again.taken([first])
    assert inbox.is_taken(first)
    assert not inbox.is_taken("given")
    assert not inbox.is_taken("nobody")
    again.close()


def test_entered_twice_is_one(inbox: Inbox) -> None:
    """The same id sent again (a browser's retry) is one act."""
    inbox.put(Act(1, "x", id="a"))
    inbox.put(Act(1, "x", id="a"))
    assert len(inbox.waiting()) == 1


async def test_drained_exactly_once(inbox: Inbox, journal: SqliteJournal) -> None:
    """Killed between the commit and the mark, an act is handed over again and the journal drops it."""
    async with JournalIntake(journal) as intake:
        inbox.put(Act(1, "x", id="a"))
        acts = inbox.waiting()
        assert await inbox.drain(intake) == 1
        assert await inbox.drain(intake) == 0
        with inbox._database.write() as connection:
            connection.execute("UPDATE act SET taken = NULL")
        assert await inbox.drain(intake) == 1
    assert [act for _, act in journal.acts()] == acts


async def test_runs(inbox: Inbox, journal: SqliteJournal, tmp_path: Path) -> None:
    """What is put while it runs arrives by itself."""
    async with JournalIntake(journal) as intake:
        task = asyncio.create_task(InboxTaker(tmp_path / "inbox.db", intake).run(every=0.01), name="inbox")
        inbox.put(Act(1, "x", id="a"))
        async with asyncio.timeout(10):
            while not inbox.is_taken("a"):  # noqa: ASYNC110 - the inbox belongs to other processes and tells nobody
                await asyncio.sleep(0.01)
        task.cancel()
    assert len(journal.acts()) == 1


async def test_what_cannot_be_read_is_set_aside(inbox: Inbox, journal: SqliteJournal, tmp_path: Path) -> None:
    """A row that is no act stops nothing, is told, and stays; those before and behind it arrive."""
    inbox.put(Act(1, "x", id="a"))
    with inbox._database.write() as connection:
        connection.execute("INSERT INTO act (id, entered, data) VALUES ('zz', 1, x'93')")
    inbox.put(Act(1, "x", id="b"))
    async with JournalIntake(journal) as intake:
        taker = InboxTaker(tmp_path / "inbox.db", intake)
        task = asyncio.create_task(taker.run(every=0.01), name="inbox")
        async with asyncio.timeout(10):
            while not (inbox.is_taken("b") and taker.trouble):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        task.cancel()
    assert [act.id for _, act in journal.acts()] == ["a", "b"]
    assert "zz" in str(taker.trouble)
    assert list(Inbox(tmp_path / "inbox.db").refused) == ["zz"]


async def test_a_damaged_inbox_stops_nothing(journal: SqliteJournal, tmp_path: Path) -> None:
    """It is told, and tried again: once the file is mended, what is entered arrives."""
    (tmp_path / "inbox.db").write_bytes(b"no database at all, " * 100)
    async with JournalIntake(journal) as intake:
        taker = InboxTaker(tmp_path / "inbox.db", intake)
        task = asyncio.create_task(taker.run(every=0.01), name="inbox")
        async with asyncio.timeout(10):
            while taker.trouble is None:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
            (tmp_path / "inbox.db").unlink()
            Inbox(tmp_path / "inbox.db").put(Act(1, "x", id="a"))
            while not journal.acts():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        task.cancel()
    assert not task.done() or task.cancelled()


async def test_a_value_that_waits_for_room_holds_up_no_act(inbox: Inbox, journal: SqliteJournal) -> None:
    """At the journal's bound values by hand wait, and are told of; who acknowledges a case meanwhile is heard."""
    value = {"sensor": "core", "value": "74.5", "measured": "2026-12-01T08:00:00Z"}
    for name in ("a", "b"):
        inbox.put(Act(1, "value.entered", line="L", body=value | {"point": name}, id=f"value {name}"))
        inbox.put(Act(1, "case.acknowledged", id=f"case {name}"))
    journal.full = "at its bound"
    async with JournalIntake(journal, tick_every=0) as intake:
        with pytest.raises(OSError, match="at its bound"):
            await inbox.drain(intake)
        assert [act.id for _, act in journal.acts()] == ["case a", "case b"]
        assert [act.id for act in inbox.waiting()] == ["value a", "value b"]
        journal.full = None
        assert await inbox.drain(intake) == 2
    assert [act.id for _, act in journal.acts()] == ["case a", "case b", "value a", "value b"]
    assert journal.books().acquired == 2


async def test_what_nobody_foresaw_ends_no_record(inbox: Inbox, tmp_path: Path) -> None:
    """Whatever goes wrong when acts are handed over, it is told, and they wait."""

    class Strange:
        async def take(self, _: Block) -> None:
            raise ValueError("strange")

        async def quarantine(self, item: Quarantined) -> None: ...

    inbox.put(Act(1, "x", id="a"))
    taker = InboxTaker(tmp_path / "inbox.db", Strange())
    task = asyncio.create_task(taker.run(every=0.01), name="inbox")
    async with asyncio.timeout(10):
        while taker.trouble is None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    assert taker.trouble == "what people enter waits: ValueError('strange')"
    assert not task.done()
    task.cancel()
    assert [act.id for act in inbox.waiting()] == ["a"]
