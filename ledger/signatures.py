"""A person's signature under a record: name, role, meaning and time, bound to the bytes that were signed."""

from __future__ import annotations

import hashlib

from ledger.canonical import Body, canonical
from readings.times import format_time

SIGNATURE = "signature"


def signed_bytes(body: Body) -> bytes:
    """The bytes that a signature in this body stands under: the body without its `signature`, canonical.

    Raises:
        CanonicalError: the body cannot be written in one way only.
    """
    return canonical({key: value for key, value in body.items() if key != SIGNATURE})


def why_not_signed(who: str, body: Body) -> str:
    """Why who acts is not the one named, or has not signed exactly this; empty if they are, or nothing is signed."""
    if body.get("who") != who:
        return f"{who} acts, and {body.get('who')} is named"
    mark = body.get(SIGNATURE)
    if mark is not None and (
        not isinstance(mark, dict)
        or any(mark.get(name) != body.get(name) for name in ("who", "name", "role"))
        or mark.get("sha256") != hashlib.sha256(signed_bytes(body)).hexdigest()
    ):
        return f"the signature is not {who}'s under what was entered"
    return ""


def signature(  # noqa: PLR0913 - what a signature is made of
    *, who: str, name: str, role: str, meaning: str, at: int, record: bytes
) -> Body:
    """A signature (21 CFR 11.50 and 11.70: printed name, time, meaning, linked to its record).

    Args:
        who: the person's id.
        name: as printed.
        role: in which they sign.
        meaning: what they say by it: `acknowledged`, `verified`, ...
        at: when, ns UTC.
        record: the bytes signed, of `signed_bytes`.
    """
    return {
        "who": who,
        "name": name,
        "role": role,
        "meaning": meaning,
        "at": format_time(at),
        "sha256": hashlib.sha256(record).hexdigest(),
    }
