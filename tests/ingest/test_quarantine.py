"""The quarantine: nothing leaves it without a name and a reason, and nothing vanishes from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.errors import QuarantineError
from ingest.journal import SqliteJournal
from ingest.quarantine import Outcome, Side
from readings.block import Block
from readings.ports import Quarantined

WHAT = Quarantined(source="mqtt a/b", payload=b"\x00\xff", reason="not JSON", time=5, readings=2)
POINT = Quarantined(source="influxdb", payload=b"reading x=1 5", reason="type conflict", time=6, readings=0)


def test_keeps_it_whole(journal: SqliteJournal) -> None:
    """Payload, source, reason and time come back as they were; items are listed in order."""
    first = journal.quarantined.put(WHAT)
    second = journal.quarantined.put(POINT, side=Side.COPY)
    assert [item.what for item in journal.quarantined.items()] == [WHAT, POINT]
    assert [item.id for item in journal.quarantined.items(after=first)] == [second]
    assert journal.quarantined.items(side=Side.COPY)[0].what == POINT
    assert (journal.quarantined.count(), journal.quarantined.count(side=Side.READING)) == (2, 1)


def test_a_refused_copy_is_not_missing_from_the_books(
    journal: SqliteJournal, make: Callable[..., Block]
) -> None:
    """A point that InfluxDB refused is a reading that the archive has: the books count it there, once."""
    journal.append(make())
    journal.quarantined.put(POINT, side=Side.COPY)
    assert journal.books().quarantined == 0
    assert journal.books().balance == 0


def test_a_refused_copy_lies_here_once(journal: SqliteJournal) -> None:
    """Refused again after a restart, it is the same item."""
    first = journal.quarantined.put(POINT, side=Side.COPY)
    assert journal.quarantined.put(POINT, side=Side.COPY) == first
    assert journal.quarantined.put(WHAT) != journal.quarantined.put(WHAT), "what came twice came twice"


def test_settled_with_a_trace(journal: SqliteJournal) -> None:
    """Who, why and when stay with the item; it leaves the open list, stays in the books, is settled once."""
    number = journal.quarantined.put(WHAT)
    item = journal.quarantined.settle(number, outcome=Outcome.DISCARDED, who="li", why="a test message")
    assert (item.outcome, item.who, item.why) == (Outcome.DISCARDED, "li", "a test message")
    assert journal.quarantined.items() == []
    assert journal.quarantined.items(settled=True) == [item]
    assert journal.books().quarantined == 2
    with pytest.raises(QuarantineError, match="was discarded by li"):
        journal.quarantined.settle(number, outcome=Outcome.REDRIVEN, who="wang", why="no")


def test_nobody_settles_nothing(journal: SqliteJournal) -> None:
    """No name, no reason, no such item: refused."""
    number = journal.quarantined.put(WHAT)
    for who, why in (("", "x"), ("li", " ")):
        with pytest.raises(QuarantineError, match="name who"):
            journal.quarantined.settle(number, outcome=Outcome.DISCARDED, who=who, why=why)
    with pytest.raises(QuarantineError, match="no item 99"):
        journal.quarantined.settle(99, outcome=Outcome.DISCARDED, who="li", why="x")
