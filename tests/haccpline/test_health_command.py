"""What `haccpline health` says of a site that is recorded: sources that do not answer, with why; doubts; a full disk."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import servers
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from typer.testing import CliRunner

from haccpline.cli import app
from haccpline.cli_site import read_health
from haccpline.site import load_site
from haccpline.store import Store
from readings.times import format_time

SITE = """
site: S
plans: [plan.yaml]
sources:
  - name: controller
    modbus: tcp://127.0.0.1:{port}
    every: 200 ms
    channels:
      - {{reads: cold-3/air, at: holding 0, type: float32, unit: degC}}
      - {{reads: cold-3/core, at: holding 100, type: int16, unit: degC}}
  - name: broker
    mqtt: mqtts://127.0.0.1:{port}
    ca_file: {folder}/none.pem
    topics: [{{topic: door, reads: cold-3/door, payload: number, unit: bool}}]
serve: {{port: {serve}}}
"""
PLAN = """
plan: cold-3
name: {zh: 3 号冷库, en: Cold store 3}
site: {id: S, name: {zh: 速冻食品厂, en: Frozen foods}, timezone: Asia/Shanghai}
effective_from: 2020-01-01T00:00+08:00
sensors:
  air: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 30 s}
  core: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 30 s}
  door: {unit: bool, every: 1 s, silent_after: 30 s}
ccps:
  - id: CCP1
    name: {zh: 冷藏, en: Cold storage}
    critical: [{id: air, kind: threshold, of: air, at_most: 8.0 degC}]
"""
BOOKS = {"acquired": 0, "duplicate": 0, "stored": 0, "waiting": 0, "quarantined": 0, "balance": 0}


def health(path: Path) -> list[str]:
    """What the command says on standard error."""
    result = CliRunner().invoke(app, ["health", "--site", str(path)])
    assert result.exit_code == 1
    return result.stderr.splitlines()


def _told_of_all(said: dict[str, Any]) -> bool:
    return len(said["trouble"]) == 2 and any(each["failure"] for each in said["sources"])


async def test_sources_that_do_not_answer_and_doubts_are_told_with_why(recorded, tmp_path) -> None:
    """5.5 degC in two registers, the low one first, holds "at most 8 degC" as 2.3e-41: somebody is told to look."""
    port = servers.free_port()
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    registers = [SimData(0, values=[0x0000, 0x40B0], datatype=DataType.REGISTERS)]
    device = SimDevice(id=1, simdata=(bits, bits, registers, registers))
    server = ModbusTcpServer(device, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    site = recorded(SITE.format(port=port, serve=servers.free_port(), folder=tmp_path), PLAN)
    site.start()
    try:
        said = await asyncio.to_thread(site.until, _told_of_all)
    finally:
        site.kill()
        await server.shutdown()
    doubts = [each["words"] for each in said["trouble"] if each["kind"] == "doubt"]
    assert [each[:48] for each in doubts] == [
        "controller: cold-3/air reads 2.3e-41, which no i",
        "controller: unit 1 refuses holding 100: look whe",
    ]
    told = health(site.path)
    assert set(doubts) <= set(told)
    [broker] = [each for each in told if each.startswith("broker")]
    assert broker.startswith("broker is not connected: source broker: ")
    assert "none.pem" in broker


def test_a_full_disk_is_named(small_disk: Path, tmp_path: Path) -> None:
    """What the record process said last is old, for it could not be written again: the disk is what to look at."""
    text = SITE.format(port=1, serve=1, folder=tmp_path).replace("sources:", f"data: {small_disk}\nsources:")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (small_disk / "health.json").write_text(
        json.dumps({"trouble": [], "books": {"balance": 0}, "sources": []})
    )
    room = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
    assert health(tmp_path / "site.yaml") == [
        f"the disk that holds {small_disk} is full: nothing can be recorded until there is room"
    ]


def test_a_recording_of_which_nothing_has_come_is_no_missing_journal(tmp_path: Path) -> None:
    """With `clock: readings` time begins with the first reading."""
    text = SITE.format(port=1, serve=1, folder=tmp_path).replace("sources:", "clock: readings\nsources:")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    loaded = load_site(tmp_path / "site.yaml")
    store = Store(loaded.data, loaded.file.site)
    store.make()
    store.journal().close()
    ledger = store.ledger()
    with ledger.transaction() as transaction:
        transaction.append(kind="note.site", at=1, line="", body={})
    ledger.close()
    at = format_time(time.time_ns())
    said = {"at": at, "started": at, "journal": {"last": 0, "clerk": 0, "too_late_to_decide": 0}}
    said |= {"ledger": {"records": 1}, "trouble": [], "sources": [], "influxdb": None, "books": BOOKS}
    store.health.write_text(json.dumps(said))
    assert health(tmp_path / "site.yaml") == [
        "the sources have not given a reading yet, and time is what readings say: nothing is current"
    ]


def test_one_item_in_quarantine_is_counted_in_words_that_fit_any_number(tmp_path: Path) -> None:
    """Not "1 items lie"."""
    said = {"trouble": [], "books": BOOKS, "sources": [], "quarantine": {"reading": 1, "copy": 0}}
    (tmp_path / "health.json").write_text(json.dumps(said))
    _, told = read_health(tmp_path / "health.json")
    assert told == ["in quarantine, waiting for a decision: 1; haccpline quarantine list"]
