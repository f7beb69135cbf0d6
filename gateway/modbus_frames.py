"""Frames of Modbus: what a question is on the wire, and whether the bytes that follow are its answer.

Modbus Application Protocol V1.1b3, section 6; Modbus Messaging on TCP/IP V1.0b, 3.1.3 (MBAP); Modbus over Serial
Line V1.02, 2.5.1 (RTU). Pure: bytes in, answers out. An answer is believed when all that it can be held against fits:
transaction, protocol, unit, function, byte count, length, checksum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.requests import LIMIT, Answer, Span
from readings.quality import Reason, modbus_exception

_READ: Final = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
_WRITE_COIL: Final = 5  # the only function with which anything is ever written
_ON, _OFF = 0xFF00, 0x0000
_EXCEPTION = 0x80
_HEAD = 6  # bytes of MBAP before those that its length counts
_LONGEST_PDU = 253


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one unit.

    Attributes:
        unit: device id.
        pdu: function and data.
        count: how many registers or bits are asked for; 0 for a coil that is switched.
        size: bytes of data of the answer, behind function and byte count; 0 for a coil that is switched.
    """

    unit: int
    pdu: bytes
    count: int = 0
    size: int = 0

    @property
    def function(self) -> int:
        """The function code."""
        return self.pdu[0]


def reading(unit: int, request: Span) -> Question:
    """The question that reads addresses.

    Raises:
        ValueError: more or fewer than one question may ask, or a unit that is none.
    """
    if not 0 <= unit <= 255:
        raise ValueError(f"unit {unit} is none: 0 to 255")
    if not 1 <= request.count <= LIMIT[request.table] or not 0 <= request.first <= request.end - 1 <= 65535:
        raise ValueError(f"{request}: one question reads 1 to {LIMIT[request.table]} of 65536 addresses")
    bits = request.table in ("coil", "discrete")
    size = -(-request.count // 8) if bits else 2 * request.count
    pdu = struct.pack(">BHH", _READ[request.table], request.first, request.count)
    return Question(unit, pdu, request.count, size)


def switching(unit: int, coil: int, *, on: bool) -> Question:
    """The question that switches one coil (function 5)."""
    return Question(unit, struct.pack(">BHH", _WRITE_COIL, coil, _ON if on else _OFF))


def answered(question: Question, pdu: bytes) -> Answer:
    """What a whole answer says: registers or bits, none for a coil that was switched, or why there are none."""
    if pdu[0] == question.function | _EXCEPTION and len(pdu) == 2:
        return modbus_exception(pdu[1])
    if question.function == _WRITE_COIL:
        return [] if pdu == question.pdu else Reason.GARBLED
    if pdu[0] != question.function or pdu[1] != len(pdu) - 2:
        return Reason.GARBLED
    if pdu[1] != question.size:
        return Reason.WRONG_LENGTH
    if question.function in (_READ["holding"], _READ["input"]):
        return struct.unpack_from(f">{question.count}H", pdu, 2)
    bits = int.from_bytes(pdu[2:], "little")
    return [bits >> number & 1 for number in range(question.count)]


class Framing(Protocol):
    """How questions and answers are packed."""

    names_question: bool  # an answer says which question it answers

    def pack(self, question: Question, transaction: int) -> bytes:
        """The bytes that ask."""

    def unpack(self, question: Question, transaction: int, heard: bytes) -> Answer | None:
        """The answer; None while more must come. More bytes than it has are not believed to be one.

        Args:
            question: that was asked.
            transaction: its number, 0 to 65535.
            heard: all bytes since it was asked.
        """


class Mbap:
    """Modbus TCP, and Modbus/TCP Security: each frame has the number of its transaction."""

    names_question = True

    def pack(self, question: Question, transaction: int) -> bytes:
        """See `Framing`."""
        head = struct.pack(">HHHB", transaction, 0, len(question.pdu) + 1, question.unit)
        return head + question.pdu

    def unpack(self, question: Question, transaction: int, heard: bytes) -> Answer | None:
        """See `Framing`."""
        if heard[:4] != struct.pack(">HH", transaction, 0)[: len(heard)]:
            return Reason.GARBLED
        if len(heard) <= _HEAD:
            return None
        end = _HEAD + int.from_bytes(heard[4:_HEAD], "big")
        if heard[_HEAD] != question.unit or not _HEAD + 3 <= end <= _HEAD + 1 + _LONGEST_PDU:
            return Reason.GARBLED
        if len(heard) < end:
            return None
        return answered(question, heard[_HEAD + 1 :]) if len(heard) == end else Reason.GARBLED


class Rtu:
    """RTU: a checksum, and nothing that tells an answer from another one of the same unit, function and length."""

    names_question = False

    def pack(self, question: Question, transaction: int) -> bytes:  # noqa: ARG002 - RTU has no room for it
        """See `Framing`."""
        body = bytes((question.unit,)) + question.pdu
        return body + checksum(body)

    def unpack(
        self,
        question: Question,
        transaction: int,  # noqa: ARG002 - RTU has no room for it
        heard: bytes,
    ) -> Answer | None:
        """See `Framing`."""
        if heard[0] != question.unit:
            return Reason.GARBLED
        if len(heard) < 3:
            return None
        if heard[1] == question.function | _EXCEPTION:
            end = 5
        elif heard[1] != question.function:
            return Reason.GARBLED
        else:
            end = 5 + heard[2] if question.size else 3 + len(question.pdu)
        if len(heard) < end:
            return None
        # a frame ends in silence: where bytes follow it, nobody knows which of them answer the question
        if len(heard) > end or checksum(heard[:-2]) != heard[-2:]:
            return Reason.GARBLED
        return answered(question, heard[1:-2])


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC: Final = [_crc_of(byte) for byte in range(256)]


def checksum(data: bytes) -> bytes:
    """CRC-16 of an RTU frame (Modbus over Serial Line V1.02, 6.2.2), low byte first."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")
