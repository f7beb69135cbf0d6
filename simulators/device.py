"""`python -m simulators.device`: plays a recording as a Modbus device or over MQTT."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import aiomqtt
import typer

from readings.errors import HaccplineError
from simulators.modbus_device import ModbusDevice, channel_map, serving
from simulators.mqtt_device import publish
from simulators.recording import Recording, load_recording

_LOOK = 0.05  # seconds between looks at what remains


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, such as 127.0.0.1:5020")
    return host, int(port)


async def _play_modbus(  # noqa: PLR0913 - one per option
    recording: Recording, *, address: tuple[str, int], rtu: bool, unit: int, resolution: float, once: bool
) -> None:
    device = ModbusDevice(recording, resolution=resolution)
    async with serving(device, host=address[0], port=address[1], unit=unit, rtu=rtu):
        typer.echo(
            f"{len(recording)} samples at {'rtu+' if rtu else ''}tcp://{address[0]}:{address[1]} unit {unit}"
        )
        typer.echo(
            "time: {at: holding 2, type: uint64, unit: ms}\n"
            "sequence: {at: holding 6, type: uint32}\n"
            "channels:"
        )
        for sensor, channel in channel_map(device, resolution=resolution).items():
            fields = ", ".join(f"{key}: {value}" for key, value in channel.items())
            typer.echo(f"  - {{reads: LINE/{sensor}, {fields}, unit: UNIT}}")
        while device.remaining or not once:  # noqa: ASYNC110 - the device has no event for it; 20 looks a second
            await asyncio.sleep(_LOOK)
        await asyncio.sleep(1)  # the answer with the last sample goes out


def play(  # noqa: PLR0913 - one per option
    *,
    recording: Annotated[Path, typer.Option(help="CSV with the columns time, sensor, value.", exists=True)],
    modbus: Annotated[str, typer.Option(help="Serve Modbus at HOST:PORT.")] = "",
    rtu: Annotated[bool, typer.Option(help="RTU frames in TCP instead of Modbus TCP.")] = False,
    unit: Annotated[int, typer.Option(help="Modbus device id.")] = 1,
    resolution: Annotated[float, typer.Option(help="What one count of a register stands for.")] = 0.1,
    once: Annotated[
        bool, typer.Option(help="End when the last sample was read, instead of showing it.")
    ] = False,
    mqtt: Annotated[str, typer.Option(help="Publish to the broker at HOST:PORT.")] = "",
    topic: Annotated[
        str, typer.Option(help="Topic; {sensor} and {point} are replaced.")
    ] = "plant/{sensor}/{point}",
    burst: Annotated[int, typer.Option(help="Messages on their way at once.")] = 100,
    pause: Annotated[float, typer.Option(help="Seconds between bursts.")] = 0.0,
    duplicates: Annotated[float, typer.Option(help="Share of messages sent twice.")] = 0.0,
) -> None:
    """Play a recording as a device would: a sample per read over Modbus, or at QoS 1 over MQTT.

    Over Modbus the lines for `site.yaml` are printed; each read of the time register moves on by one sample.
    Over MQTT each value is a message {"ts": ..., "n": ..., "value": ...}.

    Example: python -m simulators.device --recording freezer.csv --modbus 127.0.0.1:5020
    """
    if bool(modbus) == bool(mqtt):
        raise typer.BadParameter("say where: either --modbus HOST:PORT or --mqtt HOST:PORT")
    try:
        played = load_recording(recording)
        if modbus:
            asyncio.run(
                _play_modbus(
                    played, address=_address(modbus), rtu=rtu, unit=unit, resolution=resolution, once=once
                )
            )
        else:
            host, port = _address(mqtt)
            sent = asyncio.run(
                publish(
                    played, host=host, port=port, topic=topic, burst=burst, pause=pause, duplicates=duplicates
                )
            )
            typer.echo(f"{sent} messages acknowledged by {host}:{port}")
    except (HaccplineError, aiomqtt.MqttError, RuntimeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("stopped")


if __name__ == "__main__":
    typer.run(play)
