"""What programs hand in is understood as the site file says, or told part by part."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.errors import SourceError
from gateway.posted import Posts
from gateway.settings import Sources
from readings.inputs import Series, State
from readings.posted import Form, Post, PostError, Understood
from readings.quality import Quality, Reason
from readings.times import MINUTE, SECOND, US, parse_time
from readings.units import unit_named

NOW = parse_time("2026-12-01T00:10:00Z")
UNITS = {
    Series("cold-3", "air", "CS1.1"): unit_named("degC"),
    Series("cold-3", "air", "CS1.2"): unit_named("degC"),
    Series("cold-3", "door", "1"): unit_named("bool"),
    Series("cold-3", "lot", "1"): unit_named("text"),
}
VALUES: list[dict[str, Any]] = [
    {"reads": "cold-3/air/CS1.1", "unit": "degC", "sentinels": [327.67, "OL"], "within": "5 min"},
    {"reads": "cold-3/air/CS1.2", "name": "modbus/air", "tags": {"name": "cs1"}, "unit": "degF",
     "within": "5 min", "backfill": True},
    {"reads": "cold-3/door", "name": "camera", "unit": "bool", "time": "arrival"},
    {"reads": "cold-3/lot", "name": "lot", "unit": "text"},
]  # fmt: skip
AT = "2026-12-01T00:09:00Z"


def posts(*values: dict[str, Any], **more: Any) -> Posts:
    source = {"name": "mes", "http": list(values) or VALUES} | more
    return Posts(TypeAdapter(Sources).validate_python((source,)), UNITS)


def read(body: Any, form: Form = Form.JSON, precision: str = "ns", **more: Any) -> Understood:
    text = json.dumps({"readings": body}) if form is Form.JSON else body
    return posts(**more)("mes", Post(text.encode(), form, NOW, precision))


def row(found: Understood, number: int = 0) -> tuple[str, int, float, float, Reason, int]:
    block = found.block
    return (
        str(block.series[block.which[number]]),
        int(block.time[number]),
        float(block.value[number]),
        float(block.raw[number]),
        Reason(int(block.reason[number])),
        int(block.seq[number]),
    )


def test_a_reading() -> None:
    """By its name, with its time and the sender's counter."""
    found = read([{"name": "cold-3/air/CS1.1", "value": -19.5, "time": AT, "sequence": 7}])
    assert row(found) == ("cold-3/air/CS1.1", parse_time(AT), -19.5, -19.5, Reason.NONE, 7)
    assert (found.faults, found.aside, found.ignored) == ((), None, 0)
    assert int(found.block.received[0]) == NOW


def test_line_protocol_and_units() -> None:
    """-4 degF are -20 degC; the raw number is kept; the tags choose the value, and others beside them do not matter."""
    found = read(f"modbus,host=a,name=cs1 air=-4i {parse_time(AT) // SECOND}", Form.LINES, "s")
    assert row(found) == ("cold-3/air/CS1.2", parse_time(AT), -20.0, -4.0, Reason.NONE, -1)


def test_no_value_and_sentinels() -> None:
    """null is missing, the device's own words for no value are sentinels; none is a number."""
    found = read([{"name": "cold-3/air/CS1.1", "value": value, "time": AT} for value in (None, 327.67, "OL")])
    assert [row(found, each)[4] for each in range(3)] == [Reason.MISSING, Reason.SENTINEL, Reason.SENTINEL]
    assert all(math.isnan(value) for value in found.block.value.tolist())


def test_what_the_sender_says_of_a_value() -> None:
    """Its doubt stands beside the value, its refusal takes the value away; it never says that a person entered it."""
    name = {"name": "cold-3/air/CS1.1", "value": -20, "time": AT}
    found = read(
        [
            name | {"quality": "uncertain"},
            name | {"quality": "bad"},
            name | {"reason": "offline"},
            name | {"reason": "by hand"},
            name | {"reason": "offline", "quality": "good"},
        ]
    )
    assert [row(found, each)[4] for each in range(3)] == [
        Reason.DOUBTED,
        Reason.DEVICE_FAULT,
        Reason.OFFLINE,
    ]
    assert [row(found, each)[2] for each in (0,)] == [-20.0]
    assert math.isnan(row(found, 1)[2])
    assert row(found, 1)[3] == -20.0
    assert [fault.at for fault in found.faults] == ["readings[3].reason", "readings[4].reason"]


def test_a_time_far_from_ours() -> None:
    """Doubted; out of the sender's memory it is back-fill, but never from the future."""
    early, late = NOW - 60 * MINUTE, NOW + 60 * MINUTE
    doubted = read([{"name": "cold-3/air/CS1.1", "value": -20, "time": early}])
    assert row(doubted)[4] is Reason.CLOCK
    told = read([{"name": "cold-3/air/CS1.1", "value": -20, "time": early, "backfill": True}])
    assert row(told)[4] is Reason.BACKFILL
    for ahead, reason in ((late, Reason.CLOCK), (NOW + MINUTE, Reason.NONE)):
        kept = read([{"name": "cold-3/air/CS1.1", "value": -20, "time": ahead, "backfill": True}])
        assert row(kept)[4] is reason
    for time, reason in ((early, Reason.BACKFILL), (late, Reason.CLOCK), (NOW - MINUTE, Reason.NONE)):
        assert row(read(f"modbus,name=cs1 air=1 {time}", Form.LINES))[4] is reason


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (1_796_083_200, "it is 1970-01-01T00:00:01.796083200Z, which "),
        ("1999-12-31T23:59:59Z", "it is 1999-12-31T23:59:59Z, which "),
    ],
)
def test_a_time_before_2000_is_no_time(time: int | str, shown: str) -> None:
    """Seconds that are taken for nanoseconds would be good back-fill of 1970, and the sender would think it was taken."""
    told = {"name": "cold-3/air/CS1.1", "value": -20, "backfill": True}
    found = read([told | {"time": time}])
    assert len(found.block) == 0
    (fault,) = found.faults
    assert fault.at == "readings[0].time"
    assert fault.what.startswith(shown)
    assert ("ns: say precision" in fault.what) == isinstance(time, int)
    assert len(read([told | {"time": "2000-01-01T00:00:00Z"}]).block) == 1


def test_arrival_only_where_the_site_says_so() -> None:
    """Elsewhere a reading without a time is refused: sent again it would be another."""
    found = read([{"name": "camera", "value": True}, {"name": "cold-3/air/CS1.1", "value": 1}])
    assert row(found)[:3] == ("cold-3/door", NOW + US, 1.0)
    assert [fault.at for fault in found.faults] == ["readings[1].time"]


def test_a_fault_is_told_in_few_words() -> None:
    """However long what was handed in is: 60 letters of it are named, the opening quote among them."""
    air, much = {"name": "cold-3/air/CS1.1", "value": -20, "time": AT}, "x" * 100_000
    found = read([air | {"value": much}, air | {"reason": much}, air | {"name": much}])
    few = "'" + "x" * 59 + "..."
    assert [fault.what for fault in found.faults[:2]] == [
        f"it is {few}; a number was expected",
        f"{few} is no reason that a program can give",
    ]
    assert f"has no {few}; it has " in found.faults[2].what


def test_what_was_kept_says_when_it_was() -> None:
    """Its time is not that of its arrival, also where the site says so of others."""
    found = read([{"name": "camera", "value": True, "backfill": True}])
    assert len(found.block) == 0
    assert [str(fault) for fault in found.faults] == [
        "readings[0].time: there is no time; of what was kept and is sent late nobody else knows it"
    ]


def test_a_text_is_a_state() -> None:
    """With the time from which it holds."""
    found = read([{"name": "lot", "value": "L-17", "time": AT}])
    assert found.block.states == (State(parse_time(AT), "cold-3", "lot", "L-17", "", NOW),)
    assert len(found.block) == 0


def test_a_text_that_its_sender_calls_bad_is_no_state() -> None:
    """It would be the lot from then on; a word that nobody knows is refused as of a number."""
    lot = {"name": "lot", "value": "L-17", "time": AT}
    found = read([lot | {"quality": "bad"}, lot | {"reason": "offline"}, lot | {"reason": "cold"}])
    assert found.block.states == ()
    assert [(fault.at, fault.what) for fault in found.faults] == [
        ("readings[0].quality", "a text cannot be recorded as bad, and this one is: device fault"),
        ("readings[1].quality", "a text cannot be recorded as bad, and this one is: offline"),
        ("readings[2].reason", "'cold' is no reason that a program can give"),
    ]
    assert len(read([lot | {"quality": "uncertain"}]).block.states) == 1


def test_a_text_from_the_future_is_no_state() -> None:
    """Of a clock eight hours ahead the lot would hold in eight hours, and the one before it until then."""
    lot = {"reads": "cold-3/lot", "name": "lot", "unit": "text", "within": "5 min"}
    reader = posts(lot)

    def from_then(time: int) -> Understood:
        body = json.dumps({"readings": [{"name": "lot", "value": "L-17", "time": time}]})
        return reader("mes", Post(body.encode(), Form.JSON, NOW, "ns"))

    ahead = from_then(NOW + 480 * MINUTE)
    assert ahead.block.states == ()
    assert [str(fault) for fault in ahead.faults] == [
        "readings[0].time: the text would hold from 2026-12-01T08:10:00Z on, which is still to come"
    ]
    for time in (NOW + 4 * MINUTE, NOW - 480 * MINUTE):
        assert [state.time for state in from_then(time).block.states] == [time]


def test_evidence_is_an_act() -> None:
    """Where it lies and its hash, named alike however often it is sent, and otherwise for other bytes."""
    camera = {"name": "camera", "value": True, "time": AT,
              "evidence": {"url": "https://cam/1.jpg", "sha256": "ab" * 32, "note": "a rat"}}  # fmt: skip
    (act,) = read([camera]).block.acts
    assert (act.kind, act.line) == ("evidence.given", "cold-3")
    assert act.body == {"sensor": "door", "point": "1", "at": AT, "value": "true", "url": "https://cam/1.jpg",
                        "sha256": "ab" * 32, "note": "a rat", "source": "mes"}  # fmt: skip
    assert read([camera]).block.acts[0].id == act.id
    camera["evidence"]["sha256"] = "cd" * 32
    assert read([camera]).block.acts[0].id != act.id


@pytest.mark.parametrize(
    ("item", "at"),
    [
        ({"name": "nobody", "value": 1, "time": AT}, "readings[0].name"),
        ({"name": "cold-3/air/CS1.1", "value": "warm", "time": AT}, "readings[0].value"),
        ({"name": "cold-3/air/CS1.1", "value": True, "time": AT}, "readings[0].value"),
        ({"name": "cold-3/air/CS1.1", "value": 10**400, "time": AT}, "readings[0].value"),
        ({"name": "cold-3/air/CS1.1", "value": 1, "time": "2026-12-01 00:00"}, "readings[0].time"),
        ({"name": "cold-3/air/CS1.1", "value": 1, "time": 10**30}, "readings[0].time"),
        ({"name": "cold-3/air/CS1.1", "value": 1, "time": -1}, "readings[0].time"),
        ({"name": "cold-3/air/CS1.1", "value": 1, "time": AT, "sequence": -1}, "readings[0].sequence"),
        ({"name": "cold-3/air/CS1.1", "time": AT}, "readings[0]"),
        ({"name": "cold-3/air/CS1.1", "value": 1, "time": AT, "unit": "K"}, "readings[0]"),
        ({"name": "lot", "value": 4, "time": AT}, "readings[0].value"),
        ({"name": "lot", "value": "a\u202eb", "time": AT}, "readings[0].value"),
        ({"name": "modbus/air", "value": 4, "time": AT}, "readings[0].tags"),
        ({"name": "camera", "value": 1, "evidence": {"url": "x y", "sha256": "a" * 64}}, "readings[0].evidence.url"),
        ({"name": "camera", "value": 1, "evidence": {"url": "http://x/y", "sha256": "A" * 64}}, "readings[0]"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken(item: dict[str, Any], at: str) -> None:
    """Is told with its place, set aside whole, and nothing of it becomes a reading."""
    found = read([item, {"name": "cold-3/air/CS1.1", "value": 1, "time": AT}])
    assert [fault.at for fault in found.faults] == [at]
    assert len(found.block) == 1
    assert found.aside is not None
    assert (found.aside.readings, found.aside.origin) == (1, "mes")
    assert json.loads(found.aside.payload) == {"readings": [item]}
    assert str(found.faults[0]) in found.aside.reason


def test_a_line_with_one_bad_field() -> None:
    """Its good fields are taken, and the line is set aside once."""
    found = read(f"modbus,name=cs1 air=-4,fan=3,rpm=x {NOW}\nno line\n", Form.LINES)
    assert len(found.block) == 1
    assert [fault.at for fault in found.faults] == ["line 1, field rpm", "line 1, field fan", "line 2"]
    assert found.aside is not None
    assert found.aside.payload == f"modbus,name=cs1 air=-4,fan=3,rpm=x {NOW}\nno line".encode()


def test_what_is_ignored_is_counted() -> None:
    """Names that the site leaves out are neither taken nor set aside."""
    found = read(f"cpu,host=a idle=1,user=2 {NOW}", Form.LINES, ignore=["cpu/*"])
    assert (found.ignored, found.faults, len(found.block)) == (2, (), 0)


def test_what_was_set_aside_is_read_again() -> None:
    """By the site file as it is then, at the time at which it came; else the answer says why not."""
    body = f"modbus,name=cs1 air=-4,fan=3 {NOW}"
    aside = read(body, Form.LINES).aside
    assert aside is not None
    with pytest.raises(PostError, match="fan"):
        posts().again(aside)
    assert len(posts(ignore=["modbus/fan"]).again(aside)) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"readings": 3}', b'{"readings": [}', b"\xff", b"[" * 100_000]
)
def test_no_body_at_all(body: bytes) -> None:
    """Is refused as a whole."""
    with pytest.raises(PostError):
        posts()("mes", Post(body, Form.JSON, NOW))
    with pytest.raises(PostError, match="no source 'other'"):
        posts()("other", Post(b'{"readings": []}', Form.JSON, NOW))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"http": []}, "at least 1"),
        ({"http": [VALUES[0], VALUES[0]]}, "by the name"),
        ({"ignore": ["cold-3/*"]}, "ignored as well"),
        ({"http": [{"reads": "a/b", "unit": "degC", "backfill": True}]}, "say within how long"),
        ({"mqtt": "mqtt://x"}, "a source has either"),
    ],
)
def test_settings_that_cannot_be_meant(changed: dict[str, Any], words: str) -> None:
    """Are refused when the site file is read."""
    with pytest.raises(ValidationError, match=words):
        posts(**changed)


@given(
    st.binary(max_size=300)
    | st.text(alphabet='{}[]":,readingsvalut 0123456789.-', max_size=300).map(str.encode)
)
def test_any_bytes(body: bytes) -> None:
    """Are understood or refused: no failure, and a value is finite where its quality is not bad."""
    for form in Form:
        try:
            block = posts()("mes", Post(body, form, NOW)).block
        except PostError:
            continue
        assert np.isfinite(block.value[block.quality != Quality.BAD]).all()


def test_what_no_plan_has() -> None:
    """Is refused before anything is handed in, as is a unit of another kind."""
    with pytest.raises(SourceError, match="no plan has"):
        posts({"reads": "cold-3/nothing", "unit": "degC"})
    with pytest.raises(SourceError, match="cannot become"):
        posts({"reads": "cold-3/door", "unit": "degC"})
