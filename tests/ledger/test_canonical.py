"""Canonical JSON: one way to write a body."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MAX_DEPTH, canonical, parse
from ledger.errors import CanonicalError

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_KEY = st.text(st.characters(max_codepoint=127))
_LONE = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | _TEXT
_VALUE = st.recursive(
    _LONE, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEY, inner, max_size=4)
)
_BODY = st.dictionaries(_KEY, _VALUE, max_size=5)


@given(_BODY)
def test_round_trip(body: dict[str, Any]) -> None:
    """What is written is read again as the same, and written again as the same bytes."""
    data = canonical(body)
    assert parse(data) == body
    assert canonical(parse(data)) == data


@given(_BODY)
def test_order_of_keys_does_not_matter(body: dict[str, Any]) -> None:
    """Two dicts that are equal are written alike, whatever the order their keys came in."""
    assert canonical(dict(reversed(body.items()))) == canonical(body)


def test_the_bytes() -> None:
    """Sorted keys, no spaces, UTF-8 unescaped save what JSON demands (RFC 8785, 3.2)."""
    body = {"b": ["雪", "\n\u007f\u2028", '"\\', "\x01"], "a": {"y": True, "x": None}, "c": -7}
    expected = '{"a":{"x":null,"y":true},"b":["雪","\\n\u007f\u2028","\\"\\\\","\\u0001"],"c":-7}'
    assert canonical(body) == expected.encode()


@pytest.mark.parametrize("value", [0.5, math.nan, math.inf, 1.0])
def test_a_float_is_refused_by_its_path(value: float) -> None:
    """A float anywhere is an error that names where it stands."""
    with pytest.raises(CanonicalError, match=r"body\.worst\[1\]\.value is the float"):
        canonical({"worst": ["x", {"value": value}]})


@pytest.mark.parametrize(
    "body",
    [
        {"a": (1, 2)},
        {"a": b"x"},
        {"a": {1}},
        {"ö": 1},
        {1: 2},
        {"a": 2**63},
        {"a": "\ud800"},
        [1],
        None,
    ],
)
def test_anything_else_is_refused(body: Any) -> None:
    """Tuples, bytes, sets, other keys, huge integers, broken texts and lone values have no canonical form."""
    with pytest.raises(CanonicalError):
        canonical(body)


def test_too_deep_is_refused() -> None:
    """Nesting has an end, so that no reader's stack does."""
    body: dict[str, Any] = {}
    for _ in range(MAX_DEPTH + 2):
        body = {"a": body}
    with pytest.raises(CanonicalError, match="deeper"):
        canonical(body)
    with pytest.raises(CanonicalError):
        parse(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":-0}',
        b"[1]",
        b"",
        b"\xff",
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_other_ways_to_write_are_refused(data: bytes) -> None:
    """JSON that says the same in other bytes is not canonical."""
    with pytest.raises(CanonicalError):
        parse(data)


def test_python_reads_it() -> None:
    """Canonical JSON is JSON."""
    assert json.loads(canonical({"a": "雪"})) == {"a": "雪"}
