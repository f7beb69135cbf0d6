"""`haccpline mqtt` shows what messages become, and stores nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from servers import Mosquitto, free_port, running
from typer.testing import CliRunner

from haccpline.cli import app
from readings.errors import HaccplineError

PLAN = Path(__file__).parents[2] / "examples" / "cold_store" / "plan.yaml"
SITE = """
site: ZH-FZ
plans: [{plan}]
sources:
  - name: loggers
    mqtt: mqtt://127.0.0.1:{port}
    topics:
      - {{topic: plant/+/air, reads: "cold-3/air/{{1}}.1", time: ts, sequence: "n", unit: {unit}}}
      - {{topic: $share/g/plant/+/defrost, reads: "cold-3/defrost/{{1}}.1", payload: number, unit: bool}}
"""
NOW = ["--received", "2026-12-01T12:00:00Z"]


def site(folder: Path, *, port: int = 1883, unit: str = "degC") -> str:
    path = folder / "site.yaml"
    path.write_text(SITE.format(plan=PLAN, port=port, unit=unit), encoding="utf-8")
    return str(path)


def run(*words: str, given: bytes | None = None) -> Any:
    return CliRunner().invoke(app, ["mqtt", *words], input=given)


def test_a_message_is_tried(tmp_path: Path) -> None:
    """From the command line, a file or standard input; a reading a line, with its quality, time and counter."""
    payload = json.dumps({"ts": "2026-12-01T11:59:58Z", "n": 7, "value": -19.3})
    (tmp_path / "message.json").write_text(payload)
    shown = "cold-3/air/CS1.1  -19.3 degC  good  2026-12-01T11:59:58Z  counter 7\n"
    for said in (payload, f"@{tmp_path / 'message.json'}", "-"):
        done = run("try", "plant/CS1/air", said, "--site", site(tmp_path), *NOW, given=payload.encode())
        assert (done.exit_code, done.output) == (0, shown)
    done = run("try", "plant/CS1/defrost", "1", "--retained", "--site", site(tmp_path), *NOW)
    arrived = "2026-12-01T12:00:00.000001Z"  # never a whole millisecond, which a device's own time is
    assert f"1 bool  uncertain, retained  {arrived}" in done.output
    assert not (tmp_path / "data").exists()


def test_what_would_be_set_aside_is_an_error(tmp_path: Path) -> None:
    """A message that cannot be read, and a topic that nobody reads, exit with 1 and say why."""
    done = run("try", "plant/CS1/air", '{"ts": "now", "value": 1}', "--site", site(tmp_path))
    assert (done.exit_code, "set aside: 'now' is not a time" in done.output) == (1, True)
    done = run("try", "plant/CS1", "1", "--site", site(tmp_path))
    assert isinstance(done.exception, HaccplineError)
    assert "subscribes to 'plant/CS1'; they subscribe to plant/+/air, " in str(done.exception)


def test_a_mapping_that_does_not_fit_the_plan_is_told_with_its_place(tmp_path: Path) -> None:
    """The line and column of the unit, not of the source, before anything is connected."""
    done = run("try", "plant/CS1/air", "{}", "--site", site(tmp_path, unit="bar"))
    assert (
        "site.yaml:8:88: source loggers, topic plant/+/air: cold-3/air/CS1.1: bar cannot become degC"
        in str(done.exception)
    )


@pytest.mark.parametrize("wrong", ["plant/#/air", "plant/a+", "plant/air#"])
def test_what_is_no_filter_is_not_sent_to_a_broker(tmp_path: Path, wrong: str) -> None:
    """A broker would hang up, and not say why."""
    done = run("listen", "--site", site(tmp_path), "--filter", wrong)
    assert f"--filter: {wrong!r} is not an MQTT filter: + and # stand alone, and # last" in str(
        done.exception
    )


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With its address, and what to look at."""
    port = free_port()
    done = run("listen", "--site", site(tmp_path, port=port), "--seconds", "2")
    assert isinstance(done.exception, HaccplineError)
    assert f"mqtt://127.0.0.1:{port} cannot be listened to: " in str(done.exception)
    assert "does the broker run, and is the address right?" in str(done.exception)


@pytest.mark.server
def test_a_broker_is_listened_to(tmp_path: Path) -> None:
    """Each message with what it would become; nothing is taken from who shares, and no session stays behind."""
    lines = ("allow_anonymous true", "log_type all")
    with running(Mosquitto(tmp_path / "broker", lines=lines)) as broker:

        async def send() -> None:
            async with asyncio.timeout(10):
                while "SUBACK" not in broker.log.read_text():  # noqa: ASYNC110 - a log file has no event
                    await asyncio.sleep(0.02)
            async with aiomqtt.Client(broker.host, broker.port) as client:
                await client.publish("plant/CS1/air", '{"ts": "2026-12-01T12:00:00Z", "value": -19.3}', qos=1)
                await client.publish("plant/CS1/defrost", "off", qos=1)
                await client.publish("other", b"\x00\xff", qos=1)

        sender = threading.Thread(target=lambda: asyncio.run(send()))
        sender.start()
        done = run(
            "listen",
            "--site",
            site(tmp_path, port=broker.port),
            "--filter",
            "#",
            "--messages",
            "3",
            "--seconds",
            "10",
        )
        sender.join()
        assert done.exit_code == 0, done.output
        assert done.output.splitlines() == [
            'plant/CS1/air  {"ts": "2026-12-01T12:00:00Z", "value": -19.3}',
            "    cold-3/air/CS1.1  -19.3 degC  good  2026-12-01T12:00:00Z",
            "plant/CS1/defrost  off",
            "    set aside: the payload is not a bare number",
            "other  00 ff",
            "    no source reads this topic",
        ]
        done = run("listen", "--site", site(tmp_path, port=broker.port), "--seconds", "0.3")
        assert (done.exit_code, done.output) == (0, "")
        log = broker.log.read_text()
        assert "\tplant/+/defrost (QoS 1)" in log
        assert "$share" not in log
        assert " c1, k15" in log, "a session that ends with the connection"
