"""`haccpline probe` on real sockets and a serial line: what a device has, what that means, which profile fits."""

from __future__ import annotations

import asyncio
import os
import pty
import socket
import struct
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.framer.rtu import FramerRTU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from servers import free_port  # made importable by the conftest above
from typer.testing import CliRunner

from gateway.profiles.library import Library
from haccpline.cli import app
from haccpline.device_profiles import read_profile
from haccpline.site import SiteFile
from readings.errors import HaccplineError
from rules.strict_model import read_model

FLOAT = struct.unpack(">HH", struct.pack(">f", 23.4))
HOLDING = {0: [658, 0xFF9B], 6: [0x00BD], 10: [FLOAT[1], FLOAT[0]], 20: [0x544B, 0x3431, 0], 100: [0x7FC0, 0]}
INPUT = {104: [21579], 1000: [1234, 1, 0, 1500, 455, 0, 0x208]}


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["probe", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def device() -> Iterator[str]:
    """The address of a device, of pymodbus's making, that refuses what it has not."""
    port = free_port()

    def data(given: dict[int, list[int]]) -> list[Any]:
        return [SimData(at, values=words, datatype=DataType.REGISTERS) for at, words in given.items()]

    bits = [SimData(0, values=[True, False, True], datatype=DataType.BITS)]
    loop, ready = asyncio.new_event_loop(), threading.Event()
    servers: list[Any] = []

    async def serve() -> None:
        model = SimDevice(id=1, simdata=(bits, bits, data(HOLDING), data(INPUT)))
        servers.append(ModbusTcpServer(model, address=("127.0.0.1", port)))
        await servers[0].serve_forever(background=True)
        ready.set()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(serve(), loop)
    assert ready.wait(10)
    yield f"modbus://127.0.0.1:{port}"
    asyncio.run_coroutine_threadsafe(servers[0].shutdown(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_registers_raw_and_what_they_may_mean(device: str) -> None:
    """Each register in hex, without and with a sign, texts, plausible floats, and what was refused."""
    shown = run(device, "--to", "22").splitlines()
    assert "holding 1      ff9b  65435 or -101" in shown
    assert 'holding 20     544b  21579            "TK41"' in shown
    at = shown.index(next(line for line in shown if line.startswith("holding 10 ")))
    assert shown[at + 1] == "  float32 CDAB: 23.39999962  (plausible)"
    assert "holding 2 to 5: illegal address" in shown


def test_doubts_are_shown_if_asked_for(device: str) -> None:
    """NaN is marked as none, and is not shown among what is plausible."""
    assert "(not a number)" not in run(device, "--from", "100", "--to", "101")
    every = run(device, "--from", "100", "--to", "101", "--all")
    assert "  float32 ABCD: nan  (not a number)" in every
    assert "  int32 CDAB: 32704  (plausible)" in every


def test_what_the_display_shows_is_found(device: str) -> None:
    """The address at which 23.4 stands, with type and order."""
    fits = [line for line in run(device, "--to", "22", "--shows", "23.4").splitlines() if "(fits)" in line]
    assert "  float32 CDAB: 23.39999962  (fits)" in fits
    tenths = run(device, "--to", "22", "--shows", "-10.1", "--range", "-40 to 80")
    assert "  int16 x 0.1: -10.1  (fits)" in tenths


def test_bits_are_bits(device: str) -> None:
    """Coils are 0 or 1."""
    assert run(device, "--table", "coil", "--to", "2").splitlines()[:3] == [
        "coil 0      1",
        "coil 1      0",
        "coil 2      1",
    ]


def test_a_profile_is_read(device: str) -> None:
    """Values of a profile with their units, raw numbers, and whether this is the device."""
    shown = run(device, "--profile", "autonics-tk")
    assert shown.splitlines()[0] == "known by its register: yes"
    assert "process   123.4 degC          raw 1234" in shown


def test_all_profiles_are_tried(device: str) -> None:
    """The device that is there comes first, and nothing that is not."""
    lines = run(device, "--try-profile").splitlines()
    assert lines[0].split() == [
        "fits",
        "autonics-tk",
        "8",
        "of",
        "8",
        "values,",
        "known",
        "by",
        "its",
        "register",
    ]
    assert not any("watlow" in line for line in lines)
    assert any(line.startswith("may fit") and "jxct-temperature-humidity" in line for line in lines)


def test_a_source_is_written(device: str, tmp_path: Path) -> None:
    """With a profile, a snippet that the site file takes, with the values that the device has."""
    out = tmp_path / "source.yaml"
    run(device, "--profile", "autonics-tk", "--write", str(out))
    text = (
        f"site: S\nplans: [p.yaml]\nsources:\n{''.join('  ' + line for line in out.open(encoding='utf-8'))}"
    )
    (source,) = read_model(SiteFile, text, "site.yaml")[0].sources
    written = source.with_profiles(Library())  # type: ignore[union-attr]
    assert [channel.reads for channel in written.channels][:2] == ["LINE/process", "LINE/setpoint"]
    assert str(written.modbus).startswith("tcp://127.0.0.1:")
    with pytest.raises(HaccplineError, match="exists already"):
        run(device, "--write", str(out))


def test_a_profile_is_written(device: str, tmp_path: Path) -> None:
    """Without a profile, one to be mended: floats where they are plausible, in their order, else whole numbers."""
    out = tmp_path / "mine.yaml"
    run(device, "--to", "12", "--write", str(out))
    values = read_profile(out).values
    assert values["holding_10"].type == "float32"
    assert values["holding_10"].order == "CDAB"
    assert values["holding_1"].type == "int16"
    assert "holding_11" not in values
    assert "holding_2" not in values
    shown = run(device, "--profile", str(out))
    assert "holding_10  23.39999962 count   raw 23.39999962" in shown


def test_watching_shows_what_changes(device: str) -> None:
    """Twice the same device: the second time nothing is new."""
    once = run(device, "--to", "1")
    assert run(device, "--to", "1", "--watch", "--every", "10 ms", "--times", "2") == once


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["udp://x"], "is not an address"),
        (["tcp://127.0.0.1:1", "--timeout", "200 ms"], "is it switched on"),
        (["tcp://127.0.0.1:1", "--from", "9", "--to", "3"], "--to 3 lies before --from 9"),
        (["tcp://127.0.0.1:99999"], "Port out of range 0-65535"),
        (["tcp://127.0.0.1:1", "--shows", "warm"], "--shows: 'warm' is not a number; write it as a decimal"),
        (["tcp://127.0.0.1:1", "--range", "5"], "--range: '5' is no range; write the least and the greatest"),
        (["tcp://127.0.0.1:1", "--range", "80 to -40"], "--range: '80 to -40' is no range"),
        (["tcp://127.0.0.1:1", "--parity", "odd "], "--parity: Input should be 'none', 'even' or 'odd'"),
        (["serial:///dev/null", "--baud", "9601"], "--baud: Input should be 1200, 2400"),
        (["tcp://127.0.0.1:1", "--timeout", "0 s"], "longer than that"),
        (["tcp://127.0.0.1:1", "--profile", "carel"], "no profile is named 'carel'; did you mean"),
        (["serial:///dev/null", "--parity", "even", "--stop", "2"], "12 bits"),
    ],
)
def test_what_is_wrong_is_told(arguments: list[str], message: str) -> None:
    """Each mistake ends with a sentence that says what to do."""
    with pytest.raises(HaccplineError, match=message.replace("(", r"\(")):
        run(*arguments)


def test_who_listens_and_says_nothing_is_told() -> None:
    """A port that takes the connection and never answers TLS: the reason is there, not an empty one."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(
            HaccplineError, match="does not accept a connection: no answer in time; is it switched on"
        ),
    ):
        run(f"tls://127.0.0.1:{server.getsockname()[1]}", "--timeout", "200 ms")


@pytest.fixture
def serial_device() -> Iterator[tuple[str, list[int]]]:
    """A device on a pseudo terminal that answers RTU; its address, and the function codes it was asked with."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    asked: list[int] = []
    stop = threading.Event()

    def serve() -> None:
        waiting = b""
        while not stop.is_set():
            try:
                waiting += os.read(ours, 64)
            except OSError:
                return
            while len(waiting) >= 8:
                frame, waiting = waiting[:8], waiting[8:]
                unit, function, first, count = struct.unpack(">BBHH", frame[:6])
                asked.append(function)
                words = [first + place for place in range(count)]
                body = struct.pack(f">BBB{count}H", unit, function, 2 * count, *words)
                os.write(ours, body + FramerRTU.compute_CRC(body).to_bytes(2, "big"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"serial://{os.ttyname(theirs)}", asked
    stop.set()
    os.close(theirs)
    os.close(ours)
    thread.join(5)


def test_a_serial_line(serial_device: tuple[str, list[int]]) -> None:
    """The same on a serial line; and whatever is asked, only reading functions go over the wire."""
    address, asked = serial_device
    shown = run(address, "--from", "300", "--to", "303", "--baud", "115200")
    assert [line.split()[:4] for line in shown.splitlines() if line.startswith("holding 30")] == [
        ["holding", str(at), f"{at:04x}", str(at)] for at in range(300, 304)
    ]
    assert set(asked) <= {1, 2, 3, 4}


def test_nothing_is_ever_written(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call of probe reaches the one function of the link that switches anything."""
    from gateway.modbus_link import Link

    called: list[object] = []

    async def refuse(_link: Link, **on: object) -> None:
        called.append(on)

    monkeypatch.setattr(Link, "switch", refuse)
    run(device, "--to", "1")
    run(device, "--try-profile")
    assert called == []
