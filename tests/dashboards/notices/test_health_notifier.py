"""From health to people: by real webhooks, over a restart, on a disk that takes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from notice_plant import PEOPLE, say, until

from dashboards.notices import health_notifier as module
from dashboards.notices.health_notifier import FILE, HealthNotifier, Memory
from dashboards.notices.settings import NoticeSettings
from dashboards.views.site import SiteView
from readings.times import DAY, MS, format_time


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Everything that waits waits for a moment only."""
    monkeypatch.setattr(module, "BACK_OFF", (50 * MS,))
    monkeypatch.setattr(module, "LOOK", 0.02)


class Record:
    """What a record process says of itself; its journal moves unless told otherwise."""

    def __init__(self) -> None:
        self.sources: list[dict[str, Any]] = []
        self.trouble: list[dict[str, str]] = []
        self.last, self.moves = 0, True

    def say(self) -> dict[str, Any]:
        self.last += self.moves
        return {
            "at": format_time(time.time_ns()),
            "books": {"balance": 0},
            "journal": {"last": self.last, "clerk": self.last},
            "sources": self.sources,
            "influxdb": None,
            "trouble": self.trouble,
            "clock": {"last_step": None},
        }

    def down(self, name: str = "hall") -> None:
        self.sources = [{"name": name, "connected": False, "failure": "no route", "units": [], "nodes": []}]


@contextlib.asynccontextmanager
async def telling(folder: Path, record: Record, receiver: Any, **more: Any) -> AsyncIterator[HealthNotifier]:
    health = {"to": ["manager"], "after": "100 ms", "further": "10 ms"} | more
    settings = NoticeSettings.model_validate(
        {
            "channels": {"pager": {"webhook": receiver.url, "timeout": "2 s"}},
            "people": PEOPLE,
            "together": "10 ms",
            "health": health,
        }
    )
    site = SiteView("S", {"zh": "厂", "en": "Plant"}, "Asia/Shanghai", folder)
    notifier = HealthNotifier(folder, settings, said=record.say, site=site)
    task = asyncio.create_task(notifier.run())
    try:
        yield notifier
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_source_that_is_down_is_told_and_that_it_is_back(tmp_path, receiver):
    """One message when it begins, one when it is over, in the person's language, marked as of health."""
    record = Record()
    async with telling(tmp_path, record, receiver):
        record.down()
        await until(lambda: len(receiver.got) == 1)
        await asyncio.sleep(0.3)
        record.sources = []
        await until(lambda: len(receiver.got) == 2)
        await asyncio.sleep(0.3)
    begins, over = receiver.bodies()
    assert (begins["kind"], begins["person"], begins["language"]) == ("health", "manager", "zh")
    assert begins["fields"]["what"] == "hall 无应答"
    assert over["fields"]["value"] == "已恢复"
    assert len({begins["id"], over["id"]}) == 2


async def test_a_restart_neither_forgets_nor_repeats(tmp_path, receiver):
    """Told before, standing still after: nothing; gone after: that it is over."""
    record = Record()
    record.down()
    async with telling(tmp_path, record, receiver):
        await until(lambda: receiver.got and b'"letters":[]' in (tmp_path / FILE).read_bytes())
    async with telling(tmp_path, record, receiver):
        await asyncio.sleep(0.4)
        assert len(receiver.got) == 1
        record.sources = []
        await until(lambda: len(receiver.got) == 2)


async def test_what_could_not_be_sent_is_sent_after_a_restart(tmp_path, receiver):
    """The channel refuses, the process ends: the same message goes out when both are back."""
    record = Record()
    record.down()
    receiver.answer = lambda request: say(request, 503)
    async with telling(tmp_path, record, receiver) as notifier:
        await until(lambda: notifier.trouble)
        assert "answers 503" in notifier.trouble
    receiver.answer = lambda request: say(request, 204)
    refused = len(receiver.got)
    async with telling(tmp_path, record, receiver) as notifier:
        await until(lambda: len(receiver.got) > refused)
        await until(lambda: notifier.trouble is None)
        await asyncio.sleep(0.2)
    assert len(receiver.got) == refused + 1
    assert len({body["id"] for body in receiver.bodies()}) == 1


async def test_a_clock_that_is_set_back_keeps_no_notice_waiting(tmp_path, receiver):
    """What was to be tried again in a moment, by a clock a day ahead, goes out at once: not a day later."""
    record = Record()
    record.down()
    receiver.answer = lambda request: say(request, 503)
    async with telling(tmp_path, record, receiver) as notifier:
        await until(lambda: notifier.trouble)
    memory = msgspec.json.decode((tmp_path / FILE).read_bytes(), type=Memory)
    memory.letters[0].try_at += DAY
    (tmp_path / FILE).write_bytes(msgspec.json.encode(memory))
    receiver.answer = lambda request: say(request, 204)
    refused = len(receiver.got)
    async with telling(tmp_path, record, receiver):
        await until(lambda: len(receiver.got) > refused)


async def test_nothing_committed_is_told_although_nothing_can_be_written(tmp_path, receiver, monkeypatch):
    """The journal stands still and the file of what was told cannot be written: told once all the same."""
    monkeypatch.setattr(module, "STILL", 100 * MS)
    (tmp_path / FILE).mkdir()
    record = Record()
    async with telling(tmp_path, record, receiver):
        await asyncio.sleep(0.3)
        assert not receiver.got
        record.moves = False
        await until(lambda: receiver.got)
        await asyncio.sleep(0.3)
    assert [body["fields"]["what"] for body in receiver.bodies()] == ["已停止记录"]


async def test_health_that_says_something_unexpected_stops_nothing(tmp_path, receiver, monkeypatch):
    """A fault while looking is a trouble in words, and is over when it is."""
    monkeypatch.setattr(module, "_PAUSE", 0.05)
    record = Record()
    told = record.say
    record.say = lambda: {"journal": None}  # type: ignore[method-assign]
    async with telling(tmp_path, record, receiver) as notifier:
        await until(lambda: notifier.trouble)
        assert "stand still" in notifier.trouble
        record.say = told  # type: ignore[method-assign]
        notifier._said = told
        await until(lambda: notifier.trouble is None)


async def test_its_own_trouble_is_none_to_tell(tmp_path, receiver):
    """That a notice of health waits is shown, and is no trouble of which a notice tells."""
    record = Record()
    record.down()
    receiver.answer = lambda request: say(request, 503)
    async with telling(tmp_path, record, receiver) as notifier:
        await until(lambda: notifier.trouble)
        record.trouble = [{"kind": "health_notices", "words": notifier.trouble}]
        await asyncio.sleep(0.4)
        record.trouble = []
        receiver.answer = lambda request: say(request, 204)
        await until(lambda: notifier.trouble is None)
    assert {body["fields"]["what"] for body in receiver.bodies()} == {"hall 无应答"}
