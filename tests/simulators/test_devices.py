"""Simulated devices give their recording, sample by sample, to whoever reads them as a real one."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import pytest
from servers import free_port

from gateway.modbus import ModbusPoller
from gateway.modbus_settings import ModbusSource
from gateway.tally import Tally
from readings.block import Block, join
from readings.inputs import Series
from readings.times import HOUR, MINUTE, parse_time
from readings.units import unit_named
from simulators.freezer import freezer
from simulators.modbus_device import ModbusDevice, channel_map, serving
from simulators.mqtt_device import publish
from simulators.recording import Recording, RecordingError, save_recording

START = parse_time("2026-01-01T00:00:00Z")
PLAN = {Series("cold-3", "air", "CS1.1"): unit_named("degC"), Series("cold-3", "defrost"): unit_named("bool")}


class Kept:
    """An intake that keeps blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    async def take(self, block: Block) -> None:
        self.blocks.append(block)


@pytest.fixture
def recording() -> Recording:
    """Two days of a freezer, with a gap of one sample."""
    made = freezer(seed=1, start=START, duration=48 * HOUR, step=10 * MINUTE).recording(
        air="air/CS1.1", door=None
    )
    made.values[5, 0] = np.nan
    return made


def poller(device: ModbusDevice, port: int, kept: Any, *, rtu: bool) -> ModbusPoller:
    units = {"air/CS1.1": "degC", "defrost": "bool"}
    source = ModbusSource.model_validate(
        {
            "name": "sim",
            "modbus": f"{'rtu+tcp' if rtu else 'tcp'}://127.0.0.1:{port}",
            "every": "0 s",
            "quiet": "50 ms",
            "time": {"at": "holding 2", "type": "uint64", "unit": "ms"},
            "sequence": {"at": "holding 6", "type": "uint32"},
            "channels": [
                {"reads": f"cold-3/{sensor}", "unit": units[sensor], **channel}
                for sensor, channel in channel_map(device).items()
            ],
        }
    )
    return ModbusPoller(source, intake=kept, units=PLAN, tally=Tally("sim"))


async def played(device: ModbusDevice, kept: Kept, reader: ModbusPoller) -> None:
    task = asyncio.create_task(reader.run())
    async with asyncio.timeout(20):
        while device.remaining:  # noqa: ASYNC110 - the device has no event
            await asyncio.sleep(0.01)
        count = len(kept.blocks)
        while len(kept.blocks) < count + 2:  # noqa: ASYNC110 - nor has the list
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def series_of(block: Block, name: str) -> tuple[list[int], list[float]]:
    """Times and values of a series, each sample once."""
    which = [str(series) for series in block.series].index(name)
    rows = block.which == which
    _, first = np.unique(block.time[rows], return_index=True)
    return block.time[rows][first].tolist(), block.value[rows][first].tolist()


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_recording_over_modbus(rtu: bool, recording: Recording) -> None:
    """Every sample arrives with its own time and exact value; what was missing is missing."""
    device, kept, port = ModbusDevice(recording), Kept(), free_port()
    async with serving(device, port=port, rtu=rtu):
        await played(device, kept, poller(device, port, kept, rtu=rtu))
    time, value = series_of(join(kept.blocks), "cold-3/air/CS1.1")
    assert time == recording.time.tolist()
    assert np.array_equal(value, recording.values[:, 0], equal_nan=True)
    assert series_of(join(kept.blocks), "cold-3/defrost")[1] == recording.values[:, 1].tolist()


async def test_new_connection_sees_the_current_sample_again(recording: Recording) -> None:
    """A reader that is killed at any moment and starts again loses no sample."""
    device, kept, port = ModbusDevice(recording), Kept(), free_port()
    async with serving(device, port=port):
        for _ in range(12):
            task = asyncio.create_task(poller(device, port, kept, rtu=False).run())
            await asyncio.sleep(0.03)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await played(device, kept, poller(device, port, kept, rtu=False))
    time, value = series_of(join(kept.blocks), "cold-3/air/CS1.1")
    assert time == recording.time.tolist()
    assert np.array_equal(value, recording.values[:, 0], equal_nan=True)


def test_what_does_not_fit_is_refused() -> None:
    """A value beyond an int16 at the resolution, or a time between two ms, is an error, never another value."""
    with pytest.raises(RecordingError, match=r"does not fit an int16 in steps of 0\.1"):
        ModbusDevice(Recording(("a",), np.array([START]), np.array([[4000.0]])))
    with pytest.raises(RecordingError, match="counts ms"):
        ModbusDevice(Recording(("a",), np.array([START + 1]), np.array([[4.0]])))


@pytest.mark.server
async def test_recording_over_mqtt(mosquitto: Any, recording: Recording) -> None:
    """Every value is a message with time and counter; duplicates are the same bytes again."""
    async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
        await client.subscribe("plant/#", qos=1)
        sent = await publish(
            recording,
            host=mosquitto.host,
            port=mosquitto.port,
            topic="plant/{sensor}/{point}",
            duplicates=0.2,
        )
        heard: list[tuple[str, bytes]] = []
        async with asyncio.timeout(10):
            async for message in client.messages:
                heard.append((str(message.topic), bytes(message.payload)))  # type: ignore[arg-type]
                if len(heard) == sent:
                    break
    assert sent > len(set(heard)) == 2 * len(recording)
    air = {json.loads(p)["n"]: json.loads(p) for topic, p in heard if topic == "plant/air/CS1.1"}
    assert air[1] == {"ts": "2026-01-01T00:00:00Z", "n": 1, "value": recording.values[0, 0]}
    assert air[6]["value"] is None


def test_command(tmp_path: Path, recording: Recording) -> None:
    """The command says what is wrong, and its help teaches."""
    save_recording(recording, tmp_path / "a.csv")
    command = [sys.executable, "-m", "simulators.device"]
    shown = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert "--recording freezer.csv --modbus" in " ".join(shown.stdout.split())
    wrong = subprocess.run(
        [*command, "--recording", str(tmp_path / "a.csv")], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "either --modbus" in wrong.stderr
