"""`haccpline demo`: the plant in a box, for people or for a script."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import textwrap
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from dashboards.web.settings import ServeSettings
from haccpline.demo.live import demo_plant_live
from haccpline.demo.people import Worker, workers
from haccpline.demo.phone import phone
from haccpline.demo.play import play
from haccpline.demo.story import shown
from haccpline.logs import log_to
from haccpline.supervisor import told_to_stop
from readings.errors import HaccplineError
from readings.times import SECOND


def run_demo(
    *,
    folder: Path | None,
    lasts: int | None,
    headless: bool,
    calm: bool,
    browser: bool,
    host: str,
    port: int,
    insecure: bool,
) -> int:
    """Run the demo; the exit code.

    Args:
        folder: where everything is kept; None: a folder that is removed at the end.
        lasts: ns; None until it is stopped.
        headless: play a minute by itself and print what was measured, as JSON in the last line.
        calm: nothing goes wrong while people watch.
        browser: open one.
        host: where pages are served.
        port: of it; 0 for any.
        insecure: without TLS on an address that others can reach.
    """
    console = Console(stderr=headless)
    ServeSettings(host=host, port=port, insecure_http=insecure).guarded()
    place = _empty(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # until it is live, when it stops in order
    try:
        log_to((place / "demo.log").open("a", encoding="utf-8"))
        people = workers()
        console.print("[bold]haccpline demo[/]: a day of three lines is made; then the plant goes live")
        with Progress(console=console, transient=True) as progress, phone(_shown(console)) as number:
            bar = progress.add_task("a day of history", total=100)
            with demo_plant_live(
                place,
                people,
                host=host,
                port=port,
                phone=number,
                insecure=insecure,
                progress=lambda part: progress.update(bar, completed=part),
            ) as (site, address, devices, supervisor):
                progress.stop()
                stop = told_to_stop()
                began = time.monotonic()
                if headless:
                    said = play(site, address, devices, people, say=lambda text: console.print(f"  {text}"))
                    failed = bool(said["troubles"])
                else:
                    if not calm:
                        devices.order(shown(time.time_ns()))
                    _welcome(console, address, people, site, calm=calm)
                    if browser:
                        webbrowser.open(address)
                    failed, said = False, None
                while not stop.wait(0.2) and (lasts is None or time.monotonic() - began < lasts / SECOND):
                    supervisor.mind()
                    if headless and lasts is None:
                        break
        if said is not None:
            print(json.dumps(said, ensure_ascii=False))  # noqa: T201 - the last line, for programs
        return 1 if failed else 0
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def _shown(console: Console) -> Callable[[dict[str, Any]], None]:
    """Shows a notice as the person's telephone would."""

    def show(notice: dict[str, Any]) -> None:
        console.print(f"\n  [bold yellow]notice[/] to {notice['person']}, by {notice['channel']}:")
        console.print(textwrap.indent(notice["text"], "    "), markup=False, highlight=False)

    return show


def _welcome(console: Console, address: str, people: dict[str, Worker], site: Path, *, calm: bool) -> None:
    console.print(f"\n  open [bold]{address}[/]    中文 {address}/?lang=zh\n")
    if not calm:
        console.print("  In half a minute the ozone falls, and a deviation opens; notices are shown here.")
    console.print(
        "  A case is answered on the page: the operator acknowledges and contains, the officer corrects and"
        " decides on the lots, the director verifies.\n",
        soft_wrap=True,
    )
    for each in people.values():
        console.print(
            f"    {each.id:10} password [bold]{each.password}[/]   {each.name}, {', '.join(each.roles)}"
        )
    console.print(
        f"\n  then: haccpline export demo.zip --site {site} && haccpline prove demo.zip", soft_wrap=True
    )
    console.print("  Ctrl-C ends it.")


def _empty(folder: Path | None) -> Path:
    """The folder, there and empty.

    Raises:
        HaccplineError: it holds something.
    """
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="haccpline-demo-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HaccplineError(f"{folder} is not empty: the demo begins in an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
