"""What the record process says of itself in `health.json`, and what of it is trouble."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from dashboards.views.health_shape import DoubtSaid, HealthSaid
from dashboards.views.silent_ends import silent_ends
from readings.errors import TimeError
from readings.times import SECOND, parse_time

SILENT = 10 * SECOND  # it speaks every second
BEHIND = 50  # blocks that the clerk may be behind for a moment


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        code: `never`, `unreadable`, `silent`, `clock`, `no journal`, `no reading`, `stuck`, `unheard`, `disk`, `books`,
            `clerk`, `source`, `copy`, `quarantine`, `said`.
        about: the source or measurement concerned, the kind of what was said; empty for the record as a whole.
        number: how many, or how long in seconds, where that says something.
        text: in the words of the record process, where it gave some.
        since: when it began, ns UTC, where that is known.
        doubt: what is doubted, where that is what was said; `about` is the kind then, and `source` who gives it.
        source: of what is doubted.
    """

    code: str
    about: str = ""
    number: int = 0
    text: str = ""
    since: int | None = None
    doubt: DoubtSaid | None = None
    source: str = ""

    @property
    def full_disk(self) -> bool:
        """Whether it is that the disk is full, by whoever found it: what everything else then comes from."""
        return self.code == "disk" or (self.code, self.about) == ("said", "disk")


@dataclass(frozen=True, slots=True)
class HealthView:
    """The record process at one moment.

    Attributes:
        said: what it wrote; empty if it never did.
        at: when, ns UTC by the machine's clock; 0 if never.
        age: since then, ns; a file that was copied or touched is no younger for it.
        findings: what is not well, gravest first.
    """

    said: dict[str, Any]
    at: int
    age: int
    findings: tuple[Finding, ...]

    @property
    def never(self) -> bool:
        """Whether it never said anything."""
        return any(finding.code == "never" for finding in self.findings)

    @property
    def speaks(self) -> bool:
        """Whether what it says is of now: otherwise nothing that is shown is."""
        return bool(self.said) and self.age <= SILENT

    @property
    def disk_full(self) -> bool:
        """Whether the disk was found to be full, by the record process or by us."""
        return any(each.full_disk for each in self.findings)

    @property
    def well(self) -> bool:
        """Whether there is nothing to find."""
        return not self.findings


def read_health(path: Path, *, now: int, tick: int | None = None) -> HealthView:
    """What `health.json` says.

    Args:
        path: of health.json.
        now: of the machine's clock, ns UTC.
        tick: how far time has come in the journal, where that is the machine's time: farther than now, and the clock
            was set back.
    """
    try:
        written, text = path.stat().st_mtime_ns, path.read_bytes()
        shaped = msgspec.json.decode(text, type=HealthSaid)
        at = parse_time(shaped.at)
        parse_time(shaped.started)
        said: dict[str, Any] = msgspec.json.decode(text)
        age = now - min(at, written)
        ahead = tick - now if tick is not None else 0
        return HealthView(said, at, age, tuple(findings_of(said, age, ahead)))
    except FileNotFoundError:
        return HealthView({}, 0, 0, (Finding("never"),))
    except (OSError, ValueError, msgspec.MsgspecError, TimeError) as error:
        return HealthView({}, 0, 0, (Finding("unreadable", text=f"{path.name}: {error}"),))


def _said(trouble: dict[str, Any]) -> Finding:
    doubt = trouble.get("doubt")
    return Finding(
        "said",
        trouble["kind"],
        text=trouble["words"],
        doubt=None if doubt is None else msgspec.convert(doubt, DoubtSaid),
        source=trouble.get("source", ""),
    )


def findings_of(said: dict[str, Any], age: int, ahead: int = 0) -> list[Finding]:
    """What is not well, gravest first.

    Args:
        said: what the record process says of itself.
        age: of that, ns.
        ahead: by how much the journal's time is ahead of the clock, ns.
    """
    found = []
    if age > SILENT:
        found.append(Finding("silent", number=age // SECOND))
    if ahead > SILENT:
        found.append(Finding("clock", number=ahead // SECOND))
    if said["books"]["balance"]:
        found.append(Finding("books", number=said["books"]["balance"]))
    found += [_said(each) for each in said["trouble"]]
    behind = said["journal"]["last"] - said["journal"]["clerk"]
    if behind > BEHIND:
        found.append(Finding("clerk", number=behind))
    for source in said["sources"]:
        found += [
            Finding(
                "source", end.name, text=source["failure"] if end.kind == "source" else "", since=end.since
            )
            for end in silent_ends(source)
        ]
    quarantine = said.get("quarantine", {})
    for name, status in (said["influxdb"] or {}).items():
        # counted since the start; when all were settled, it is none any more
        refused = status["poison"] if quarantine.get("copy", 1) else 0
        if status["trouble"] or refused:
            found.append(Finding("copy", name, refused, status["trouble"] or ""))
    lying = sum(quarantine.values())
    if lying:
        found.append(Finding("quarantine", number=lying))
    return found
