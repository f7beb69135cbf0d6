"""Answers that depend on the ledger alone: named by it (ETag), and not sent again while it stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import Request, Response

from ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Named:
    """A state of the ledger.

    Attributes:
        etag: its name.
    """

    etag: str

    def answer(self, content: Any) -> Response:
        """An answer from this state, as JSON."""
        return Response(
            msgspec.json.encode(content),
            media_type="application/json",
            headers={"ETag": self.etag, "Cache-Control": "private, no-cache"},
        )


def unchanged(request: Request, ledger: Ledger) -> Response | Named:
    """304 where the client has the answer of this state already, else the state's name.

    Args:
        request: with `If-None-Match`, or without.
        ledger: that the answer is read from; it must be read after this.
    """
    etag = f'W/"{ledger.last_seq()}-{ledger.root().hex()[:16]}"'
    known = request.headers.get("if-none-match", "")
    if etag in [each.strip() for each in known.split(",")]:
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    return Named(etag)
