"""From a register to a provable record: recorded over Modbus and over MQTT, decided as a replay decides."""

from __future__ import annotations

import asyncio
import csv as csv_module
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import servers

from readings.times import HOUR, MINUTE, parse_time
from simulators.freezer import freezer
from simulators.modbus_device import ModbusDevice, serving
from simulators.mqtt_device import publish
from simulators.recording import Recording, save_recording

MODBUS = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
sources:
  - name: controller
    modbus: {scheme}://127.0.0.1:{port}
    every: 0 s
    timeout: 2 s
    quiet: 10 ms
    time: {{at: holding 2, type: uint64, unit: ms}}
    sequence: {{at: holding 6, type: uint32}}
    channels:
      - {{reads: cold-3/air/CS1.1, at: holding 8, type: int16, scale: 0.1, unit: degC, sentinels: [-32768]}}
      - {{reads: cold-3/defrost/CS1.1, at: holding 9, type: int16, scale: 0.1, unit: bool, sentinels: [-32768]}}
instruments:
  cold-3/air/CS1.1: {{id: TE-301, calibration: K-2026-118}}
"""
MQTT = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
sources:
  - name: loggers
    mqtt: mqtt://{host}:{port}
    version: {version}
    topics:
      - {{topic: plant/air/+, reads: "cold-3/air/{{1}}", time: ts, sequence: "n", unit: degC}}
      - {{topic: plant/defrost/+, reads: "cold-3/defrost/{{1}}", time: ts, sequence: "n", unit: bool}}
"""


MINUTES = 280  # of the freezer below: its only deviation lies in the midst of them


def generated() -> Recording:
    start = parse_time("2026-12-01T00:00:00+08:00")
    whole = freezer(seed=5, start=start, duration=900 * MINUTE).recording(
        air="air/CS1.1", defrost="defrost/CS1.1", door=None
    )
    return Recording(whole.sensors, whole.time[-MINUTES:], whole.values[-MINUTES:])


def real(recordings: Path) -> Recording:
    """The real freezer; its defrosts, which were not recorded, after the list derived from it.

    An excursion above -15 degC of 50 min or more is a defrost: its heater is taken to be on from 10 min before to the
    peak, which is where the air stops warming.
    """
    import numpy as np

    folder = recordings / "timeseries" / "freezer"
    with (folder / "freezer_1min.csv").open() as file:
        rows = list(csv_module.DictReader(file))
    time = np.array([parse_time(row["ts"]) for row in rows], np.int64)
    air = np.array([float(row["Temperature"]) for row in rows])
    defrost = np.zeros(len(rows))
    with (folder / "excursions_above_-15C.csv").open() as file:
        for row in csv_module.DictReader(file):
            first, last = np.searchsorted(time, [parse_time(row["start"]), parse_time(row["end"])])
            if int(row["minutes"]) >= 50:
                peak = int(first + np.argmax(air[first : last + 1]))
                defrost[first - 10 : peak] = 1
    return Recording(("air/CS1.1", "defrost/CS1.1"), time, np.column_stack([air, defrost]))


def around(played: Recording, spans: list[tuple[int, int]]) -> Recording:
    """What of a recording lies from two hours before to one hour behind these spans; nothing in between."""
    import numpy as np

    kept = np.zeros(len(played.time), np.bool_)
    for start, end in spans:
        kept |= (played.time >= start - 2 * HOUR) & (played.time <= end + HOUR)
    return Recording(played.sensors, played.time[kept], played.values[kept])


def excursions(recordings: Path) -> list[tuple[int, int]]:
    """The real freezer above -15 degC: from when to when."""
    with (recordings / "timeseries" / "freezer" / "excursions_above_-15C.csv").open() as file:
        return [(parse_time(row["start"]), parse_time(row["end"])) for row in csv_module.DictReader(file)]


def through_modbus(site, played: Recording, port: int, *, rtu: bool = False) -> None:
    async def play() -> None:
        device = ModbusDevice(played)
        async with serving(device, port=port, rtu=rtu):
            site.start()
            total = played.values.size
            await asyncio.to_thread(
                site.until, lambda said: said["books"]["waiting"] + said["books"]["stored"] >= total, 240
            )

    asyncio.run(play())
    assert site.stop() == 0


def through_mqtt(site, played: Recording, broker) -> None:
    site.start()
    site.until(lambda said: said["sources"] and said["sources"][0]["connected"])
    asyncio.run(
        publish(played, host=broker.host, port=broker.port, topic="plant/{sensor}/{point}", burst=200)
    )
    total = played.values.size
    site.until(lambda said: said["books"]["waiting"] + said["books"]["stored"] >= total, 120)
    assert site.stop() == 0


def haccpline(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "haccpline", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def over_modbus(recorded, plan: str, folder: Path, *, scheme: str):
    """A site that has recorded a generated freezer, and decided what a replay of its file decides."""
    played = generated()
    save_recording(played, folder / "readings.csv")
    port = servers.free_port()
    site = recorded(MODBUS.format(port=port, scheme=scheme), plan)
    through_modbus(site, played, port, rtu=scheme != "tcp")
    decided = site.decisions()
    assert decided == site.replayed(folder / "readings.csv")
    assert "deviation" in {span["verdict"] for spans in decided.values() for span in spans}
    return site


def test_over_rtu_the_same_decisions(recorded, example_plan, tmp_path):
    """Frames that do not say what they answer make no difference to what is decided."""
    over_modbus(recorded, example_plan, tmp_path, scheme="rtu+tcp")


def test_over_modbus_to_a_package_that_proves_itself(recorded, example_plan, tmp_path):
    """What is recorded is what replay decides; the package proves it, with our command and with Python alone."""
    site = over_modbus(recorded, example_plan, tmp_path, scheme="tcp")

    package = tmp_path / "package.zip"
    haccpline("export", str(package), "--site", str(site.path))
    said = haccpline("prove", str(package), "--replay")
    assert f"from {2 * MINUTES} readings: the same" in said
    folder = tmp_path / "unpacked"
    shutil.unpack_archive(package, folder)
    alone = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "prove.py")], capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0, alone.stdout
    _backed_up_and_restored(site, tmp_path)
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    package.write_bytes(data)
    assert "REFUSED" in haccpline("prove", str(package), code=1)


def _backed_up_and_restored(site, folder: Path) -> None:
    """A backup holds what the site held; it is not put back over anything, nor when a byte of it changed."""
    before = site.decisions()
    haccpline("backup", str(folder / "copy"), "--site", str(site.path))
    assert not (folder / "copy" / "keys").exists()
    haccpline("restore", str(folder / "copy"), "--site", str(site.path), code=1)
    data = site.store.folder
    data.rename(folder / "old")
    ledger = folder / "copy" / "ledger.db"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    haccpline("restore", str(folder / "copy"), "--site", str(site.path), code=1)
    assert not (data / "ledger.db").exists()
    ledger.write_bytes(whole)
    said = haccpline("restore", str(folder / "copy"), "--site", str(site.path))
    assert "the private key was not in the backup" in said
    assert site.decisions() == before


@pytest.mark.server
@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_over_mqtt_the_same_decisions(recorded, example_plan, mosquitto, tmp_path, version):
    """The same freezer over MQTT gives the decisions of a replay of its file."""
    played = generated()
    save_recording(played, tmp_path / "readings.csv")
    plan = example_plan.replace("products:", "reorder: 1 d\nproducts:")
    site = recorded(MQTT.format(host=mosquitto.host, port=mosquitto.port, version=f'"{version}"'), plan)
    through_mqtt(site, played, mosquitto)
    assert site.decisions() == site.replayed(tmp_path / "readings.csv")


@pytest.mark.server
@pytest.mark.recorded
@pytest.mark.slow
def test_the_real_freezer(recorded, example_plan, mosquitto, recordings, tmp_path):
    """Two weeks of a real freezer: its eight defrosts are exceptions, its five other excursions are not.

    Over MQTT all of it; over Modbus, a sample at a time, the hours around its excursions, and the gaps between them.
    """
    played = real(recordings)
    short = around(played, excursions(recordings))
    save_recording(played, tmp_path / "readings.csv")
    save_recording(short, tmp_path / "short.csv")
    port = servers.free_port()
    plan = example_plan.replace("2026-12-01T00:00:00+08:00", "2022-01-01T00:00:00+08:00")
    over_modbus = recorded(MODBUS.format(port=port, scheme="tcp"), plan)
    through_modbus(over_modbus, short, port)
    over_mqtt = recorded(
        MQTT.format(host=mosquitto.host, port=mosquitto.port, version='"5"'),
        plan.replace("products:", "reorder: 30 d\nproducts:"),
    )
    through_mqtt(over_mqtt, played, mosquitto)
    for site, file in ((over_modbus, "short.csv"), (over_mqtt, "readings.csv")):
        expected = site.replayed(tmp_path / file)
        assert site.decisions() == expected
        air = expected["cold-3", "CCP1", "air", "CS1"]
        deviations = [span["from"] for span in air if span["verdict"] == "deviation"]
        exceptions = [span["from"] for span in air if span["reason"] == "exception: defrost"]
        assert len(deviations) == 5
        assert len(exceptions) == 8
