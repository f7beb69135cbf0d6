"""What the record process says of itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading

from servers import free_port  # made importable by the conftest of tests

from gateway.tally import Tally
from haccpline.record import _every, record
from haccpline.site import load_site

PLAN = """\
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-11-01T00:00+08:00
line: {}
sensors: {air: {unit: degC, every: 10 s}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]}]
"""
SITE = """\
site: S
plans: [plan.yaml]
data: data
sources:
  - {{name: logger, mqtt: "mqtt://127.0.0.1:{port}", topics: [{{topic: t, reads: L/air, unit: degC}}]}}
"""


def test_the_counts_of_sources_are_looked_at_where_they_are_counted(tmp_path, monkeypatch):
    """By the loop: a thread that went through them while a unit spoke for the first time would end the record process."""
    looked: set[int] = set()
    snapshot = Tally.snapshot

    def noted(tally):
        looked.add(threading.get_ident())
        return snapshot(tally)

    monkeypatch.setattr(Tally, "snapshot", noted)
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "site.yaml").write_text(SITE.format(port=free_port()))

    async def run():
        recording = asyncio.create_task(record(load_site(tmp_path / "site.yaml")))
        async with asyncio.timeout(20):
            while not (tmp_path / "data/health.json").exists():  # noqa: ASYNC110 - a file sets no event
                await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
        await recording

    asyncio.run(run())
    assert looked == {threading.get_ident()}
    assert [each["name"] for each in json.loads((tmp_path / "data/health.json").read_text())["sources"]] == [
        "logger"
    ]


def test_what_nobody_foresaw_in_what_is_done_again_and_again_ends_no_record():
    """Health that cannot be said once is said the next time."""
    done = []

    def act():
        done.append(len(done))
        if len(done) == 1:
            raise RuntimeError("dictionary changed size during iteration")

    async def run():
        task = asyncio.create_task(_every(0.01, lambda: act))
        async with asyncio.timeout(10):
            while len(done) < 3:  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.02)
        task.cancel()

    asyncio.run(run())
    assert done[:3] == [0, 1, 2]
