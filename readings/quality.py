"""Quality of a reading: good, uncertain or bad, always with a reason.

The gateway decides what the wire proves and sets quality and reason; the engine decides what the plan
says of them. The numbers are stored: they are never reused and never change their meaning.
"""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    """Severity as in OPC UA (OPC 10000-4, 7.39): good, uncertain, bad."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


class Reason(IntEnum):
    """Why a reading is not simply good; below 20 it is good, 20 to 59 uncertain, from 60 on bad."""

    NONE = 0
    BY_HAND = 1  # a person entered it
    BACKFILL = 2  # a logger sent it late, out of its memory
    CLAMPED = 3  # the current loop is saturated but valid (NAMUR NE 43)
    ARRIVAL = 4  # the device has no clock to be believed: the time is that of arrival

    RETAINED = 20  # the broker kept it, for late comers or while we could not take it; its age is unknown
    CLOCK = 21  # the device's clock is too far from ours
    LOOP_MARGIN = 22  # current between valid and failed (NAMUR NE 43)
    INEXACT = 23  # the raw number is larger than can be kept exactly
    DOUBTED = 24  # the device itself says uncertain

    NO_ANSWER = 60
    NOT_CONNECTED = 61
    WRONG_LENGTH = 62  # the answer is not as long as the question asked
    NOT_DECODED = 63
    SENTINEL = 64  # the device's own code for "no value"
    LOOP_LOW = 65  # current at or below 3.6 mA: broken wire (NAMUR NE 43)
    LOOP_HIGH = 66  # current at or above 21 mA: failed transmitter (NAMUR NE 43)
    NOT_A_NUMBER = 67
    DEVICE_FAULT = 68  # the device's status says failure
    BYPASS = 69  # calibration or maintenance: present, but not the process
    OFFLINE = 70  # the device's last will or availability says gone
    MISSING = 71  # the file or payload has no value here
    DEVICE_CLOCK = 72  # the device's time cannot be read
    UNCALIBRATED = 73  # the raw number lies beyond the points of its calibration
    GARBLED = 74  # bytes came that are no whole answer to the question: cut short, or not from whom, or for what, was asked
    LOST = 75  # messages of its edge node were lost on the way; what they said is not known

    # Modbus exception codes 1 to 11 (Modbus Application Protocol V1.1b3, section 7), as 100 + code
    ILLEGAL_FUNCTION = 101
    ILLEGAL_ADDRESS = 102
    ILLEGAL_VALUE = 103
    SERVER_FAILURE = 104
    ACKNOWLEDGE = 105
    SERVER_BUSY = 106
    MEMORY_PARITY = 108
    GATEWAY_PATH = 110
    GATEWAY_TARGET = 111
    EXCEPTION = 120  # an exception code the specification does not know

    @property
    def quality(self) -> Quality:
        """The quality that goes with this reason."""
        if self < 20:
            return Quality.GOOD
        return Quality.UNCERTAIN if self < 60 else Quality.BAD

    @property
    def text(self) -> str:
        """The reason as it is stored and shown: `no answer`, `loop low`."""
        return self.name.lower().replace("_", " ")


REASON_TEXT: dict[int, str] = {int(reason): "" if reason is Reason.NONE else reason.text for reason in Reason}
REASON_NAMED: dict[str, Reason] = {text: Reason(code) for code, text in REASON_TEXT.items()}


def modbus_exception(code: int) -> Reason:
    """Reason for a Modbus exception code; `EXCEPTION` for one that the specification does not know."""
    try:
        return Reason(100 + code)
    except ValueError:
        return Reason.EXCEPTION
