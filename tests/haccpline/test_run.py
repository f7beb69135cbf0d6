"""`haccpline run`: record and serve under one supervisor; people act over the API, and the package proves it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import servers

from readings.times import MINUTE, parse_time
from simulators.freezer import freezer
from simulators.modbus_device import ModbusDevice, serving

SITE = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
serve: {{port: {web}}}
notices:
  channels:
    wecom: {{webhook: "http://127.0.0.1:9/"}}
    sms: {{webhook: "http://127.0.0.1:9/"}}
    phone: {{webhook: "http://127.0.0.1:9/"}}
  people: {{store keeper: {{language: zh}}, food safety officer: {{language: zh}}}}
sources:
  - name: controller
    modbus: tcp://127.0.0.1:{port}
    every: 5 ms
    timeout: 2 s
    time: {{at: holding 2, type: uint64, unit: ms}}
    sequence: {{at: holding 6, type: uint32}}
    channels:
      - {{reads: cold-3/air/CS1.1, at: holding 8, type: int16, scale: 0.1, unit: degC, sentinels: [-32768]}}
      - {{reads: cold-3/defrost/CS1.1, at: holding 9, type: int16, scale: 0.1, unit: bool, sentinels: [-32768]}}
"""
PASSWORD = "a long enough password"


def haccpline(*arguments: str, stdin: str = "", code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "haccpline", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.TransportError):
            if what():
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def cases(api: str) -> list[dict[str, Any]]:
    """The cases that are not over; none before there is a record."""
    found: list[dict[str, Any]] = httpx.get(f"{api}/cases").json().get("cases", [])
    return found


@pytest.fixture
def running(recorded, example_plan):
    """A running site with its device; gives the site, the address of its API and the supervisor."""
    port, web = servers.free_port(), servers.free_port()
    site = recorded(SITE.format(port=port, web=web), example_plan)
    start = parse_time("2026-12-01T00:00:00+08:00")
    played = freezer(seed=5, start=start, duration=760 * MINUTE).recording(
        air="air/CS1.1", defrost="defrost/CS1.1", door=None
    )
    device = ModbusDevice(played)
    log = (site.folder / "run.log").open("wb")

    async def serve() -> None:
        async with serving(device, port=port):
            await asyncio.sleep(300)

    loop = asyncio.new_event_loop()
    import threading

    task = loop.create_task(serve())
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    )
    thread.start()
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "haccpline", "run", "--site", str(site.path)], stdout=log, stderr=log
    )
    yield site, f"http://127.0.0.1:{web}/api/v1", supervisor
    if supervisor.poll() is None:
        supervisor.terminate()
        supervisor.wait(30)
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
    loop.close()
    log.close()


def test_a_case_from_its_opening_to_a_proven_package(running):
    """Acknowledged, contained, corrected by one, closed by another; a wrong password and the actor are refused."""
    site, api, supervisor = running
    for who, name in (("ann", "Ann Li"), ("bob", "Bob Wang")):
        haccpline(
            "people", "add", who, "--name", name, "--role", "qa", "--site", str(site.path), "--password-stdin",
            stdin=PASSWORD + "\n",
        )  # fmt: skip
    until(lambda: bool(cases(api)) and cases(api)[0]["returned"])
    case = cases(api)[0]["id"]

    def act(action: str, who: str, password: str = PASSWORD, **entered) -> httpx.Response:
        body = {"who": who, "password": password, "entered": entered}
        return httpx.post(f"{api}/cases/{case}/{action}", json=body, timeout=30)

    assert act("acknowledge", "ann", "wrong").status_code == 401
    assert act("close", "ann", verification="x").status_code == 409
    assert act("note", "ann", text="hi", signature="forged").status_code == 409
    assert act("note", "ann", 备注="x").status_code == 409
    claimed = {"who": "ann", "password": PASSWORD, "role": "engineer", "entered": {}}
    assert httpx.post(f"{api}/cases/{case}/acknowledge", json=claimed, timeout=30).status_code == 409
    assert httpx.post(f"{api}/cases/{case}/acknowledge", json={"who": 5}, timeout=30).status_code == 422
    stages = {"acknowledge": "acknowledged", "contain": "contained", "correct": "corrected"}
    answers = {"cause": "door", "control": "cold again", "recurrence": "alarm", "product": "none"}
    for action, stage in stages.items():
        given = {"lots": ["none"], "correction": "closed the door"} if action == "contain" else answers
        assert act(action, "ann", **(given if action != "acknowledge" else {})).status_code == 202
        until(lambda stage=stage: cases(api)[0]["stage"] == stage)
    refused = act("close", "ann", verification="read")
    assert refused.status_code == 409
    assert "verifier is not the actor" in refused.json()["detail"]
    assert refused.headers["content-type"] == "application/problem+json"
    assert act("close", "bob", verification="read").status_code == 202
    until(lambda: case not in [each["id"] for each in cases(api)])

    health = httpx.get(f"{api}/health")
    assert health.status_code == 200
    assert health.json()["books"]["balance"] == 0
    spans = httpx.get(f"{api}/verdicts", params={"ccp": "CCP1"}).json()["verdicts"]
    assert {span["limit"] for span in spans} == {"air", "warm"}
    page = httpx.get(f"{api}/records", params={"limit": 3}).json()
    assert [record["seq"] for record in page["records"]] == [1, 2, 3]
    assert page["next"] == 3
    package = site.folder / "package.zip"
    haccpline("export", str(package), "--site", str(site.path))
    said = haccpline("prove", str(package))
    assert "1 case closed by somebody who, as recorded, did not act in it before" in said
    supervisor.terminate()
    assert supervisor.wait(30) == 0


def test_what_ends_is_started_again_and_nobody_outlives_the_supervisor(running):
    """A killed child comes back; a killed supervisor takes its children with it."""
    site, api, supervisor = running
    until(lambda: httpx.get(f"{api}/health").status_code == 200)
    children = {child.pid: child for child in psutil.Process(supervisor.pid).children()}
    assert len(children) == 2
    os.kill(site.health()["pid"], signal.SIGKILL)
    before = site.health()["pid"]
    until(lambda: site.health().get("pid") not in (None, before))
    until(lambda: httpx.get(f"{api}/health").status_code == 200)
    children = psutil.Process(supervisor.pid).children()
    supervisor.kill()
    supervisor.wait()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert len(gone) == 2


def test_an_edited_plan_does_not_stop_the_record(running):
    """The adopted plan goes on, and people are told until the file is mended."""
    site, api, _ = running
    until(lambda: httpx.get(f"{api}/health").status_code == 200)
    plan = site.folder / "plan.yaml"
    text = plan.read_text()
    plan.write_text(text.replace("-15.0 degC", "-14.0 degC").replace("2026-12-01T", "2020-12-01T"))
    before = site.health()["pid"]
    os.kill(before, signal.SIGKILL)
    until(lambda: site.health().get("pid") not in (None, before))
    said = httpx.get(f"{api}/health").json()
    assert "is not the plan adopted" in str(said)
    assert "is not the plan adopted" in haccpline("check", str(plan), "--site", str(site.path), code=1)
    plan.write_text(text)
    haccpline("check", str(plan), "--site", str(site.path))


def test_a_second_recorder_is_refused(running, tmp_path):
    """One process writes; another that tries is told so, and changes nothing."""
    site, api, _ = running
    until(lambda: httpx.get(f"{api}/health").status_code == 200)
    done = subprocess.run(
        [sys.executable, "-m", "haccpline", "record", "--site", str(site.path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert Path(site.store.folder / "journal.db").exists()
