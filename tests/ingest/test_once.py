"""Each reading once: journal and archive together, against a set, over any history."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import BlockBuilder, join
from readings.inputs import Series
from readings.times import DAY, NEVER

ROW = st.tuples(
    st.sampled_from(["a", "b"]),
    st.integers(0, 12),
    st.sampled_from([0.0, 1.0, float("nan")]),
    st.integers(-1, 1),
)
STEP = st.one_of(
    st.lists(ROW, min_size=1, max_size=8),
    st.sampled_from(["seal", "restart", "compact", "trim"]),
)


@contextmanager
def opened(place: Path, now: list[int]) -> Iterator[tuple[SqliteJournal, ParquetArchive, Sealer]]:
    journal = SqliteJournal(place / "journal.db", now=lambda: now[0])
    archive = ParquetArchive(place / "archive", journal)
    try:
        yield journal, archive, Sealer(archive, ArchiveSettings(), now=lambda: now[0])
    finally:
        journal.close()


def name(line: str, time: int, value: float, seq: int) -> tuple[str, int, str, int]:
    return line, time, str(value), seq


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=14))
def test_equals_a_set(steps: list[Any]) -> None:
    """However readings are repeated, late, sealed, compacted, dropped or restarted upon: a set of them is kept."""
    kept: set[tuple[str, int, str, int]] = set()
    now, given_rows = [DAY], 0
    with tempfile.TemporaryDirectory() as name_of_place:
        place, left = Path(name_of_place), list(steps)
        while left is not None:
            with opened(place, now) as (journal, archive, sealer):
                while left and (step := left.pop(0)) != "restart":
                    if step == "seal":
                        sealer.seal()
                    elif step == "compact":
                        now[0] += DAY
                        sealer.compact()
                    elif step == "trim":
                        now[0] += 1
                        journal.trim(readers=[], keep=0)
                    else:
                        builder = BlockBuilder()
                        for line, time, value, seq in step:
                            builder.reading(Series(line, "s"), time=time, value=value, received=DAY, seq=seq)
                            kept.add(name(line, time, value, seq))
                        given_rows += len(step)
                        journal.append(builder.build())
                books = journal.books()
                assert books.balance == 0
                assert (books.acquired, books.stored + books.waiting) == (given_rows, len(kept))
                found = []
                for line in "ab":
                    block = join(list(archive.stream(line, 0, NEVER)))
                    assert (block.time[1:] >= block.time[:-1]).all()
                    found += [
                        name(line, *row)
                        for row in zip(
                            block.time.tolist(), block.value.tolist(), block.seq.tolist(), strict=True
                        )
                    ]
                assert sorted(found) == sorted(kept)
            if not left:
                break
