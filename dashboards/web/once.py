"""Idempotency keys: a request sent again with the same key is answered again, and not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header

from dashboards.web.errors import KeyUsed
from dashboards.web.state import Web
from ledger.answers import Answer

OnceKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", max_length=200, description="Sent again with the same, it is not done again."
    ),
]


def done_once(
    web: Web, key: str, asked: Any, do: Callable[[], str], *, again: Callable[[], None] = lambda: None
) -> str:
    """What came of a request: done now, or kept from when it came first.

    Args:
        web: with the answers that were given.
        key: whose request it is, what it is about, and the sender's own key; empty for one without, always done.
        asked: everything that makes it the same request; plain enough for JSON.
        do: does it; what is kept.
        again: is called where it was done before.

    Raises:
        KeyUsed: another request came with this key.
    """
    if not key:
        return do()
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()
    known = web.stores.answers.find(key, now=web.now())
    if known is None:
        made = do()
        web.stores.answers.keep(key, Answer(digest, 202, made.encode()), now=web.now())
        return made
    if known.request != digest:
        raise KeyUsed("this idempotency key came with another request before; use a new one")
    again()
    return known.body.decode()
