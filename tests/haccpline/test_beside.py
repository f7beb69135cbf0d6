"""The process beside the record process: it does what is asked, is started again when it dies, and outlives nobody."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from haccpline.beside import ProcessBeside
from haccpline.store import Store
from ingest.archive import ParquetArchive
from ingest.errors import ArchiveError
from ingest.sealer import Sealer
from ingest.sealing import next_portion
from ingest.settings import ArchiveSettings
from ledger.segments import sealed_body
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.ports import Segment


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, "S")


@pytest.fixture
def archive(store: Store) -> Iterator[ParquetArchive]:
    """Of a journal that holds 300 readings of two lines."""
    journal = store.journal()
    builder = BlockBuilder()
    for second in range(300):
        series = Series("A" if second % 3 else "B", "air")
        builder.reading(series, time=second * 10**9, value=second / 7, received=second * 10**9)
    journal.append(builder.build(tick=300 * 10**9))
    yield store.archive(journal)
    journal.close()


@pytest.fixture
def beside(store: Store) -> Iterator[ProcessBeside]:
    found = ProcessBeside(store)
    yield found
    found.close()


def beside_us() -> list[int]:
    """Process ids of those that this one has started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            command = (path.parent / "cmdline").read_bytes()
            if int(parent) == os.getpid() and state != "Z" and b"haccpline.beside" in command:
                found.append(int(path.parent.name))
    return found


def test_sealing_beside_is_sealing(archive: ParquetArchive, beside: ProcessBeside) -> None:
    """Files that another process wrote are in place under their names, and hold and are worth what they should."""
    segments = Sealer(archive, ArchiveSettings(), beside=beside).seal()
    assert segments == [Segment("A", 1, 1, 1, 200), Segment("B", 1, 1, 1, 100)]
    assert len(beside_us()) == 1
    files = sorted(path.relative_to(archive.directory).as_posix() for path in archive.directory.rglob("*.*"))
    assert files == ["line=A/00000001.parquet", "line=B/00000001.parquet"]
    rows = archive.segment_rows(segments[1])
    assert rows.block.value.tolist() == [second / 7 for second in range(0, 300, 3)]
    assert archive.journal.books().stored == 300
    body = beside.submit(sealed_body, "S", segments[0]).result()
    assert body == sealed_body(archive, "S", segments[0])


def test_what_goes_wrong_beside_is_told_here(archive: ParquetArchive, beside: ProcessBeside) -> None:
    """An error crosses over as what it is."""
    with pytest.raises(ArchiveError, match="line A has no segment 9"):
        beside.submit(sealed_body, "S", Segment("A", 9, 1, 1, 1)).result()


def test_a_process_that_was_killed_is_started_again(archive: ParquetArchive, beside: ProcessBeside) -> None:
    """What it was asked is done all the same."""
    [segment, _] = Sealer(archive, ArchiveSettings(), beside=beside).seal()
    [first] = beside_us()
    os.kill(first, signal.SIGKILL)
    assert beside.submit(sealed_body, "S", segment).result() == sealed_body(archive, "S", segment)
    assert beside_us() != [first]
    beside.close()
    assert beside_us() == []


def test_a_process_that_has_ended_is_not_left_defunct(archive: ParquetArchive, beside: ProcessBeside) -> None:
    """Nobody need ask for anything else first: it may be an hour until then."""
    Sealer(archive, ArchiveSettings(), beside=beside).seal()
    [ended] = beside_us()
    os.kill(ended, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{ended}").exists():
        assert time.monotonic() < deadline, "it is defunct"
        time.sleep(0.02)


def test_a_process_that_cannot_live_is_told(tmp_path: Path) -> None:
    """Started twice and ended twice, it is not asked a third time; whoever asked hears of it, and may ask again."""
    beside = ProcessBeside(Store(tmp_path / "nowhere", "S"))
    for _ in range(2):
        with pytest.raises(OSError, match="has ended twice doing next_portion, with 1"):
            beside.submit(next_portion, 1, 0).result()
    beside.close()


def test_it_ends_with_who_started_it(archive: ParquetArchive, store: Store) -> None:
    """Killed without a word, the record process leaves no process behind."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from haccpline.beside import ProcessBeside\n"
        "from haccpline.store import Store\n"
        "from ingest.sealing import next_portion\n"
        "beside = ProcessBeside(Store(Path(sys.argv[1]), 'S'))\n"
        "print(beside.submit(next_portion, 1000, 0).result().through, beside._child.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        through, child = map(int, process.stdout.readline().split())
        assert through == 1
        assert Path(f"/proc/{child}").exists()
        process.kill()
    ended = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < ended, "it lives on"
        time.sleep(0.02)
