"""The kinds of trouble that the record process reports of itself under `trouble` in `health.json`."""

from __future__ import annotations

from typing import Final, Literal, get_args

TroubleKind = Literal[
    "commit",
    "bound",
    "disk",
    "ledger",
    "archive",
    "plan",
    "entered",
    "handed_in",
    "notices",
    "siren",
    "health_notices",
    "look_back",
    "completeness",
    "doubt",
]

KINDS: Final[tuple[TroubleKind, ...]] = get_args(TroubleKind)

TROUBLES: Final[dict[str, str]] = {
    "commit": "Nothing is recorded any more",
    "bound": "The journal is at its bound",
    "disk": "The disk is full",
    "ledger": "The ledger cannot be written",
    "archive": "The archive is not whole, or cannot be written",
    "plan": "A plan file is not in force",
    "entered": "What people entered is not taken",
    "handed_in": "What was handed in is not taken",
    "notices": "Notices wait or reach nobody",
    "siren": "A siren may still sound",
    "health_notices": "Notices of health wait",
    "look_back": "A look-back failed",
    "completeness": "Completeness is not counted",
    "doubt": "What a source gives is doubtful",
}
"""Each in plain words, the message id of both languages."""
