"""The timelines that verdict records make: what is in force now, and what was known at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from readings.times import NEVER, parse_time

Key = tuple[str, str, str, str]  # line, CCP, limit, unit


def effective(
    records: Iterable[tuple[str, dict[str, Any]]], *, known: int = NEVER
) -> dict[Key, list[dict[str, Any]]]:
    """The spans in force, by line, CCP, limit and unit, in order of time.

    Args:
        records: (line, body) of the `verdict` records, in order of the ledger.
        known: only what was known at this time, ns UTC.

    Returns:
        For each timeline its spans: the bodies of their records with `to`, and with `worst` of the whole span; both are
        None while it is open, for the worst may still come.
    """
    found: dict[Key, list[dict[str, Any]]] = {}
    for line, body in records:
        if parse_time(body["known"]) > known:
            continue
        spans = found.setdefault((line, body["ccp"], body["limit"], body["unit"]), [])
        start = parse_time(body["from"])
        gone = {each["from"] for each in body["supersedes"]}
        spans[:] = [span for span in spans if parse_time(span["from"]) < start and span["from"] not in gone]
        if spans:
            spans[-1] |= {"worst": body["worst_before"], "to": body["from"]}
        spans.append(body | {"to": None, "worst": None})
    return found
