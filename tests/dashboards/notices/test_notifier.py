"""From the ledger to people and back into the ledger: at least once, under one key, whatever is killed in between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import servers
from horn_box import horn_box
from notice_plant import PEOPLE, PLAN, Plant, say, until
from notice_runner import recording

from dashboards.notices import notifier as notifier_module
from dashboards.notices.delivery import read_outbox
from ledger.store import Ledger
from readings.times import DAY, MS, SECOND

RUNNER = Path(__file__).with_name("notice_runner.py")


@pytest.fixture
def folder(tmp_path):
    """The data folder of a plant in which a zone has become warm just now; and which nobody works on."""
    plant = Plant(tmp_path, now=time.time_ns() - 20 * SECOND)
    plant.adopt()
    plant.read(-18.0)
    plant.now = time.time_ns()
    plant.read(-10.0, ["Z1"])
    plant.close()
    return tmp_path


@pytest.fixture
def quick(monkeypatch):
    """Everything that waits waits for a moment only."""
    monkeypatch.setattr(notifier_module, "BACK_OFF", (50 * MS,))
    monkeypatch.setattr(notifier_module, "LOOK", 0.02)


def said(**channels: Any) -> dict[str, Any]:
    return {"channels": channels, "people": PEOPLE, "groups": {"safety team": ["officer"]}}


def pager(receiver) -> dict[str, Any]:
    return {"webhook": receiver.url, "timeout": "2 s"}


def recorded(folder: Path) -> list[dict[str, Any]]:
    """What the ledger says of notices."""
    ledger = Ledger(folder / "ledger.db", read_only=True)
    try:
        return [record.content for record in ledger.read(kind="notice.sent")]
    finally:
        ledger.close()


async def test_a_notice_goes_out_and_into_the_ledger(folder, receiver, quick):
    """Delivered, with whom, how, when due, how often tried: a record of the case."""
    async with recording(folder, said(pager=pager(receiver))):
        await until(lambda: recorded(folder))
    [notice] = recorded(folder)
    [delivery] = read_outbox(folder)
    assert notice == {
        "case": delivery.item.case,
        "event": delivery.item.turn.event,
        "rung": 0,
        "again": None,
        "to": "store keeper",
        "channel": "pager",
        "due": notice["due"],
        "late": False,
        "delivered": True,
        "attempts": 1,
        "detail": "",
        "message": delivery.message,
    }
    assert (delivery.state, len(receiver.got)) == ("delivered", 1)
    async with recording(folder, said(pager=pager(receiver))):
        await asyncio.sleep(0.3)
    assert len(receiver.got) == 1
    assert len(recorded(folder)) == 1


async def test_a_server_that_stumbles_is_tried_again_under_the_same_key(folder, receiver, quick):
    """Two errors, then success: one notice, three attempts, one key; meanwhile its words can be read."""
    answers = iter([500, 503])
    receiver.answer = lambda request: say(request, next(answers, 204), "out of paper")
    async with recording(folder, said(pager=pager(receiver))):
        await until(lambda: recorded(folder))
    [notice] = recorded(folder)
    assert (notice["delivered"], notice["attempts"]) == (True, 3)
    assert "answers 503 out of paper" in notice["detail"]
    assert len({headers["idempotency-key"] for _, headers, _ in receiver.got}) == 1


async def test_what_nobody_takes_is_given_up_and_recorded_as_failed(folder, receiver, quick):
    """After its time, with the last words; the case itself is untouched."""
    receiver.answer = lambda request: say(request, 500, "no")
    async with recording(folder, said(pager=pager(receiver)) | {"give_up_after": "1 s"}):
        await until(lambda: recorded(folder))
    [notice] = recorded(folder)
    assert notice["delivered"] is False
    assert notice["detail"].endswith("answers 500 no")
    assert notice["attempts"] > 1
    assert "failed" in {each.state for each in read_outbox(folder)}


async def test_a_clock_that_is_set_back_keeps_no_notice_waiting(folder, receiver, quick):
    """What was to be tried again in a moment, by a clock a day ahead, goes out at once: not a day later."""
    receiver.answer = lambda request: say(request, 500, "no")
    async with recording(folder, said(pager=pager(receiver))):
        await until(lambda: receiver.got)
    with sqlite3.connect(folder / "notices.db") as outbox:
        assert outbox.execute("UPDATE message SET try_at = try_at + ?", (DAY,)).rowcount == 1
    outbox.close()
    receiver.answer = lambda request: say(request, 204)
    async with recording(folder, said(pager=pager(receiver))):
        await until(lambda: recorded(folder))
    assert [each["delivered"] for each in recorded(folder)] == [True]


async def test_what_was_given_up_is_told_as_soon_as_the_channel_works_again(folder, receiver, quick):
    """The outage outlasted `give_up_after`: health says that nobody was told; one message comes when the server is back."""
    receiver.answer = lambda request: say(request, 500, "no")
    async with recording(folder, said(pager=pager(receiver)) | {"give_up_after": "200 ms"}) as notifier:
        await until(lambda: "1 open case of which nobody was told" in str(notifier.trouble))
        await until(lambda: "a notice waits: pager: 127.0.0.1" in str(notifier.trouble))
        taken: list[str] = []

        def take(request: Any) -> None:
            taken.append("")
            say(request, 204)

        receiver.answer = take
        await until(lambda: len(recorded(folder)) == 2)
        await until(lambda: notifier.trouble is None)
        await asyncio.sleep(0.5)
    assert len(taken) == 1
    assert [each["delivered"] for each in recorded(folder)] == [False, True]
    assert "此前未能通知到您。" in receiver.bodies()[-1]["text"]


async def test_a_channel_that_hangs_holds_up_no_other(folder, receiver, quick):
    """The siren sounds while the web server sleeps."""
    receiver.answer = lambda _request: time.sleep(1)
    plan = PLAN.replace("by: [pager]}", "by: [pager, horn]}", 1).replace("2026-11-01", "2026-11-02")
    async with horn_box(servers.free_port()) as box:
        horn = {"siren": f"tcp://127.0.0.1:{box.port}", "coil": 3, "enabled": True, "lasts": "100 ms"}
        other = Plant(folder.parent / "other", now=time.time_ns() - 20 * SECOND)
        other.adopt(plan)
        other.read(-18.0)
        other.now = time.time_ns()
        other.read(-10.0, ["Z1"])
        other.close()
        async with recording(other.folder, said(pager=pager(receiver), horn=horn)):
            await until(lambda: box.written() == [True, False], 1.5)


async def test_nothing_known_to_the_site_is_undeliverable_and_on_record(folder, quick):
    """A site without settings: nobody was told, and the ledger says so."""
    async with recording(folder, {}):
        await until(lambda: recorded(folder))
    [notice] = recorded(folder)
    assert (notice["delivered"], notice["attempts"]) == (False, 0)
    assert notice["detail"] == "the site file has no channel pager"


async def test_a_damaged_outbox_stops_notices_and_says_so(folder, receiver, quick):
    """The record goes on; the trouble stands in words, and does not end."""
    (folder / "notices.db").write_bytes(b"no database" * 1000)
    for path in folder.glob("notices.db-*"):
        path.unlink()
    async with recording(folder, said(pager=pager(receiver))) as notifier:
        await until(lambda: notifier.trouble)
        assert "notices.db" in str(notifier.trouble)


def run(folder: Path, settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    log = (folder / "runner.log").open("ab")
    return subprocess.Popen(
        [sys.executable, str(RUNNER), str(folder), json.dumps(settings)], stdout=log, stderr=log
    )


async def test_killed_between_sending_and_marking_it_is_sent_again_under_its_key(folder, receiver):
    """kill -9 when the server has it and the outbox does not know: the same message, the same key, one record."""
    process = run(folder, said(pager=pager(receiver)))

    def kill(request: Any) -> None:
        receiver.answer = lambda request: say(request, 204)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        request.connection.close()

    receiver.answer = kill
    await until(lambda: process.poll() is not None)
    assert read_outbox(folder)[0].state == "sending"
    process = run(folder, said(pager=pager(receiver)))
    try:
        await until(lambda: recorded(folder))
    finally:
        process.kill()
        process.wait()
    first, second = receiver.got
    assert first[1]["idempotency-key"] == second[1]["idempotency-key"]
    assert first[2] == second[2]
    [notice] = recorded(folder)
    assert (notice["delivered"], notice["attempts"]) == (True, 2)


async def test_killed_while_the_siren_sounds_it_is_released_by_the_next_life(tmp_path):
    """kill -9 with the coil on: the first thing that the next process writes is off."""
    plant = Plant(tmp_path, now=time.time_ns() - 20 * SECOND)
    plant.adopt(PLAN.replace("by: [pager]}", "by: [horn]}", 1))
    plant.read(-18.0)
    plant.now = time.time_ns()
    plant.read(-10.0, ["Z1"])
    plant.close()
    async with horn_box(servers.free_port()) as box:
        horn = {"siren": f"tcp://127.0.0.1:{box.port}", "coil": 3, "enabled": True, "lasts": "2 s"}
        settings = said(horn=horn, pager={"webhook": "http://127.0.0.1:9/"})
        process = run(tmp_path, settings)
        try:
            await until(box.written)
            process.kill()
            process.wait()
            assert box.written() == [True]
            process = run(tmp_path, settings)
            await until(lambda: len(box.written()) >= 2)
        finally:
            process.kill()
            process.wait()
        assert box.written()[1] is False
        assert {each[:2] for each in box.asked} == {(5, 3)}


@pytest.mark.server
async def test_killed_while_a_siren_on_mqtt_sounds_the_broker_releases_it(tmp_path, mosquitto):
    """kill -9 after "on": the broker publishes "off" as the last will, before any next life."""
    plant = Plant(tmp_path, now=time.time_ns() - 20 * SECOND)
    plant.adopt(PLAN.replace("by: [pager]}", "by: [horn]}", 1))
    plant.read(-18.0)
    plant.now = time.time_ns()
    plant.read(-10.0, ["Z1"])
    plant.close()
    horn = {
        "siren": f"mqtt://127.0.0.1:{mosquitto.port}",
        "topic": "plant/siren",
        "enabled": True,
        "lasts": "1 min",
    }
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as listener, asyncio.timeout(20):
        await listener.subscribe("#", qos=1)
        process = run(tmp_path, said(horn=horn, pager={"webhook": "http://127.0.0.1:9/"}))
        heard = []
        async for message in listener.messages:
            heard.append((str(message.topic), message.payload))
            if message.payload == b"1":
                process.kill()
                process.wait()
            else:
                break
    assert heard == [("plant/siren", b"1"), ("plant/siren", b"0")]
