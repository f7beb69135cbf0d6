"""Answers that depend on the ledger alone: named by it (ETag), and not sent again while it stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import Request, Response

from dashboards.views.snapshot import Snapshot
from dashboards.web.state import standing_headers
from ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Named:
    """A state of the ledger, and whether it is of now.

    Attributes:
        headers: that every answer from this state has, its name among them.
    """

    headers: dict[str, str]

    def answer(self, content: Any) -> Response:
        """An answer from this state, as JSON."""
        return Response(
            msgspec.json.encode(content), media_type="application/json", headers=dict(self.headers)
        )


def unchanged(request: Request, ledger: Ledger, snapshot: Snapshot | None = None) -> Response | Named:
    """304 where the client has the answer of this state already, else the state's name.

    Args:
        request: with `If-None-Match`, or without.
        ledger: that the answer is read from; it must be read after this.
        snapshot: of an answer that speaks of now: a record that has died has another name than one that lives.
    """
    name = f"{ledger.last_seq()}-{ledger.root().hex()[:16]}"
    headers = {"Cache-Control": "private, no-cache"}
    if snapshot is not None:
        name += "-now" if snapshot.current else "-old"
        headers |= standing_headers(snapshot)
    headers["ETag"] = f'W/"{name}"'
    known = request.headers.get("if-none-match", "")
    if headers["ETag"] in [each.strip() for each in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Named(headers)
