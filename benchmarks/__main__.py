"""`python -m benchmarks [NAME ...] [--quick] [--json FILE]`: measure, and print the figures.

Nothing here fails because of time: a figure that misses its target is marked, and that is all.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure, MissingError, Size, Target
from benchmarks.machine import machine, machine_line


class Name(StrEnum):
    """What can be measured: each a module of this package with `run(size, tell)`."""

    REPLAY = "replay"
    REPLAY_YEAR = "replay_year"
    LETHALITY = "lethality"
    LIVE_MIXED = "live_mixed"
    STATE_SIZE = "state_size"
    CLERK = "clerk"
    ARCHIVE = "archive"
    MQTT_RECEIVE = "mqtt_receive"
    END_TO_END = "end_to_end"
    MODBUS = "modbus"
    LATE_ANSWERS = "late_answers"
    DRAIN = "drain"
    RECORD_MEMORY = "record_memory"
    DEMO_IDLE = "demo_idle"


def measure(
    names: Annotated[
        list[Name] | None, typer.Argument(help="What to measure; everything if left out.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller, in a minute or two.")] = False,
    tiny: Annotated[bool, typer.Option("--tiny", hidden=True)] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here too.")] = None,
) -> None:
    """Measure and print: figure, floor in the same run, ratio of the two, target."""
    size = Size.TINY if tiny else Size.QUICK if quick else Size.FULL
    console = Console()
    before = machine()
    console.print(machine_line(before), highlight=False)
    figures: list[Figure] = []
    missing: list[str] = []
    for name in names or list(Name):
        console.print(f"[bold]{name}[/]")
        try:
            figures += importlib.import_module(f"benchmarks.{name}").run(
                size, lambda line: console.print(f"  {line}", highlight=False)
            )
        except MissingError as error:
            console.print(f"  not measured: {error}")
            missing.append(f"{name}: {error}")
    if not console.is_terminal:
        console = Console(width=180)
    console.print(table(figures))
    after = machine()
    console.print(machine_line(after), highlight=False)
    if json_file is not None:
        said = {
            "size": size,
            "before": before,
            "after": after,
            "missing": missing,
            "figures": [as_json(figure) for figure in figures],
        }
        json_file.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(figures: list[Figure]) -> Table:
    """The figures for people."""
    made = Table(show_edge=False, pad_edge=False)
    made.add_column("what")
    for name in ("figure", "floor", "ratio"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("unit", no_wrap=True)
    made.add_column("target", no_wrap=True)
    made.add_column("note", overflow="fold")
    for each in figures:
        colour = {True: "green", False: "bold red", None: "default"}[each.met]
        made.add_row(
            each.name,
            f"[{colour}]{number(each.value)}[/]",
            "" if each.floor is None else number(each.floor),
            "" if each.ratio is None else number(each.ratio),
            each.unit,
            _said(each.target, met=each.met),
            each.note,
        )
    return made


def number(value: float) -> str:
    """Three digits, or all of them before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def as_json(figure: Figure) -> dict[str, Any]:
    """The figure with its ratio, and whether its target is met."""
    return asdict(figure) | {"ratio": figure.ratio, "met": figure.met}


def _said(target: Target | None, *, met: bool | None) -> str:
    if target is None:
        return ""
    return f"{target}{'' if met else '  missed'}"


if __name__ == "__main__":
    typer.run(measure)
