"""The demo plant alive: devices, record and serve as processes of their own, until they are stopped."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from haccpline.demo.folder import EVERY, HURRY, SEED, reached, write_folder
from haccpline.demo.people import Worker
from haccpline.demo.story import RETORT, Mishap
from haccpline.orphans import SUPERVISED
from haccpline.own_process import own_process
from haccpline.supervisor import Supervisor, site_commands
from readings.errors import HaccplineError
from readings.times import format_duration
from simulators.free_port import free_port
from simulators.plant import LINES

_PATIENCE = 60.0  # seconds for a process to be there


class Devices:
    """The simulated devices, on real sockets.

    Args:
        log: where they complain.

    Attributes:
        addresses: of the broker and of each Modbus line.
    """

    def __init__(self, log: Path) -> None:
        command = own_process("simulators.plant", "--seed", str(SEED), "--always-on")
        command += ["--hurry", f"{RETORT}={HURRY}", "--control"]
        for line in LINES:
            command += ["--every", f"{line}={format_duration(EVERY)}"]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | {SUPERVISED: str(os.getpid())},
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            raise HaccplineError(f"the simulated devices did not start; see {log}")
        self.addresses: dict[str, str] = json.loads(said)["addresses"]

    def order(self, mishaps: Iterable[Mishap]) -> None:
        """Let these happen.

        Raises:
            HaccplineError: the devices refuse one, and why.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for mishap in mishaps:
            self._process.stdin.write(json.dumps(mishap.scripted()) + "\n")
            self._process.stdin.flush()
            said = self._process.stdout.readline()
            if "error" in json.loads(said or '{"error": "they have ended"}'):
                raise HaccplineError(f"the simulated devices do not play {mishap.kind}: {said.strip()}")

    def stop(self) -> None:
        """End them."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def demo_plant_live(
    folder: Path,
    workers: dict[str, Worker],
    *,
    host: str,
    port: int,
    phone: str,
    insecure: bool,
    progress: Callable[[int], None],
) -> Iterator[tuple[Path, str, Devices, Supervisor]]:
    """The site file, the address of its pages, the devices and the supervisor of a plant that has a day of history.

    Args:
        folder: empty.
        workers: who there is.
        host: where pages are served.
        port: of it; 0 for any.
        phone: where notices are posted.
        insecure: without TLS on an address that others can reach.
        progress: told how far the history is, 0 to 100.
    """
    log = folder / "demo.log"
    port = port or free_port()
    devices = Devices(log)
    try:
        site = write_folder(folder, devices.addresses, host=host, port=port, phone=phone, insecure=insecure)
        _history(site, workers, log, progress)
        supervisor = Supervisor(site_commands(site), errors=log)
        try:
            address = f"http://{reached(host)}:{port}"
            _wait(address, supervisor, log)
            yield site, address, devices, supervisor
        finally:
            supervisor.stop()
    finally:
        devices.stop()


def _history(site: Path, workers: dict[str, Worker], log: Path, progress: Callable[[int], None]) -> None:
    asked = {"site": str(site), "workers": [[w.id, w.name, w.roles, w.password] for w in workers.values()]}
    with (
        log.open("ab") as errors,
        subprocess.Popen(  # noqa: S603 - this program itself
            own_process("haccpline.demo.past"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.close()
        for said in process.stdout:
            progress(int(said))
    if process.returncode:
        raise HaccplineError(f"the history could not be made; see {log}")


def _wait(address: str, supervisor: Supervisor, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        supervisor.mind()
        try:
            if httpx.get(f"{address}/api/v1/health", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise HaccplineError(f"the site does not get well at {address}; see {log}")
