"""The books of each source, each counted on its own, whatever is sealed, sent twice, moved or set aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.quarantine import Outcome
from ingest.schema import JOURNAL
from ingest.sealer import Sealer
from readings.block import Block, join
from readings.inputs import Series
from readings.ports import Books, Quarantined

ONE, TWO = Series("cs1", "s0"), Series("cs1", "s1")
BOUND = {ONE: "modbus", TWO: "mqtt"}


def whole(journal: SqliteJournal) -> dict[str, Books]:
    """By source; all of them balance, and together they are those of the site."""
    found, site = journal.books_by_source(), journal.books()
    for name in ("acquired", "stored", "duplicate", "quarantined", "waiting", "balance"):
        assert sum(getattr(each, name) for each in found.values()) == getattr(site, name), name
    assert all(each.balance == 0 for each in found.values())
    return found


def test_each_source_on_its_own(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """Two sources in one block, a third series of none: acquired, duplicate, waiting and stored go where they belong."""
    sealer.bind(BOUND)
    journal.append(make(0, 10, sensors=3))
    assert whole(journal) == {
        "": Books(10, 0, 0, 0, 10),
        "modbus": Books(10, 0, 0, 0, 10),
        "mqtt": Books(10, 0, 0, 0, 10),
    }
    again = make(0, 10, sensors=3)
    journal.append(replace(again.take(again.which == 1), tick=None))
    sealer.seal()
    journal.append(make(10, 5, sensors=2))
    assert whole(journal) == {
        "": Books(10, 10, 0, 0, 0),
        "modbus": Books(15, 10, 0, 0, 5),
        "mqtt": Books(25, 10, 10, 0, 5),
    }


def test_set_aside_counts_for_its_source(
    journal: SqliteJournal, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """A message counts as quarantined for the source it came by; one that became readings, as those and no more."""
    sealer.bind(BOUND)
    number = journal.quarantined.put(Quarantined("mqtt a", b"x", "y", 1, readings=2, origin="mqtt"))
    journal.quarantined.put(Quarantined("mqtt b", b"x", "y", 1, readings=5, origin="mqtt"))
    assert whole(journal)["mqtt"] == Books(7, 0, 0, 7, 0)
    item = journal.quarantined.item(number)
    block = make(0, 3, sensors=2)
    journal.append(
        block.take(block.which == 1),
        lambda connection: journal.quarantined.settle_in(
            connection, item, outcome=Outcome.REDRIVEN, who="li", why="mended"
        ),
    )
    assert whole(journal)["mqtt"] == Books(8, 0, 0, 5, 3)


def test_a_series_that_moves(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """Bound to another source, a series counts there from then on; what it gave before stays where it came from."""
    sealer.bind(BOUND)
    journal.append(make(0, 10, sensors=2))
    sealer.bind({ONE: "mqtt", TWO: "mqtt"})
    assert whole(journal)["modbus"] == Books(10, 10, 0, 0, 0), "sealed first"
    journal.append(make(10, 10, sensors=2))
    sealer.seal()
    assert whole(journal) == {
        "modbus": Books(10, 10, 0, 0, 0),
        "mqtt": Books(30, 30, 0, 0, 0),
        "": Books(0, 0, 0, 0, 0),
    }


def test_bound_again_after_a_restart(
    journal: SqliteJournal, sealer: Sealer, make: Callable[..., Block], tmp_path: Path
) -> None:
    """The same sources seal nothing; what is written down is known again."""
    sealer.bind(BOUND)
    journal.append(make(0, 10, sensors=2))
    journal.close()
    again = SqliteJournal(tmp_path / "journal.db")
    archive = ParquetArchive(tmp_path / "archive", again)
    from ingest.settings import ArchiveSettings

    Sealer(archive, ArchiveSettings()).bind(BOUND)
    again.append(make(10, 10, sensors=2))
    assert whole(again)["modbus"] == Books(20, 0, 0, 0, 20)
    again.close()


def test_a_journal_of_the_last_release(tmp_path: Path, make: Callable[..., Block]) -> None:
    """Migrated, its readings are the books of no source; from then on each counts for its own."""
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as old:
        old.executescript(JOURNAL[0])
        data = make(0, 10, sensors=2).encode()
        old.execute("INSERT INTO series VALUES (0, 'cs1', 's0', '1', NULL), (1, 'cs1', 's1', '1', NULL)")
        old.execute("INSERT INTO content VALUES (1, ?)", (data,))
        old.execute("INSERT INTO block VALUES (1, 20, 5, NULL)")
        old.execute("UPDATE head SET last = 1, acquired = 23, duplicate = 3")
        old.execute("PRAGMA user_version=1")
    old.close()
    journal = SqliteJournal(path)
    archive = ParquetArchive(tmp_path / "archive", journal)
    assert journal.bytes() == len(data)
    assert whole(journal) == {"": Books(23, 0, 3, 0, 20)}
    from ingest.settings import ArchiveSettings

    sealer = Sealer(archive, ArchiveSettings())
    sealer.bind(BOUND)
    journal.append(make(10, 10, sensors=2))
    sealer.seal()
    assert whole(journal) == {
        "": Books(23, 20, 3, 0, 0),
        "modbus": Books(10, 10, 0, 0, 0),
        "mqtt": Books(10, 10, 0, 0, 0),
    }
    journal.close()


@pytest.mark.parametrize("seed", range(4))
def test_any_order_balances(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], seed: int
) -> None:
    """Blocks, repetitions, sealing and messages set aside in any order: the counts are those that were offered."""
    import random

    draw = random.Random(seed)
    sealer.bind(BOUND)
    offered = {"": 0, "modbus": 0, "mqtt": 0}
    aside, seen = 0, set()
    for _ in range(40):
        what = draw.randrange(4)
        if what == 0:
            sealer.seal()
        elif what == 1:
            journal.quarantine(Quarantined("mqtt x", b"", "", 1, readings=what + 1, origin="mqtt"))
            aside += what + 1
        else:
            starts = [draw.randrange(30) for _ in range(what)]
            blocks = [make(start * 2, 2, sensors=3) for start in starts]
            journal.append(replace(join(blocks), tick=None))
            seen |= set(starts)
            for name in offered:
                offered[name] += 2 * len(starts)
    found = whole(journal)
    for name, count in offered.items():
        extra = aside if name == "mqtt" else 0
        assert found[name].acquired == count + extra
        assert found[name].stored + found[name].waiting == 2 * len(seen)
        assert found[name].quarantined == extra
