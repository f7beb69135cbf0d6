"""A record in which a plan took over from another is decided again, each part by the plan that held."""

from __future__ import annotations

from pathlib import Path

import pytest

from haccpline.proving import decide_again
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ledger.checkpoint import SigningKey
from ledger.clerk import Clerk
from ledger.package import write_package
from ledger.store import Ledger
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series
from readings.times import SECOND, format_time

START = 1_700_000_000 * SECOND
HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 1 h
line: {state: {from: phase, codes: {"1": idle, "2": hold}}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  phase: {unit: code, every: 60 s, silent_after: 5 min}
ccps:
  - id: C
    critical:
"""
CONTINUOUS = HEAD + "      - {id: a, kind: threshold, of: air, at_most: %s degC, for_more_than: 3 min}\n"
PER_BATCH = HEAD + "      - {id: a, kind: dwell, of: air, at_least: %s degC, for: 4 min, during: hold}\n"


def at(minutes: float) -> int:
    return START + int(minutes * 60 * SECOND)


def adopt(text: str, minutes: float) -> Block:
    body = {"file": "plan.yaml", "text": text}
    return Block(acts=(Act(at(minutes), "plan.adopt", "L", body=body, id=str(minutes)),), tick=at(minutes))


def said(minute: int) -> Block:
    """Air swings around its limits; batches of nine minutes, every twelve."""
    builder = BlockBuilder()
    for sensor, value in (("air", 4.0 + minute % 7 * 0.5), ("phase", 2.0 if minute % 12 < 9 else 1.0)):
        builder.reading(Series("L", sensor), time=at(minute), value=value, received=at(minute))
    return builder.build(at(minute))


@pytest.mark.parametrize(("text", "switched"), [(CONTINUOUS, 40), (PER_BATCH, 45)])
def test_a_record_over_a_switch_is_decided_again(tmp_path: Path, text: str, switched: int):
    """Every span comes out again, of the plan before and of the plan behind; nothing is passed over."""
    journal = SqliteJournal(tmp_path / "journal.db")
    archive = ParquetArchive(tmp_path / "segments", journal)
    ledger = Ledger(tmp_path / "ledger.db")
    key = SigningKey("plant.example/s", bytes(range(32)))
    clerk = Clerk("S", ledger, journal, archive)
    clerk.resume()
    blocks = [adopt(text % ("2023-01-01T00:00:00Z", "5.0"), 0), *(said(minute) for minute in range(1, 100))]
    blocks.insert(20, adopt(text % (format_time(at(40)), "6.0"), 19))
    for block in blocks:
        journal.append(block)
        clerk.work(0)
    Sealer(archive, ArchiveSettings()).seal()
    clerk.work(0, save=True)
    ledger.sign(key)
    path = tmp_path / "package.zip"
    write_package(
        path, ledger=ledger, archive=archive, key=key, site="S", lines=["L"], start=at(-1), end=at(1000)
    )
    [replaced] = [record.content for record in ledger.read(0, kind="plan.replaced")]
    assert replaced["from"] == format_time(at(switched))
    [(sentence, holds)] = decide_again(path)
    assert holds, sentence
    assert sentence.endswith("from 198 readings: the same")
    assert len({record.content["plan"] for record in ledger.read(0, kind="verdict")}) == 2
    ledger.close()
    journal.close()
