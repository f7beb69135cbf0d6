"""A minute of the demo plant that nobody watches: mishaps, found, answered, exported and proven. Says what it measured."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from haccpline.demo.live import Devices
from haccpline.demo.people import Worker
from haccpline.demo.story import Mishap, played
from haccpline.demo.walk import Office
from haccpline.export import export_package
from haccpline.site import load_site
from ledger import prove
from readings.errors import HaccplineError
from readings.times import MINUTE, SECOND

_LEAD = 2 * SECOND
_LOOK = 0.1  # seconds between two looks
_PATIENCE = 60.0  # seconds from a mishap to its case


@dataclass(slots=True)
class Played:
    """What happened; `summary` is the last line of the demo.

    Attributes:
        seen: seconds from a mishap to the first verdict that says so, by kind of event.
        closed: cases walked to their end.
        package: the package.
        proved: whether it holds.
        troubles: what did not happen as it must.
    """

    seen: dict[str, float] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    package: str = ""
    proved: bool = False
    troubles: list[str] = field(default_factory=list)

    def summary(self, office: Office, *, before: int) -> dict[str, Any]:
        """Everything, with the books of the record process and the events since a ledger record."""
        said = office.get("/health")
        books = said["books"]
        if books["balance"]:
            self.troubles.append(f"the books do not balance: {books['balance']}")
        raised = {
            kind: office.count(f"{kind}.opened", after=before) for kind in ("deviation", "loss", "fault")
        }
        return {
            **{name: books[name] for name in ("acquired", "stored", "duplicate", "quarantined", "waiting")},
            "verdict_seconds": {kind: round(seconds, 2) for kind, seconds in self.seen.items()},
            "deviations": raised["deviation"],
            "monitoring_losses": raised["loss"],
            "instrument_faults": raised["fault"],
            "cases_closed": len(self.closed),
            "package": self.package,
            "package_proved": self.proved,
            "troubles": self.troubles,
        }


def play(
    site: Path, address: str, devices: Devices, workers: dict[str, Worker], *, say: Callable[[str], None]
) -> dict[str, Any]:
    """Let mishaps happen, and do everything that a plant would do about them.

    Returns:
        What was measured; `troubles` is empty if all happened as it must.
    """
    office, done = Office(address, workers), Played()
    before = office.get("/health")["ledger"]["records"]
    began = time.time_ns()
    mishaps = list(played(began + _LEAD))
    devices.order(mishaps)
    for mishap in mishaps:
        say(f"{mishap.kind} on {mishap.line}")
    try:
        cases = _found(office, mishaps, before, done)
        for mishap, case in cases.items():
            say(f"{mishap.raises} on {mishap.line} after {done.seen[mishap.raises]:.1f} s: case {case}")
        for case in cases.values():
            office.close(case)
            done.closed.append(case)
            say(f"case {case} is closed: acted on by operator and officer, verified by the director")
        done.package, done.proved = _prove(site, began)
        say(f"package {done.package}: {'proven' if done.proved else 'REFUSED'}")
        if not done.proved:
            done.troubles.append("the package does not hold")
    except HaccplineError as error:
        done.troubles.append(str(error))
    return done.summary(office, before=before)


def _found(office: Office, mishaps: list[Mishap], before: int, done: Played) -> dict[Mishap, str]:
    """The case of each mishap, once there is one."""
    cases: dict[Mishap, str] = {}
    deadline = time.monotonic() + _PATIENCE
    while len(cases) < len(mishaps):
        if time.monotonic() > deadline:
            missing = [each for each in mishaps if each not in cases]
            raise HaccplineError(
                "; ".join(f"nothing was raised for {each.kind} on {each.line}" for each in missing)
            )
        verdicts = office.get("/verdicts")["verdicts"]
        for mishap in mishaps:
            word = "deviation" if mishap.raises == "deviation" else "indeterminate"
            if mishap.raises not in done.seen and any(
                each["line"] == mishap.line and each["verdict"] == word for each in verdicts
            ):
                done.seen[mishap.raises] = (time.time_ns() - mishap.start) / SECOND
        for case in office.get("/cases", after=before)["cases"]:
            for mishap in mishaps:
                if case["line"] == mishap.line and mishap.raises in case["kinds"]:
                    cases.setdefault(mishap, case["id"])
        time.sleep(_LOOK)
    return cases


def _prove(site: Path, began: int) -> tuple[str, bool]:
    """Export what happened since, and prove it with the verifier that a package brings."""
    package = site.with_name("demo.zip")
    export_package(load_site(site), package, start=began - MINUTE, end=None, lines=None)
    with contextlib.redirect_stdout(io.StringIO()):
        return str(package), prove.main([str(package)]) == 0
