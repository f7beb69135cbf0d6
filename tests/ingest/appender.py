"""Run as a program by test_killed: appends numbered blocks and seals, until it is killed or done.

Prints the number of each block once it is durable, as a source would acknowledge it. Begins with the blocks
that it is told were acknowledged last, once more: what a broker does with those it has no answer for.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np

from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block
from readings.inputs import Act, Series
from readings.times import SECOND

ROWS = 20


def block(number: int) -> Block:
    """Block `number`: readings whose values count on from the block before, on two lines, and an act."""
    count = np.arange(number * ROWS, (number + 1) * ROWS)
    return Block(
        series=(Series("a", "s"), Series("b", "s")),
        which=(count % 2).astype(np.int32),
        time=1_760_000_000 * SECOND + count * 7_000_000,
        value=count.astype(np.float64),
        raw=count.astype(np.float64),
        quality=np.zeros(ROWS, np.uint8),
        reason=np.zeros(ROWS, np.uint8),
        received=count * 1_000_000,
        seq=count,
        acts=(Act(number, "numbered", id=str(number)),),
    )


def main() -> None:
    directory, begin, end = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    journal = SqliteJournal(directory / "journal.db")
    archive = ParquetArchive(directory / "archive", journal)
    settings = ArchiveSettings(seal_after_rows=ROWS * 5, keep_journal="1 ms")
    sealer = Sealer(archive, settings, readers=["clerk"])
    done = threading.Event()

    def seal() -> None:
        while not done.is_set():
            sealer.work()

    thread = threading.Thread(target=seal, daemon=True)
    thread.start()
    for number in range(begin, end):
        position = journal.append(block(number))
        print(number, flush=True)
        if position is not None and number % 3 == 0:
            journal.advance("clerk", position)
    done.set()
    thread.join()


if __name__ == "__main__":
    main()
