"""Every transport against its real counterpart: pymodbus as the device, pseudo terminals, certificates of our own."""

from __future__ import annotations

import array
import asyncio
import os
import pty
import ssl
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from certificates import Papers
from odd_device import OddDevice, held
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice
from serial import serialposix
from servers import free_port

from gateway.fields import Endpoint, SerialPort
from gateway.modbus_link import Link, NotConnectedError
from gateway.modbus_link_settings import Rs485, SerialLine
from gateway.requests import Span
from gateway.tls import Tls
from readings.quality import Reason
from readings.times import MS
from simulators.modbus_server import BAUD, Registers, serving_registers
from simulators.serial_line import SerialLine as PseudoLine

FOUR = Span("holding", 2, 4)


def link_to(endpoint: Any, **more: Any) -> Link:
    return Link(endpoint, timeout=500 * MS, quiet=20 * MS, name="wire", **more)


async def leave_as_it_is(*_: Any) -> None:
    """The registers hold what they were given."""


REGISTERS = Registers(leave_as_it_is, list(range(100, 120)))


@pytest.mark.parametrize("framing", ["tcp", "rtu+tcp"])
async def test_pymodbus_answers_over_tcp(framing: str) -> None:
    """Holding and input registers, and the exception for what is not there."""
    port = free_port()
    async with serving_registers(REGISTERS, framing=framing, port=port):
        link = link_to(Endpoint(framing, "127.0.0.1", port))
        await link.open()
        assert list(await link.ask(1, FOUR)) == [102, 103, 104, 105]
        assert list(await link.ask(1, Span("input", 19, 1))) == [119]
        assert await link.ask(1, Span("holding", 19, 2)) is Reason.ILLEGAL_ADDRESS
        assert link.connected
        link.close(suspect=False)


async def test_pymodbus_answers_over_a_serial_line() -> None:
    """As a device on a line does: with its baud rate, from a terminal of its own."""
    async with PseudoLine() as line, serving_registers(REGISTERS, framing="serial", line=line):
        link = link_to(SerialPort(line.reader_end), serial=SerialLine(baud=BAUD))
        await link.open()
        for _ in range(3):
            assert list(await link.ask(1, FOUR)) == [102, 103, 104, 105]
        assert await link.ask(1, Span("holding", 19, 2)) is Reason.ILLEGAL_ADDRESS
        line.cut = True
        assert await link.ask(1, FOUR) is Reason.NO_ANSWER
        line.cut = False
        await link.open()
        assert list(await link.ask(1, FOUR)) == [102, 103, 104, 105]
        link.close(suspect=False)


async def test_a_serial_line_belongs_to_one() -> None:
    """Two that ask at once would hear each other's answers."""
    async with OddDevice(rtu=True).on_line() as endpoint:
        first, second = link_to(endpoint), link_to(endpoint)
        await first.open()
        with pytest.raises(NotConnectedError, match="exclusively lock"):
            await second.open()
        first.close(suspect=False)
        await second.open()
        second.close(suspect=False)


async def test_a_serial_line_that_is_not_there_is_said() -> None:
    """With its path; and it is there when it is plugged in."""
    with pytest.raises(NotConnectedError, match="serial:///dev/nowhere"):
        await link_to(SerialPort("/dev/nowhere")).open()


@pytest.mark.parametrize(
    ("rs485", "told"),
    [
        (Rs485(), [1 | 2, 0, 0]),
        (Rs485.model_validate({"rts": "low", "before": "1 ms", "after": "29 ms"}), [1 | 4, 1, 29]),
    ],
)
async def test_the_driver_is_told_how_to_switch_the_sender(
    rs485: Rs485, told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flags and delays of struct serial_rs485 (linux/serial.h), and the port answers as before.

    Enabled is 1, RTS high while sending 2, RTS high otherwise 4, and hearing what is sent, 16, is never wanted. A pseudo
    terminal has no such driver: the two calls to it are the only thing here that is not real.
    """
    really, heard = serialposix.fcntl.ioctl, []

    def driver(file: int, request: int, said: Any = 0, *more: Any) -> Any:
        if request == serialposix.TIOCGRS485:
            return 0
        if request == serialposix.TIOCSRS485:
            heard.append(list(array.array("i", said))[:3])
            return 0
        return really(file, request, said, *more)

    monkeypatch.setattr(serialposix.fcntl, "ioctl", driver)
    async with OddDevice(rtu=True).on_line() as endpoint:
        link = link_to(endpoint, serial=SerialLine(rs485=rs485))
        await link.open()
        assert list(await link.ask(1, FOUR)) == held(FOUR, 1)
        link.close(suspect=False)
    assert heard
    assert all(each == told for each in heard)


async def test_a_port_that_cannot_switch_the_sender_is_not_used() -> None:
    """A real pseudo terminal has no such driver: not connected, and the message says what to leave out."""
    async with OddDevice(rtu=True).on_line() as endpoint:
        link = link_to(endpoint, serial=SerialLine(rs485=Rs485()))
        with pytest.raises(NotConnectedError, match=r"does not switch its sender by RTS.*leave out rs485"):
            await link.open()
        plain = link_to(endpoint)
        await plain.open()  # the lock on the port was given back
        plain.close(suspect=False)


async def test_an_adapter_that_is_pulled_out_is_not_connected() -> None:
    """Whether it is pulled out in the middle of a question or before."""
    device, terminal = pty.openpty()
    tty.setraw(terminal)
    link = link_to(SerialPort(os.ttyname(terminal)))
    os.close(terminal)
    await link.open()
    asking = asyncio.create_task(link.ask(1, FOUR))
    await asyncio.sleep(0.05)
    os.close(device)
    assert await asking is Reason.NOT_CONNECTED
    assert not link.connected
    assert await link.ask(1, FOUR) is Reason.NOT_CONNECTED
    with pytest.raises(NotConnectedError):
        await link.open()


@asynccontextmanager
async def encrypted(context: ssl.SSLContext) -> AsyncIterator[Endpoint]:
    """A pymodbus server with MBAP frames inside TLS, as Modbus/TCP Security has them."""
    port = free_port()
    registers = SimData(0, values=list(range(100, 120)), datatype=DataType.REGISTERS)
    server = ModbusTlsServer(
        SimDevice(id=1, simdata=[registers]),
        framer=FramerType.SOCKET,
        address=("127.0.0.1", port),
        sslctx=context,
    )
    await server.serve_forever(background=True)
    try:
        yield Endpoint("tls", "127.0.0.1", port)
    finally:
        await server.shutdown()
        await asyncio.sleep(0)


@pytest.mark.parametrize(("host", "server_name"), [("127.0.0.1", None), ("skid-4.plant", "skid-4.plant")])
async def test_both_ends_show_a_certificate(papers: Papers, host: str, server_name: str | None) -> None:
    """The device's is held against the authority and the name; ours is what it wants to see."""
    tls = Tls(ca_file=papers.ca, cert_file=papers.issue("haccpline"), server_name=server_name)
    async with encrypted(papers.demands(host)) as endpoint:
        link = link_to(endpoint, tls=tls)
        await link.open()
        assert list(await link.ask(1, FOUR)) == [102, 103, 104, 105]
        assert await link.ask(1, Span("holding", 19, 2)) is Reason.ILLEGAL_ADDRESS
        link.close(suspect=False)


async def test_a_device_that_cannot_prove_itself_is_not_asked(papers: Papers, tmp_path: Path) -> None:
    """Another name, another authority, none at all: not connected, and the message says why."""
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    ours = papers.issue("haccpline")
    async with encrypted(papers.demands("other.plant")) as endpoint:
        for tls in (
            Tls(ca_file=papers.ca, cert_file=ours),
            Tls(ca_file=Papers(stranger).ca, cert_file=ours, server_name="other.plant"),
            Tls(cert_file=ours, server_name="other.plant"),
            None,
        ):
            with pytest.raises(NotConnectedError, match="certificate verify failed"):
                await link_to(endpoint, tls=tls).open()


async def test_a_device_that_wants_our_certificate_gets_no_question_without(papers: Papers) -> None:
    """TLS 1.3 tells so only after the handshake: there is no answer, never a value."""
    async with encrypted(papers.demands("127.0.0.1")) as endpoint:
        link = link_to(endpoint, tls=Tls(ca_file=papers.ca))
        try:
            await link.open()
        except NotConnectedError:
            return
        assert await link.ask(1, FOUR) is Reason.NOT_CONNECTED


async def test_certificates_that_cannot_be_read_are_named(papers: Papers, tmp_path: Path) -> None:
    """A file that is not there, one that is none, a key that is another's."""
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for tls, named in (
        (Tls(ca_file="/nowhere/ca.pem"), "/nowhere/ca.pem: No such file"),
        (Tls(ca_file=str(empty)), "empty.pem: "),
        (Tls(ca_file=papers.ca, cert_file=papers.ca), "ca.pem: "),
        (
            Tls(ca_file=papers.ca, cert_file=papers.issue("a"), key_file=papers.issue("b")),
            "a.pem and .*b.pem: ",
        ),
    ):
        with pytest.raises(NotConnectedError, match=named):
            await link_to(Endpoint("tls", "127.0.0.1", 1), tls=tls).open()


async def test_a_plain_server_is_no_encrypted_one() -> None:
    """What does not speak TLS is not connected to."""
    async with OddDevice(rtu=False).listening() as endpoint:
        with pytest.raises(NotConnectedError):
            await link_to(Endpoint("tls", endpoint.host, endpoint.port), tls=Tls()).open()


async def test_an_odd_device_is_a_good_peer_too() -> None:
    """The device made by hand answers as pymodbus's client of the same frames expects it."""
    from pymodbus.client import AsyncModbusTcpClient

    for rtu in (False, True):
        async with OddDevice(rtu=rtu).listening() as endpoint:
            framer = FramerType.RTU if rtu else FramerType.SOCKET
            client = AsyncModbusTcpClient(endpoint.host, port=endpoint.port, framer=framer, retries=0)
            await client.connect()
            answer = await client.read_holding_registers(2, count=4, device_id=1)
            client.close()
            assert answer.registers == held(FOUR, 1)
