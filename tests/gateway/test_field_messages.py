"""Published messages of real devices, read whole: nothing of them is out of the language's reach."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.mqtt_settings import MqttSource
from gateway.topics import Router
from readings.inputs import Series
from readings.quality import Reason
from readings.times import format_time, parse_time
from readings.units import unit_named

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "mqtt"
NOW = parse_time("2022-08-25T21:09:08Z")
ARRIVED = "2022-08-25T21:09:08.000001Z"
UNITS = {
    Series("p", "air"): unit_named("degC"),
    Series("p", "probe"): unit_named("degC"),
    Series("p", "humidity"): unit_named("percent"),
    Series("p", "volts"): unit_named("V"),
    Series("p", "power"): unit_named("kW"),
    Series("p", "pressure"): unit_named("kPa_abs"),
    Series("p", "wind"): unit_named("m/s"),
    Series("p", "count"): unit_named("count"),
    Series("p", "airtime"): unit_named("ms"),
    Series("p", "flag"): unit_named("bool"),
    Series("p", "mode"): unit_named("text"),
}
AIR, PROBE, HUMIDITY = "p/air", "p/probe", "p/humidity"
UP = "uplink_message.decoded_payload"


def one(reads: str, value: str, unit: str | None = None, **more: Any) -> dict[str, Any]:
    return {"reads": reads, "value": value} | ({"unit": unit} if unit else {}) | more


def sensecap(number: int) -> str:
    return f"{UP}.messages[measurementId={number}].measurementValue"


TASMOTA = {"time": "Time", "zone": "Europe/Zurich"}
TTN = {"time": "uplink_message.settings.time", "sequence": "uplink_message.f_cnt"}
CHIRPSTACK = {"time": "time"}
SHELLY = {"time": "params.ts", "time_unit": "s", "within": "1 h", "or_arrival": True, "partial": True}
SWITCH = [
    one("p/flag", "params.switch:0.output", "bool"),
    one(AIR, "params.switch:0.temperature.tC", "degC"),
    one(PROBE, "params.switch:0.temperature.tF", "degF"),
]
ZIGBEE = {"time": "last_seen"}

FIELD: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]], str]] = {
    # name in field_examples.json: mapping, (series, value) or (series, reason), time; by hand from the payload
    "tasmota_ds18b20_1": (
        TASMOTA | {"readings": [one(AIR, "DS18B20.Temperature", unit_from="TempUnit")]},
        [(AIR, 16.1)],
        "2021-04-26T08:01:34Z",
    ),
    "tasmota_ds18b20_fan": (
        TASMOTA | {"readings": [one(AIR, "DS18B20.Temperature", unit_from="TempUnit")]},
        [(AIR, 32.3)],
        "2021-11-17T16:13:36Z",
    ),
    "tasmota_si7021": (
        TASMOTA
        | {
            "readings": [
                one(AIR, "SI7021.Temperature", unit_from="TempUnit"),
                one(HUMIDITY, "SI7021.Humidity", "percent"),
            ]
        },
        [(AIR, 2.5), (HUMIDITY, 73.9)],
        "2020-02-09T18:30:03Z",
    ),
    "tasmota_multi": (
        {
            "readings": [
                one(AIR, "ANALOG.Temperature", "degC", unit_from="TempUnit"),
                one(PROBE, "DS18B20.Temperature", "degC"),
                one(HUMIDITY, "HTU21.Humidity", "percent"),
            ]
        },
        [(AIR, 184.72), (PROBE, 24.88), (HUMIDITY, 49.2)],
        ARRIVED,
    ),
    "tasmota_pilotwire": (
        TASMOTA
        | {
            "readings": [
                one(AIR, "Pilotwire.Temperature", unit_from="TempUnit"),
                one("p/flag", "Pilotwire.Heating", "bool"),
                one("p/mode", "Pilotwire.Mode", "text", codes={0: "off", 1: "eco", 2: "comfort"}),
            ]
        },
        [(AIR, 16.9), ("p/flag", 1.0), ("p/mode", "comfort")],
        "2022-01-19T22:59:26Z",
    ),
    "shelly_gen2_notifystatus": (
        SHELLY | {"readings": SWITCH, "within": "2000 d"},
        [("p/flag", 0.0)],
        "2025-01-11T13:56:50.490Z",
    ),
    "shelly_gen2_fullstatus": (
        SHELLY | {"readings": SWITCH, "within": "2000 d"},
        [("p/flag", 1.0), (AIR, 48.4), (PROBE, (119.2 - 32) * 5 / 9)],
        "2025-01-11T14:00:18.380Z",
    ),
    "shelly_smoke_no_clock": (
        SHELLY
        | {
            "readings": [
                one("p/flag", "params.smoke:0.alarm", "bool"),
                one("p/volts", "params.devicepower:0.battery.V", "V"),
            ]
        },
        [("p/flag", 0.0, Reason.ARRIVAL), ("p/volts", 2.99, Reason.ARRIVAL)],
        ARRIVED,
    ),
    "shelly_switch_status": (
        {"readings": [one(AIR, "temperature.tC", "degC"), one("p/flag", "output", "bool")]},
        [(AIR, 54.0), ("p/flag", 1.0)],
        ARRIVED,
    ),
    "zigbee2mqtt_epoch_ms": (
        ZIGBEE | {"time_unit": "ms", "readings": [one(AIR, "temperature", "degC")]},
        [(AIR, 21.3)],
        "2026-06-11T12:05:41.031Z",
    ),
    "zigbee2mqtt_iso": (
        ZIGBEE
        | {
            "readings": [
                one(AIR, "temperature", "degC"),
                one(HUMIDITY, "humidity", "percent"),
                one("p/volts", "voltage", "mV"),
            ]
        },
        [(AIR, 22.12), (HUMIDITY, 49.76), ("p/volts", 3.0)],
        "2025-01-07T11:34:15.540Z",
    ),
    "zigbee2mqtt_airqm": (
        ZIGBEE | {"readings": [one(AIR, "temperature", "degC"), one("p/count", "update_available", "count")]},
        [(AIR, 23.0), ("p/count", None, Reason.MISSING)],
        "2025-01-07T11:19:56.826Z",
    ),
    "dragino_lht65_http": (
        {
            "time": "time",
            "bytes": {"value": "raw", "encoding": "base64"},
            "readings": [
                {"reads": AIR, "at": 2, "type": "int16", "scale": 0.01, "unit": "degC"},
                one(PROBE, "TempC_DS", "degC", sentinels=[327.67]),
                one(HUMIDITY, "Hum_SHT", "percent"),
                {
                    "reads": "p/volts",
                    "at": 0,
                    "type": "uint16",
                    "bits": "0 to 13",
                    "scale": 0.001,
                    "unit": "V",
                },
            ],
        },
        [(AIR, 28.82), (PROBE, None, Reason.SENTINEL), (HUMIDITY, 50.8), ("p/volts", 3.115)],
        "2020-08-21T12:50:22.203323153Z",
    ),
    "chirpstack_v4_up": (
        CHIRPSTACK
        | {
            "bytes": {"value": "data", "encoding": "base64", "length": 1},
            "sequence": "deduplicationId",
            "readings": [
                {"reads": "p/count", "at": 0, "type": "uint8", "unit": "count"},
                one(AIR, "rxInfo[gatewayId=0016c001f153a14c].snr", "degC"),
            ],
        },
        [("p/count", 170.0), (AIR, 10.5)],
        "2022-07-18T09:34:15.775023242Z",
    ),
    "chirpstack_v4_status": (
        CHIRPSTACK | {"readings": [one(HUMIDITY, "batteryLevel", "percent")]},
        [(HUMIDITY, 88.3)],
        "2022-07-18T09:35:06.927172638Z",
    ),
    "chirpstack_v4_join": ({"ignore": True}, [], ""),
    "chirpstack_v4_ack": (
        CHIRPSTACK | {"readings": [one("p/flag", "acknowledged", "bool")]},
        [("p/flag", 1.0)],
        "2022-07-18T09:38:49.235700766Z",
    ),
    "chirpstack_v4_txack": (
        CHIRPSTACK | {"readings": [one("p/count", "txInfo.modulation.lora.spreadingFactor", "count")]},
        [("p/count", 7.0)],
        "2022-07-18T09:37:48.929184085Z",
    ),
    "chirpstack_v4_log": (
        CHIRPSTACK | {"readings": [one("p/mode", "code", "text")]},
        [("p/mode", "UPLINK_MIC")],
        "2022-07-18T09:39:57.311414029Z",
    ),
    "chirpstack_v4_location": (
        CHIRPSTACK | {"readings": [one("p/count", "location.altitude", "count")]},
        [("p/count", 2.0)],
        "2022-07-18T09:55:11.059481003Z",
    ),
}

TOPICS: list[dict[str, Any]] = [
    {
        "topic": "piegn/tele/#",
        "when": {"TempUnit": ["C", "F"]},
        **TASMOTA,
        "partial": True,
        "readings": [
            one(AIR, "SI7021.Temperature", unit_from="TempUnit"),
            one(AIR, "DS18B20.Temperature", unit_from="TempUnit"),
            one(HUMIDITY, "SI7021.Humidity", "percent"),
        ],
    },
    {
        "topic": "piegn/tele/+/+/STATE",
        **TASMOTA,
        "within": "3000 d",
        "or_arrival": True,
        "readings": [one("p/volts", "Vcc", "V"), one("p/count", "Wifi.RSSI", "count")],
    },
    {
        "topic": "v3/+/devices/+/up",
        "when": {"uplink_message.version_ids.brand_id": "dragino"},
        **TTN,
        "partial": True,
        "readings": [
            one(AIR, f"{UP}.Temp_White", "degC"),
            one(AIR, f"{UP}.TempC1", "degC"),
            one("p/volts", f"{UP}.BatV", "V"),
            one("p/flag", f"{UP}.ALARM_status", "bool", codes={"FALSE": 0, "TRUE": 1}),
            one("p/mode", f"{UP}.Door_status", "text"),
            one("p/count", "uplink_message.rx_metadata[0].rssi", "count"),
            one("p/airtime", "uplink_message.consumed_airtime", unit_from="uplink_message.consumed_airtime"),
        ],
    },
    {
        "topic": "v3/+/devices/fencyboy-0/up",
        **TTN,
        "readings": [one(AIR, f"{UP}.TEMPERATURE", "degC"), one("p/flag", f"{UP}.ACTIVE_MODE", "bool")],
    },
    {
        "topic": "v3/+/devices/s2120-0/up",
        **TTN,
        "readings": [
            one(AIR, sensecap(4097), "degC"),
            one(HUMIDITY, sensecap(4098), "percent"),
            one("p/wind", sensecap(4105), "m/s"),
            one("p/pressure", sensecap(4101), "Pa_abs"),
        ],
    },
    {
        "topic": "piegn/tele/+/+/state",
        "each": "NumericValues",
        "names": {"#": {"Power": "power"}},
        "reads": "p/{#}",
        "value": "Val",
        "unit_from": "Unit",
    },
]
STATUS = {"topic": "piegn/tele/software/+/LWT", "online": "Online", "offline": "Offline", "reads": [AIR]}

LINES: list[tuple[list[tuple[Any, ...]], str]] = [
    # of each message in topic_payload_expected_lines.json, by hand: what it becomes and when, or why it is set aside
    ([(AIR, 5.4), (HUMIDITY, 27.7)], "2019-01-10T21:15:52Z"),
    ([(AIR, 3.0)], "2019-01-10T21:16:04Z"),
    ([], "'2019-01-10T22:16:04qq' is not a time"),
    ([], "no topic that matches 'invalid'"),
    ([("p/volts", 3.248), ("p/count", 90.0)], "2019-01-10T21:45:24Z"),
    ([("p/volts", 3.177, Reason.ARRIVAL), ("p/count", 100.0, Reason.ARRIVAL)], ARRIVED),
    ([], "no topic that matches 'invalid'"),
    (
        [(AIR, 20.4), ("p/volts", 3.655), ("p/flag", 0.0), ("p/count", -33.0), ("p/airtime", 61.696)],
        "2022-08-25T21:09:07.296480Z",
    ),
    (
        [(AIR, -0.1), ("p/volts", 3.616), ("p/count", -101.0), ("p/airtime", 61.696), ("p/mode", "OPEN")],
        "2022-08-25T21:11:42.515414Z",
    ),
    ([(AIR, 5.32), ("p/flag", 1.0)], "2025-01-18T09:02:54.979598045Z"),
    (
        [(AIR, 6.5), (HUMIDITY, 66.0), ("p/wind", 0.0), ("p/pressure", 96.92)],
        "2024-01-24T20:43:55.866967916Z",
    ),
    ([], ""),
    ([(AIR, None, Reason.OFFLINE)], "2022-08-25T21:09:08Z"),
    ([], "the payload is not JSON: invalid"),
    ([("p/power", -0.018)], ARRIVED),
    ([], "no topic that matches 'invalid'"),
]


def published(name: str) -> Any:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is not here; the forms of its messages stand in test_mapped.py too")
    return json.loads(path.read_text(encoding="utf-8"))


def heard(source: MqttSource, topic: str, payload: bytes) -> tuple[list[tuple[Any, ...]], set[str]]:
    """What a message becomes, and the times that it has."""
    columns = Columns()
    for route in Router(source, UNITS, columns).routes(topic.encode()):
        route.add(columns, payload, False, NOW)
    block = columns.take()
    rows: list[tuple[Any, ...]] = []
    for which, value, reason in zip(
        block.which.tolist(), block.value.tolist(), block.reason.tolist(), strict=True
    ):
        named = str(block.series[which])
        shown = None if math.isnan(value) else value
        rows.append((named, shown, Reason(reason)) if reason else (named, shown))
    rows += [(f"{state.line}/{state.name}", state.text) for state in block.states]
    times = [*block.time.tolist(), *(state.time for state in block.states)]
    return rows, {format_time(time) for time in times}


def settings(topics: list[dict[str, Any]], **more: Any) -> MqttSource:
    return MqttSource.model_validate({"name": "field", "mqtt": "mqtt://b", "topics": topics} | more)


@pytest.mark.parametrize("name", FIELD)
def test_messages_of_devices(name: str) -> None:
    """Each published message becomes what a person reads in it, at its own time."""
    (message,) = [each for each in published("field_examples.json") if each["name"] == name]
    mapping, wanted, time = FIELD[name]
    rows, times = heard(
        settings([{"topic": "#"} | mapping]), "device/up", json.dumps(message["payload"]).encode()
    )
    assert rows == wanted
    assert times == ({time} if time else set())


@pytest.mark.parametrize("number", range(len(LINES)))
def test_messages_of_a_whole_house(number: int) -> None:
    """One site file reads them all beside each other; those that are broken are set aside, with the reason."""
    message = published("topic_payload_expected_lines.json")[number]
    wanted, said = LINES[number]
    source = settings(TOPICS, status=STATUS)
    payload = message["payload"].encode()
    if wanted or not said:
        rows, times = heard(source, message["topic"], payload)
        assert rows == wanted
        assert times == ({said} if said else set())
    else:
        with pytest.raises(PayloadError, match=said):
            heard(source, message["topic"], payload)


def test_nothing_published_is_left_out() -> None:
    """Each message of both files has its case here."""
    assert {each["name"] for each in published("field_examples.json")} == set(FIELD)
    assert len(published("topic_payload_expected_lines.json")) == len(LINES)
