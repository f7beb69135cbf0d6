"""The command that shows haccpline at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readings.times import parse_duration


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Keep everything here; if left out, it is removed at the end.")
    ] = None,
    lasts: Annotated[str | None, typer.Option("--for", help="End after this time, such as 60s.")] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Play a minute by itself; print what was measured as JSON.")
    ] = False,
    calm: Annotated[bool, typer.Option("--calm", help="Nothing goes wrong while it is live.")] = False,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    host: Annotated[str, typer.Option(help="Where pages are served.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Of it; 0 for any that is free.")] = 8600,
    insecure_http: Annotated[
        bool, typer.Option("--insecure-http", help="Serve an address that others can reach without TLS.")
    ] = False,
) -> None:
    """Run a simulated plant: three lines with a day of history, alive; a deviation opens within a minute.

    Simulated devices speak Modbus and MQTT on real sockets; everything else is what a plant would run. Nothing else
    needs to be installed. With --headless it plays a fault, walks its case to the end through the public API, exports
    and proves a package, prints one JSON object as its last line, and exits 1 if anything did not happen.

    Example: haccpline demo --for 60s --headless
    """
    from haccpline.demo.run import run_demo

    raise typer.Exit(
        run_demo(
            folder=folder,
            lasts=parse_duration(lasts) if lasts else None,
            headless=headless,
            calm=calm,
            browser=browser and not headless,
            host=host,
            port=port,
            insecure=insecure_http,
        )
    )
