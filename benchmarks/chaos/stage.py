"""A world's servers, wires and devices, set up for as long as it lives."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from random import Random

from benchmarks.chaos.child import RecordProcess
from benchmarks.chaos.disk import small_disk
from benchmarks.chaos.drawn import RESOLUTION, Drawn
from benchmarks.chaos.site import write_site
from benchmarks.chaos.timed_device import TimedDevice
from benchmarks.chaos.wall_world import WallWorld
from benchmarks.chaos.world import Lived, World
from benchmarks.real_servers import Influxd, Mosquitto, free_port, installed, running
from simulators.bad_wire import BadWire
from simulators.modbus_device import ModbusDevice, serving
from simulators.wire_frames import MODBUS_RTU, MODBUS_TCP, MQTT


@asynccontextmanager
async def lived(drawn: Drawn, folder: Path) -> AsyncIterator[Lived]:
    """A world that has been lived through, its servers still there.

    Raises:
        ChaosError: it came to no end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        mounted = drawn.fills_disk and stack.enter_context(small_disk(folder / "disk"))
        data = folder / "disk" / "data" if mounted else folder / "data"
        broker = await asyncio.to_thread(stack.enter_context, running(Mosquitto(folder / "broker")))
        influx = (
            await asyncio.to_thread(stack.enter_context, running(Influxd(folder / "influx")))
            if installed("influxd")
            else None
        )
        kind, of = (WallWorld, TimedDevice) if drawn.wall else (World, ModbusDevice)
        device, port = of(drawn.polled, resolution=RESOLUTION), free_port()
        rtu = drawn.framing == "rtu+tcp"
        wires = {
            "modbus": BadWire(
                "127.0.0.1",
                port,
                drawn.modbus,
                Random(f"{drawn.seed} modbus"),
                MODBUS_RTU if rtu else MODBUS_TCP,
                alone=True,
            ),
            "device to broker": BadWire(
                broker.host, broker.port, drawn.mqtt, Random(f"{drawn.seed} in"), MQTT
            ),
            "broker to record": BadWire(
                broker.host, broker.port, drawn.mqtt, Random(f"{drawn.seed} out"), MQTT
            ),
        }
        if influx is not None:
            address = int(influx.url.rpartition(":")[2])
            wires["influxdb"] = BadWire("127.0.0.1", address, drawn.http, Random(f"{drawn.seed} http"))
        mute = device.is_mute if isinstance(device, TimedDevice) else lambda: False
        async with serving(device, port=port, rtu=rtu, mute=mute), _laid(wires) as ports:
            site = write_site(
                folder,
                drawn,
                modbus=ports["modbus"],
                mqtt=ports["broker to record"],
                influx=ports.get("influxdb"),
                data=data,
            )
            found = Lived(drawn, site, drawn.polled, drawn.sent, influx=influx.url if influx else "")
            record = RecordProcess(site.path, folder / "record.log")
            disk = folder / "disk" if mounted else None
            world = kind(found, device, wires["modbus"], record, broker, influx, disk)
            try:
                await world.live(ports["device to broker"])
            finally:
                if record.alive:
                    await asyncio.to_thread(record.end, signal.SIGKILL)
                found.ills = {name: dict(wire.done) for name, wire in wires.items()}
        yield found


@asynccontextmanager
async def _laid(wires: dict[str, BadWire]) -> AsyncIterator[dict[str, int]]:
    async with AsyncExitStack() as stack:
        yield {name: (await stack.enter_async_context(wire.laid())).here for name, wire in wires.items()}
