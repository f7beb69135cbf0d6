"""A limit kind that holds each reading against bounds of its own."""

from __future__ import annotations

from dataclasses import dataclass

from rules.limit import Limit


@dataclass(frozen=True, slots=True)
class PlainKind:
    """See `rules.limit.Kind`."""

    name: str
    method: str
    model: type[Limit]
