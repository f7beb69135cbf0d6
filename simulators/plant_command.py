"""`python -m simulators.plant`: serves the devices of a simulated plant until it is told to end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import typer

from readings.errors import HaccplineError
from readings.times import format_time, parse_duration, parse_time
from simulators.fault_script import load_faults
from simulators.faults import RETORT, WATER, FaultError, fault_of
from simulators.line_device import Address
from simulators.modbus_server import FRAMINGS
from simulators.plant import LINES, Plant, plant
from simulators.register_map import sources_yaml
from simulators.running import Running
from simulators.truth import truths

_PARENT = 1.0  # seconds between looks whether the parent is there
_LONGEST = 65536  # bytes of an order


def _address(text: str) -> Address:
    framing, _, port = text.partition(":")
    if framing not in FRAMINGS or (port and not port.isdigit()):
        raise typer.BadParameter(
            f"{text!r} is not FRAMING or FRAMING:PORT, framing one of {', '.join(FRAMINGS)}"
        )
    return Address(framing, port=int(port or 0))


def _pairs(given: list[str] | None, what: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or []]
    for line, equals, _ in pairs:
        if not equals or line not in LINES:
            raise typer.BadParameter(f"{line!r}: write LINE={what}, line one of {', '.join(LINES)}")
    return {line: value for line, _, value in pairs}


def _whole(text: str) -> int:
    if not text.isdigit():
        raise typer.BadParameter(f"{text!r} is not a whole number")
    return int(text)


def _broker(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, such as 127.0.0.1:1883")
    return host, int(port)


def serve(  # noqa: PLR0913 - one per option
    *,
    line: Annotated[
        list[str] | None, typer.Option(help=f"Only this one; again for more. {', '.join(LINES)}.")
    ] = None,
    water: Annotated[
        str, typer.Option(help="How bottled-water is served: tcp, rtu+tcp or serial, and :PORT.")
    ] = "tcp",
    retort: Annotated[str, typer.Option(help="How retort-2 is served.")] = "rtu+tcp",
    mqtt_port: Annotated[int, typer.Option(help="Port of the broker that runs here; 0 is a free one.")] = 0,
    broker: Annotated[str, typer.Option(help="HOST:PORT of a broker of yours, instead of one here.")] = "",
    seed: Annotated[int, typer.Option(help="Another one is another plant.")] = 1,
    every: Annotated[list[str] | None, typer.Option(help="LINE=DURATION between two samples.")] = None,
    hurry: Annotated[
        list[str] | None,
        typer.Option(help="LINE=N: retort-2 or cold-3 runs N times as fast as a real one, 1 to 30."),
    ] = None,
    always_on: Annotated[bool, typer.Option(help="The water line never stops.")] = False,
    probed: Annotated[bool, typer.Option(help="The retort's batches carry three core probes.")] = False,
    start: Annotated[str, typer.Option(help="Virtual time at the start; now, if left out.")] = "",
    speed: Annotated[float, typer.Option(help="Virtual seconds per second.", min=0.001, max=1000)] = 1.0,
    faults: Annotated[Path | None, typer.Option(help="YAML file of faults.", exists=True)] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Write here what must be raised for these faults, JSON.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(help="Write here the `sources:` of a site file that reads it.")
    ] = None,
    clock_within: Annotated[
        str, typer.Option(help="In those sources: how far polled clocks may be wrong.")
    ] = "",
    control: Annotated[bool, typer.Option(help="Read faults as JSON lines from standard input.")] = False,
) -> None:
    """Serve a plant that is not there: packaged water, a retort and a frozen store.

    Water and retort speak Modbus, the store's logger and all texts (lots, cycles) MQTT, on this machine alone. When
    all answer, one line of JSON says where. It ends on SIGTERM, on SIGINT, and when the process that started it is gone.

    A script of faults: faults: [{kind: low_ozone, line: bottled-water, sensor: o3_filler, in: 10 s, for: 25 s}]
    With --control the same as JSON, a line each, at any moment; each is answered by a line of JSON.

    Example: python -m simulators.plant --always-on --retort serial --hurry retort-2=20 --every cold-3="2 s" --control
    """
    try:
        began = parse_time(start) if start else None
        made = plant(
            seed=seed,
            lines=line or LINES,
            every={name: parse_duration(text) for name, text in _pairs(every, "DURATION").items()},
            hurry={name: _whole(text) for name, text in _pairs(hurry, "N").items()},
            always_on=always_on,
            probed=probed,
        )
        running = Running(made, start=began, speed=speed)
        if faults is not None:
            running.plant = made.with_faults(*load_faults(faults, now=running.now()))
        if truth is not None:
            truth.write_bytes(_truth_json(running.plant))
        modbus = {WATER: _address(water), RETORT: _address(retort)}
        if clock_within:
            parse_duration(clock_within)
        asyncio.run(
            _serve(
                running,
                modbus=modbus,
                mqtt=_broker(broker) if broker else None,
                mqtt_port=mqtt_port,
                sources=sources,
                clock_within=clock_within,
                control=control,
            )
        )
    except (HaccplineError, ExceptionGroup) as error:
        typer.echo("\n".join(str(each) for each in _named(error)), err=True)
        raise typer.Exit(1) from error


def _named(error: Exception) -> list[Exception]:
    """The errors of a group that speak to people.

    Raises:
        ExceptionGroup: there are others among them.
    """
    if not isinstance(error, ExceptionGroup):
        return [error]
    ours, others = error.split(HaccplineError)
    if ours is None or others is not None:
        raise error
    return [leaf for each in ours.exceptions for leaf in _named(each)]


def _truth_json(made: Plant) -> bytes:
    return msgspec.json.format(msgspec.json.encode([each.shown() for each in truths(made)]), indent=2) + b"\n"


async def _serve(  # noqa: PLR0913 - one per option
    running: Running,
    *,
    modbus: dict[str, Address],
    mqtt: tuple[str, int] | None,
    mqtt_port: int,
    sources: Path | None,
    clock_within: str,
    control: bool,
) -> None:
    from simulators.plant_devices import serving_plant

    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with serving_plant(running, modbus=modbus, mqtt=mqtt, mqtt_port=mqtt_port) as addresses:
        if sources is not None:
            sources.write_text(
                sources_yaml(running.plant, addresses, clock_within=clock_within), encoding="utf-8"
            )
        _say({"addresses": addresses, "time": format_time(running.now()), "pid": os.getpid()})
        listening = asyncio.create_task(_listen(running), name="control") if control else None
        parent = os.getppid()
        while not ended.is_set() and os.getppid() == parent:
            try:
                async with asyncio.timeout(_PARENT):
                    await ended.wait()
            except TimeoutError:
                continue
        if listening is not None:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _listen(running: Running, source: TextIO | None = None) -> None:
    """Take orders, a line of JSON each, until there are no more."""
    reader = asyncio.StreamReader(limit=_LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), source or sys.stdin
    )
    while line := await reader.readline():
        if line.strip():
            _say(order(running, line))


def order(running: Running, text: bytes) -> dict[str, Any]:
    """Order a fault, as JSON; what is said of it."""
    try:
        given = msgspec.json.decode(text, type=dict[str, Any])
        fault = fault_of(given, now=running.now())
        running.order(fault)
    except (msgspec.MsgspecError, FaultError) as error:
        return {"error": str(error)}
    return {"fault": str(fault), "start": format_time(fault.start), "end": format_time(fault.end)}


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(what).decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the command."""
    typer.run(serve)
