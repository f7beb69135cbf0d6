"""What of the record process's health people are to be told of: one key for what is the same trouble."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dashboards.views.health import Finding, findings_of
from dashboards.views.health_shape import DoubtSaid
from dashboards.views.silent_ends import SilentEnd, silent_ends
from dashboards.views.trouble_kinds import KINDS, TroubleKind

Kind = Literal[
    TroubleKind,
    "source",
    "unit",
    "node",
    "device",
    "quarantine",
    "clerk",
    "books",
    "copy",
    "clock",
    "said",
    "silent",
]
_ONE = ("commit", "bound", "disk")  # the same trouble, whatever is said of it
_NUMBERS = re.compile(r"[\d,.:]+")
_KEY = 80  # characters of words that make a trouble the same one; numbers in them change


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be.

    Attributes:
        key: the same as long as it is the same trouble, whatever numbers say.
        kind: what it is.
        about: the source, or the measurement of a copy.
        part: what of the source: number of a unit, `group/node`, `group/node/device`.
        number: how many; 0 where nothing is counted.
        text: in the words of the record process.
        since: when it began, ns UTC, where health knows that.
        doubt: what is doubted, where that is what it is.
    """

    key: str
    kind: Kind
    about: str = ""
    part: str = ""
    number: int = 0
    text: str = ""
    since: int | None = None
    doubt: DoubtSaid | None = None


def troubles(said: dict[str, Any], *, age: int = 0) -> list[Trouble]:
    """What is wrong now, gravest first.

    Args:
        said: what the record process says of itself, as in `health.json`.
        age: how old that is, ns.
    """
    found: dict[str, Trouble] = {}
    for each in _found(said, age):
        found.setdefault(each.key, each)
    return list(found.values())


def stands_still() -> Trouble:
    """Nothing is committed: not a reading, and not the time of day, which comes every second."""
    return Trouble("commit", "commit")


def clock_set(words: str) -> Trouble:
    """The machine's clock was set; `words` say from when to when."""
    return Trouble(f"clock {words}", "clock", text=words)


def _found(said: dict[str, Any], age: int) -> Iterator[Trouble]:
    for finding in findings_of(said, age):
        if finding.code == "said":
            yield _said(finding)
        elif finding.code == "quarantine":
            yield Trouble("quarantine", "quarantine", number=finding.number)
        elif finding.code in ("silent", "books", "clerk"):
            kinds: dict[str, Kind] = {"silent": "silent", "books": "books", "clerk": "clerk"}
            number = finding.number if finding.code != "silent" else 0
            yield Trouble(finding.code, kinds[finding.code], number=number)
        elif finding.code == "copy":
            yield Trouble(f"copy {finding.about}", "copy", finding.about, text=finding.text)
    for source in said["sources"]:
        yield from (_silent(end, source) for end in silent_ends(source))


def _said(finding: Finding) -> Trouble:
    known = next((each for each in KINDS if each == finding.about), None)
    if known is not None and known in _ONE:
        return Trouble(known, known, text=finding.text)
    if finding.doubt is not None:
        key = f"doubt {finding.source} {finding.doubt.kind} {finding.doubt.about}"
        return Trouble(key, "doubt", finding.source, text=finding.text, doubt=finding.doubt)
    words = _NUMBERS.sub("#", finding.text)[:_KEY]
    return Trouble(f"{known or 'said'} {words}", known or "said", text=finding.text)


def _silent(end: SilentEnd, source: dict[str, Any]) -> Trouble:
    kinds: dict[str, Kind] = {"source": "source", "unit": "unit", "node": "node", "device": "device"}
    text = source["failure"] if end.kind == "source" else ""
    return Trouble(
        f"{end.kind} {end.source} {end.id}", kinds[end.kind], end.source, end.id, text=text, since=end.since
    )
