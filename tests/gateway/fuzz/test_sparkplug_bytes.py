"""Whatever an edge node sends: no failure but the typed one, and a value only of a metric that a birth has named."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.sparkplug_feed import Feeds
from gateway.sparkplug_host import Host
from gateway.sparkplug_settings import SparkplugSource
from readings.inputs import Series
from readings.quality import Quality
from readings.times import SECOND
from readings.units import unit_named
from simulators.sparkplug_wire import DOUBLE, Sample, payload

NOW = 1_764_000_000_000  # ms
UNITS = {Series("c", "air"): unit_named("degC")}
SOURCE = SparkplugSource.model_validate(
    {
        "name": "edge",
        "sparkplug": "mqtt://broker",
        "group": "plant",
        "metrics": [{"node": "n", "metric": "Air", "reads": "c/air", "unit": "degC"}],
    }
)
VERBS = st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH", "NCMD", "STATE", "X"])
AIR = Sample("Air", 1, NOW, DOUBLE, -18.5)


class Heard:
    """A host, and what it has made of messages."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.host = Host(SOURCE, Feeds(SOURCE, UNITS), passing=lambda: 10**12)
        self.refused = 0

    def say(self, verb: str, data: bytes) -> None:
        try:
            for route in self.host.routes(f"spBv1.0/plant/{verb}/n".encode()):
                route.add(self.columns, data, False, NOW * 10**6 + SECOND)
        except PayloadError:
            self.refused += 1

    def good(self) -> list[float]:
        block = self.columns.take()
        for value, quality in zip(block.value.tolist(), block.quality.tolist(), strict=True):
            assert math.isnan(value) == (quality == Quality.BAD)
        return [value for value in block.value.tolist() if not math.isnan(value)]


@given(st.lists(st.tuples(VERBS, st.binary(max_size=60)), max_size=8))
def test_any_bytes_in_any_message(messages: list[tuple[str, bytes]]) -> None:
    """Noise is refused or says nothing: a random metric is not one that the plan knows."""
    heard = Heard()
    for verb, data in messages:
        heard.say(verb, data)
    assert heard.good() == []


@given(st.data())
def test_a_birth_with_bits_that_are_wrong(data: st.DataObject) -> None:
    """A spoilt birth is refused or read; the data behind it never get a value that no payload held."""
    birth = bytearray(payload([AIR], time=NOW, seq=0))
    for bit in data.draw(st.sets(st.integers(0, 8 * len(birth) - 1), max_size=3)):
        birth[bit // 8] ^= 1 << bit % 8
    heard = Heard()
    heard.say("NBIRTH", bytes(birth))
    heard.good()
    heard.say("NDATA", payload([Sample(None, 1, NOW, DOUBLE, -20.25, typed=False)], time=NOW, seq=1))
    assert set(heard.good()) <= {-20.25}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_is_the_one_that_was_sent(value: float) -> None:
    """Written out by hand and read again it is the same number."""
    heard = Heard()
    heard.say("NBIRTH", payload([Sample("Air", 1, NOW, DOUBLE, value)], time=NOW, seq=0))
    found = heard.good()
    assert found == [value] or heard.refused == 1
