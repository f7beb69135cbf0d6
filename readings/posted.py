"""What a program hands in by HTTP: as it came, and what was understood of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from readings.block import Block
from readings.errors import HaccplineError
from readings.ports import Quarantined

EVIDENCE = "evidence.given"
"""Kind of the act by which another system says where the evidence of what it hands in lies, and its SHA-256.

Its body says `sensor`, `point`, `at` (event time), `value` (as text), `url`, `sha256`, `note` and `source`.
"""


IMPORTED = "file.imported"
"""Kind of the act by which a person had a logger's file taken in.

Its body says `file`, `sha256`, `readings` (new ones), `known`, `conflicts`, `empty`, `from`, `to` and `who`.
"""


class Form(StrEnum):
    """How a body is written."""

    JSON = "json"
    LINES = "line protocol"  # of InfluxDB


@dataclass(frozen=True, slots=True)
class Post:
    """A body as it came.

    Attributes:
        body: unpacked.
        form: how it is written.
        received: when it was there, ns UTC.
        precision: what a number counts that says a time, since 1970: `ns`, `us`, `ms` or `s`.
    """

    body: bytes
    form: Form
    received: int
    precision: str = "ns"


@dataclass(frozen=True, slots=True)
class PostFault:
    """A part of a body that cannot be read.

    Attributes:
        at: where: `line 3, field air`, `readings[2].time`.
        what: is wrong, and what was expected.
    """

    at: str
    what: str

    def __str__(self) -> str:
        """Both."""
        return f"{self.at}: {self.what}"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a body says.

    Attributes:
        block: its readings, states and evidence.
        faults: what of it cannot be read, in its order.
        aside: the parts with faults, verbatim; None where there are none.
        ignored: values that the site leaves out by their name.
    """

    block: Block
    faults: tuple[PostFault, ...]
    aside: Quarantined | None
    ignored: int


class PostError(HaccplineError):
    """A body is not what it says it is, as a whole."""


class Poster(Protocol):
    """Who understands what is handed in: the gateway, by the site file."""

    def __call__(self, source: str, post: Post, /) -> Understood:
        """What a body says to a source of the site file.

        Raises:
            PostError: there is no such source, or it cannot be read at all.
        """
