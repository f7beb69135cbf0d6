"""Commands for MQTT: what a message would become, and what a broker sends now."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from readings.errors import HaccplineError
from readings.times import parse_time

if TYPE_CHECKING:
    from gateway.mqtt_settings import MqttSource
    from haccpline.mqtt_trial import Tried

_SHOWN = 200  # letters of a payload
_WAITING = 1_000  # messages that may wait to be shown


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    mqtt = typer.Typer(no_args_is_help=True, help="What messages of MQTT become, and what a broker sends.")
    mqtt.command("try")(try_message)
    mqtt.command("listen")(listen)
    app.add_typer(mqtt, name="mqtt")


def try_message(
    topic: Annotated[str, typer.Argument(help="The topic of the message.")],
    payload: Annotated[str, typer.Argument(help="What it holds; or @FILE, or - for standard input.")],
    site: SiteOption = Path("site.yaml"),
    retained: Annotated[bool, typer.Option("--retained", help="The broker kept it for late comers.")] = False,
    received: Annotated[
        str | None, typer.Option(help="When it came, such as 2026-12-01T00:00:00Z; now if left out.")
    ] = None,
) -> None:
    """Show what a message would become by the site file as it is written now: readings, texts, or why it is set aside.

    Nothing is sent or stored. Exits with 1 where the message would be set aside, or nobody subscribes to its topic.

    Example: haccpline mqtt try plant/CS1/air '{"ts": "2026-12-01T00:00:00Z", "value": -19.3}'
    """
    from haccpline.mqtt_trial import Tried

    loaded = load_site(site)
    tried = Tried(loaded.file.sources, loaded.units())
    moment = parse_time(received) if received else time.time_ns()
    trials = tried.message(topic, _payload(payload), retained=retained, received=moment)
    if not trials:
        listened = ", ".join(dict.fromkeys(each for source in tried.sources for each in source.listened))
        raise HaccplineError(f"no source of {site} subscribes to {topic!r}; they subscribe to {listened}")
    for line in tried.lines(trials):
        typer.echo(line)
    if any(trial.fault for trial in trials):
        raise typer.Exit(1)


def listen(
    site: SiteOption = Path("site.yaml"),
    source: Annotated[
        str | None, typer.Option(help="Name of the source; needed where there are several.")
    ] = None,
    topic_filter: Annotated[
        str | None, typer.Option("--filter", help="What to listen to; what the source reads, if left out.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so long; never, if left out.")] = None,
    messages: Annotated[int | None, typer.Option(help="Stop after so many messages.", min=1)] = None,
) -> None:
    """Show what a broker sends now, and what each message would become.

    Listens beside the record process, in a session of its own that ends with it: nothing is taken from anybody.

    Example: haccpline mqtt listen --filter '#' --seconds 60
    """
    from gateway.topic_filter import is_filter, no_filter
    from haccpline.mqtt_trial import Tried

    loaded = load_site(site)
    os.chdir(loaded.path.parent)  # files named in the site file are found from its folder
    tried = Tried(loaded.file.sources, loaded.units())
    chosen = _source(tried.sources, source)
    if topic_filter and not is_filter(topic_filter):
        raise HaccplineError(f"--filter: {no_filter(topic_filter)}")
    filters = [topic_filter] if topic_filter else chosen.listened
    try:
        with_end = asyncio.run(_listen(chosen, filters, tried, seconds=seconds, messages=messages))
    except OSError as error:
        why = str(error) or "no answer in time"
        raise HaccplineError(
            f"{chosen.mqtt} cannot be listened to: {why}; does the broker run, and is the address right?"
        ) from error
    if not with_end:
        raise HaccplineError(f"{chosen.mqtt} closed the connection")


def _payload(said: str) -> bytes:
    if said == "-":
        return sys.stdin.buffer.read()
    return Path(said[1:]).read_bytes() if said.startswith("@") else said.encode()


def _source(sources: list[MqttSource], name: str | None) -> MqttSource:
    named = [each for each in sources if name in (None, each.name)]
    if len(named) != 1:
        raise HaccplineError(f"say which source: --source {' or '.join(each.name for each in sources)}")
    return named[0]


async def _listen(
    source: MqttSource, filters: list[str], tried: Tried, *, seconds: float | None, messages: int | None
) -> bool:
    """Print what comes; whether it ended as it was told to."""
    from gateway.mqtt_connection import Connection

    heard = _Heard()
    connection = Connection(source, f"haccpline-listen-{os.getpid()}", filters, heard, keep=False)
    count = 0
    try:
        async with asyncio.timeout(seconds):
            await connection.open()
            while messages is None or count < messages:
                told = await heard.queue.get()
                if told is None:
                    return False
                topic, payload, retained, acknowledgement = told
                count += 1
                typer.echo(f"{topic}  {_readable(payload)}{'  (retained)' if retained else ''}")
                for line in tried.lines(
                    tried.message(topic, payload, retained=retained, received=time.time_ns())
                ) or ["no source reads this topic"]:
                    typer.echo(f"    {line}")
                connection.acknowledge(acknowledgement)
    except TimeoutError:
        if seconds is None:
            raise
    finally:
        await connection.close()
    return True


def _readable(payload: bytes) -> str:
    text = payload.decode(errors="backslashreplace")
    if not text.isprintable():
        text = " ".join(text.split()) if "".join(text.split()).isprintable() else payload.hex(" ")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(payload)} bytes)"


class _Heard:
    """Messages in a queue; None at the end of the connection."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, bytes, bool, bytes] | None] = asyncio.Queue()

    @property
    def full(self) -> bool:
        return self.queue.qsize() > _WAITING

    def receive(self, topic: bytes, payload: bytes, retained: bool, acknowledgement: bytes) -> None:
        self.queue.put_nowait((topic.decode(errors="replace"), payload, retained, acknowledgement))

    def wake(self) -> None:
        self.queue.put_nowait(None)
