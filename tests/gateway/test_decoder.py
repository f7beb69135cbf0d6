"""A whole answer is unpacked at once, and gives what each value alone would give."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channel import Channel
from gateway.decode import Kind, Order, decode
from gateway.decoder import Decoder
from gateway.meaning import Meaning, meaning
from gateway.requests import Span, coalesce
from readings.quality import Reason
from readings.units import unit_named

_NUMBERS = [kind for kind in Kind if kind not in (Kind.BOOL, Kind.TEXT)]


def meant(**said: Any) -> Meaning:
    channel = Channel.model_validate({"reads": "l/s"} | said)
    return meaning(channel, order=Order.ABCD, target=unit_named(channel.unit))


def test_many_types_in_one_answer() -> None:
    """Each value of a mixed block has its own type, order and bits; the bytes are written by hand."""
    meanings = [
        meant(at="holding 100", type="int16", scale=0.1, unit="degC"),
        meant(at="holding 101", type="float32", order="CDAB", unit="mg/L"),
        meant(at="holding 103", type="uint16", order="BADC", unit="count"),
        meant(at="holding 104", type="uint16", bits="4 to 7", unit="count"),
        meant(at="holding 104", type="bool", bits=0),
        meant(at="holding 105", type="bcd16", unit="count"),
        meant(at="holding 106", type="text", length=2),
        meant(at="holding 108", type="uint16", codes={3: "sterilising"}),
    ]
    requests = coalesce(span for each in meanings for span in each.spans)
    assert requests == (Span("holding", 100, 9),)
    answer = [0xFF3F, 0x0000, 0x3F00, 0x3412, 0x00A1, 0x0815, 0x4142, 0x0000, 0x0003]
    assert Decoder(meanings, requests).read([answer]) == [
        (-19.3, -193.0, Reason.NONE),
        (0.5, 0.5, Reason.NONE),
        (4660.0, 4660.0, Reason.NONE),
        (10.0, 10.0, Reason.NONE),
        (1.0, 1.0, Reason.NONE),
        (815.0, 815.0, Reason.NONE),
        "AB",
        "sterilising",
    ]


def test_one_bad_value_leaves_its_neighbours() -> None:
    """BCD that is none, a coil that is neither 0 nor 1 and a text that is none are bad alone."""
    meanings = [
        meant(at="holding 0", type="bcd16", unit="count"),
        meant(at="holding 1", type="text", length=1),
        meant(at="holding 2", type="uint16", unit="count"),
        meant(at="coil 0", type="bool"),
        meant(at="coil 1", type="bool"),
    ]
    requests = (Span("coil", 0, 2), Span("holding", 0, 3))
    bcd, text, number, odd, on = Decoder(meanings, requests).read([[2, 1], [0x0A00, 0xFFFF, 7]])
    assert isinstance(bcd, tuple)
    assert bcd[2] is Reason.NOT_DECODED
    assert text is Reason.NOT_DECODED
    assert number == (7.0, 7.0, Reason.NONE)
    assert isinstance(odd, tuple)
    assert odd[2] is Reason.NOT_DECODED
    assert on == (1.0, 1.0, Reason.NONE)


def test_a_failed_request_takes_what_rests_on_it() -> None:
    """Values of an answer that did not come are bad with its reason, a value whose status did not come as well."""
    status = [{"at": "input 50", "type": "bool", "bits": 1, "means": "fault"}]
    meanings = [
        meant(at="input 0", type="int16", unit="degC"),
        meant(at="input 1", type="int16", unit="degC", status=status),
        meant(at="input 50", type="uint16", unit="count"),
    ]
    decoder = Decoder(meanings, [Span("input", 0, 2), Span("input", 50, 1)])
    assert decoder.rests_on == ((0,), (0, 1), (1,))
    alone, watched, word = decoder.read([[20, 21], Reason.ILLEGAL_ADDRESS])
    assert alone == (20.0, 20.0, Reason.NONE)
    assert isinstance(watched, tuple)
    assert math.isnan(watched[0])
    assert watched[1:] == (21.0, Reason.ILLEGAL_ADDRESS)
    assert isinstance(word, tuple)
    assert word[2] is Reason.ILLEGAL_ADDRESS
    assert decoder.read([[20, 21], [0b01]])[1] == (21.0, 21.0, Reason.NONE)
    assert decoder.read([[20, 21], [0b10]])[1] == (
        pytest.approx(math.nan, nan_ok=True),
        21.0,
        Reason.DEVICE_FAULT,
    )


def test_what_no_request_reads_is_a_fault_of_ours() -> None:
    """A span outside of all requests is not guessed."""
    with pytest.raises(KeyError, match="holding 9"):
        Decoder([meant(at="holding 9", type="int16", unit="degC")], [Span("holding", 0, 9)])


_places = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(_NUMBERS), st.sampled_from(list(Order))),
    min_size=1,
    max_size=12,
)


@given(_places, st.lists(st.integers(0, 65535), min_size=40, max_size=40))
def test_at_once_is_as_one_by_one(places: list[tuple[int, Kind, Order]], registers: list[int]) -> None:
    """Whatever lies in a block, overlapping or not, in any order: the decoder reads what `decode` reads."""
    meanings = [meant(at=f"input {at}", type=kind, order=order, unit="count") for at, kind, order in places]
    read = Decoder(meanings, [Span("input", 0, 40)]).read([registers])
    for (at, kind, order), given_one in zip(places, read, strict=True):
        assert isinstance(given_one, tuple)
        try:
            raw = decode(registers[at : at + kind.size], kind, order)
        except ValueError:
            assert given_one[2] is Reason.NOT_DECODED
            continue
        assert given_one[1] == float(raw) or (math.isnan(raw) and math.isnan(given_one[1]))
        assert (given_one[2] is Reason.NOT_A_NUMBER) == (not math.isfinite(raw))
