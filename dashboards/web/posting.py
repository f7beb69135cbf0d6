"""A program hands in readings: known by its key, understood or refused, durable before it is answered."""

from __future__ import annotations

import hashlib
import zlib

import msgspec
from fastapi import Request

from dashboards.web.errors import KeyUsed, WebRefusal
from dashboards.web.state import Web
from ingest.errors import PostedOtherwiseError
from ingest.posted import Batch
from ledger.api_keys import ApiKey
from readings.posted import Form, Post, PostFault, Understood

UNPACKED = 8 << 20  # bytes of a body, at most
FORMS = {
    "application/json": Form.JSON,
    "text/plain": Form.LINES,
    "application/vnd.influx.line-protocol": Form.LINES,
}
SHOWN = 100  # faults of one answer
_GZIP = 31  # of zlib: gzip alone, with the largest window


async def body_of(request: Request) -> bytes:
    """The body, unpacked.

    Raises:
        WebRefusal: packed otherwise than by gzip, damaged, or too large once unpacked.
    """
    body = await request.body()
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if packed in ("", "identity"):
        return body
    if packed != "gzip":
        raise WebRefusal(f"a body is packed by gzip or not at all, not by {packed[:40]!r}")
    try:
        unpacking = zlib.decompressobj(_GZIP)
        unpacked = unpacking.decompress(body, UNPACKED)
    except zlib.error as error:
        raise WebRefusal(f"the body is not gzip: {error}") from error
    if unpacking.unconsumed_tail or not unpacking.eof or unpacking.unused_data:
        raise WebRefusal(f"the body is not one whole gzip member of at most {UNPACKED >> 20} MiB")
    return unpacked


def form_of(request: Request) -> Form:
    """How a body is written, by its Content-Type; line protocol where it says none.

    Raises:
        WebRefusal: in neither way.
    """
    kind = request.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    if kind not in FORMS:
        raise WebRefusal(f"Content-Type is {' or '.join(FORMS)}, not {kind[:80]!r}")
    return FORMS[kind]


class FaultyPost(WebRefusal):
    """Part of a post cannot be read, and nothing of it was taken.

    Attributes:
        errors: where, and what.
    """

    slug = "bad-request"

    def __init__(self, faults: tuple[PostFault, ...]) -> None:
        more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}; nothing was taken")
        self.errors = [{"at": each.at, "what": each.what} for each in faults[:SHOWN]]


def hand_in(web: Web, key: ApiKey, post: Post, *, partial: bool, once: str | None) -> bytes:
    """Put what a program hands in where the record process takes it from; the answer, as JSON.

    Args:
        web: with the stores, and who understands it.
        key: whose it is.
        post: as it came.
        partial: what can be read is taken, and the rest set aside; else all or nothing.
        once: an idempotency key: sent again with the same, the same answer is given and nothing is done.

    Raises:
        WebRefusal: nothing can be handed in here.
        FaultyPost: part of it cannot be read, and it is not `partial`.
        KeyUsed: the key came with another request before.
        PostError: it cannot be read at all.
        OSError: it is not durable; nothing was taken.
    """
    if web.poster is None:
        raise WebRefusal("this site has no source with http in its site file: nothing can be handed in")
    found = web.poster(key.source, post)
    if found.faults and not partial:
        raise FaultyPost(found.faults)
    asked = hashlib.sha256(b"\n".join([str(post.form).encode(), post.precision.encode(), post.body])).digest()
    name = hashlib.sha256(f"{key.id}\n{once}".encode()).hexdigest() if once else ""
    batch = Batch(key.source, found.block, found.aside)
    try:
        return web.stores.posted.put(batch, msgspec.json.encode(told(found)), key=name, request=asked)
    except PostedOtherwiseError as error:
        raise KeyUsed("this idempotency key came with another request before; use a new one") from error


def told(found: Understood) -> dict[str, object]:
    """What became of a post."""
    return {
        "readings": len(found.block),
        "states": len(found.block.states),
        "evidence": len(found.block.acts),
        "set_aside": len(found.faults),
        "ignored": found.ignored,
        "errors": [{"at": each.at, "what": each.what} for each in found.faults[:SHOWN]],
    }
