"""A relay box with sixteen coils on real Modbus TCP, and everything that it was ever asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


@dataclass
class HornBox:
    """`.asked` holds function, address, bits and unit of every request."""

    port: int
    asked: list[tuple[int, int, list[bool], int]] = field(default_factory=list)

    def heard(self, sending: bool, pdu: Any) -> Any:
        if not sending:
            self.asked.append((pdu.function_code, pdu.address, list(pdu.bits), pdu.dev_id))
        return pdu

    def written(self) -> list[bool]:
        """What the writes said, in order."""
        return [bits[0] for function, _, bits, _ in self.asked if function == 5]

    async def coils(self) -> list[bool]:
        """All sixteen, as another master reads them."""
        client = AsyncModbusTcpClient("127.0.0.1", port=self.port)
        await client.connect()
        try:
            return list((await client.read_coils(0, count=16, device_id=1)).bits)
        finally:
            client.close()


@asynccontextmanager
async def horn_box(port: int) -> AsyncIterator[HornBox]:
    """A box that is switched on as long as the context lasts."""
    box = HornBox(port)
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    registers = [SimData(0, values=[7] * 16, datatype=DataType.REGISTERS)]
    device = SimDevice(id=1, simdata=(bits, bits, registers, registers))
    server = ModbusTcpServer(device, address=("127.0.0.1", port), trace_pdu=box.heard)
    await server.serve_forever(background=True)
    try:
        yield box
    finally:
        await server.shutdown()
