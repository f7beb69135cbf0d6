"""Messages as devices in the field send them become what they mean, and nothing else."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.mqtt_settings import MqttSource
from gateway.topics import Router
from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.quality import Quality, Reason
from readings.times import SECOND, US, format_time, parse_time
from readings.units import unit_named

NOW = parse_time("2026-12-01T12:00:00Z")
UNITS = {Series("c", "air", point): unit_named("degC") for point in ("1", "2", "3", "fridge", "freezer")} | {
    Series("c", "humidity"): unit_named("percent"),
    Series("c", "battery"): unit_named("V"),
    Series("c", "pressure"): unit_named("Pa_abs"),
    Series("c", "door"): unit_named("bool"),
    Series("c", "mode"): unit_named("text"),
    Series("c", "airtime"): unit_named("ms"),
}


class Hearing:
    """What a source's settings make of messages."""

    def __init__(self, *topics: dict[str, Any]) -> None:
        self.source = MqttSource.model_validate({"name": "s", "mqtt": "mqtt://b", "topics": topics})
        self.columns = Columns()
        self.router = Router(self.source, UNITS, self.columns)

    def hear(
        self, payload: Any, topic: str = "t", *, retained: bool = False, now: int = NOW
    ) -> list[tuple[Any, ...]]:
        """(series, value, reason), and each text as (series, text); values None where there is none."""
        self.give(payload, topic, retained=retained, now=now)
        return rows(self.columns.take())

    def give(self, payload: Any, topic: str = "t", *, retained: bool = False, now: int = NOW) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        for route in self.router.routes(topic.encode()):
            route.add(self.columns, data, retained, now)

    def block(self, payload: Any, topic: str = "t", *, retained: bool = False, now: int = NOW) -> Block:
        self.give(payload, topic, retained=retained, now=now)
        return self.columns.take()


def rows(block: Block) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = [
        (str(block.series[which]), None if math.isnan(value) else value, Reason(reason))
        for which, value, reason in zip(
            block.which.tolist(), block.value.tolist(), block.reason.tolist(), strict=True
        )
    ]
    return found + [(f"{state.line}/{state.name}", state.text) for state in block.states]


GOOD = Reason.NONE


def test_several_readings_in_one_message() -> None:
    """Each is read in its own unit; one that cannot be read takes none of the others down, and is told."""
    hearing = Hearing(
        {
            "topic": "t",
            "readings": [
                {"reads": "c/air", "value": "SI7021.Temperature", "unit": "degF"},
                {"reads": "c/humidity", "value": "SI7021.Humidity", "unit": "percent"},
            ],
        }
    )
    assert hearing.hear({"SI7021": {"Temperature": 68.9, "Humidity": 73.9}}) == [
        ("c/air", 20.5, GOOD),
        ("c/humidity", 73.9, GOOD),
    ]
    with pytest.raises(PayloadError, match="c/air: the value is 'warm', a text; a number was expected"):
        hearing.give({"SI7021": {"Temperature": "warm", "Humidity": 73.9}})
    assert rows(hearing.columns.take()) == [("c/humidity", 73.9, GOOD)]


def test_missing_is_not_zero() -> None:
    """What is not there is missing; in a partial message it is not said; null is missing in both."""
    readings = [
        {"reads": "c/air", "value": "t", "unit": "degC"},
        {"reads": "c/mode", "value": "m", "unit": "text"},
    ]
    whole, partial = (
        Hearing({"topic": "t", "readings": readings[:1]}),
        Hearing({"topic": "t", "readings": readings, "partial": True}),
    )
    assert whole.hear({}) == [("c/air", None, Reason.MISSING)]
    assert partial.hear({}) == []
    assert partial.hear({"m": "eco"}) == [("c/mode", "eco")]
    assert partial.hear({"t": None}) == [("c/air", None, Reason.MISSING)]
    assert partial.hear({"t": 0}) == [("c/air", 0.0, GOOD)]


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ({"t": 68.9, "u": "F"}, 20.5),
        ({"t": 68.9, "u": "°F"}, 20.5),
        ({"t": 20.5, "u": "C"}, 20.5),
        ({"t": 293.65, "u": "K"}, 20.5),
        ({"t": 205, "u": "deci"}, 205.0),
    ],
)
def test_units_beside_values(message: dict[str, Any], value: float) -> None:
    """The unit in the message is converted exactly; words of the device's own are in the settings."""
    topic = {"topic": "t", "reads": "c/air", "value": "t", "unit_from": "u", "units": {"deci": "degC"}}
    assert Hearing(topic).hear(message) == [("c/air", value, GOOD)]


def test_a_unit_that_is_not_said_or_not_known_is_no_value() -> None:
    """Nothing is taken for degrees Celsius because nothing else was said; unless the settings say so."""
    topic = {"topic": "t", "reads": "c/air", "value": "t", "unit_from": "u"}
    for message, told in (
        ({"t": 1}, "the message says no unit at u"),
        ({"t": 1, "u": "V"}, "V cannot become degC"),
        ({"t": 1, "u": "grad"}, r"say what it means by units: \{grad"),
        ({"t": 1, "u": 3}, "the unit at u is 3; a text was expected"),
    ):
        with pytest.raises(PayloadError, match=told):
            Hearing(topic).hear(message)
    assert Hearing(topic | {"unit": "degF"}).hear({"t": 68.9}) == [("c/air", 20.5, GOOD)]


@pytest.mark.parametrize(
    "how", [{"offset": 0.5}, {"two_point": [[0, 0.5], [100, 100.5]]}, {"piecewise": [[0, 0.5], [100, 100.5]]}]
)
@pytest.mark.parametrize("unit", [None, "degC"])
def test_a_calibration_is_in_one_unit(how: dict[str, Any], unit: str | None) -> None:
    """Half a degree Celsius added to 68.9 degF would be 20.78 degC; by 20.5 degC + 0.5 it is 21."""
    topic = {"topic": "t", "reads": "c/air", "value": "t", "unit_from": "u"} | how
    heard = Hearing(topic if unit is None else topic | {"unit": unit})
    assert heard.hear({"t": 20.5, "u": "C"}) == [("c/air", 21.0, GOOD)]
    with pytest.raises(PayloadError, match="says that it is in F, and its offset or calibration is in degC"):
        heard.hear({"t": 68.9, "u": "F"})
    scaled = Hearing({"topic": "t", "reads": "c/air", "value": "t", "unit_from": "u", "scale": 0.1})
    assert scaled.hear({"t": 689, "u": "F"}) == [("c/air", 20.5, GOOD)]


def test_number_and_unit_in_one_text() -> None:
    """`0.061696s` is 61.696 ms."""
    topic = {"topic": "t", "reads": "c/airtime", "value": "a", "unit_from": "a"}
    assert Hearing(topic).hear({"a": "0.061696s"}) == [("c/airtime", 61.696, GOOD)]
    assert Hearing(topic | {"reads": "c/air"}).hear({"a": "-18.5 °C"}) == [("c/air", -18.5, GOOD)]
    for text in ("0.06", "0,06s", "1.2.3s", "0.061 696s", "-s"):
        with pytest.raises(PayloadError, match="c/airtime: "):
            Hearing(topic).hear({"a": text})


def test_codes() -> None:
    """Words mean numbers, numbers mean texts; a word without a code is no number, a state without one is itself."""
    door = {"topic": "t", "reads": "c/door", "value": "d", "unit": "bool", "codes": {"OPEN": 1, "CLOSED": 0}}
    assert Hearing(door).hear({"d": "open"}) == [("c/door", 1.0, GOOD)]
    with pytest.raises(PayloadError, match="the value is 'ajar'; there are codes for open, closed"):
        Hearing(door).hear({"d": "ajar"})
    assert Hearing(door).hear({"d": None}) == [("c/door", None, Reason.MISSING)]
    mode = {
        "topic": "t",
        "reads": "c/mode",
        "value": "m",
        "unit": "text",
        "codes": {0: "off", 1: "eco", "TRUE": "on"},
    }
    assert Hearing(mode).hear({"m": 1}) == [("c/mode", "eco")]
    assert Hearing(mode).hear({"m": "0"}) == [("c/mode", "off")]
    assert Hearing(mode).hear({"m": True}) == [("c/mode", "on")]
    assert Hearing(mode).hear({"m": 7}) == [("c/mode", "7")]


def test_sentinels() -> None:
    """A probe that is unplugged says 327.67, as a number or as a text, or something in words."""
    topic = {
        "topic": "t",
        "reads": "c/air",
        "value": "TempC_DS",
        "unit": "degC",
        "sentinels": [327.67, "-OL"],
    }
    for said in (327.67, "327.67", "-OL"):
        assert Hearing(topic).hear({"TempC_DS": said}) == [("c/air", None, Reason.SENTINEL)]
    assert Hearing(topic).hear({"TempC_DS": 28.82}) == [("c/air", 28.82, GOOD)]


def test_each_element_of_a_list() -> None:
    """Elements name their sensor themselves; those that the plan does not know by name are not read."""
    topic = {
        "topic": "t",
        "each": "messages",
        "reads": "c/air/{measurementId}",
        "names": {"measurementId": {4097: "1", 4102: "2"}},
        "value": "measurementValue",
        "unit": "degC",
        "time": "$.received_at",
    }
    messages = [
        {"measurementId": "4097", "measurementValue": 6.5},
        {"measurementId": "4098", "measurementValue": 66},
        {"measurementId": 4102, "measurementValue": None},
    ]
    block = Hearing(topic).block({"messages": messages, "received_at": "2026-12-01T00:00:00Z"})
    assert rows(block) == [("c/air", 6.5, GOOD), ("c/air/2", None, Reason.MISSING)]
    assert {format_time(each) for each in block.time.tolist()} == {"2026-12-01T00:00:00Z"}
    with pytest.raises(
        PayloadError, match="at measurementId: a text or a whole number that names the sensor"
    ):
        Hearing(topic).hear({"messages": [{"measurementValue": 1}], "received_at": "2026-12-01T00:00:00Z"})
    with pytest.raises(PayloadError, match="at messages: a list or an object was expected"):
        Hearing(topic).hear({"received_at": "2026-12-01T00:00:00Z"})


def test_places_in_a_list_and_keys_of_an_object_are_names() -> None:
    """`{#}` counts from 1, and is the key in an object; `@` is the element itself."""
    topic = {"topic": "t", "each": "v", "reads": "c/air/{#}", "value": "@", "unit": "degC"}
    assert Hearing(topic).hear({"v": [1.5, None, -3]}) == [
        ("c/air", 1.5, GOOD),
        ("c/air/2", None, Reason.MISSING),
        ("c/air/3", -3.0, GOOD),
    ]
    assert Hearing(topic).hear({"v": {"fridge": 4, "freezer": -18}}) == [
        ("c/air/fridge", 4.0, GOOD),
        ("c/air/freezer", -18.0, GOOD),
    ]
    with pytest.raises(PayloadError, match=r"c/air/4: .* which no plan has"):
        Hearing(topic).hear({"v": [1, 2, 3, 4]})


def test_a_root_that_is_a_list_with_times_of_its_own() -> None:
    """`each: $` reads a list that is the whole message."""
    topic = {
        "topic": "t",
        "each": "$",
        "reads": "c/air",
        "value": "v",
        "unit": "degC",
        "time": "t",
        "time_unit": "s",
    }
    start = NOW // SECOND
    block = Hearing(topic).block([{"t": start - 60, "v": 1.0}, {"t": start, "v": 2.0}])
    assert [
        (t // SECOND - start, v) for t, v in zip(block.time.tolist(), block.value.tolist(), strict=True)
    ] == [
        (-60, 1.0),
        (0, 2.0),
    ]


@pytest.mark.parametrize(("of", "first"), [("first", 0), ("last", -20)])
def test_one_time_for_evenly_spaced_elements(of: str, first: int) -> None:
    """The message's time is that of its first element or of its last; the others are so much earlier or later."""
    topic = {
        "topic": "t",
        "each": "v",
        "every": "10 s",
        "time_of": of,
        "time": "ts",
        "reads": "c/air",
        "value": "@",
        "unit": "degC",
    }
    block = Hearing(topic).block({"ts": "2026-12-01T11:00:00Z", "v": [1.0, 2.0, 3.0]})
    began = parse_time("2026-12-01T11:00:00Z")
    assert [(each - began) // SECOND for each in block.time.tolist()] == [first, first + 10, first + 20]
    topic |= {"within": "2 h", "or_arrival": True}
    block = Hearing(topic).block({"ts": None, "v": [1.0, 2.0, 3.0]})
    assert [(each - NOW) // SECOND for each in block.time.tolist()] == [-20, -10, 0], "the last came just now"
    assert set(block.reason.tolist()) == {Reason.ARRIVAL}


BURST = {
    "topic": "t",
    "each": "v",
    "every": "10 ms",
    "time": "ts",
    "reads": "c/air",
    "value": "@",
    "unit": "degC",
}
odd = st.one_of(st.none(), st.booleans(), st.sampled_from(["7.5", "-", 2**53 + 1, 10**400, -1.5e300, [], {}]))
numbers = st.one_of(st.floats(-1e6, 1e6), st.integers(-100, 100))


@given(st.lists(numbers, max_size=8), st.lists(st.tuples(st.integers(0, 8), odd), max_size=1))
@example([20, 20.5, -0.0], [])
def test_a_list_of_numbers_is_read_at_once_as_it_is_one_by_one(
    values: list[Any], others: list[tuple[int, Any]]
) -> None:
    """The same readings, in the same order, and the same refusal, as from a mapping that has to look at each element."""
    for place, other in others:
        values.insert(place, other)
    said = {"ts": "2026-12-01T11:00:00Z", "v": values}
    heard = []
    for topic in (BURST, BURST | {"sequence": "$.n"}):  # there is none; but whoever asks for it looks at each
        hearing, refused = Hearing(topic), ""
        hearing.give({"ts": "2026-12-01T10:00:00Z", "v": [1.5]})
        try:
            hearing.give(said)
        except PayloadError as error:
            refused = str(error)
        waiting, block = len(hearing.columns), hearing.columns.take()
        assert waiting == len(block)
        heard.append(
            (
                refused,
                rows(block),
                block.time.tolist(),
                block.raw.tobytes(),
                block.received.tolist(),
                block.seq.tolist(),
            )
        )
    assert heard[0] == heard[1]


def test_readings_of_a_series_stay_in_their_order() -> None:
    """Read at once or one by one, what came first stands first."""
    hearing = Hearing(BURST)
    for values in ([1.0], ["2"], [3.0, 4.0], ["5", 6.0]):
        hearing.give({"ts": "2026-12-01T11:00:00Z", "v": values})
    assert hearing.columns.take().value.tolist() == [1, 2, 3, 4, 5, 6]


SHELLY = {
    "topic": "+/events/rpc",
    "when": {"method": ["NotifyStatus", "NotifyFullStatus"]},
    "time": "params.ts",
    "time_unit": "s",
    "within": "1 h",
    "or_arrival": True,
    "partial": True,
    "readings": [
        {"reads": "c/door", "value": "params.switch:0.output", "unit": "bool"},
        {"reads": "c/air", "value": "params.switch:0.temperature.tC", "unit": "degC"},
    ],
}


def test_a_text_from_the_future_is_set_aside() -> None:
    """It would not hold now, and nobody would see why; one that comes late holds from when it was said."""
    topic = {"topic": "t", "reads": "c/mode", "value": "m", "unit": "text", "time": "at", "within": "5 min"}
    heard = Hearing(topic)
    with pytest.raises(PayloadError, match="would hold from 2026-12-01T20:00:00Z on, which is still to come"):
        heard.hear({"m": "defrost", "at": "2026-12-01T20:00:00Z"})
    for at in ("2026-12-01T12:04:00Z", "2026-12-01T04:00:00Z"):
        (state,) = heard.block({"m": "defrost", "at": at}).states
        assert (state.text, state.time) == ("defrost", parse_time(at))


def test_a_device_without_a_clock_has_the_time_of_arrival() -> None:
    """1.33 s after 1970 is no time: the reading has that of its arrival, and says so; one kept by the broker has none."""
    switched = {"method": "NotifyStatus", "params": {"ts": 1.33, "switch:0": {"output": False}}}
    hearing = Hearing(SHELLY)
    block = hearing.block(switched, "x/events/rpc")
    assert block.time.tolist() == [NOW + US]
    assert rows(block) == [("c/door", 0.0, Reason.ARRIVAL)]
    switched["params"]["ts"] = NOW // SECOND - 5.25  # type: ignore[index]
    block = hearing.block(switched, "x/events/rpc")
    assert block.time.tolist() == [NOW - 5_250_000_000]
    assert rows(block) == [("c/door", 0.0, GOOD)]
    switched["params"]["ts"] = "soon"  # type: ignore[index]
    assert hearing.hear(switched, "x/events/rpc") == [("c/door", 0.0, Reason.ARRIVAL)]
    assert hearing.hear(switched, "x/events/rpc", retained=True) == [("c/door", 0.0, Reason.RETAINED)]


def test_without_or_arrival_a_clock_that_was_never_set_is_no_clock() -> None:
    """Nobody's reading stands in 1970: it is bad, with the reason, and keeps its raw number."""
    topic = {"topic": "t", "reads": "c/air", "unit": "degC", "time": "ts", "time_unit": "s"}
    block = Hearing(topic).block({"value": -19, "ts": 1.33})
    assert rows(block) == [("c/air", None, Reason.DEVICE_CLOCK)]
    assert block.raw.tolist() == [-19.0]
    assert block.time.tolist() == [NOW + US]


def test_the_first_time_that_can_be_believed() -> None:
    """The device's own time, or else that of the network server; a text of digits is a number too."""
    topic = {
        "topic": "t",
        "reads": "c/air",
        "value": "v",
        "unit": "degC",
        "time": ["device.at", "server"],
        "time_unit": "s",
        "within": "1 h",
    }
    now = NOW // SECOND
    for message, time, reason in (
        ({"v": 1, "device": {"at": now - 9}, "server": now - 5}, now - 9, GOOD),
        ({"v": 1, "device": {"at": 77}, "server": now - 5}, now - 5, GOOD),
        ({"v": 1, "server": str(now - 5)}, now - 5, GOOD),
        ({"v": 1, "device": {"at": now - 9999}}, now - 9999, Reason.CLOCK),
    ):
        block = Hearing(topic).block(message)
        assert block.time.tolist() == [time * SECOND]
        assert block.reason.tolist() == [reason]


def test_a_text_that_is_not_utf8_is_refused() -> None:
    """A degree sign as in Latin-1 sets its message aside, of readings and of a status; it ends no source."""
    topic = {"topic": "t", "reads": "c/air/1", "unit_from": "u", "units": {"C": "degC"}}
    with pytest.raises(PayloadError, match="can't decode byte 0xb0"):
        Hearing(topic).hear(b'{"value": -18.5, "u": "\xb0C"}')
    source = {
        "name": "s",
        "mqtt": "mqtt://b",
        "topics": [topic],
        "status": {"topic": "lwt", "value": "state", "reads": ["c/air/1"]},
    }
    columns = Columns()
    (route,) = Router(MqttSource.model_validate(source), UNITS, columns).routes(b"lwt")
    with pytest.raises(PayloadError, match="can't decode byte 0xb0"):
        route.add(columns, b'{"state": "5 \xb0C"}', False, NOW)


def test_what_a_mapping_is_not_meant_for_goes_to_another() -> None:
    """A message that no condition fits is set aside, unless the settings say that it holds nothing."""
    event = {"method": "NotifyEvent", "params": {"ts": NOW // SECOND}}
    with pytest.raises(PayloadError, match=r"messages like this one are not meant .* ignore: true"):
        Hearing(SHELLY).hear(event, "x/events/rpc")
    ignoring = Hearing(SHELLY, {"topic": "+/events/rpc", "when": {"method": "NotifyEvent"}, "ignore": True})
    assert ignoring.hear(event, "x/events/rpc") == []
    with pytest.raises(PayloadError, match="the payload is not JSON: Input data was truncated"):
        ignoring.hear(b'{"method": "Notify', "x/events/rpc")


def test_a_text_beside_json_is_not_the_fault_of_a_mapping_with_a_condition() -> None:
    """Below one wildcard stand JSON and bare words; whoever has a condition reads none but what fits it."""
    hearing = Hearing(
        {"topic": "a/#", "when": {"u": "C"}, "reads": "c/air", "value": "t", "unit": "degC"},
        {"topic": "a/mode", "payload": "text", "reads": "c/mode"},
    )
    assert hearing.hear(b"eco", "a/mode") == [("c/mode", "eco")]
    assert hearing.hear({"t": 1, "u": "C"}, "a/b") == [("c/air", 1.0, GOOD)]


def test_topic_levels_are_named() -> None:
    """Only what has a name in the plan is read; the rest below a wildcard is other people's."""
    topic = {
        "topic": "piegn/tele/#",
        "names": {1: {"mezzo/kuehlschrank/SENSOR": "fridge"}},
        "reads": "c/air/{1}",
        "value": "t",
        "unit": "degC",
    }
    assert Hearing(topic).hear({"t": 3.0}, "piegn/tele/mezzo/kuehlschrank/SENSOR") == [
        ("c/air/fridge", 3.0, GOOD)
    ]
    assert Hearing(topic).hear({"t": 3.0}, "piegn/tele/mezzo/oven/SENSOR") == []
    shared = topic | {"topic": "$share/plant/piegn/tele/#"}
    assert Hearing(shared).hear({"t": 3.0}, "piegn/tele/mezzo/kuehlschrank/SENSOR") == [
        ("c/air/fridge", 3.0, GOOD)
    ]


def test_counters_and_texts_that_no_other_message_has() -> None:
    """A counter is kept as it is; a text such as a UUID becomes a number that only it gives."""
    topic = {"topic": "t", "reads": "c/air", "value": "v", "unit": "degC", "sequence": "id"}
    said = "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"
    one, again, other = (
        Hearing(topic).block({"v": 1.0, "id": each}).seq[0] for each in (said, said, said[:-1])
    )
    assert one == again != other
    assert one > 0
    assert Hearing(topic).block({"v": 1.0, "id": "1522"}).seq.tolist() == [1522]
    assert Hearing(topic).block({"v": 1.0, "id": 7.0}).seq.tolist() == [7]
    assert Hearing(topic).block({"v": 1.0}).seq.tolist() == [NO_SEQ]


RUUVI = {
    "topic": "ruuvi/+/+",
    "bytes": {"value": "data", "encoding": "hex", "begins": "0201061BFF990405", "length": 31},
    "sequence": {"at": 23, "type": "uint16", "sentinels": [65535]},
    "readings": [
        {"reads": "c/air", "at": 8, "type": "int16", "scale": 0.005, "unit": "degC", "sentinels": [-32768]},
        {
            "reads": "c/humidity",
            "at": 10,
            "type": "uint16",
            "scale": 0.0025,
            "unit": "percent",
            "sentinels": [65535],
        },
        {
            "reads": "c/pressure",
            "at": 12,
            "type": "uint16",
            "offset": 50000,
            "unit": "Pa_abs",
            "sentinels": [65535],
        },
        {
            "reads": "c/battery",
            "at": 20,
            "type": "uint16",
            "bits": "5 to 15",
            "scale": 0.001,
            "offset": 1.6,
            "unit": "V",
            "sentinels": [2047],
        },
    ],
}


@pytest.mark.parametrize(
    ("data", "values", "counter"),
    [
        ("12FC5394C37C0004FFFC040CAC364200CDCBB8334C884F", (24.3, 53.49, 100044.0, 2.977), 205),
        ("7FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F", (163.835, 163.835, 115534.0, 3.646), 65534),
        ("8001000000008001800180010000000000CBB8334C884F", (-163.835, 0.0, 50000.0, 1.6), 0),
        ("8000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF", (None, None, None, None), NO_SEQ),
    ],
)
def test_ruuvi(data: str, values: tuple[float | None, ...], counter: int) -> None:
    """The four test vectors of Ruuvi's data format 5, as its gateway sends them; another format is not meant."""
    block = Hearing(RUUVI).block({"data": "0201061BFF990405" + data}, "ruuvi/a/b")
    assert tuple(value for _, value, _ in rows(block)) == values
    assert set(block.seq.tolist()) == {counter}
    with pytest.raises(PayloadError, match="not meant"):
        Hearing(RUUVI).hear({"data": "0201061BFF990403" + data}, "ruuvi/a/b")


def test_dragino() -> None:
    """The bytes of an LHT65 whose probe is unplugged give what its own codec says: 3.115 V, 28.82 C, 50.8 %, no probe."""
    topic = {
        "topic": "t",
        "bytes": {"value": "raw", "encoding": "base64", "length": 11},
        "readings": [
            {"reads": "c/battery", "at": 0, "type": "uint16", "bits": "0 to 13", "scale": 0.001, "unit": "V"},
            {"reads": "c/air", "at": 2, "type": "int16", "scale": 0.01, "unit": "degC"},
            {"reads": "c/humidity", "at": 4, "type": "uint16", "scale": 0.1, "unit": "percent"},
            {
                "reads": "c/air/2",
                "at": 7,
                "type": "int16",
                "scale": 0.01,
                "unit": "degC",
                "sentinels": [32767],
            },
        ],
    }
    assert Hearing(topic).hear({"raw": "zCsLQgH8AX//f/8="}) == [
        ("c/battery", 3.115, GOOD),
        ("c/air", 28.82, GOOD),
        ("c/humidity", 50.8, GOOD),
        ("c/air/2", None, Reason.SENTINEL),
    ]
    with pytest.raises(PayloadError, match="nothing stands at raw"):
        Hearing(topic).hear({})


def test_payloads_that_are_bytes() -> None:
    """Without JSON around them, as they are, or as base64 or hex; their time may stand in them too."""
    topic = {
        "topic": "t",
        "time": {"at": 0, "type": "uint32"},
        "time_unit": "s",
        "reads": "c/air",
        "at": 4,
        "type": "int16",
        "scale": 0.1,
        "unit": "degC",
    }
    data = (NOW // SECOND - 7).to_bytes(4, "big") + (-193).to_bytes(2, "big", signed=True)
    for payload, sent in (("binary", data), ("hex", data.hex().encode())):
        block = Hearing(topic | {"payload": payload}).block(sent)
        assert rows(block) == [("c/air", -19.3, GOOD)]
        assert block.time.tolist() == [NOW - 7 * SECOND]
    with pytest.raises(PayloadError, match="int16 at 4 needs 6 bytes, and there are 5"):
        Hearing(topic | {"payload": "binary"}).hear(data[:5])


@pytest.mark.parametrize("bits", ["7fc00000", "7f800000", "ff800000"])
def test_a_time_in_bytes_that_is_no_number_is_refused(bits: str) -> None:
    """A float32 that is not a number or infinite is no time; it ended the source, and came again."""
    topic = {"topic": "t", "payload": "binary", "time": {"at": 0, "type": "float32"}, "time_unit": "s"}
    value = {"reads": "c/air", "at": 4, "type": "int16", "unit": "degC"}
    with pytest.raises(PayloadError, match=r"(nan|inf) is no time"):
        Hearing(topic | value).hear(bytes.fromhex(bits) + b"\0\3")


def test_sentinels_in_bytes_are_known_as_their_type_holds_them() -> None:
    """A float32 holds -999.9000244140625 where a manual says -999.9: no value, in a value as in a time or a counter."""
    topic = {"topic": "t", "payload": "binary", "reads": "c/air", "at": 0, "type": "float32", "unit": "degC"}
    absent, cold = bytes.fromhex("c479f99a"), bytes.fromhex("c1a00000")
    heard = Hearing(topic | {"sentinels": [-999.9]})
    assert heard.hear(absent) == [("c/air", None, Reason.SENTINEL)]
    assert heard.hear(cold) == [("c/air", -20.0, GOOD)]
    counted = Hearing(topic | {"sequence": {"at": 4, "type": "float32", "sentinels": [-999.9]}})
    assert counted.block(cold + absent).seq.tolist() == [NO_SEQ]


@pytest.mark.parametrize(
    ("settings", "before", "behind"),
    [
        ({"value": "x.t[0]"}, b'{"x":', b"}"),
        ({"value": "x[0]"}, b'{"x":[', b"]}"),
        ({"value": "v", "unit_from": "x"}, b'{"v":1,"x":', b"}"),
        ({"value": "v[0]", "time": "x"}, b'{"v":[1],"x":', b"}"),
        ({"value": "v[0]", "sequence": "x"}, b'{"v":[1],"x":', b"}"),
    ],
)
def test_a_message_nested_as_deep_as_can_be_read_is_refused(
    settings: dict[str, Any], before: bytes, behind: bytes
) -> None:
    """However deep lists lie in each other where something else was expected, that is all that is said."""
    heard = Hearing({"topic": "t", "reads": "c/air", "unit": "degC"} | settings)
    for deep in range(900, 1010):
        with pytest.raises(PayloadError) as told:
            heard.hear(before + b"[" * deep + b"]" * deep + behind)
        assert len(str(told.value)) < 300


EVERYTHING = Hearing(
    {
        "topic": "t",
        "each": "v",
        "every": "1 d",
        "time": ["at", "ts"],
        "time_unit": "s",
        "sequence": "n",
        "reads": "c/air/{#}",
        "value": "t",
        "unit_from": "u",
        "units": {"x": "degF"},
        "sentinels": [-127],
        "partial": True,
    },
    {"topic": "t", "reads": "c/mode", "value": "v.m", "unit": "text", "codes": {1: "eco"}},
    {"topic": "t", "reads": "c/door", "value": "v[k=1].d", "unit": "bool", "codes": {"on": 1}},
    {
        "topic": "t",
        "bytes": {"value": "data", "encoding": "base64"},
        "reads": "c/battery",
        "at": 1,
        "type": "float32",
        "unit": "V",
    },
    {"topic": "s", "reads": "c/air", "value": "v.t", "time": "ts", "sequence": "n", "unit": "degF"},
)
_SCALAR = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
_KEYS = st.sampled_from(["v", "t", "u", "at", "ts", "n", "m", "k", "d", "data", "1", "2", "x"])
_FIELDS = _SCALAR | st.sampled_from(["x", "C", "on", "eco", -127, "1.5", "2026-12-01T00:00:00Z", "zCsLQgH8"])
_MESSAGES = st.recursive(
    _FIELDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(_KEYS, _MESSAGES, max_size=8).map(lambda each: json.dumps(each).encode()) | st.binary()
)
@example(b"[" * 100_000)
@example(b'{"v": ' * 5_000)
@example(b'{"v": ["\\ud800"], "at": 9e18}')
@example(b'{"v": [{"t": 1, "u": "C"}, {"t": 1, "u": "C"}, {"t": 1, "u": "C"}], "at": 9223372036}')
def test_whatever_comes_is_read_or_refused(payload: bytes) -> None:
    """No message ends the source, and a value is a number exactly where its quality is not bad."""
    for topic in ("t", "s"):
        with suppress(PayloadError):
            EVERYTHING.give(payload, topic)
        block = EVERYTHING.columns.take()
        assert (np.isnan(block.value) == (block.quality == Quality.BAD)).all()
        assert (block.time > 0).all()
