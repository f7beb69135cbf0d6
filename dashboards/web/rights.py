"""Who may see and do what: one table. Which role may take which step of a case stands in `rules.cases`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from rules.cases import TRANSITIONS


class Right(StrEnum):
    """What somebody may do here.

    `read`: see everything. `act`: take unsigned steps of cases. `sign`: take signed ones. `export`: take packages away.
    `ingest`: hand in readings.
    """

    READ = "read"
    ACT = "act"
    SIGN = "sign"
    EXPORT = "export"
    INGEST = "ingest"


ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    "operator": frozenset({Right.READ, Right.ACT}),
    "qa": frozenset({Right.READ, Right.ACT, Right.SIGN, Right.EXPORT}),
    "engineer": frozenset({Right.READ, Right.ACT, Right.EXPORT}),
    "auditor": frozenset({Right.READ, Right.EXPORT}),
    "regulator": frozenset({Right.READ, Right.EXPORT}),
}

# No key acts or signs, whatever it is for; one that hands in readings sees nothing.
SCOPE_RIGHTS: dict[str, frozenset[Right]] = {
    "read": frozenset({Right.READ, Right.EXPORT}),
    "ingest": frozenset({Right.INGEST}),
}

NOBODY = frozenset({Right.READ})  # where reading is open


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """What a person with these roles may do."""
    return frozenset().union(*(ROLE_RIGHTS.get(role, frozenset()) for role in roles))


def steps_of(role: str) -> list[str]:
    """The steps of a case that a role may take, in their order."""
    return [name for name, step in TRANSITIONS.items() if role in step.roles]
