"""Whatever stands on a Modbus wire: no failure, and no value but the one that a decoder written apart reads."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decode import ORDER_NAMED, Kind, decode, text_of
from gateway.modbus_frames import Mbap, Question, Rtu, reading, switching
from gateway.requests import Span
from readings.quality import Reason

TABLES = st.sampled_from(["coil", "discrete", "holding", "input"])
QUESTIONS = st.builds(
    lambda unit, table, first, count: reading(unit, Span(table, first, count)),
    st.integers(1, 247),
    TABLES,
    st.integers(0, 65000),
    st.integers(1, 125),
)
TRANSACTION = 0x1234


def crc(data: bytes) -> bytes:
    """Modbus over Serial Line V1.02, 6.2.2, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def framed(framing: Mbap | Rtu, unit: int, pdu: bytes) -> bytes:
    """A frame as the standards say."""
    if isinstance(framing, Rtu):
        return bytes([unit]) + pdu + crc(bytes([unit]) + pdu)
    return struct.pack(">HHHB", TRANSACTION, 0, len(pdu) + 1, unit) + pdu


def right(question: Question, data: bytes) -> bytes:
    """The answer to a question, with these bytes as its data."""
    body = (data * (question.size // len(data) + 1))[: question.size]
    return bytes([question.function, question.size]) + body


def meant(question: Question, pdu: bytes) -> list[int]:
    """What an answer's registers or bits are."""
    if question.function in (1, 2):
        return [pdu[2 + number // 8] >> number % 8 & 1 for number in range(question.count)]
    return [pdu[2 + 2 * number] << 8 | pdu[3 + 2 * number] for number in range(question.count)]


@pytest.mark.parametrize("framing", [Mbap(), Rtu()], ids=["tcp", "rtu"])
@given(QUESTIONS, st.binary(min_size=1, max_size=300))
def test_any_bytes_are_heard(framing: Mbap | Rtu, question: Question, heard: bytes) -> None:
    """More must come, or a reason; values only where the bytes are a whole right frame."""
    answer = framing.unpack(question, TRANSACTION, heard)
    if answer is not None and not isinstance(answer, Reason):
        pdu = heard[7:] if isinstance(framing, Mbap) else heard[1:-2]
        assert heard == framed(framing, question.unit, pdu)
        assert list(answer) == meant(question, pdu)


@pytest.mark.parametrize("framing", [Mbap(), Rtu()], ids=["tcp", "rtu"])
@given(QUESTIONS, st.binary(min_size=1, max_size=20))
def test_a_right_answer_is_read(framing: Mbap | Rtu, question: Question, data: bytes) -> None:
    """Byte by byte nothing is said until the last one; then the values of a decoder written apart."""
    pdu = right(question, data)
    frame = framed(framing, question.unit, pdu)
    for end in range(1, len(frame)):
        assert framing.unpack(question, TRANSACTION, frame[:end]) is None
    answer = framing.unpack(question, TRANSACTION, frame)
    assert not isinstance(answer, Reason)
    assert answer is not None
    assert list(answer) == meant(question, pdu)


@given(QUESTIONS, st.binary(min_size=1, max_size=20), st.data())
def test_no_bit_of_a_header_can_be_wrong(question: Question, data: bytes, draw: st.DataObject) -> None:
    """Modbus TCP: transaction, protocol, length, unit, function and byte count; the data nobody can check."""
    frame = bytearray(framed(Mbap(), question.unit, right(question, data)))
    bit = draw.draw(st.integers(0, 9 * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8
    assert not isinstance(Mbap().unpack(question, TRANSACTION, bytes(frame)), tuple | list)


@given(QUESTIONS, st.binary(min_size=1, max_size=20), st.data())
def test_no_three_bits_of_an_rtu_frame_can_be_wrong(
    question: Question, data: bytes, draw: st.DataObject
) -> None:
    """The checksum tells one to three wrong bits, wherever they are."""
    frame = bytearray(framed(Rtu(), question.unit, right(question, data)))
    for bit in draw.draw(st.sets(st.integers(0, len(frame) * 8 - 1), min_size=1, max_size=3)):
        frame[bit // 8] ^= 1 << bit % 8
    assert not isinstance(Rtu().unpack(question, TRANSACTION, bytes(frame)), tuple | list)


@pytest.mark.parametrize("framing", [Mbap(), Rtu()], ids=["tcp", "rtu"])
@given(QUESTIONS, QUESTIONS, st.binary(min_size=1, max_size=20))
def test_the_answer_to_another_question(
    framing: Mbap | Rtu, question: Question, other: Question, data: bytes
) -> None:
    """Of another unit, function or size it is never believed; RTU cannot tell more, and the link sees to that."""
    alike = (question.unit, question.function, question.size) == (other.unit, other.function, other.size)
    answer = framing.unpack(question, TRANSACTION, framed(framing, other.unit, right(other, data)))
    assert isinstance(answer, tuple | list) == alike


@pytest.mark.parametrize("framing", [Mbap(), Rtu()], ids=["tcp", "rtu"])
@given(st.binary(min_size=1, max_size=30), st.booleans())
def test_a_coil_is_switched_or_not(framing: Mbap | Rtu, heard: bytes, on: bool) -> None:
    """Only the echo of the question says that it is."""
    question = switching(9, 3, on=on)
    answer = framing.unpack(question, TRANSACTION, heard)
    assert answer is None or isinstance(answer, Reason) or heard == framed(framing, 9, question.pdu)
    assert framing.unpack(question, TRANSACTION, framed(framing, 9, question.pdu)) == []


LETTERS = {
    1: {"ABCD": "AB", "BADC": "BA", "CDAB": "AB", "DCBA": "BA"},
    2: {"ABCD": "ABCD", "BADC": "BADC", "CDAB": "CDAB", "DCBA": "DCBA"},
    4: {"ABCD": "ABCDEFGH", "BADC": "BADCFEHG", "CDAB": "GHEFCDAB", "DCBA": "HGFEDCBA"},
}
HALVES = {"EFGHABCD": "ABCD", "CDABGHEF": "CDAB", "FEHGBADC": "BADC", "DCBAHGFE": "DCBA"}
FLOATS = {"float16": ">e", "float32": ">f", "float64": ">d"}


def by_letters(registers: list[int], order: str) -> bytes:
    """The bytes of a value, the most significant first: the letters say which one comes at each place."""
    size = len(registers)
    letters = order if size == 4 and order in HALVES else LETTERS[size][HALVES.get(order, order)]
    sent = b"".join(word.to_bytes(2, "big") for word in registers)
    placed = dict(zip(letters, sent, strict=True))
    return bytes(placed[letter] for letter in sorted(placed))


def apart(data: bytes, kind: str) -> float | None:
    """What bytes hold; None where they hold nothing."""
    if kind in FLOATS:
        return float(struct.unpack(FLOATS[kind], data)[0])
    if kind.startswith("bcd"):
        digits = data.hex()
        return int(digits) if digits.isdecimal() else None
    if kind.endswith("_high"):
        data = data[:1]
    elif kind.endswith(("_low", "24")):
        data = data[1:]
    return int.from_bytes(data, "big", signed=kind.startswith("int"))


@given(
    st.sampled_from([kind for kind in Kind if kind not in (Kind.BOOL, Kind.TEXT)]),
    st.sampled_from(sorted(set(LETTERS[4]) | set(HALVES))),
    st.lists(st.integers(0, 65535), min_size=4, max_size=4),
)
def test_every_type_in_every_order(kind: Kind, order: str, words: list[int]) -> None:
    """Any registers: the number that their letters say, or none."""
    registers = words[: kind.size]
    expected = apart(by_letters(registers, order), kind.value)
    if expected is None:
        with pytest.raises(ValueError, match="BCD"):
            decode(registers, kind, ORDER_NAMED[order])
        return
    found = decode(registers, kind, ORDER_NAMED[order])
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@given(st.lists(st.integers(0, 65535), max_size=20))
def test_any_text(registers: list[int]) -> None:
    """A text of registers can be printed, or there is none."""
    try:
        assert text_of(registers).isprintable()
    except ValueError:
        return
