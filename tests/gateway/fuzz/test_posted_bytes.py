"""Whatever a program hands in: told part by part or refused, and no value but the one that the standard library reads."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gateway.posted import Posts
from gateway.settings import Sources
from readings.inputs import Series
from readings.posted import Form, Post, PostError, Understood
from readings.quality import Quality
from readings.times import parse_time
from readings.units import unit_named

NOW = parse_time("2026-12-01T00:10:00Z")
UNITS = {
    Series("c", "air"): unit_named("degC"),
    Series("c", "door"): unit_named("bool"),
    Series("c", "lot"): unit_named("text"),
}
POSTS = Posts(
    TypeAdapter(Sources).validate_python(
        (
            {
                "name": "mes",
                "http": [
                    {"reads": "c/air", "unit": "degC", "sentinels": [327.67], "within": "5 min"},
                    {"reads": "c/door", "unit": "bool", "time": "arrival"},
                    {"reads": "c/lot", "unit": "text"},
                ],
            },
        )
    ),
    UNITS,
)
LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["-18.3", "nan", "c/air", "c/door", "c/lot", "2026-12-01T00:09:00Z", "good", "bad"]),
)
KEYS = st.sampled_from(
    ["name", "value", "time", "tags", "sequence", "quality", "reason", "backfill", "evidence", "x"]
)
ITEM = st.dictionaries(
    KEYS, st.one_of(LEAF, st.dictionaries(st.text(max_size=4), LEAF, max_size=3)), max_size=8
)
BODIES = st.one_of(
    st.binary(max_size=80),
    st.lists(ITEM, max_size=4).map(lambda items: json.dumps({"readings": items}).encode()),
    ITEM.map(lambda item: json.dumps({"readings": [{"name": "c/air", "value": 1, **item}]}).encode()),
)
LINES = st.text(alphabet='c/air=door,lot "\\\n#1234567890it.-e', max_size=120)


def read(body: bytes, form: Form = Form.JSON) -> Understood | None:
    """What a body becomes; None where it is refused as a whole."""
    try:
        return POSTS("mes", Post(body, form, NOW))
    except PostError:
        return None


def in_order(found: Understood) -> None:
    """A value where it is not bad, and none where it is; every fault says where and what."""
    for value, quality in zip(found.block.value.tolist(), found.block.quality.tolist(), strict=True):
        assert math.isnan(value) == (quality == Quality.BAD)
    assert all(0 <= time < 2**63 for time in found.block.time.tolist())
    assert all(fault.at and fault.what for fault in found.faults)
    assert bool(found.faults) == (found.aside is not None)


@given(BODIES)
def test_any_json(body: bytes) -> None:
    """Any body is understood, told part by part or refused."""
    found = read(body)
    if found is not None:
        in_order(found)


@given(st.one_of(LINES.map(str.encode), st.binary(max_size=60)))
def test_any_lines(body: bytes) -> None:
    """Likewise in line protocol."""
    found = read(body, Form.LINES)
    if found is not None:
        in_order(found)


@given(st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats()))
def test_a_good_value_is_the_one_of_the_body(value: Any) -> None:
    """A number is that number as the standard library reads it, uncertain where it is too long; else there is no value."""
    body = json.dumps(
        {"readings": [{"name": "c/air", "value": value, "time": "2026-12-01T00:09:00Z", "sequence": 5}]}
    ).encode()
    found = read(body)
    if found is None or not len(found.block):
        assert isinstance(value, bool) or not math.isfinite(value) or abs(value) > 1e15
        return
    (number,) = found.block.value.tolist()
    again = json.loads(body)["readings"][0]["value"]
    if math.isnan(number):
        assert again is None or again == 327.67 or not math.isfinite(again)
    else:
        assert number == float(again)
        assert number == again or found.block.quality.tolist() == [Quality.UNCERTAIN]
    assert found.block.seq.tolist() == [5]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(-(2**62), 2**62))
def test_a_point_of_line_protocol(value: float, count: int) -> None:
    """A float and a whole number are read as Python reads them."""
    at = NOW - 60 * 10**9
    found = read(f"c/air value={value!r} {at}\nc/air value={count}i {at + 1}".encode(), Form.LINES)
    assert found is not None
    for number, meant in zip(found.block.value.tolist(), (value, float(count)), strict=True):
        assert number == meant
    assert found.block.time.tolist() == [at, at + 1]
