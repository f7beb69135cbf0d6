"""The demo: two days of a generated freezer, from a Modbus register to a proven package. Needs no server."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from haccpline.cli_plan import print_table
from haccpline.export import export_package
from haccpline.site import load_site
from haccpline.store import Store
from ledger import prove
from ledger.timelines import effective
from readings.errors import HaccplineError
from readings.times import DAY, parse_time
from simulators.freezer import freezer
from simulators.modbus_device import ModbusDevice, serving

_EXAMPLE = Path(__file__).parents[1] / "examples" / "cold_store"
_PATIENCE = 120.0


def main() -> int:
    """Run the demo; the exit code."""
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="haccpline-demo-"))
    port = _free_port()
    for name in ("plan.yaml", "site.yaml"):
        shutil.copy(_EXAMPLE / name, folder)
    site_file = folder / "site.yaml"
    text = site_file.read_text(encoding="utf-8")
    site_file.write_text(
        text.replace("../../data/cold_store", "data").replace(":5020", f":{port}"), encoding="utf-8"
    )
    site = load_site(site_file)
    store = Store(site.data, site.file.site)
    console.print(f"[bold]haccpline demo[/]: a cold store under its HACCP plan, in {folder}")
    console.print(f"two days of a simulated freezer are read over Modbus TCP from 127.0.0.1:{port}")
    played = freezer(seed=5, start=parse_time("2026-12-01T00:00:00+08:00"), duration=2 * DAY).recording(
        air="air/CS1.1", defrost="defrost/CS1.1", door=None
    )
    books = asyncio.run(_record(site_file, store, ModbusDevice(played), port, played.values.size))
    console.print(f"the books: {', '.join(f'{name} {count}' for name, count in books.items())}")
    if books["balance"]:
        raise HaccplineError("the books do not balance")
    console.print("\nwhat the ledger says:")
    ledger = store.ledger(read_only=True)
    verdicts = [(record.line, record.content) for record in ledger.read(limit=1000, kind="verdict")]
    ledger.close()
    print_table([_row(span) for spans in effective(verdicts).values() for span in spans])
    package = folder / "package.zip"
    export_package(site, package, start=None, end=None, lines=None)
    console.print(f"\nthe package {package}, proven with Python's standard library alone (prove.py):\n")
    if prove.main([str(package)]) != 0:
        return 1
    console.print(
        f"\nlook around: haccpline case list --site {site_file}\n"
        f"             haccpline replay {folder / 'plan.yaml'} {_EXAMPLE / 'readings.csv'} --format table"
    )
    return 0


async def _record(site: Path, store: Store, device: ModbusDevice, port: int, total: int) -> dict[str, int]:
    """Record until every reading is in the journal and heard by the clerk; the books."""
    log = site.with_name("record.log")
    with Progress() as progress, log.open("wb") as errors:
        bar = progress.add_task("recording", total=total)
        async with serving(device, port=port):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "haccpline", "record", "--site", str(site), stderr=errors
            )
            try:
                deadline = time.monotonic() + _PATIENCE
                said: dict[str, Any] = {}
                while not _heard(said, total):
                    if process.returncode is not None or time.monotonic() > deadline:
                        raise HaccplineError(f"the record process does not get on; see {log}")
                    await asyncio.sleep(0.1)
                    said = _health(store)
                    if said:
                        progress.update(bar, completed=said["books"]["waiting"] + said["books"]["stored"])
            finally:
                process.terminate()
                await process.wait()
    journal = store.journal(read_only=True)
    books = journal.books()
    journal.close()
    return {
        "acquired": books.acquired,
        "stored": books.stored,
        "duplicate": books.duplicate,
        "quarantined": books.quarantined,
        "waiting": books.waiting,
        "balance": books.balance,
    }


def _heard(said: dict[str, Any], total: int) -> bool:
    return bool(
        said
        and said["books"]["waiting"] + said["books"]["stored"] >= total
        and said["journal"]["clerk"] == said["journal"]["last"]
    )


def _health(store: Store) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(store.health.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said


def _row(span: dict[str, Any]) -> dict[str, Any]:
    return span | {"worst": None if span["worst"] is None else float(span["worst"])}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    from haccpline.cli import speaking

    with speaking():
        sys.exit(main())
