"""`python -m benchmarks.soak --minutes N`: the record process under kills and cuts, then everything is checked.

A publisher sends to Mosquitto at QoS 1. Meanwhile, at random: `haccpline record` is killed with SIGKILL and started
again, InfluxDB (where installed) is stopped for a while, the broker is restarted. In the end each reading must be in
the archive once, the books balance, the decisions in force be those of a replay of what was sent, the ledger and a
package hold. Exits 1 if anything does not.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.machine import machine, machine_line
from benchmarks.real_servers import Influxd, Mosquitto, installed, need, running
from benchmarks.soak_checks import (
    Finding,
    check_archive,
    check_books,
    check_decisions,
    check_influx,
    check_ledger,
    check_package,
)
from benchmarks.soak_plant import Published, publish, topics
from benchmarks.warehouse import LINE, Warehouse
from haccpline.site import Site, load_site
from haccpline.store import Store

HOUSE = Warehouse(12, hold="10 s", silent="3 s")  # a kill lasts longer: what comes late decides again
DATABASE = "soak"
PATIENCE = 120.0  # seconds in which everything must have been heard at the end


@dataclass(slots=True)
class Soak:
    """One soak: the servers, the record process, and what was done to them."""

    site: Site
    broker: Any
    influx: Any
    draw: random.Random
    say: Console
    began: float = field(default_factory=time.monotonic)
    process: subprocess.Popen[bytes] | None = None
    published: Published = field(default_factory=Published)
    done: Counter[str] = field(default_factory=Counter)

    def tell(self, what: str) -> None:
        """A line with the time since the beginning."""
        self.say.print(f"{time.monotonic() - self.began:7.1f} s  {what}", highlight=False)

    @property
    def health(self) -> dict[str, Any]:
        """What the record process last said of itself; nothing before it did."""
        try:
            found: dict[str, Any] = json.loads(Store(self.site.data, "").health.read_text())
        except FileNotFoundError:
            return {}
        return found

    def start(self) -> None:
        """Start the record process."""
        command = [sys.executable, "-m", "haccpline", "record", "--site", str(self.site.path)]
        with (self.site.path.parent / "record.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def end(self, how: signal.Signals) -> int:
        """End it, this way; its exit code."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"record ended by itself with {self.process.returncode}; see {self.log_end()}")
        self.process.send_signal(how)
        return self.process.wait(60)

    def log_end(self) -> str:
        """The last lines of its log."""
        log = self.site.path.parent / "record.log"
        return "\n".join([str(log), *log.read_text(errors="replace").splitlines()[-15:]])

    async def trouble(self, over: asyncio.Event) -> None:
        """Do something to it every few seconds, until it is over; what was begun is ended."""
        cuts = [
            self.kill,
            self.kill,
            self.kill,
            self.restart_broker,
            *([self.stop_influx] if self.influx else []),
        ]
        while not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), self.draw.uniform(0.5, 9.0))
                return
            await self.draw.choice(cuts)()

    async def kill(self) -> None:
        """SIGKILL, and start again after a moment."""
        books = self.health.get("books", {})
        await asyncio.to_thread(self.end, signal.SIGKILL)
        self.done["kills"] += 1
        away = self.draw.uniform(0.0, 4.0)
        self.tell(
            f"record killed, away for {away:.1f} s; {self.published.messages:,} messages sent,"
            f" {books.get('acquired', 0):,} acquired, {books.get('duplicate', 0):,} duplicates"
        )
        await asyncio.sleep(away)
        self.start()

    async def restart_broker(self) -> None:
        """Stop the broker in order, and start it again."""
        self.done["broker restarts"] += 1
        self.tell("broker restarted")
        await asyncio.to_thread(self.broker.stop)
        await asyncio.sleep(self.draw.uniform(0.0, 2.0))
        await asyncio.to_thread(self.broker.start)

    async def stop_influx(self) -> None:
        """Stop InfluxDB for a while, and now and then kill the record process meanwhile."""
        self.done["InfluxDB stops"] += 1
        away = self.draw.uniform(2.0, 12.0)
        self.tell(f"InfluxDB stopped for {away:.1f} s")
        await asyncio.to_thread(self.influx.stop)
        await asyncio.sleep(away)
        if self.draw.random() < 0.5:
            await self.kill()
        await asyncio.to_thread(self.influx.start)

    async def until(self, what: str, true: Any) -> None:
        """Wait for it.

        Raises:
            RuntimeError: in vain.
        """
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline or (self.process is not None and self.process.poll() is not None):
                raise RuntimeError(f"waited in vain until {what}: {self.health}\n{self.log_end()}")
            await asyncio.sleep(0.1)

    async def run(self, seconds: float) -> None:
        """Publish under trouble, then let everything be heard and stop in order."""
        self.start()
        await self.until(
            "record is connected", lambda: any(each["connected"] for each in self.health.get("sources", []))
        )
        self.tell(f"record is connected; publishing for {seconds:.0f} s")
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.trouble(over), name="trouble")
            await publish(
                HOUSE,
                host=self.broker.host,
                port=self.broker.port,
                seconds=seconds,
                draw=self.draw,
                done=self.published,
            )
            over.set()
        await self.settle()

    async def settle(self) -> None:
        """Wait until all that was sent is heard."""
        count = len(self.published.rows)
        self.tell(
            f"{self.published.messages:,} messages sent; waiting until all {count:,} readings are heard"
        )
        after = time.time_ns()

        def heard() -> bool:
            said = self.health
            if not said or said["pid"] != getattr(self.process, "pid", None):
                return False
            books, journal = said["books"], said["journal"]
            there = int(books["stored"] + books["waiting"])
            return there >= count and int(journal["clerk"]) >= int(journal["last"]) - 3

        await self.until("all is heard", heard)
        self.tell(f"heard {(time.time_ns() - after) / 1e9:.1f} s later")

    def findings(self) -> Iterator[Finding]:
        """Everything that must hold, one after the other; record is stopped in between."""
        sent = self.published.block()
        if self.influx:
            yield check_influx(self.influx.url, DATABASE, len(sent))
        code = self.end(signal.SIGTERM)
        yield f"record stopped in order, exit code {code}", code == 0
        store = Store(self.site.data, self.site.file.site)
        journal, ledger = store.journal(read_only=True), store.ledger(read_only=True)
        try:
            yield check_books(journal, self.published.messages, len(sent))
            yield check_archive(self.site, journal, LINE, sent)
            yield check_decisions(self.site, journal, ledger, LINE, sent)
            yield check_ledger(self.site, ledger)
        finally:
            ledger.close()
            journal.close()
        package = self.site.path.parent / "soak.zip"
        command = [sys.executable, "-m", "haccpline", "export", str(package), "--site", str(self.site.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        yield f"export: {(done.stdout or done.stderr).strip().splitlines()[0]}", done.returncode == 0
        if package.exists():
            yield from check_package(package)


def write_site(place: Path, broker: Any, influx: Any) -> Site:
    """The site that is soaked; JSON is YAML."""
    (place / "plan.yaml").write_text(HOUSE.plan())
    said: dict[str, Any] = {
        "site": "BENCH",
        "plans": ["plan.yaml"],
        "data": "data",
        "checkpoint_every": "5 s",
        "archive": {"seal_after_rows": 1_000},
        "sources": [
            {"name": "plant", "mqtt": f"mqtt://{broker.host}:{broker.port}", "topics": topics(HOUSE)}
        ],
    }
    if influx:
        said["influxdb"] = {"url": influx.url, "api": "v1", "database": DATABASE}
    path = place / "site.yaml"
    path.write_text(json.dumps(said, indent=1))
    return load_site(path)


def soak(
    minutes: Annotated[float, typer.Option(help="How long to publish.")] = 60.0,
    seed: Annotated[int | None, typer.Option(help="Of everything that is drawn; another each time.")] = None,
    keep: Annotated[Path | None, typer.Option(help="A new folder to work in and leave as it is.")] = None,
) -> None:
    """Kill, restart and cut for so long; then check everything. Exits 1 if something does not hold."""
    need("mosquitto")
    seed = random.randrange(1 << 32) if seed is None else seed
    console = Console(width=160, soft_wrap=True)
    console.print(machine_line(machine()), highlight=False)
    console.print(f"seed {seed}", highlight=False)
    holds = True
    with ExitStack() as stack:
        place = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place.mkdir(parents=True, exist_ok=True)
        broker = stack.enter_context(running(Mosquitto(place / "broker")))
        influx = stack.enter_context(running(Influxd(place / "influx"))) if installed("influxd") else None
        if influx is None:
            console.print("influxd is not installed: nothing is copied", highlight=False)
        it = Soak(write_site(place, broker, influx), broker, influx, random.Random(seed), console)
        try:
            asyncio.run(it.run(minutes * 60))
            it.tell(", ".join(f"{count} {what}" for what, count in sorted(it.done.items())) or "no trouble")
            for said, held in it.findings():
                it.tell(f"{'holds' if held else 'DOES NOT HOLD'}: {said}")
                holds = holds and held
        finally:
            if it.process is not None and it.process.poll() is None:
                it.process.kill()
                it.process.wait()
    if not holds:
        console.print(f"seed {seed}: does not hold", highlight=False)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(soak)
