"""A small plant whose ledger and archive the tests of this room share."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ledger import prove
from ledger.canonical import canonical
from ledger.checkpoint import SigningKey
from ledger.package import write_package
from ledger.segments import evidence_body, sealed_body
from ledger.signatures import signature, signed_bytes
from ledger.store import Ledger
from readings.block import Block, BlockBuilder, join
from readings.inputs import Series
from readings.ports import Rows, Segment
from readings.quality import Reason
from readings.times import MINUTE, format_time, parse_time

SITE = "ZH-FZ"
KEY = SigningKey("plant.example/fz", bytes(range(32)))
LINE = "cold-3"
BEGIN = parse_time("2026-12-01T00:00:00Z")
AIR, AIR2, FOOD = Series(LINE, "air", "CS1.1"), Series(LINE, "air", "CS1.2"), Series(LINE, "food")
OTHER = Series("dock", "air")
PLAN_TEXT = "plan: cold-3\nname: {zh: 3 号冷库}\n"
PLAN_MODEL = {"language": 1, "plan": "cold-3", "limits": [{"id": "air", "at_most": "-15.0"}]}
PLAN_HASH = hashlib.sha256(canonical(PLAN_MODEL)).hexdigest()


@dataclass
class MemoryArchive:
    """The port Archive over blocks held in memory: position i + 1 is blocks[i]."""

    blocks: list[Block] = field(default_factory=list)
    cuts: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def _rows(self, line: str, first: int, last: int) -> Rows:
        parts, positions = [], []
        for position in range(first, last + 1):
            block = self.blocks[position - 1]
            mine = np.array([series.line == line for series in block.series], np.bool_)
            part = block.take(mine[block.which]) if len(block) else block
            parts.append(part)
            positions.append(np.full(len(part), position, np.int64))
        return Rows(join(parts), np.concatenate(positions))

    def segments(self, line: str, after: int = 0) -> Sequence[Segment]:
        return [
            Segment(line, number, first, last, len(self._rows(line, first, last).block))
            for number, (first, last) in enumerate(self.cuts.get(line, ()), 1)
            if number > after
        ]

    def segment_rows(self, segment: Segment) -> Rows:
        return self._rows(segment.line, segment.first, segment.last)

    def read(self, series: Sequence[Series], start: int, end: int) -> Rows:
        rows = self._rows(series[0].line, 1, len(self.blocks))
        block = rows.block
        wanted = np.array([one in series for one in block.series], np.bool_)[block.which]
        kept = np.flatnonzero(wanted & (block.time >= start) & (block.time < end))
        names = np.array([sorted(block.series).index(one) for one in block.series])[block.which[kept]]
        order = kept[np.lexsort((rows.position[kept], block.time[kept], names))]
        return Rows(block.take(order), rows.position[order])

    def stream(self, line: str, start: int, end: int) -> Iterator[Block]:
        block = self._rows(line, 1, len(self.blocks)).block
        order = np.argsort(block.time, kind="stable")
        kept = order[(block.time[order] >= start) & (block.time[order] < end)]
        yield block.take(kept)


@dataclass
class Plant:
    """A ledger, its archive and its key."""

    path: Path
    ledger: Ledger
    archive: MemoryArchive
    key: SigningKey

    def record(self, kind: str, at: int, of: str = LINE, /, **body: object) -> int:
        """Append one record; its seq."""
        with self.ledger.transaction() as tx:
            return tx.append(kind=kind, at=at, line=of, body=body).seq

    def signed(self, kind: str, at: int, by: str, /, **body: object) -> int:
        """Append one record of a case, signed by this person."""
        mark = signature(
            who=by, name=by.title(), role="qa", meaning=kind, at=at, record=signed_bytes(dict(body))
        )
        return self.record(kind, at, **body, signature=mark)

    def decide(self, at: int, start: int, end: int, position: int, **body: object) -> int:
        """Append a verdict on the air readings of this span."""
        evidence = evidence_body(
            self.archive.read([AIR, AIR2], start, end + 1),
            series=[AIR, AIR2],
            start=start,
            end=end,
            position=position,
        )
        return self.record(
            "verdict", at, plan=PLAN_HASH, limit="air", ccp="CCP1", unit="CS1", evidence=evidence, **body
        )

    def seal(self, line: str, first: int, last: int, at: int) -> int:
        """Seal these journal positions of a line and record it."""
        self.archive.cuts.setdefault(line, []).append((first, last))
        segment = self.archive.segments(line)[-1]
        return self.record("segment.sealed", at, line, **sealed_body(self.archive, SITE, segment))


def block_at(position: int) -> Block:
    """Ten minutes of readings in one block: two air points, food every other minute, and the dock's."""
    builder = BlockBuilder()
    for minute in range(10):
        time = BEGIN + (position - 1) * 10 * MINUTE + minute * MINUTE
        received = time + 123_456_789
        builder.reading(
            AIR, time=time, value=-18.0 - minute / 10, raw=float(1800 + minute), received=received, seq=minute
        )
        reason = Reason.NO_ANSWER if minute == 3 else Reason.NONE
        builder.reading(AIR2, time=time, value=-17.3, raw=float("nan"), reason=reason, received=received)
        if minute % 2:
            builder.reading(
                FOOD, time=time, value=-19.05, raw=-1905.0, reason=Reason.BY_HAND, received=received
            )
        builder.reading(OTHER, time=time, value=4.0, raw=4.0, received=received)
    return builder.build()


def build_plant(path: Path) -> Plant:
    """Two hours of a cold store with a deviation and its closed case; another line; readings not sealed."""
    plant = Plant(
        path,
        Ledger(path / "ledger.db"),
        MemoryArchive(),
        KEY,
    )
    plant.archive.blocks = [block_at(position) for position in range(1, 14)]
    early = BEGIN - 1000 * MINUTE
    plant.record("person.added", early, "", id="zhang", name="Zhang", roles=["qa"])
    plant.record("person.added", early, "", id="wang", name="Wang", roles=["qa"])
    plant.record("person.added", early, "", id="bystander", name="Nobody", roles=["operator"])
    plant.record("plan.adopted", early, plan="cold-3", hash=PLAN_HASH, text=PLAN_TEXT, model=PLAN_MODEL)
    plant.record("note.site", early, "dock", text="月台")
    span = 10 * MINUTE
    plant.decide(
        BEGIN + span, BEGIN, BEGIN + span, 1, verdict="ok", **{"from": format_time(BEGIN), "to": None}
    )
    plant.seal(LINE, 1, 4, BEGIN + 4 * span)
    plant.seal("dock", 1, 4, BEGIN + 4 * span)
    plant.decide(
        BEGIN + 6 * span,
        BEGIN + 4 * span,
        BEGIN + 6 * span,
        6,
        verdict="deviation",
        **{"from": format_time(BEGIN + 5 * span), "to": None},
    )
    plant.record("deviation.opened", BEGIN + 6 * span, id="d1", limit="air", plan=PLAN_HASH)
    plant.record("case.opened", BEGIN + 6 * span, case="d1")
    plant.record("note.site", BEGIN + 6 * span, "dock", text="x")
    plant.signed("case.acknowledged", BEGIN + 7 * span, "zhang", case="d1", remark="关门")
    plant.seal(LINE, 5, 8, BEGIN + 8 * span)
    plant.decide(
        BEGIN + 9 * span,
        BEGIN + 6 * span,
        BEGIN + 9 * span,
        9,
        verdict="ok",
        **{"from": format_time(BEGIN + 9 * span), "to": None},
    )
    plant.record("deviation.returned", BEGIN + 9 * span, id="d1", limit="air", plan=PLAN_HASH)
    plant.signed("case.closed", BEGIN + 10 * span, "wang", case="d1", remark="ok")
    plant.seal(LINE, 9, 12, BEGIN + 12 * span)
    plant.record("note.site", BEGIN + 400 * span, "dock", text="later")
    plant.ledger.sign(plant.key)
    return plant


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = build_plant(tmp_path / "plant")
    yield made
    made.ledger.close()


@pytest.fixture
def key() -> SigningKey:
    """The plant's key."""
    return KEY


@pytest.fixture(scope="session")
def packed_once(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a package of the whole plant's line cold-3."""
    folder = tmp_path_factory.mktemp("packed")
    plant = build_plant(folder / "plant")
    write_package(
        folder / "package.zip",
        ledger=plant.ledger,
        archive=plant.archive,
        key=KEY,
        site=SITE,
        lines=[LINE],
        start=BEGIN,
        end=BEGIN + 130 * MINUTE,
    )
    plant.ledger.close()
    return (folder / "package.zip").read_bytes()


@pytest.fixture
def package(packed_once: bytes, tmp_path: Path) -> Path:
    """A package that the test may spoil."""
    path = tmp_path / "package.zip"
    path.write_bytes(packed_once)
    return path


@pytest.fixture
def container() -> Callable[[Path, list[tuple[bytes, bytes]]], None]:
    """Writes a package's container with these names and bytes, however bad they are."""

    def write(path: Path, files: list[tuple[bytes, bytes]]) -> None:
        body, directory = b"", b""
        for name, data in files:
            crc = zlib.crc32(data)
            directory += prove.central_header(name, crc, len(data), len(body))
            body += prove.local_header(name, crc, len(data)) + data
        path.write_bytes(body + directory + prove.end_record(len(files), len(directory), len(body)))

    return write
