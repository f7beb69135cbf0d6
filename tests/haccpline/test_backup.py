"""Backup and restore: what is put back is what was backed up, and nothing else with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from haccpline.backup import BackupError, back_up, put_back
from haccpline.store import Store
from readings.block import BlockBuilder
from readings.inputs import Series


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A site with a ledger and a journal of one reading."""
    found = Store(tmp_path / "data", "S")
    found.make()
    found.ledger().close()
    found.key()
    journal = found.journal()
    builder = BlockBuilder()
    builder.reading(Series("A", "air"), time=1, value=4.0, received=1)
    journal.append(builder.build())
    journal.close()
    return found


@pytest.mark.parametrize(
    "left", ["ledger.db", "journal.db", "journal.db-wal", "journal.db.mark", "segments/x"]
)
def test_nothing_old_is_left_beside_what_is_put_back(store: Store, tmp_path: Path, left: str) -> None:
    """Refused, naming it, and nothing is touched: a log of the old journal would be read as that of the restored one."""
    list(back_up(store, tmp_path / "copy", with_key=False))
    store.folder.rename(tmp_path / "old")
    old, first = store.folder / left, Path(left).parts[0]
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    with pytest.raises(BackupError, match=f"holds {first}: move the whole folder away"):
        list(put_back(tmp_path / "copy", store))
    assert [path.name for path in store.folder.iterdir()] == [first]
    assert old.read_bytes() == b"old"


def test_a_key_that_lies_there_stays(store: Store, tmp_path: Path) -> None:
    """The key, kept in a safe, may be put where it belongs before the rest."""
    list(back_up(store, tmp_path / "copy", with_key=False))
    store.folder.rename(tmp_path / "old")
    store.folder.mkdir()
    (tmp_path / "old" / "keys").rename(store.folder / "keys")
    list(put_back(tmp_path / "copy", store))
    journal = store.journal()
    assert journal.books().acquired == 1
    journal.close()
