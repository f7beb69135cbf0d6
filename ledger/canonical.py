"""Canonical JSON: one way only to write a body, so that its bytes can be hashed and signed.

Keys sorted, no spaces, UTF-8 without escapes that JSON does not demand. For what is allowed here (text,
integers, true, false, null, lists, objects with ASCII keys) this is RFC 8785. Numbers with a fraction are
written as texts at the resolution of the sensor; a float is refused, for it would show digits that nobody
measured.
"""

from __future__ import annotations

import json
from typing import Any

from ledger.errors import CanonicalError

Body = dict[str, Any]

MAX_DEPTH = 32
_MAX_INT = 2**63 - 1
_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def canonical(body: Body, *, where: str = "body") -> bytes:
    """The body as canonical JSON.

    Args:
        body: texts, integers of 64 bits, booleans, None, lists and dicts of them; ASCII keys.
        where: what the path in an error message begins with.

    Raises:
        CanonicalError: anything else, a float above all; the message names its path.
    """
    if type(body) is not dict:
        raise CanonicalError(f"{where} is {type(body).__name__}; a body is an object")
    _check(body, where, 0)
    return _write(body).encode()


def parse(data: bytes, *, where: str = "record") -> Body:
    """The body that these canonical bytes stand for.

    Raises:
        CanonicalError: not JSON, not an object, or not the canonical way to write it.
    """
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CanonicalError(f"{where} is not JSON: {error}") from error
    if canonical(body, where=where) != bytes(data):
        raise CanonicalError(f"{where} is not canonical JSON: the same content is written differently")
    return dict(body)


def _check(value: Any, where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CanonicalError(f"{where} lies deeper than {MAX_DEPTH} levels")
    if type(value) is list:
        for index, item in enumerate(value):
            _check(item, f"{where}[{index}]", depth + 1)
    elif type(value) is dict:
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise CanonicalError(f"{where} has the key {key!r}; keys are ASCII texts")
            _check(item, f"{where}.{key}", depth + 1)
    else:
        _check_lone(value, where)


def _check_lone(value: Any, where: str) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise CanonicalError(f"{where} holds half a surrogate pair; it is no valid text") from error
    elif isinstance(value, float):
        raise CanonicalError(f"{where} is the float {value!r}; write it as a text at the sensor's resolution")
    elif value is not None and not isinstance(value, int):
        raise CanonicalError(f"{where} is {type(value).__name__}, which canonical JSON has no way to write")
    elif value is not None and abs(value) > _MAX_INT:
        raise CanonicalError(f"{where} is an integer of more than 64 bits; write it as a text")
