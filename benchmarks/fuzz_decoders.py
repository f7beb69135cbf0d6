"""`python -m benchmarks.fuzz_decoders TARGET --seconds 240`: atheris drives a decoder by what of its code is reached.

What comes of an input is held against the judges of the tests in `tests/gateway/fuzz`: no failure but the typed one, no good
value but the one that a decoder written apart reads. Needs atheris (`pip install atheris`), which is no dependency.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import re
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from benchmarks.figure import MissingError

ROOT = Path(__file__).parents[1]
INSTRUMENTED = ["gateway", "readings", "rules", "haccpline"]
Feed = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes bytes.

    Attributes:
        feed: gives it some; what it raises, or a judge finds, is a finding.
        seeds: to begin with.
    """

    feed: Feed
    seeds: Callable[[], list[bytes]]


@cache
def judges(name: str) -> Any:
    """A module of `tests` that has the decoders written apart."""
    path = next((ROOT / "tests").glob(f"*/fuzz/test_{name}.py"))
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


def _holds(test: Any, *given: Any) -> None:
    """What a property says of one input."""
    test.hypothesis.inner_test(*given)


# -- Modbus: unit, table, first, count; then what is heard ---------------------------------------------------------


def _question(data: bytes) -> tuple[Any, bytes]:
    modbus = judges("modbus_bytes")
    unit, table, first, count = struct.unpack(">BBHB", data[:5].ljust(5, b"\0"))
    name = ("coil", "discrete", "holding", "input")[table % 4]
    span = modbus.Span(name, min(first, 65000), count % 125 + 1)
    return modbus.reading(unit % 247 + 1, span), data[5:]


def _mbap(data: bytes) -> None:
    modbus = judges("modbus_bytes")
    question, heard = _question(data)
    if heard:
        _holds(modbus.test_any_bytes_are_heard, modbus.Mbap(), question, heard)


def _rtu(data: bytes) -> None:
    """The last byte says whether the checksum is made right: no search would find it."""
    modbus = judges("modbus_bytes")
    question, heard = _question(data)
    if heard and heard[-1] & 1:
        heard += modbus.crc(heard)
    if heard:
        _holds(modbus.test_any_bytes_are_heard, modbus.Rtu(), question, heard)


def _frames() -> list[bytes]:
    modbus, found = judges("modbus_bytes"), []
    for head in (b"\x06\x02\x00\x0a\x03", b"\x06\x00\x00\x00\x12", b"\x06\x03\x00\x00\x00"):
        question, _ = _question(head)
        right = modbus.right(question, b"\x01\x02\x03")
        found += [head + modbus.framed(framing(), 7, right) for framing in (modbus.Mbap, modbus.Rtu)]
    return found


def _registers(data: bytes) -> None:
    """A type and an order, then registers."""
    modbus = judges("modbus_bytes")
    kinds = [kind for kind in modbus.Kind if kind not in (modbus.Kind.BOOL, modbus.Kind.TEXT)]
    orders = sorted({*modbus.LETTERS[4], *modbus.HALVES})
    kind, order, *words = struct.unpack(">BB4H", data[:10].ljust(10, b"\0"))
    _holds(
        modbus.test_every_type_in_every_order, kinds[kind % len(kinds)], orders[order % len(orders)], words
    )
    _holds(modbus.test_any_text, words)


# -- MQTT: a packet; a message of a topic ----------------------------------------------------------------------------


def _publish(data: bytes) -> None:
    mqtt = judges("mqtt_bytes")
    if data:
        _holds(mqtt.test_any_publish, 0x30 | data[0] & 0xF, data[1:], bool(data[0] & 0x10))


def _published() -> list[bytes]:
    made = judges("mqtt_bytes").published
    return [
        bytes([head]) + made(b"a/b", b"{}", qos=head >> 1 & 1, five=bool(head & 0x10), properties=properties)
        for head, properties in ((0, b""), (2, b""), (0x12, b"\x01\x01"), (0x12, b"\x02\0\0\0\1" * 30))
    ]


def _message(data: bytes) -> None:
    """Which topic, then its payload: numbers that are good stand in the payload, as the standard library reads it."""
    mqtt = judges("mqtt_bytes")
    topic, payload = sorted(mqtt.TOPICS)[(data[0] if data else 0) % len(mqtt.TOPICS)], data[1:]
    _holds(mqtt.test_any_payload, topic, payload)
    if topic in ("plain", "nested", "ms", "several", "list") and not mqtt.refused(topic, payload):
        block, there = mqtt.heard(topic, payload), set(numbers_in(payload))
        good = block.quality == 0
        assert set(block.value[good].tolist()) <= there, (topic, payload)


def numbers_in(payload: bytes) -> Iterator[float]:
    """Every number in a text of JSON, also one that is a text, a truth value, given twice, or in a text that is spoilt."""
    found: list[Any] = re.split(r'[\s,:{}"\[\]]', payload.decode(errors="replace"))

    def pairs(given: list[tuple[str, Any]]) -> None:
        found.extend(value for _, value in given)

    with suppress(ValueError, RecursionError):
        found.append(json.loads(payload, object_pairs_hook=pairs))
    while found:
        value = found.pop()
        if isinstance(value, list):
            found.extend(value)
        elif isinstance(value, bool | int | float | str):
            with suppress(ValueError, OverflowError):
                yield float(value)


def _messages() -> list[bytes]:
    mqtt, found = judges("mqtt_bytes"), []
    said = {
        "plain": b'{"value": -18.5}',
        "nested": b'{"a": {"b": "-18.5"}, "t": "2026-12-01T12:00:00.25Z", "n": 7}',
        "ms": b'{"value": 1e1, "t": 1796126400000}',
        "number": b"-18.5 C",
        "text": b"L-2026",
        "several": b'{"air": -18, "door": true}',
        "list": b'{"list": [{"v": 1, "t": "2026-12-01T12:00:00Z"}, {"v": null}]}',
        "units": b'{"value": 0.5, "u": "F"}',
        "codes": b'{"value": "open"}',
        "base64": b'{"data": "CP9WAA=="}',
        "binary": struct.pack("<f", -18.5),
        "hex": b"0185",
    }
    for number, topic in enumerate(sorted(mqtt.TOPICS)):
        found.append(bytes([number]) + said[topic])
    return found


# -- Sparkplug B: messages one after another, each with a verb and its length ----------------------------------------

_VERBS = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH", "STATE", "NCMD")


def _sparkplug(data: bytes) -> None:
    """No good value but one that stands in a payload, as a reader of Protocol Buffers written by hand finds it."""
    heard, there = judges("sparkplug_bytes").Heard(), set[float]()
    at = 0
    while at + 2 <= len(data):
        payload = data[at + 2 : at + 2 + data[at + 1]]
        heard.say(_VERBS[data[at] % len(_VERBS)], payload)
        there.update(numbers_held(payload))
        at += 2 + data[at + 1]
    assert set(heard.good()) <= there, data


def numbers_held(data: bytes, depth: int = 0) -> Iterator[float]:
    """Every number that bytes may hold as Protocol Buffers, at any depth."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
            yield from (float(each) for each in (value, *_signed(value)))
        elif key & 7 in (1, 5):
            size, form = (8, "<d") if key & 7 == 1 else (4, "<f")
            if at + size > len(data):
                return
            yield struct.unpack_from(form, data, at)[0]
            at += size
        elif key & 7 == 2:
            size, at = _varint(data, at)
            if depth < 4:
                yield from numbers_held(data[at : at + size], depth + 1)
            at += size
        elif key & 7 not in (3, 4):
            return


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            return value & 2**64 - 1, at
        value, at = value | (data[at] & 127) << shift, at + 1
        if data[at - 1] < 128:
            break
    return value & 2**64 - 1, at


def _signed(value: int) -> Iterator[int]:
    for bits in (8, 16, 32, 64):
        low = value & (1 << bits) - 1
        yield from (low, low - (1 << bits))


def _edge() -> list[bytes]:
    edge = judges("sparkplug_bytes")
    now, sample, payload = edge.NOW, edge.Sample, edge.payload
    births = [
        payload([sample("Air", 1, now, kind, -18, quality=192, unit="degC")], time=now, seq=0)
        for kind in (2, 3, 4, 9, 10)
    ]
    data = [
        payload([sample(None, 1, now, edge.DOUBLE, -20.25, typed=False)], time=now, seq=1),
        payload([sample("Air", None, now, edge.DOUBLE, None)], time=now, seq=1),
        payload([sample(None, 1, now, edge.DOUBLE, 4.0, historical=True, quality=500)], time=now, seq=2),
    ]
    return [_said(0, birth) + b"".join(_said(1, each) for each in data) for birth in births]


def _said(verb: int, payload: bytes) -> bytes:
    return bytes([verb, len(payload)]) + payload


# -- what is handed in, and what people write --------------------------------------------------------------------------


def _lines(data: bytes) -> None:
    posted = judges("posted_bytes")
    found = posted.read(data, posted.Form.LINES)
    if found is None:
        return
    posted.in_order(found)
    there = {0.0, 1.0}  # truth values
    for word in re.split(rb"[=,\s]", data):
        with suppress(ValueError):
            there.add(float(word.rstrip(b"iu")))
    assert set(found.block.value[found.block.quality == 0].tolist()) <= there, data


def _posted(data: bytes) -> None:
    posted = judges("posted_bytes")
    found = posted.read(data)
    if found is None:
        return
    posted.in_order(found)
    assert set(found.block.value[found.block.quality == 0].tolist()) <= set(numbers_in(data)), data


def _plan(data: bytes) -> None:
    files = judges("yaml_files")
    try:
        plan = files.load_plan(data.decode(errors="replace"), "spoilt.yaml")
    except files.HaccplineError:
        return
    files.compile_plan(plan)


def _site(data: bytes) -> None:
    """The models of site.yaml alone: its plans are files of their own."""
    from haccpline.site import SiteFile
    from rules.strict_model import read_model

    with suppress(judges("yaml_files").HaccplineError):
        read_model(SiteFile, data.decode(errors="replace"), "spoilt.yaml")


def _files(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "examples").glob(f"*/{name}.yaml"))]


TARGETS = {
    "mbap": Target(_mbap, _frames),
    "rtu": Target(_rtu, _frames),
    "registers": Target(_registers, lambda: [bytes(range(number, number + 10)) for number in range(40)]),
    "publish": Target(_publish, _published),
    "message": Target(_message, _messages),
    "sparkplug": Target(_sparkplug, _edge),
    "lines": Target(
        _lines,
        lambda: [b"c/air value=-18.5 1796083740000000000\n", b'c/lot,a=b value="L\\"1",x=3i\n# no\nc/door value=t'],
    ),
    "posted": Target(
        _posted,
        lambda: [
            b'{"readings": [{"name": "c/air", "value": -18.5, "time": "2026-12-01T00:09:00Z", "sequence": 5}]}',
            b'{"readings": [{"name": "c/door", "value": true, "quality": "bad", "reason": "bypass"}]}',
            b'{"readings": [{"name": "c/lot", "value": "L1", "time": "2026-12-01T00:09:00Z", "evidence": {"url": "x"}}]}',
        ],
    ),
    "plan": Target(_plan, lambda: _files("plan")),
    "site": Target(_site, lambda: _files("site")),
}  # fmt: skip


def fuzz(
    target: Annotated[str, typer.Argument(help=", ".join(TARGETS))],
    seconds: Annotated[int, typer.Option(help="How long.")] = 240,
    longest: Annotated[int, typer.Option(help="The longest input, bytes.")] = 4096,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 1,
) -> None:
    """Search; libFuzzer says what it reaches, and an input that is a finding is left in this folder.

    Example: python -m benchmarks.fuzz_decoders sparkplug --seconds 240
    """
    if importlib.util.find_spec("atheris") is None:
        raise MissingError("atheris is not installed (pip install atheris)")
    atheris: Any = importlib.import_module("atheris")
    found = TARGETS[target]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with atheris.instrument_imports(include=INSTRUMENTED):
        first = found.seeds()
        for each in first:
            found.feed(each)
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{target}-"))
    for number, each in enumerate(first):
        (corpus / f"seed{number}").write_bytes(each)
    told = [f"-max_total_time={seconds}", f"-max_len={longest}", f"-seed={seed}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *told, str(corpus)], found.feed)
    atheris.Fuzz()


if __name__ == "__main__":
    typer.run(fuzz)
