"""The store only grows: by the program, and against whoever opens the file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from ledger.canonical import parse
from ledger.checkpoint import SigningKey, open_checkpoint
from ledger.errors import CanonicalError, CheckpointError, StoreError
from ledger.merkle import EMPTY_ROOT, leaf_hash
from ledger.record import Record
from ledger.schema import MIGRATIONS
from ledger.store import Ledger
from readings.times import SECOND

KEY = SigningKey("plant.example/fz", bytes(32))


def _fill(ledger: Ledger, count: int, *, kind: str = "verdict", line: str = "cold-3") -> list[Record]:
    with ledger.transaction() as tx:
        return [
            tx.append(kind=kind, at=number * SECOND, line=line, body={"n": number}) for number in range(count)
        ]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


def test_a_record_is_what_was_appended(ledger: Ledger) -> None:
    """Records come back as they went in, numbered from 1, and their line is what is hashed."""
    body = {"limit": "air", "text": "雪"}
    with ledger.transaction() as tx:
        first = tx.append(kind="verdict", at=1_500_000_000, line="cold-3", body=body)
        second = tx.append(kind="note.site", at=0, line="", body={})
    assert ledger.read() == [first, second]
    assert first.text.decode() == (
        '{"at":"1970-01-01T00:00:01.500Z","body":{"limit":"air","text":"雪"},"kind":"verdict","line":"cold-3","seq":1}'
    )
    assert first.leaf == leaf_hash(first.text)
    assert parse(first.text)["body"] == first.content == body
    assert ledger.record(2) == second
    with pytest.raises(StoreError, match="no record 3"):
        ledger.record(3)


def test_records_cursor_and_state_are_one(ledger: Ledger) -> None:
    """A transaction commits all of it or, when anything fails, nothing."""
    assert (ledger.cursor(), ledger.load_state(), ledger.last_seq()) == (0, None, 0)
    with ledger.transaction() as tx:
        tx.append(kind="verdict", at=1, line="a", body={})
        tx.set_cursor(17)
        tx.save_state(b"state")
    before = (ledger.cursor(), ledger.load_state(), ledger.last_seq(), ledger.root())
    assert before[:3] == (17, b"state", 1)

    def fail() -> None:
        with ledger.transaction() as tx:
            tx.append(kind="verdict", at=2, line="a", body={})
            tx.set_cursor(18)
            tx.save_state(b"later")
            tx.append(kind="verdict", at=2, line="a", body={"worst": 0.5})

    with pytest.raises(CanonicalError, match=r"verdict\.worst"):
        fail()
    assert (ledger.cursor(), ledger.load_state(), ledger.last_seq(), ledger.root()) == before
    assert _fill(ledger, 1)[0].seq == 2
    ledger.check()


def test_reading(ledger: Ledger) -> None:
    """Records are read behind a number, up to a limit, by kind, by the beginning of a kind, by line."""
    kinds = ["case.opened", "case.closed", "cases", "verdict", "case.opened"]
    with ledger.transaction() as tx:
        for number, kind in enumerate(kinds):
            tx.append(kind=kind, at=number, line="" if number == 3 else "a", body={})
    assert [record.seq for record in ledger.read()] == [1, 2, 3, 4, 5]
    assert [record.seq for record in ledger.read(2, 2)] == [3, 4]
    assert [record.seq for record in ledger.read(kind="case.")] == [1, 2, 5]
    assert [record.seq for record in ledger.read(1, kind="case.opened")] == [5]
    assert [record.seq for record in ledger.read(kind="case.opene")] == []
    assert [record.seq for record in ledger.read(line="")] == [4]
    assert [record.seq for record in ledger.read(line="a", kind="cases")] == [3]
    assert ledger.between(1, 4) == (2, 4)
    assert ledger.between(90, 99) == (0, 0)


def test_the_root_follows_the_records(ledger: Ledger) -> None:
    """The remembered root is the one recomputed from all leaves, at every size."""
    assert ledger.root() == ledger.root(0) == EMPTY_ROOT
    roots = [EMPTY_ROOT]
    for _ in range(9):
        _fill(ledger, 1)
        roots.append(ledger.root())
    assert [ledger.root(size) for size in range(10)] == roots
    assert len(set(roots)) == 10


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET at = 0 WHERE seq = 2",
        "DELETE FROM record WHERE seq = 3",
        "DELETE FROM record",
        "INSERT INTO record SELECT seq + 5, at, kind, line, body, leaf FROM record WHERE seq = 3",
        "INSERT OR REPLACE INTO record SELECT seq, 0, kind, line, body, leaf FROM record WHERE seq = 2",
        "INSERT OR IGNORE INTO record SELECT 0, at, kind, line, body, leaf FROM record WHERE seq = 2",
        "UPDATE checkpoint SET note = ''",
        "DELETE FROM checkpoint",
        "INSERT OR REPLACE INTO checkpoint SELECT number, size, peaks, '' FROM checkpoint",
        "INSERT INTO checkpoint (size, peaks, note) VALUES (0, x'', '')",
        "INSERT INTO progress (one) VALUES (2)",
    ],
)
def test_the_database_itself_refuses_to_forget(ledger: Ledger, statement: str) -> None:
    """No UPDATE, DELETE, REPLACE or gap gets past the triggers, whoever sends it."""
    _fill(ledger, 3)
    ledger.sign(KEY)
    other = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError):
        other.execute(statement)
    other.close()
    ledger.check(KEY.public)


def test_the_first_checkpoint_over_a_record(ledger: Ledger) -> None:
    """The one that covered it first, whatever was signed later; none for what is not signed yet."""
    assert ledger.checkpoint_over(1) is None
    notes = []
    for _ in range(5):
        _fill(ledger, 3)
        notes.append(ledger.sign(KEY))
    _fill(ledger, 1)
    found = [ledger.checkpoint_over(seq) for seq in range(1, ledger.last_seq() + 1)]
    assert found == [*(note for note in notes for _ in range(3)), None]


def test_signing(ledger: Ledger) -> None:
    """A checkpoint signs the root at its size, is kept, and is not made twice of the same."""
    _fill(ledger, 3)
    note = ledger.sign(KEY)
    signed = open_checkpoint(note, KEY.public)
    assert (signed.size, signed.root) == (3, ledger.root())
    assert ledger.sign(KEY) == note
    _fill(ledger, 4)
    later = ledger.sign(KEY)
    assert ledger.checkpoints() == [note, later]
    assert ledger.check(KEY.public).checkpoints == 2
    with pytest.raises(CheckpointError, match="not signed by"):
        ledger.check(SigningKey("plant.example/fz", bytes(range(32))).public)


def _break(path: Path, *statements: str) -> None:
    store = sqlite3.connect(path)
    for (name,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        store.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        store.execute(statement)
    store.commit()
    store.close()


@pytest.mark.parametrize(
    ("statements", "complaint"),
    [
        (["UPDATE record SET at = at + 1 WHERE seq = 4"], "record 4 .verdict. is not what was recorded"),
        (["UPDATE record SET kind = 'note' WHERE seq = 1"], "record 1 .note. is not what was recorded"),
        (["UPDATE record SET line = 'b' WHERE seq = 6"], "record 6 "),
        (["UPDATE record SET body = CAST('{\"n\":9}' AS BLOB) WHERE seq = 2"], "record 2 "),
        (["UPDATE record SET body = CAST('{\"n\": 9}' AS BLOB) WHERE seq = 2"], "record 2 is not canonical"),
        (["UPDATE record SET body = CAST('x' AS BLOB) WHERE seq = 2"], "record 2 is not JSON"),
        (["UPDATE record SET leaf = zeroblob(32) WHERE seq = 5"], "record 5 "),
        (["DELETE FROM record WHERE seq = 3"], "record 3 is missing"),
        (["DELETE FROM record WHERE seq > 4"], "records are missing at the end"),
        (["DELETE FROM record WHERE seq = 7"], "remembers a tree of 7 records"),
        (["UPDATE progress SET peaks = zeroblob(96)"], "remembers a tree"),
        (["UPDATE checkpoint SET size = 4 WHERE number = 1"], "the first 4 records"),
        (["UPDATE checkpoint SET note = replace(note, '5', '6')"], "checkpoint"),
    ],
)
def test_check_names_the_first_thing_that_does_not_hold(
    ledger: Ledger, statements: list[str], complaint: str
) -> None:
    """Whatever was changed behind our back, a check finds it and says where."""
    _fill(ledger, 5)
    ledger.sign(KEY)
    _fill(ledger, 2)
    ledger.close()
    _break(ledger.path, *statements)
    with pytest.raises((StoreError, CheckpointError), match=complaint):
        Ledger(ledger.path).check(KEY.public)


def test_a_rewritten_history_is_not_signed(ledger: Ledger) -> None:
    """Records changed with their leaves and the remembered tree: nothing more is signed, a check tells."""
    _fill(ledger, 5)
    ledger.sign(KEY)
    ledger.close()
    other = Ledger(ledger.path.with_name("other.db"))
    with other.transaction() as tx:
        for number in range(5):
            tx.append(kind="verdict", at=number * SECOND, line="cold-3", body={"n": number + (number == 2)})
    other.close()
    _break(
        ledger.path,
        f"ATTACH '{other.path}' AS other",
        "DELETE FROM main.record",
        "INSERT INTO main.record SELECT * FROM other.record",
        "UPDATE main.progress SET peaks = (SELECT peaks FROM other.progress)",
    )
    rewritten = Ledger(ledger.path)
    with pytest.raises(CheckpointError, match="does not continue what was signed at 5 records"):
        rewritten.sign(KEY)
    with pytest.raises(StoreError, match="not those that checkpoint 1 was signed over"):
        rewritten.check(KEY.public)
    assert len(rewritten.checkpoints()) == 1


def test_readers_only_read(ledger: Ledger) -> None:
    """Another process reads what was committed, at once, and cannot write."""
    _fill(ledger, 2)
    reader = Ledger(ledger.path, read_only=True)
    assert reader.last_seq() == 2
    _fill(ledger, 1)
    assert (reader.last_seq(), reader.root()) == (3, ledger.root())
    reader.check()

    def write() -> None:
        with reader.transaction():
            pass

    with pytest.raises(StoreError, match="for reading only"):
        write()
    with pytest.raises(StoreError, match="for reading only"):
        reader.sign(KEY)
    with pytest.raises(StoreError, match="does not exist"):
        Ledger(ledger.path.with_name("none.db"), read_only=True)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """A foreign file or database is not touched, a later version not opened."""
    text = tmp_path / "text.db"
    text.write_bytes(b"no database, but a text that is long enough to be one" * 50)
    with pytest.raises(StoreError, match="no ledger"):
        Ledger(text)
    foreign = tmp_path / "foreign.db"
    store = sqlite3.connect(foreign)
    store.execute("CREATE TABLE record (a)")
    store.commit()
    store.close()
    with pytest.raises(StoreError, match="but no ledger"):
        Ledger(foreign)
    later = Ledger(tmp_path / "later.db")
    later.close()
    store = sqlite3.connect(later.path)
    store.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    store.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="install the release that wrote it"):
            Ledger(later.path, read_only=read_only)


def test_an_older_version_is_migrated_by_the_writer_alone(tmp_path: Path) -> None:
    """An empty file of version 0 becomes a ledger when written to; a reader says who migrates."""
    path = tmp_path / "ledger.db"
    path.touch()
    with pytest.raises(StoreError, match="start the record process once"):
        Ledger(path, read_only=True)
    _fill(Ledger(path), 1)
    assert Ledger(path, read_only=True).last_seq() == 1


def test_threads_take_turns(ledger: Ledger) -> None:
    """Commits from several threads do not mix, and the ledger holds."""
    threads = [threading.Thread(target=_fill, args=(ledger, 25)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.check().records == 100
    numbers = [record.content["n"] for record in ledger.read(0, 100)]
    assert numbers == list(range(25)) * 4


def test_killed_between_records(tmp_path: Path) -> None:
    """SIGKILL while it writes leaves whole transactions, a cursor that fits, and a ledger that holds."""
    path = tmp_path / "ledger.db"
    program = textwrap.dedent(f"""
        from pathlib import Path
        from ledger.store import Ledger
        ledger = Ledger(Path({str(path)!r}))
        while True:
            with ledger.transaction() as tx:
                for number in range(3):
                    tx.append(kind="verdict", at=1, line="a", body={{}})
                tx.set_cursor(ledger.cursor() + 1)
            print(ledger.cursor(), flush=True)
        """)
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(20)][-1]
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        ledger = Ledger(path)
        assert ledger.cursor() >= told
        assert ledger.check().records == 3 * ledger.cursor()
        ledger.close()


def test_a_transaction_that_is_over(ledger: Ledger) -> None:
    """After the database gave a transaction up, nothing is written on its own, even if the error was swallowed."""

    def go_on_regardless() -> None:
        with ledger.transaction() as tx:
            tx.append(kind="verdict", at=1, line="a", body={})
            ledger._store.execute("ROLLBACK")
            tx.set_cursor(5)

    with pytest.raises(StoreError, match="this transaction is over"):
        go_on_regardless()
    assert (ledger.cursor(), ledger.check().records) == (0, 0)


@pytest.mark.parametrize("wrong", [{"kind": ""}, {"at": 2**63}, {"at": 2**70}])
def test_a_record_that_cannot_be(ledger: Ledger, wrong: dict[str, object]) -> None:
    """Without a kind, or at a time beyond 64 bits, nothing is recorded."""

    def append() -> None:
        with ledger.transaction() as tx:
            tx.append(**{"kind": "verdict", "at": 1, "line": "a", "body": {}, **wrong})  # type: ignore[arg-type]

    with pytest.raises(StoreError):
        append()
    assert ledger.check().records == 0


def test_a_full_disk_loses_nothing(ledger: Ledger) -> None:
    """When the database cannot grow, the commit is refused by the typed error and what was there stays."""
    _fill(ledger, 10)
    ledger._store.execute(
        f"PRAGMA max_page_count = {ledger._store.execute('PRAGMA page_count').fetchone()[0]}"
    )
    with pytest.raises(StoreError, match="full"):
        _fill(ledger, 10_000)
    assert ledger.check().records == 10
    ledger._store.execute("PRAGMA max_page_count = 1000000")
    _fill(ledger, 1)
    assert ledger.check().records == 11
