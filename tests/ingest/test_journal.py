"""The journal: durable, in order, each input once, the books balanced."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.archive import ParquetArchive
from ingest.database import Database
from ingest.errors import StoreError
from ingest.journal import SqliteJournal
from ingest.schema import JOURNAL
from ingest.sealer import Sealer
from readings.block import Block, BlockBuilder, join
from readings.inputs import Act, Series, State
from readings.ports import Books, Quarantined
from readings.times import HOUR, SECOND


def test_gives_back_what_was_appended(
    journal: SqliteJournal, make: Callable[..., Block], rows: Callable[[Block], list[tuple[Any, ...]]]
) -> None:
    """Blocks come back as they were, in order, counted from 1."""
    blocks = [make(start, 10) for start in range(0, 50, 10)]
    assert [journal.append(block) for block in blocks] == [1, 2, 3, 4, 5]
    found = journal.read(0)
    assert [position for position, _ in found] == [1, 2, 3, 4, 5]
    assert [rows(block) for _, block in found] == [rows(block) for block in blocks]
    assert [block.tick for _, block in found] == [block.tick for block in blocks]
    assert [position for position, _ in journal.read(2, 2)] == [3, 4]
    assert journal.last() == 5


def test_redelivery_is_dropped(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """The same reading again, received later, is a duplicate; a block of them alone is not kept."""
    block = make()
    assert journal.append(block) == 1
    again = replace(block, received=block.received + SECOND, tick=None)
    assert journal.append(again) is None
    assert journal.last() == 1
    assert journal.books() == Books(acquired=80, stored=0, duplicate=40, quarantined=0, waiting=40)


def test_keeps_the_new_part_of_a_block(
    journal: SqliteJournal, make: Callable[..., Block], rows: Callable[[Block], list[tuple[Any, ...]]]
) -> None:
    """Of a block that is known in part, the unknown readings are kept, in their order."""
    journal.append(make(0, 10))
    both = join([make(0, 10), make(10, 10)])
    assert journal.append(both) == 2
    assert rows(journal.read(1)[0][1]) == rows(make(10, 10))


def test_repeated_within_a_block(
    journal: SqliteJournal, make: Callable[..., Block], rows: Callable[[Block], list[tuple[Any, ...]]]
) -> None:
    """A reading that a block holds twice is kept once."""
    block = make(bad=0.3)
    assert journal.append(join([block, block])) == 1
    assert rows(journal.read(0)[0][1]) == rows(block)
    assert journal.books().duplicate == 40


def test_conflicts_are_kept(journal: SqliteJournal) -> None:
    """Same series and time with another value, reason or counter is not a duplicate: the engine judges it."""
    series = Series("cs1", "air")
    builder = BlockBuilder()
    for value, seq in ((-18.0, 1), (-18.5, 1), (-18.0, 2), (0.0, 3), (-0.0, 3)):
        builder.reading(series, time=5, value=value, received=6, seq=seq)
    block = builder.build()
    assert journal.append(block) == 1
    assert len(journal.read(0)[0][1]) == 5
    for number in range(5):
        assert journal.append(block.take(np.arange(5) == number)) is None


def test_late_truth_is_new(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """A reading earlier than the latest of its series is kept when it is not known, dropped when it is."""
    journal.append(make(100, 10))
    late = replace(make(0, 10), tick=None)
    assert journal.append(late) == 2
    assert journal.append(late) is None
    assert journal.append(replace(make(100, 10), tick=None)) is None


def test_known_after_restart(journal: SqliteJournal, make: Callable[..., Block], tmp_path: Path) -> None:
    """Killed between commit and acknowledgement: what the broker sends again is dropped after the restart."""
    journal.append(make(0, 10))
    journal.append(make(10, 10))
    journal.close()
    again = SqliteJournal(tmp_path / "journal.db")
    assert again.append(replace(make(10, 10), tick=None)) is None
    assert again.append(make(20, 10)) == 3
    assert again.books().balance == 0
    again.close()


def test_known_in_the_archive(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """What was sealed and dropped from the journal is still known, and so is what came after it."""
    for start in range(0, 100, 10):
        journal.append(make(start, 10))
    sealer.seal()
    journal.append(make(100, 10))
    for start in range(0, 110, 10):
        assert journal.append(replace(make(start, 10), tick=None)) is None
    assert journal.append(replace(make(0, 10, seed=1), tick=None)) is not None
    books = journal.books()
    assert books.balance == 0
    assert books.duplicate == 440


def test_sealed_readings_need_the_archive(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    tmp_path: Path,
) -> None:
    """Without the archive, a journal cannot say what is known, and refuses rather than keep a reading twice."""
    journal.append(make())
    sealer.seal()
    journal.close()
    alone = SqliteJournal(tmp_path / "journal.db")
    with pytest.raises(StoreError, match="open the archive"):
        alone.append(make())
    ParquetArchive(tmp_path / "archive", alone)
    assert alone.append(replace(make(), tick=None)) is None
    alone.close()


def test_states_and_acts_once(journal: SqliteJournal) -> None:
    """A state is known by line, name, zone, time and text, an act by its id; acts without one are all kept."""
    state = State(5, "cs1", "phase", "defrost", received=6)
    act = Act(7, "case.acknowledged", who="li", body={"case": "x"}, id="a1")
    nameless = Act(7, "tick")
    assert journal.append(Block(states=(state,), acts=(act, nameless))) == 1
    again = Block(states=(State(5, "cs1", "phase", "defrost", received=9),), acts=(act,))
    assert journal.append(again) is None
    assert journal.append(Block(states=(State(5, "cs1", "phase", "cooling"),), acts=(nameless,))) == 2
    assert journal.acts() == [(1, act), (1, nameless), (2, nameless)]
    assert journal.acts(after=1) == [(2, nameless)]
    assert [found.text for found in journal.states("cs1", 0, 10)] == ["defrost", "cooling"]


def test_ticks_are_kept(journal: SqliteJournal) -> None:
    """A block that says no more than how far time has come is kept."""
    assert journal.append(Block(tick=5)) == 1
    assert journal.append(Block()) is None
    assert journal.read(0)[0][1].tick == 5
    assert journal.tick() == 5


def test_cursors_are_durable(journal: SqliteJournal, tmp_path: Path) -> None:
    """How far a reader has come survives a restart; one that never said stands at 0."""
    assert journal.cursor("clerk") == 0
    journal.advance("clerk", 7)
    journal.close()
    again = SqliteJournal(tmp_path / "journal.db")
    assert again.cursor("clerk") == 7
    again.close()


def test_quarantined_counts_on_its_own(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """What could not become a reading is acquired and quarantined, and the books balance."""
    journal.append(make())
    journal.quarantine(Quarantined("mqtt a/b", b"\xff", "not JSON", 5, readings=3))
    assert journal.books() == Books(acquired=43, stored=0, duplicate=0, quarantined=3, waiting=40)
    assert journal.books().balance == 0


def test_a_clock_that_was_ahead_keeps_no_blocks(
    journal: SqliteJournal,
    sealer: Sealer,
    clock: Any,
    make: Callable[..., Block],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was committed while the clock was a year ahead grows old with what came behind it, or it would fill the disk.

    Five blocks at a time are dropped here. Ten were committed a year ahead, then one at the right time, and one a nanosecond
    later: an hour after that the eleven are older than an hour, and the last is just as old.
    """
    monkeypatch.setattr("ingest.journal._DROP_AT_ONCE", 5)
    clock.now += 365 * 24 * HOUR
    for number in range(10):
        journal.append(make(number * 10, 10))
    clock.now -= 365 * 24 * HOUR
    journal.append(make(100, 10))
    clock.now += 1
    journal.append(make(110, 10))
    sealer.seal()
    clock.now += HOUR
    assert journal.trim(readers=[], keep=HOUR) == 11
    (_, last), *_ = journal.read(11)
    assert journal.bytes() == len(last.encode())


def test_trim_waits_for_everybody(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], clock: Any
) -> None:
    """A block is dropped when it is sealed, every reader has passed it and it is old; acts and states stay."""
    act = Act(1, "plan.adopted", id="p")
    journal.append(replace(make(0, 10), acts=(act,), states=(State(1, "cs1", "phase", "run"),)))
    journal.append(make(10, 10))
    clock.now += 2 * HOUR
    journal.append(make(20, 10))
    assert journal.trim(readers=["clerk"], keep=HOUR) == 0
    sealer.seal()
    assert journal.trim(readers=["clerk"], keep=HOUR) == 0
    journal.advance("clerk", 1)
    assert journal.trim(readers=["clerk"], keep=HOUR) == 1
    journal.advance("clerk", 3)
    assert journal.trim(readers=["clerk"], keep=HOUR) == 1
    assert journal.dropped() == 2
    assert [position for position, _ in journal.read(2)] == [3]
    with pytest.raises(StoreError, match="were dropped"):
        journal.read(1)
    assert journal.acts() == [(1, act)]
    assert len(journal.states("cs1", 0, 10)) == 1
    assert journal.append(make(30, 10)) == 4
    assert journal.books().balance == 0


def test_positions_never_restart(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    clock: Any,
    tmp_path: Path,
) -> None:
    """With all blocks dropped, the next one still gets the next position, after a restart too."""
    journal.append(make())
    sealer.seal()
    clock.now += 2 * HOUR
    assert journal.trim(readers=[], keep=HOUR) == 1
    journal.close()
    again = SqliteJournal(tmp_path / "journal.db")
    ParquetArchive(tmp_path / "archive", again)
    assert again.append(make(10, 10)) == 2
    again.close()


def test_other_processes_read_beside(
    journal: SqliteJournal, make: Callable[..., Block], tmp_path: Path
) -> None:
    """A second process reads what is committed while the first has the file open, and may not write."""
    journal.append(make())
    beside = SqliteJournal(tmp_path / "journal.db", read_only=True)
    assert beside.last() == 1
    journal.append(make(10, 10))
    assert len(beside.read(0)) == 2
    with pytest.raises(StoreError, match="reading only"):
        beside.advance("x", 1)
    beside.close()


def test_one_process_appends(journal: SqliteJournal, make: Callable[..., Block], tmp_path: Path) -> None:
    """A second process that appends is refused by name: two would not know what the other knows."""
    journal.append(make())
    code = (
        "import sys; from pathlib import Path; from ingest.journal import SqliteJournal;"
        "from readings.block import Block; SqliteJournal(Path(sys.argv[1])).append(Block(tick=1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "journal.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "another process appends" in done.stderr


def test_missing_file_is_told(tmp_path: Path) -> None:
    """Reading a journal that is not there says what makes it."""
    with pytest.raises(StoreError, match="haccpline run"):
        SqliteJournal(tmp_path / "none.db", read_only=True)


def test_later_version_is_refused(tmp_path: Path) -> None:
    """A file that a later release wrote is refused, not guessed at."""
    path = tmp_path / "journal.db"
    SqliteJournal(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={len(JOURNAL) + 1}")
    connection.close()
    with pytest.raises(StoreError, match="later release"):
        SqliteJournal(path)


def test_migrates_forward(tmp_path: Path) -> None:
    """A file of an earlier version goes through the scripts it has not been through, and keeps its rows."""
    path = tmp_path / "some.db"
    first = "CREATE TABLE a (x INTEGER) STRICT;\nINSERT INTO a VALUES (1);\n"
    Database(path, migrations=[first]).close()
    with pytest.raises(StoreError, match="earlier release"):
        Database(path, migrations=[first, "CREATE TABLE b (x INTEGER) STRICT;\n"], read_only=True)
    both = Database(path, migrations=[first, "ALTER TABLE a ADD COLUMN y INTEGER;\nUPDATE a SET y = 2;\n"])
    with both.read() as connection:
        assert connection.execute("SELECT * FROM a").fetchall() == [(1, 2)]
    both.close()


def test_damage_is_told(tmp_path: Path) -> None:
    """A file that is no database is refused with what to do."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="restore the last backup"):
        SqliteJournal(path)
