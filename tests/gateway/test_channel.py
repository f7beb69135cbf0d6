"""What a channel says of its registers fits together, or is refused in words that help."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.channel import Channel
from gateway.decode import Order
from gateway.registers import Means
from readings.quality import Quality, Reason

AIR = {"reads": "cold-3/air", "at": "holding 0", "type": "int16", "unit": "degC"}
BAD = {"at": "holding 4", "type": "uint16", "means": "fault"}
WORD = {"at": "holding 1", "type": "uint16"}


def channel(**said: Any) -> Channel:
    return Channel.model_validate(AIR | said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"type": "bool", "unit": "bool"}, "a bool in a holding register is one bit of it; write which"),
        ({"type": "bool", "bits": "1 to 2"}, "one bit of it"),
        ({"at": "coil 1"}, "coils and discrete inputs are bool, without bits"),
        ({"at": "discrete 1", "type": "bool", "bits": 3}, "without bits"),
        ({"bits": 3}, "int16 has no bits; read it as an unsigned number"),
        ({"type": "uint16", "bits": "4 to 16"}, "bits 4 to 16: uint16 has the bits 0 to 15"),
        ({"type": "uint16", "bits": "7 to 4"}, "are no bits; write one, such as 3"),
        ({"type": "uint16", "bits": True}, "are no bits"),
        ({"order": "ACBD"}, "is no order; write big, little"),
        ({"sentinels": [65535]}, "65535 is never read from int16, -32768 to 32767; as int16 it is -1"),
        ({"sentinels": [0.5]}, "0.5 is never read from int16"),
        ({"type": "bcd16", "sentinels": [10000]}, "never read from bcd16, 0 to 9999"),
        ({"sentinels": ["OL"]}, "a register holds numbers"),
        ({"type": "text", "length": 4}, "unit degC: `type: text` and `codes` make a text"),
        ({"type": "text", "unit": "text"}, "a text has a length in registers"),
        ({"length": 2}, "a text has a length in registers, and nothing else has"),
        ({"codes": {1: "running"}}, "unit degC: `type: text` and `codes` make a text"),
        ({"codes": {1: "running"}, "unit": "text", "scale": 0.1}, "a text has no scale"),
        ({"sum": [WORD, WORD]}, "a value has `at` and `type`, or one of sum, difference, product"),
        ({"type": None}, "a value has `at` and `type`"),
        ({"loop": {"span": [0, 10]}, "scale": 2}, "a loop with a span needs no scale"),
        (
            {"status": [{"at": "holding 4", "type": "float32", "means": "fault"}]},
            "a status is a whole number",
        ),
        (
            {"status": [{"at": "holding 4", "type": "uint16", "means": "fault", "when": [-1]}]},
            "-1 is never read",
        ),
        (
            {"status": [{"at": "holding 4", "type": "uint16", "means": "odd"}]},
            "'fault', 'bypass' or 'doubted'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(said: dict[str, Any], message: str) -> None:
    """Types against tables, bits against widths, sentinels that no register can hold, two ways at once."""
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        channel(**said)


def test_a_value_is_made_in_one_way() -> None:
    """A sum and a product at once are refused, and bits belong to the parts."""
    parts = {"reads": "a/b", "unit": "degC", "sum": [WORD, WORD]}
    assert Channel.model_validate(parts).made_of is not None
    with pytest.raises(ValidationError, match="a sum or a difference or a product"):
        Channel.model_validate(parts | {"product": [WORD, WORD]})
    with pytest.raises(ValidationError, match="bits and order belong to the parts of a sum"):
        Channel.model_validate(parts | {"bits": 3})


def test_units_that_go_without_saying() -> None:
    """A text and a truth need no unit; everything else does."""
    assert Channel.model_validate({"reads": "a/b", "at": "coil 1", "type": "bool"}).unit == "bool"
    assert Channel.model_validate({"reads": "a/b", **WORD, "codes": {1: "on"}}).unit == "text"
    with pytest.raises(ValidationError, match="Field required"):
        Channel.model_validate({"reads": "a/b", **WORD})


def test_what_is_written_comes_back() -> None:
    """Bits, orders and addresses are written as they were read."""
    said = AIR | {"type": "uint16", "bits": "4 to 7", "order": "BADC"}
    written = Channel.model_validate(said).model_dump(mode="json", exclude_defaults=True)
    assert written == said
    assert Channel.model_validate(written) == Channel.model_validate(said)


def test_what_a_device_says_of_its_values() -> None:
    """A fault and a bypass (NE 107: failure, check function) leave no value; out of specification leaves a doubt."""
    assert Means.FAULT.reason is Reason.DEVICE_FAULT
    assert Means.BYPASS.reason is Reason.BYPASS
    assert [each.reason.quality for each in Means] == [Quality.BAD, Quality.BAD, Quality.UNCERTAIN]


def test_a_range_of_sentinels_is_all_its_numbers() -> None:
    """A logger that sends its errors as numbers below -32000 is told in one line."""
    assert channel(sentinels=["-32003 to -32001", 32767]).sentinels == (-32003, -32002, -32001, 32767)


def test_orders_are_filled_in_everywhere() -> None:
    """What a device profile says of its order holds for each number of a value that says none."""
    value = channel(exponent=WORD, status=[BAD, BAD | {"order": "BADC"}], type="int32").with_order(Order.CDAB)
    assert (value.order, value.exponent and value.exponent.order) == (Order.CDAB, Order.CDAB)
    assert [each.order for each in value.status] == [Order.CDAB, Order.BADC]
    made = Channel.model_validate({"reads": "a/b", "unit": "degC", "sum": [WORD, WORD]}).with_order(
        Order.CDAB
    )
    assert [each.order for each in made.sum or ()] == [Order.CDAB] * 2
    assert made.order is None
