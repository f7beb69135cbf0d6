"""The command that looks at a Modbus device: what it has, what that may mean, which profile fits. It never writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from gateway.fields import exact, modbus_endpoint
from gateway.guesses import Hint
from gateway.modbus_link_settings import SerialLine
from gateway.profiles.trial import spans_of, tried
from gateway.requests import Span
from gateway.scan import Scan
from haccpline.cli_profile import ProfilesOption, found, library
from haccpline.probe import Device, profile_lines, raw_lines, read, trial_lines, try_all
from haccpline.probe_snippets import profile_snippet, source_snippet
from readings.errors import HaccplineError
from readings.times import SECOND, parse_duration

_MOST = 65536


class Table(StrEnum):
    """Tables of a Modbus device."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(probe)


def probe(
    device: Annotated[
        str,
        typer.Argument(
            help="modbus://HOST[:PORT] (Modbus TCP), rtu+tcp://HOST:PORT, tls://HOST or serial:///dev/ttyUSB0.",
            show_default=False,
        ),
    ],
    unit: Annotated[int, typer.Option(help="Device id on the link.", min=0, max=255)] = 1,
    table: Annotated[Table, typer.Option(help="Which table.")] = Table.HOLDING,
    first: Annotated[int, typer.Option("--from", help="First address, from 0.", min=0, max=_MOST - 1)] = 0,
    last: Annotated[
        int | None, typer.Option("--to", help="Last address; 15 behind the first if left out.", max=_MOST - 1)
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Read the values of a profile: a name, or a file.")
    ] = None,
    try_profile: Annotated[
        bool, typer.Option("--try-profile", help="Try all profiles, say which fit.")
    ] = False,
    shows: Annotated[
        str | None,
        typer.Option(help="What the device's display shows, such as 23.4: find where that stands."),
    ] = None,
    within: Annotated[
        str | None, typer.Option("--range", help="Within which it must be, such as '-40 to 80'.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show readings that can hardly be so, too.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and show what changes; Ctrl-C ends it.")
    ] = False,
    every: Annotated[str, typer.Option(help="How often, with --watch.")] = "2 s",
    times: Annotated[int | None, typer.Option(help="How many times, with --watch.", min=1)] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            help="Write a new file: with a profile a source for the site file, else a profile to be mended."
        ),
    ] = None,
    profiles: ProfilesOption = None,
    timeout: Annotated[str, typer.Option(help="For each answer.")] = "1 s",
    block: Annotated[int, typer.Option(help="Registers asked for at once.", min=1, max=125)] = 16,
    baud: Annotated[int, typer.Option(help="Of a serial line.")] = 9600,
    parity: Annotated[str, typer.Option(help="Of a serial line: none, even or odd.")] = "none",
    stop: Annotated[int, typer.Option(help="Stop bits of a serial line.")] = 1,
) -> None:
    """Read a Modbus device, show its registers raw and in every plausible type and order, try profiles on it.

    Reads only, in small blocks, around addresses that the device refuses. Addresses count from 0: 40001 in a manual is
    mostly holding 0.

    Example: haccpline probe modbus://10.0.4.20 --table input --from 0 --to 40 --shows 23.4
    """
    if write is not None and write.exists():
        raise HaccplineError(f"{write} exists already; name a new file")
    target = _target(device, unit, timeout, block, (baud, parity, stop))
    known = library(profiles)
    if try_profile:
        _echo(trial_lines(asyncio.run(try_all(target, known))))
        return
    hint = _hint(shows, within)
    chosen = found(profile, known) if profile else None
    spans = spans_of(chosen) if chosen else (_span(table, first, last),)

    def lines(now: Scan) -> Iterable[str]:
        if chosen:
            return profile_lines(tried(chosen, now))
        return raw_lines(now, spans[0], hint=hint, everything=everything)

    now = asyncio.run(
        _watch(target, spans, lines, pause=_duration(every) / SECOND, times=times)
        if watch
        else _once(target, spans, lines)
    )
    if write is not None:
        text = (
            source_snippet(target, chosen, tried(chosen, now))
            if chosen
            else profile_snippet(target, now, spans, hint)
        )
        write.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {write}")


async def _once(target: Device, spans: Iterable[Span], lines: Callable[[Scan], Iterable[str]]) -> Scan:
    now = await read(target, spans)
    _echo(lines(now))
    return now


async def _watch(
    target: Device,
    spans: Iterable[Span],
    lines: Callable[[Scan], Iterable[str]],
    *,
    pause: float,
    times: int | None,
) -> Scan:
    """Read again and again, and show lines that were not there before."""
    link, now, shown = target.link(), Scan(), set[str]()
    try:
        while True:
            now.forget()
            await read(target, spans, link=link, into=now)
            said = list(lines(now))
            _echo(line for line in said if line not in shown)
            shown = set(said)
            times = None if times is None else times - 1
            if times == 0:
                return now
            await asyncio.sleep(pause)
    finally:
        link.close(suspect=False)


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _target(device: str, unit: int, timeout: str, block: int, line: tuple[int, str, int]) -> Device:
    address = "tcp://" + device.removeprefix("modbus://") if device.startswith("modbus://") else device
    try:
        endpoint = modbus_endpoint(address)
        settings: dict[str, Any] = dict(zip(("baud", "parity", "stop"), line, strict=True))
        serial = SerialLine.model_validate(settings)
    except ValidationError as error:
        (first, *_) = error.errors()
        option = "".join(f"--{key}: " for key in first["loc"])
        raise HaccplineError(option + first["msg"].removeprefix("Value error, ")) from error
    except ValueError as error:
        raise HaccplineError(f"{device}: {error}") from error
    return Device(endpoint, unit, _duration(timeout), block, serial if endpoint.scheme == "serial" else None)


def _duration(text: str) -> int:
    length = parse_duration(text)
    if length <= 0:
        raise HaccplineError(f"{text!r}: longer than that")
    return length


def _span(table: Table, first: int, last: int | None) -> Span:
    end = min(first + 15, _MOST - 1) if last is None else last
    if end < first:
        raise HaccplineError(f"--to {end} lies before --from {first}")
    return Span(str(table), first, end - first + 1)


def _range(text: str) -> tuple[Fraction, Fraction]:
    low, between, high = text.partition(" to ")
    try:
        least, greatest = exact(low.strip()), exact(high.strip())
    except ValueError:
        between = ""
    if not between or greatest < least:
        raise HaccplineError(
            f"--range: {text!r} is no range; write the least and the greatest, such as '-40 to 80'"
        )
    return least, greatest


def _hint(shows: str | None, within: str | None) -> Hint:
    try:
        shown = None if shows is None else exact(shows)
    except ValueError as error:
        raise HaccplineError(f"--shows: {error}") from error
    least, greatest = (None, None) if within is None else _range(within)
    decimals = len((shows or "").partition(".")[2])
    return Hint(shown, Fraction(1, 10**decimals), least, greatest)
