"""Sparkplug B payloads as they stand on the wire (Sparkplug 3.0, section 6.4; Protocol Buffers, proto2).

The fields that are read are declared here; all others are skipped, as the encoding allows. Numbers are declared as
wide as the wire can carry them, so that one that is too large for its type is seen, and texts as bytes, so that a bad
one spoils nothing but itself.
"""

from __future__ import annotations

from typing import Any

import msgspec
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from gateway.errors import PayloadError

COMPRESSED = b"SPBV1.0_COMPRESSED"  # uuid of a payload whose body is another one
REBIRTH = "Node Control/Rebirth"
_BOOLEAN = 11
_UNITS = frozenset(
    {"engunit", "engunits", "engineering units", "unit", "units"}
)  # properties that name a unit

_KINDS = {  # the names of the value's variants; what follows string is never read, only told apart
    "int": Field.TYPE_UINT64,
    "long": Field.TYPE_UINT64,
    "float": Field.TYPE_FLOAT,
    "double": Field.TYPE_DOUBLE,
    "boolean": Field.TYPE_BOOL,
    "string": Field.TYPE_BYTES,
    "bytes": Field.TYPE_BYTES,
    "dataset": Field.TYPE_BYTES,
    "template": Field.TYPE_BYTES,
    "extension": Field.TYPE_BYTES,
}


class Metric(msgspec.Struct, frozen=True, gc=False):
    """A metric of a payload; None where it does not say.

    Attributes:
        name: of the metric; births say it, data may say the alias alone.
        alias: number that stands for the name within a session.
        time: when the value was captured, ms since 1970.
        datatype: Sparkplug's number of the type.
        historical: captured some time ago and stored since.
        null: it has no value, and says so.
        kind: which variant of the value is set: `int`, `float`, `string`, ...; None where there is no value.
        value: what it holds.
        quality: the property Quality; -1 where it cannot be read.
        unit: the property that names the engineering unit.
    """

    name: str | None
    alias: int | None
    time: int | None
    datatype: int | None
    historical: bool
    null: bool
    kind: str | None
    value: int | float | bool | bytes | None
    quality: int | None
    unit: str | None


class Payload(msgspec.Struct, frozen=True):
    """A payload; None where it does not say.

    Attributes:
        time: when it was sent, ms since 1970.
        seq: its number in the session, 0 to 255.
        metrics: in the order in which they stand.
    """

    time: int | None
    seq: int | None
    metrics: tuple[Metric, ...]


def _message_class() -> Any:
    """The class that protobuf makes of the fields that are read."""
    file = FileDescriptorProto(name="haccpline/sparkplug.proto", package="haccpline", syntax="proto2")

    def message(name: str, fields: dict[str, tuple[int, int]], *, values_from: int = 0) -> Any:
        made = file.message_type.add(name=name)
        for key, (number, kind) in fields.items():
            made.field.add(name=key, number=number, type=kind, label=Field.LABEL_OPTIONAL)
        if values_from:
            made.oneof_decl.add(name="value")
            for number, (key, kind) in enumerate(_KINDS.items(), start=values_from):
                made.field.add(name=key, number=number, type=kind, label=Field.LABEL_OPTIONAL, oneof_index=0)
        return made

    def of(owner: Any, name: str, number: int, kind: str, *, many: bool = False) -> None:
        label = Field.LABEL_REPEATED if many else Field.LABEL_OPTIONAL
        owner.field.add(
            name=name, number=number, type=Field.TYPE_MESSAGE, type_name=f".haccpline.{kind}", label=label
        )

    whole, flag = Field.TYPE_UINT64, Field.TYPE_BOOL
    message("Property", {"datatype": (1, whole), "null": (2, flag)}, values_from=3)
    properties = message("Properties", {})
    properties.field.add(name="keys", number=1, type=Field.TYPE_BYTES, label=Field.LABEL_REPEATED)
    of(properties, "values", 2, "Property", many=True)
    metric = message(
        "Metric",
        {
            "name": (1, Field.TYPE_BYTES),
            "alias": (2, whole),
            "time": (3, whole),
            "datatype": (4, whole),
            "historical": (5, flag),
            "null": (7, flag),
        },
        values_from=10,
    )
    of(metric, "properties", 9, "Properties")
    payload = message(
        "Payload",
        {
            "time": (1, whole),
            "seq": (3, whole),
            "uuid": (4, Field.TYPE_BYTES),
            "body": (5, Field.TYPE_BYTES),
        },
    )
    of(payload, "metrics", 2, "Metric", many=True)
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("haccpline.Payload"))


_Payload = _message_class()


def read_payload(data: bytes) -> Payload:
    """What a payload says.

    Raises:
        PayloadError: it is none, or compressed, or a metric has a name that is no text.
    """
    try:
        found = _Payload.FromString(data)
    except DecodeError as error:
        raise PayloadError(f"the payload is not Sparkplug B: {error}") from error
    if found.uuid == COMPRESSED:
        raise PayloadError("the payload is compressed; turn compression off at the edge node")
    if found.body and not found.metrics:
        raise PayloadError("the payload has a body of its own making and no metrics")
    seq = found.seq if found.HasField("seq") else None
    if seq is not None and seq > 255:
        raise PayloadError(f"the sequence number {seq} is not one of 0 to 255")
    time = found.time if found.HasField("time") else None
    return Payload(time, seq, tuple(map(_metric, found.metrics)))


def _metric(metric: Any) -> Metric:
    has, kind = metric.HasField, metric.WhichOneof("value")
    quality, unit = _properties(metric.properties) if has("properties") else (None, None)
    name = None
    if has("name"):
        try:
            name = metric.name.decode() or None
        except UnicodeDecodeError as error:
            raise PayloadError(f"the name of a metric is no text: {metric.name[:64]!r}") from error
    return Metric(
        name=name,
        alias=metric.alias if has("alias") else None,
        time=metric.time if has("time") else None,
        datatype=metric.datatype if has("datatype") else None,
        historical=metric.historical,
        null=metric.null,
        kind=kind,
        value=None if kind is None else getattr(metric, kind),
        quality=quality,
        unit=unit,
    )


def _properties(given: Any) -> tuple[int | None, str | None]:
    """The quality and the unit; a quality that cannot be read is -1, so that it is never taken for none."""
    quality: int | None = None
    unit: str | None = None
    if len(given.keys) != len(given.values):  # nobody knows which value belongs to which key
        return -1, None
    for key, each in zip(given.keys, given.values, strict=True):
        named, kind = key.decode(errors="replace").casefold(), each.WhichOneof("value")
        if named == "quality":
            quality = getattr(each, kind) if kind in ("int", "long") and not each.null else -1
        elif named in _UNITS and kind == "string":
            unit = each.string.decode(errors="replace").strip() or None
    return quality, unit


def rebirth_request(*, now: int) -> bytes:
    """The payload that asks an edge node for its births again (section 6.4.17, NCMD).

    Args:
        now: ns UTC.
    """
    time = now // 1_000_000
    asked = _Payload(time=time)
    asked.metrics.add(name=REBIRTH.encode(), time=time, datatype=_BOOLEAN, boolean=True)
    made: bytes = asked.SerializeToString()
    return made
