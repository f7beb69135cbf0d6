"""What a Sparkplug metric's value is, held against the type that its birth names (Sparkplug 3.0, section 6.4.16)."""

from __future__ import annotations

from gateway.errors import PayloadError
from gateway.sparkplug_payload import Metric
from readings.block import LARGEST
from readings.quality import Reason
from readings.times import MS, NEVER_SET

FLOAT = 9
_INTEGERS = {  # number of the type: bits, signed
    **{1 + place: (8 << place, True) for place in range(4)},
    **{5 + place: (8 << place, False) for place in range(4)},
}
_KIND = {FLOAT: "float", 10: "double", 11: "boolean", 12: "string", 14: "string", 15: "string"}
_NAMES = {
    0: "Unknown", 13: "DateTime", 16: "DataSet", 17: "Bytes", 18: "File", 19: "Template",
    20: "PropertySet", 21: "PropertySetList", 12: "String", 14: "Text", 15: "UUID",
    9: "Float", 10: "Double", 11: "Boolean",
}  # fmt: skip
_NAMES |= {1 + place: f"Int{8 << place}" for place in range(4)} | {
    5 + place: f"UInt{8 << place}" for place in range(4)
}
_ARRAYS = range(22, 35)
_TYPE_OF = {"float": FLOAT, "double": 10, "boolean": 11, "string": 12}  # what such a value is without a type
_LONGEST_TEXT = 400  # bytes

_GOOD, _FAULT, _STALE = 192, 0, 500
_UNCERTAIN = range(64, 128)  # in the older OPC DA, whose numbers Sparkplug took for good and bad


def type_name(datatype: int) -> str:
    """The name of a type: `Float`."""
    return _NAMES.get(datatype) or ("array" if datatype in _ARRAYS else f"type {datatype}")


def type_of(metric: Metric) -> int | None:
    """The type that a metric says of itself; None where it takes a birth to know."""
    if metric.datatype is not None:
        return metric.datatype
    return None if metric.kind is None else _TYPE_OF.get(metric.kind)


def readable(datatype: int) -> bool:
    """Whether a metric of this type holds a number, a truth value or a text."""
    return datatype in _INTEGERS or datatype in _KIND


def empty(metric: Metric) -> bool:
    """Whether a metric says that it has no value."""
    return metric.null or metric.kind is None


def value_of(metric: Metric, datatype: int) -> int | float | bool | str:
    """The value of a metric that has one.

    Args:
        metric: has a value and is not null.
        datatype: as its birth says.

    Raises:
        PayloadError: the value is not of that type, or the type holds no reading.
    """
    if datatype in _INTEGERS and metric.kind in ("int", "long"):
        assert isinstance(metric.value, int)
        return _integer(metric.value, *_INTEGERS[datatype], datatype=datatype, kind=metric.kind)
    if datatype not in _INTEGERS and metric.kind == _KIND.get(datatype, ""):
        assert metric.value is not None
        return _text(metric.value) if isinstance(metric.value, bytes) else metric.value
    if not readable(datatype):
        raise PayloadError(
            f"its type is {type_name(datatype)}; a reading is a number, a truth value or a coded text"
        )
    raise PayloadError(f"it holds a {metric.kind} value where its birth says {type_name(datatype)}")


def _integer(value: int, bits: int, signed: bool, *, datatype: int, kind: str) -> int:
    """A negative number stands on the wire as its bits, in its own width or in that of the field."""
    if not signed:
        if value < 1 << bits:
            return value
    elif value < 1 << bits:
        return value - (1 << bits) if value >> bits - 1 else value
    else:
        for width in (32, 64):
            if (1 << width) - (1 << bits - 1) <= value < 1 << width:
                return value - (1 << width)
    raise PayloadError(f"its {kind} value {value} does not fit its type {type_name(datatype)}")


def _text(value: bytes) -> str:
    if len(value) > _LONGEST_TEXT:
        raise PayloadError(f"its text has {len(value)} bytes; a coded text has at most {_LONGEST_TEXT}")
    try:
        text = value.decode().strip()
    except UnicodeDecodeError as error:
        raise PayloadError("its text is not UTF-8") from error
    if not text.isprintable():
        raise PayloadError("its text has control characters in it; a coded text is printable")
    return text


def quality_of(code: int | None) -> Reason:
    """What the property Quality says: 0 bad, 192 good, 500 stale; good where it is left out.

    Numbers from 64 to 127 are "uncertain" in OPC DA. Any other number is none that means anything.
    """
    if code is None or code == _GOOD:
        return Reason.NONE
    if code == _FAULT:
        return Reason.DEVICE_FAULT
    if code == _STALE:
        return Reason.OFFLINE
    return Reason.DOUBTED if code in _UNCERTAIN else Reason.NOT_DECODED


def time_of(ms: int | None) -> int | None:
    """A time in ns UTC; None where there is none, or none that can be."""
    return ms * MS if ms is not None and NEVER_SET <= ms * MS <= LARGEST else None
