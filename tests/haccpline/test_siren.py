"""A lamp on the controller that is read: lit by the record, over the same link, and nothing else is ever written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import servers
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from ledger.store import Ledger

AIR, LAMP = 10, 3
COLD, WARM = 65536 - 180, 65536 - 100
SITE = """
site: S
plans: [plan.yaml]
data: data
sources:
  - name: controller
    modbus: tcp://127.0.0.1:{port}
    every: 200 ms
    siren: {{coil: 3, when: deviation}}
    channels:
      - {{reads: cold-3/air, at: holding 10, type: int16, scale: 0.1, unit: degC}}
"""
PLAN = """
plan: cold-3
name: {zh: 3 号冷库, en: Cold store 3}
site: {id: S, name: {zh: 速冻食品厂, en: Frozen foods}, timezone: Asia/Shanghai}
effective_from: 2020-01-01T00:00+08:00
line: {unit: line}
sensors: {air: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 30 s}}
ccps:
  - id: CCP1
    name: {zh: 冻藏, en: Frozen storage}
    critical: [{id: air, name: {zh: 空气温度, en: Air temperature}, kind: threshold, of: air, at_most: -15.0 degC}]
"""


class Controller:
    """A real Modbus TCP server with sixteen coils, and every request that it got."""

    def __init__(self, port: int) -> None:
        self.asked: list[tuple[int, int, list[bool]]] = []
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        registers = [SimData(0, values=[COLD] * 16, datatype=DataType.REGISTERS)]
        device = SimDevice(id=1, simdata=(bits, bits, registers, registers))
        self.server = ModbusTcpServer(device, address=("127.0.0.1", port), trace_pdu=self._hear)

    def _hear(self, sending: bool, pdu: Any) -> Any:
        if not sending:
            self.asked.append((pdu.function_code, pdu.address, list(pdu.bits)))
        return pdu

    def written(self) -> list[bool]:
        return [bits[0] for function, _, bits in self.asked if function == 5]

    async def air(self, value: int) -> None:
        await self.server.async_setValues(1, 3, AIR, [value])

    async def until_written(self, *states: bool) -> None:
        async with asyncio.timeout(30):
            while self.written() != list(states):  # noqa: ASYNC110 - what is waited for is another process
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.server.serve_forever(background=True)
        try:
            yield
        finally:
            await self.server.shutdown()


async def test_a_deviation_lights_the_lamp_and_its_end_puts_it_out(recorded):
    """On while the deviation lasts, then off; each write is in the ledger, and no other ever reached the device."""
    port = servers.free_port()
    site = recorded(SITE.format(port=port), PLAN)
    controller = Controller(port)
    async with controller.running():
        site.start()
        await asyncio.to_thread(site.until, lambda said: said["books"]["acquired"] >= 3)
        assert controller.written() == []
        await controller.air(WARM)
        await controller.until_written(True)
        await controller.air(COLD)
        await controller.until_written(True, False)
        assert await asyncio.to_thread(site.stop) == 0
        assert controller.written() == [True, False]
    assert {(function, address) for function, address, _ in controller.asked} == {
        (3, AIR),
        (1, LAMP),
        (5, LAMP),
    }
    ledger = Ledger(site.store.folder / "ledger.db", read_only=True)
    told = [record.content for record in ledger.read(0, kind="siren.switched")]
    ledger.close()
    assert [each["on"] for each in told] == [True, False]
    address = f"tcp://127.0.0.1:{port}"
    assert told[0] == {
        "source": "controller",
        "address": address,
        "unit": 1,
        "coil": LAMP,
        "on": True,
        "when": "deviation",
        "answer": "",
    }
