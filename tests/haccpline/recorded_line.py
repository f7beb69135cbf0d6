"""A line that is recorded from blocks, and decided again from the package that proves it."""

from __future__ import annotations

from pathlib import Path

from haccpline.proving import decide_again
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ledger.checkpoint import SigningKey
from ledger.clerk import Clerk
from ledger.package import write_package
from ledger.store import Ledger
from ledger.timelines import effective
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series
from readings.times import MINUTE, parse_time

START = parse_time("2023-11-14T09:00:00Z")  # Tuesday, 17:00 in Shanghai


def at(minutes: float) -> int:
    """Minutes from the start, as ns UTC."""
    return START + int(minutes * MINUTE)


class Record:
    """A line that is recorded, and what it is proven by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = SqliteJournal(folder / "journal.db")
        self.archive = ParquetArchive(folder / "segments", self.journal)
        self.ledger = Ledger(folder / "ledger.db")
        self.key = SigningKey("plant.example/s", bytes(range(32)))
        self.clerk = Clerk("S", self.ledger, self.journal, self.archive)
        self.clerk.resume()

    def hear(self, *blocks: Block) -> None:
        for block in blocks:
            self.journal.append(block)
            self.clerk.work(0)

    def adopt(self, text: str, minutes: float) -> None:
        body = {"file": "plan.yaml", "text": text}
        act = Act(at(minutes), "plan.adopt", "L", body=body, id=f"adopt-{minutes}")
        self.hear(Block(acts=(act,), tick=at(minutes)))

    def spans(self, limit: str) -> list[tuple[str, float]]:
        """(verdict, minute from which it holds) of what is in force."""
        records = [record.content for record in self.ledger.read(0, kind="verdict")]
        [spans] = [
            said for key, said in effective(("L", body) for body in records).items() if key[2] == limit
        ]
        return [(span["verdict"], (parse_time(span["from"]) - START) / MINUTE) for span in spans]

    def decided_again(self) -> tuple[str, bool | None]:
        [said] = decide_again(self.package())
        return said

    def package(self) -> Path:
        Sealer(self.archive, ArchiveSettings()).seal()
        self.clerk.work(0, save=True)
        self.ledger.sign(self.key)
        path = self.folder / "package.zip"
        write_package(
            path,
            ledger=self.ledger,
            archive=self.archive,
            key=self.key,
            site="S",
            lines=["L"],
            start=at(-1000),
            end=at(10_000),
        )
        return path

    def close(self) -> None:
        self.ledger.close()
        self.journal.close()


def read(minutes: float, **values: float) -> Block:
    """One scan, journalled at once."""
    builder = BlockBuilder()
    for sensor, value in values.items():
        builder.reading(Series("L", sensor), time=at(minutes), value=value, received=at(minutes))
    return builder.build(at(minutes))
