"""All devices of a plant, served together until told to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from simulators.broker import broker
from simulators.free_port import LOOPBACK, free_port
from simulators.line_device import Address, run_device
from simulators.line_logger import run_logger, run_texts
from simulators.register_map import MODBUS
from simulators.running import Running
from simulators.serial_line import SerialLine


@asynccontextmanager
async def serving_plant(
    running: Running,
    *,
    modbus: Mapping[str, Address],
    mqtt: tuple[str, int] | None = None,
    mqtt_port: int = 0,
) -> AsyncIterator[dict[str, str]]:
    """Serve the devices of all lines that run, as long as the context lasts.

    Args:
        running: the plant.
        modbus: where each polled line is served; port 0 is a free one.
        mqtt: host and port of a broker; without one a broker runs here.
        mqtt_port: where it listens; 0 is a free one.

    Yields:
        `mqtt` and each polled line, to its URL.

    Raises:
        PlantError: a port is taken.
    """
    addresses: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        if mqtt is None:
            # the devices know no password: they are for this machine alone
            mqtt = (LOOPBACK, mqtt_port or free_port())
            await stack.enter_async_context(broker(host=mqtt[0], port=mqtt[1]))
        addresses["mqtt"] = f"mqtt://{mqtt[0]}:{mqtt[1]}"
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run_texts(running, host=mqtt[0], port=mqtt[1]), name="texts")]
            waiting: list[asyncio.Event] = []
            try:
                for line in running.plant.lines:
                    if line not in MODBUS:
                        work = run_logger(running, line, host=mqtt[0], port=mqtt[1])
                        tasks.append(group.create_task(work, name=f"logger {line}"))
                        continue
                    address, serial = modbus[line], None
                    if address.framing == "serial":
                        serial = await stack.enter_async_context(SerialLine())
                        addresses[line] = f"serial://{serial.reader_end}"
                    else:
                        address = replace(address, port=address.port or free_port(address.host))
                        addresses[line] = f"{address.framing}://{address.host}:{address.port}"
                    waiting.append(asyncio.Event())
                    work = run_device(running, line, address, serial=serial, up=waiting[-1].set)
                    tasks.append(group.create_task(work, name=f"device {line}"))
                for event in waiting:
                    await event.wait()
                yield addresses
            finally:
                for task in tasks:
                    task.cancel()
