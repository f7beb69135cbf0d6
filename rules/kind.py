"""What a limit kind is made of."""

from __future__ import annotations

from dataclasses import dataclass

from rules.derivation import Memory
from rules.limit import Limit


@dataclass(frozen=True, slots=True)
class PlainKind:
    """See `rules.limit.Kind`."""

    name: str
    method: str
    model: type[Limit]
    memory: type[Memory] | None = None  # of its derivation
