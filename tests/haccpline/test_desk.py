"""Where the clerk sits: what the archive lacks stops nothing but what needs it, is told, and is made up for."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from haccpline.desk import Desk
from haccpline.record import acts_of_site
from haccpline.site import load_site
from haccpline.store import Store
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import MINUTE, parse_time

START = parse_time("2026-12-01T00:00:00Z")
SITE = """
site: S
plans: [plan.yaml]
data: data
sources: [{name: bench, mqtt: "mqtt://127.0.0.1:9", topics: [{topic: air, reads: L/air, value: v, unit: degC}]}]
"""
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-11-30T00:00:00Z
sensors: {air: {unit: degC, resolution: 0.1, every: 60 s}}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 3 min}]
"""


def air(minute: int, value: float) -> Block:
    builder = BlockBuilder()
    builder.reading(
        Series("L", "air"), time=START + minute * MINUTE, value=value, received=START + minute * MINUTE
    )
    return builder.build(tick=START + minute * MINUTE)


async def until(holds) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)


async def test_a_missing_file_of_the_archive_is_told_and_made_up_for(tmp_path: Path) -> None:
    """A deviation whose evidence lies in a file that is gone is not recorded without it, and nobody ends; with the file
    back it is."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "plan.yaml").write_text(PLAN)
    site = load_site(tmp_path / "site.yaml")
    store = Store(site.data, "S")
    store.make()
    journal, ledger = store.journal(), store.ledger()
    archive = store.archive(journal)
    desk = Desk(site, ledger, journal, archive, store.key())
    task = asyncio.create_task(desk.run())
    journal.append(Block(acts=tuple(acts_of_site(site, ["L"], bound=None, now=START)), tick=START))
    for minute, value in ((1, 4.0), (2, 6.0), (3, 6.0)):
        journal.append(air(minute, value))
    await until(lambda: desk.position == journal.last())
    Sealer(archive, ArchiveSettings()).seal()
    (path,) = archive.directory.rglob("*.parquet")
    away = path.rename(tmp_path / "away")
    archive._open.clear()
    for minute in (4, 5, 6, 7):
        journal.append(air(minute, 6.0))
    await until(lambda: desk.trouble)
    assert path.name in desk.trouble
    assert ledger.read(0, kind="deviation.opened") == []
    away.rename(path)
    await until(lambda: ledger.read(0, kind="deviation.opened"))
    await until(lambda: desk.trouble is None and ledger.read(0, kind="segment.sealed"))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    journal.close()
    ledger.close()


async def test_what_nobody_foresaw_ends_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong with the clerk, it is told and tried again, and sources go on meanwhile."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "plan.yaml").write_text(PLAN)
    site = load_site(tmp_path / "site.yaml")
    store = Store(site.data, "S")
    store.make()
    journal, ledger = store.journal(), store.ledger()
    desk = Desk(site, ledger, journal, store.archive(journal), store.key())

    def strange(*_: object) -> bool:
        raise SystemError("strange")

    monkeypatch.setattr("haccpline.desk.Clerk.work", strange)
    task = asyncio.create_task(desk.run())
    await until(lambda: desk.trouble == "the clerk cannot go on: SystemError('strange')")
    monkeypatch.undo()
    await until(lambda: desk.trouble is None)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    journal.close()
    ledger.close()
