"""An HTTP source of the site file: what programs may hand in with a key that is bound to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from gateway.fields import Duration, Settings
from gateway.measure import Measure


class PostedValue(Measure):
    """A value that may be handed in.

    Attributes:
        reads: `line/sensor[/point]`.
        name: by which it comes: in JSON the reading's `name`; in line protocol `MEASUREMENT/FIELD`, or the
            measurement alone for a field named `value`. Unset: as `reads`.
        tags: in line protocol, tags that the point must have.
        time: `required`, or `arrival`: without one it has the time at which it came, and is taken again when sent again.
        within: how far its time may be from ours before the reading becomes uncertain; unset, any.
        backfill: the sender keeps what it could not send: what is older than `within` is back-fill, and not doubted.
    """

    reads: str
    name: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)
    time: Literal["required", "arrival"] = "required"
    within: Duration | None = None
    backfill: bool = False

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return (
            given | {"name": given.get("reads")} if isinstance(given, dict) and "name" not in given else given
        )

    @model_validator(mode="after")
    def _fits(self) -> PostedValue:
        if not self.name.strip():
            raise ValueError("a value that is handed in has a name")
        if self.backfill and self.within is None:
            raise ValueError("say within how long a reading is no back-fill, such as within: 5 min")
        if self.backfill and self.unit == "text":
            raise ValueError("a text has no quality: leave backfill out")
        return self


class HttpSource(Settings):
    """What programs hand in at `POST /api/v1/readings`, with a key that is bound to this source.

    Attributes:
        name: of the source; unique. Keys are bound to it.
        http: the values that may be handed in.
        ignore: names that are left out and counted, never kept; `*` stands for any letters.
    """

    name: str = Field(min_length=1)
    http: tuple[PostedValue, ...] = Field(min_length=1)
    ignore: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> HttpSource:
        seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        for value in self.http:
            key = value.name, tuple(sorted(value.tags.items()))
            if key in seen:
                raise ValueError(f"two values come by the name {value.name!r} and the same tags")
            seen.add(key)
            if self.ignores(value.name):
                raise ValueError(f"{value.name!r} is read, and ignored as well")
        return self

    def ignores(self, name: str) -> bool:
        """Whether values of this name are left out."""
        return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), name) for each in self.ignore)

    def places(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where in the source each series is named."""
        for number, value in enumerate(self.http):
            yield ("http", number, "reads"), value.reads
