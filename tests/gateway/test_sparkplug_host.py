"""Sessions of edge nodes: births, aliases, losses and deaths, message by message, and what they become."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.node_tally import NodeTally
from gateway.sparkplug_feed import Feeds
from gateway.sparkplug_host import Host
from gateway.sparkplug_settings import SparkplugSource
from readings.inputs import Series
from readings.quality import Reason
from readings.times import MS, SECOND
from readings.units import unit_named
from simulators.sparkplug_wire import BOOLEAN, DOUBLE, FLOAT, INT32, INT64, STRING, Sample, payload

NOW = 1_764_000_000_000  # ms
METRICS = [
    {"node": "packer", "device": "+", "metric": "Air", "reads": "cold-3/air/{device}", "unit": "degC"},
    {"node": "packer", "metric": "Door", "reads": "cold-3/door", "unit": "bool"},
    {"node": "packer", "device": "cs1", "metric": "Lot", "reads": "cold-3/lot", "unit": "text"},
    {"node": "packer", "device": "cs1", "metric": "Mode", "reads": "cold-3/phase", "codes": {1: "running"}},
]
UNITS = {
    Series("cold-3", "air", "cs1"): unit_named("degC"),
    Series("cold-3", "air", "cs2"): unit_named("degC"),
    Series("cold-3", "door"): unit_named("bool"),
    Series("cold-3", "lot"): unit_named("text"),
    Series("cold-3", "phase"): unit_named("text"),
}
CS1, CS2, DOOR = "cold-3/air/cs1", "cold-3/air/cs2", "cold-3/door"


class Talk:
    """A host that is told messages one by one, and what came of them."""

    def __init__(self, metrics: list[dict[str, Any]] | None = None, **more: Any) -> None:
        given = {
            "name": "edge",
            "sparkplug": "mqtt://broker",
            "group": "plant",
            "metrics": metrics or METRICS,
        }
        self.source = SparkplugSource.model_validate(given | more)
        self.passed = 10**12  # ns of a clock that cannot be set
        self.tallies: dict[str, NodeTally] = {}
        self.host = Host(
            self.source,
            Feeds(self.source, UNITS),
            tallies=lambda name: self.tallies.setdefault(name, NodeTally(node=name)),
            passing=lambda: self.passed,
        )
        self.columns = Columns()
        self.ms = NOW
        self.seq = 0
        self.states: list[tuple[str, str]] = []

    def rows(self) -> list[tuple[str, int, float, Reason]]:
        """(series, time in ms, value, reason) since the last time."""
        block = self.columns.take()
        self.states += [(state.name, state.text) for state in block.states]
        series = [str(block.series[which]) for which in block.which]
        reasons = map(Reason, block.reason.tolist())
        times = (block.time // MS).tolist()
        return list(zip(series, times, block.value.tolist(), reasons, strict=True))

    def bad(self) -> list[tuple[str, Reason]]:
        """(series, reason) of bad readings since the last time; there are no others."""
        found = self.rows()
        assert all(math.isnan(value) for _, _, value, _ in found)
        return [(series, reason) for series, _, _, reason in found]

    def say(self, verb: str, samples: Iterable[Sample], *, device: str | None = None, **more: Any) -> None:
        """A message comes; its number is the next one unless said otherwise."""
        self.ms += 10
        if verb == "NBIRTH":
            self.seq = 0
        seq = None if verb == "NDEATH" else self.seq
        data = payload(samples, time=more.pop("time", self.ms), seq=more.pop("seq", seq))
        if verb != "NDEATH":
            self.seq = (self.seq + 1) % 256
        assert not more
        self.raw(verb, data, device=device)

    def raw(self, verb: str, data: bytes, *, device: str | None = None, retained: bool = False) -> None:
        topic = "/".join(["spBv1.0", "plant", verb, "packer", *([device] if device else [])])
        for route in self.host.routes(topic.encode()):
            route.add(self.columns, data, retained, self.ms * MS)

    def bear(self, bdseq: int = 0, *, aliases: tuple[int, int, int] = (1, 2, 3)) -> None:
        """NBIRTH with a door, DBIRTH of cs1 and cs2 with an air temperature each."""
        door, one, two = aliases
        number = Sample("bdSeq", None, self.ms, INT64, bdseq)
        self.say("NBIRTH", [number, Sample("Door", door, self.ms, BOOLEAN, value=False)])
        self.say("DBIRTH", [Sample("Air", one, self.ms, DOUBLE, -20.0)], device="cs1")
        self.say("DBIRTH", [Sample("Air", two, self.ms, DOUBLE, -30.0)], device="cs2")

    def air(self, alias: int, value: float | None, *, device: str = "cs1", **more: Any) -> None:
        """DDATA with an alias alone."""
        sample = Sample(None, alias, self.ms, DOUBLE, value, typed=False)
        self.say("DDATA", [sample], device=device, **more)

    def death(self, bdseq: int | None) -> None:
        samples = [] if bdseq is None else [Sample("bdSeq", None, self.ms, INT64, bdseq)]
        self.say("NDEATH", samples)

    def asked(self) -> bool:
        """Whether births are asked for now."""
        return bool(self.host.to_ask(10))


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_births_give_values_and_aliases(talk: Talk) -> None:
    """Values of births are readings with the metric's own time; later an alias alone is enough."""
    talk.bear()
    assert talk.rows() == [
        (DOOR, NOW, 0.0, Reason.NONE),
        (CS1, NOW + 10, -20.0, Reason.NONE),
        (CS2, NOW + 20, -30.0, Reason.NONE),
    ]
    talk.air(2, -19.5)
    talk.air(3, -29.5, device="cs2")
    assert talk.rows() == [(CS1, NOW + 30, -19.5, Reason.NONE), (CS2, NOW + 40, -29.5, Reason.NONE)]
    assert not talk.asked()


def test_data_before_a_birth(talk: Talk) -> None:
    """An alias that no birth explains is no reading: refused with its reason, births asked for, once in a while."""
    with pytest.raises(PayloadError, match="no birth that holds says what alias 2 is"):
        talk.air(2, -19.5)
    assert talk.rows() == []
    assert talk.host.to_ask(10) == ["spBv1.0/plant/NCMD/packer"]
    for _ in range(2):
        with pytest.raises(PayloadError):
            talk.air(2, -19.4)
        assert not talk.asked(), "not again at once"
    talk.passed += SECOND
    assert talk.asked()
    talk.passed += 3 * SECOND // 2
    with pytest.raises(PayloadError):
        talk.air(2, -19.3)
    assert not talk.asked(), "and then more and more rarely"
    talk.passed += 5 * SECOND
    assert talk.asked()
    talk.bear()
    talk.passed += 8 * SECOND
    assert talk.asked(), "births came; once more, to see whether they explain what came before"
    talk.bear()
    talk.passed += 3600 * SECOND
    assert not talk.asked(), "births came"


def test_a_node_that_stays_silent_is_asked_once(talk: Talk) -> None:
    """On a new connection each node that is named is asked for its births, and again only when it is heard."""
    talk.host.connected(talk.columns, talk.ms * MS)
    assert talk.asked()
    talk.passed += 3600 * SECOND
    assert not talk.asked()
    assert not talk.host.restless


def test_nothing_is_asked_where_it_is_not_allowed() -> None:
    """With rebirth: false nothing is ever sent to an edge node."""
    talk = Talk(rebirth=False)
    talk.host.connected(talk.columns, talk.ms * MS)
    with pytest.raises(PayloadError):
        talk.air(2, -19.5)
    assert not talk.asked()
    assert not talk.host.restless


def test_what_says_itself_what_it_is_needs_no_birth(talk: Talk) -> None:
    """Name and type say enough; of a whole number without a type nobody knows its sign."""
    talk.say("DDATA", [Sample("Air", None, NOW, DOUBLE, -19.5)], device="cs1")
    talk.say("DDATA", [Sample("Air", None, NOW + 1, FLOAT, -19.25, typed=False)], device="cs1")
    with pytest.raises(PayloadError, match="'Air' without a type"):
        talk.say("DDATA", [Sample("Air", None, NOW, INT32, -19, typed=False)], device="cs1")
    assert [row[1:3] for row in talk.rows()] == [(NOW, -19.5), (NOW + 1, -19.25)]
    assert talk.asked()


def test_a_gap_ends_the_session(talk: Talk) -> None:
    """A message is missing: it may have been a birth. All values are lost, no alias holds, births are asked for."""
    talk.bear()
    talk.air(2, -19.5)
    talk.rows()
    talk.seq += 1
    with pytest.raises(PayloadError, match="no birth that holds"):
        talk.air(2, -19.4)
    assert talk.bad() == [(CS1, Reason.LOST), (CS2, Reason.LOST), (DOOR, Reason.LOST)]
    with pytest.raises(PayloadError):
        talk.air(2, -19.3)
    assert talk.bad() == [], "lost once"
    assert talk.asked()
    talk.bear()
    talk.air(2, -19.2)
    assert talk.rows()[-1][2:] == (-19.2, Reason.NONE)


def test_aliases_dealt_out_anew(talk: Talk) -> None:
    """After a birth an alias means what that birth says, whatever it meant before; so where the birth itself was lost."""
    talk.bear(aliases=(1, 2, 3))
    talk.bear(aliases=(1, 3, 2))
    talk.air(3, -19.5)
    assert talk.rows()[-1][:3:2] == (CS1, -19.5)
    with pytest.raises(PayloadError, match="alias 3 belongs to cs1"):
        talk.air(3, -29.5, device="cs2")
    unheard = Talk()
    unheard.bear(aliases=(1, 2, 3))
    unheard.rows()
    unheard.ms += 10
    unheard.seq = 3 + 1  # a new session, whose births did not arrive, has come so far
    with pytest.raises(PayloadError, match="no birth"):
        unheard.air(2, -29.0)
    assert {row[3] for row in unheard.rows()} == {Reason.LOST}


def test_message_of_before_the_birth(talk: Talk) -> None:
    """A message that was sent before the birth is none of that session's, though its number fits."""
    talk.bear()
    talk.rows()
    with pytest.raises(PayloadError, match="no birth"):
        talk.air(2, -19.5, time=NOW - 1000)
    assert {row[3] for row in talk.rows()} == {Reason.LOST}


def test_sequence_runs_round(talk: Talk) -> None:
    """Behind 255 comes 0; three hundred messages in a row lose nothing."""
    talk.bear()
    for number in range(300):
        talk.air(2, -19.0 - number)
    assert len(talk.rows()) == 3 + 300
    assert not talk.asked()


def test_death_of_a_node(talk: Talk) -> None:
    """When a node is gone all that it feeds is bad from the time at which that was heard; no alias holds."""
    talk.bear(bdseq=7)
    talk.rows()
    talk.death(7)
    assert talk.rows() == [
        pytest.approx((series, talk.ms, math.nan, Reason.OFFLINE), nan_ok=True) for series in (CS1, CS2, DOOR)
    ]
    with pytest.raises(PayloadError, match="no birth"):
        talk.air(2, -19.5)


@pytest.mark.parametrize(("before", "after"), [(7, 8), (255, 0), (7, 0)])
def test_late_death_of_an_earlier_session(before: int, after: int) -> None:
    """The death of a session that ended before says nothing of the one that lives."""
    talk = Talk()
    talk.bear(bdseq=before)
    talk.bear(bdseq=after)
    talk.rows()
    talk.death(before)
    assert talk.rows() == []
    talk.air(2, -19.5)
    assert talk.rows()[0][2:] == (-19.5, Reason.NONE)


def test_late_death_that_the_present_birth_explains() -> None:
    """Where the gateway began in between, the number just before the present one is an earlier session's."""
    talk = Talk()
    talk.bear(bdseq=0)
    talk.rows()
    talk.death(255)
    assert talk.rows() == []


@pytest.mark.parametrize("bdseq", [None, 9])
def test_death_of_nobody_knows_whom(talk: Talk, bdseq: int | None) -> None:
    """A death without a number, or of a session never heard, counts; the node is asked, and a birth puts it right."""
    talk.bear(bdseq=7)
    talk.rows()
    talk.death(bdseq)
    assert {reason for _, reason in talk.bad()} == {Reason.OFFLINE}
    assert talk.asked()
    talk.bear(bdseq=7)
    talk.air(2, -19.5)
    assert talk.rows()[-1][2:] == (-19.5, Reason.NONE)


def test_death_that_cannot_be_read(talk: Talk) -> None:
    """A death is one, even where its payload is none."""
    talk.bear(bdseq=7)
    talk.rows()
    with pytest.raises(PayloadError, match="not Sparkplug B"):
        talk.raw("NDEATH", b"\xff")
    assert (CS1, Reason.OFFLINE) in talk.bad()


def test_death_of_a_node_never_heard(talk: Talk) -> None:
    """What the site file names outright is bad as well, though no birth was ever heard."""
    talk.death(3)
    assert talk.bad() == [(DOOR, Reason.OFFLINE)], "the devices behind + are not known yet"


def test_death_of_a_device(talk: Talk) -> None:
    """A dead device makes bad what it feeds, and nothing else; its alias means nothing until it is born again."""
    talk.bear()
    talk.rows()
    talk.say("DDEATH", [], device="cs1")
    assert talk.bad() == [(CS1, Reason.OFFLINE)]
    talk.air(3, -29.5, device="cs2")
    assert talk.rows()[0][2:] == (-29.5, Reason.NONE)
    with pytest.raises(PayloadError, match="alias 2"):
        talk.air(2, -19.5)
    talk.say("DBIRTH", [Sample("Air", 9, talk.ms, DOUBLE, -20.0)], device="cs1")
    talk.air(9, -19.0)
    assert [row[2] for row in talk.rows()] == [-20.0, -19.0]


def test_device_that_is_not_born_again(talk: Talk) -> None:
    """A device that does not follow its node's new birth is gone, some seconds later."""
    talk.bear()
    talk.say("NBIRTH", [Sample("bdSeq", None, talk.ms, INT64, 1)])
    talk.say("DBIRTH", [Sample("Air", 3, talk.ms, DOUBLE, -30.0)], device="cs2")
    talk.rows()
    talk.host.overdue(talk.columns, talk.ms * MS)
    assert talk.bad() == []
    assert talk.host.restless
    talk.passed += 10 * SECOND
    talk.host.overdue(talk.columns, talk.ms * MS)
    assert talk.bad() == [(CS1, Reason.OFFLINE)]
    assert not talk.host.restless


def test_node_dies_in_the_midst_of_its_births(talk: Talk) -> None:
    """A new session cuts the births of the one before short: what holds is the new one alone."""
    talk.bear(bdseq=1)
    talk.say("NBIRTH", [Sample("bdSeq", None, talk.ms, INT64, 2)])
    talk.bear(bdseq=3, aliases=(9, 8, 7))
    talk.rows()
    talk.death(2)
    talk.air(8, -19.5)
    assert talk.rows() == [(CS1, talk.ms - 10, -19.5, Reason.NONE)]
    talk.passed += 10 * SECOND
    talk.host.overdue(talk.columns, talk.ms * MS)
    assert talk.bad() == []


def test_message_that_comes_again(talk: Talk) -> None:
    """The same message twice is one; it makes no gap."""
    talk.bear()
    data = payload([Sample(None, 2, talk.ms, DOUBLE, -19.5, typed=False)], time=talk.ms, seq=3)
    talk.raw("DDATA", data, device="cs1")
    talk.raw("DDATA", data, device="cs1")
    talk.seq = 4
    talk.air(2, -19.4)
    assert [row[2] for row in talk.rows()] == [0.0, -20.0, -30.0, -19.5, -19.4]


def test_connection_to_the_broker_is_lost(talk: Talk) -> None:
    """Without a broker nothing is known of now; what came again afterwards is known, what is new needs a birth."""
    talk.bear()
    talk.rows()
    data = payload([Sample(None, 2, talk.ms, DOUBLE, -19.5, typed=False)], time=talk.ms, seq=3)
    talk.raw("DDATA", data, device="cs1")
    talk.rows()
    talk.host.disconnected(talk.columns, talk.ms * MS)
    assert {reason for _, reason in talk.bad()} == {Reason.NOT_CONNECTED}
    talk.host.connected(talk.columns, talk.ms * MS)
    assert talk.asked()
    talk.raw("DDATA", data, device="cs1")
    assert talk.rows() == []
    talk.seq = 4
    with pytest.raises(PayloadError, match="no birth"):
        talk.air(2, -19.4)
    talk.host.disconnected(talk.columns, talk.ms * MS)
    talk.rows()
    talk.host.disconnected(talk.columns, talk.ms * MS)
    assert talk.bad() == [], "not twice for one that was not heard since"


def test_no_birth_outlives_its_connection(talk: Talk) -> None:
    """A connection that ends without a word, as when a turn fails: with the next one no alias of before means anything."""
    talk.bear()
    talk.rows()
    talk.host.connected(talk.columns, talk.ms * MS)
    assert talk.bad() == [
        (CS1, Reason.NOT_CONNECTED),
        (CS2, Reason.NOT_CONNECTED),
        (DOOR, Reason.NOT_CONNECTED),
    ]
    assert not talk.tallies["plant/packer"].connected
    with pytest.raises(PayloadError, match="no birth that holds says what alias 2 is"):
        talk.air(2, -19.5)
    assert talk.rows() == []


def test_stored_values(talk: Talk) -> None:
    """What was stored is good and says that it comes late, with the time at which it was measured."""
    talk.bear()
    talk.rows()
    old = Sample(None, 2, NOW - 3_600_000, DOUBLE, -18.0, historical=True, typed=False)
    talk.say("DDATA", [old], device="cs1", time=NOW - 3_600_000)
    assert talk.rows() == [(CS1, NOW - 3_600_000, -18.0, Reason.BACKFILL)]
    assert not talk.asked()


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({"value": None}, Reason.MISSING),
        ({"quality": 0}, Reason.DEVICE_FAULT),
        ({"quality": 500}, Reason.OFFLINE),
        ({"quality": 500, "value": None}, Reason.OFFLINE),
        ({"quality": 77}, Reason.DOUBTED),
        ({"quality": 217}, Reason.NOT_DECODED),
        ({"quality": 192}, Reason.NONE),
        ({"value": math.nan}, Reason.NOT_A_NUMBER),
        ({"value": -999.0}, Reason.SENTINEL),
        ({"time": 0}, Reason.DEVICE_CLOCK),
        ({"time": NOW // 1000}, Reason.DEVICE_CLOCK),  # seconds, which are ms of 1970
        ({"historical": True, "quality": 64}, Reason.DOUBTED),
    ],
)
def test_quality_of_a_value(sample: dict[str, Any], reason: Reason) -> None:
    """What a metric says of its value becomes quality and reason; bad ones have no value."""
    talk = Talk([METRICS[0] | {"sentinels": [-999]}])
    talk.bear()
    talk.rows()
    said = {"name": None, "alias": 2, "time": NOW, "datatype": DOUBLE, "value": -19.5, "typed": False}
    talk.say("DDATA", [Sample(**(said | sample))], device="cs1")
    ((series, _, value, why),) = talk.rows()
    assert (series, why) == (CS1, reason)
    assert math.isnan(value) == (reason >= Reason.NO_ANSWER)


def test_texts_and_codes(talk: Talk) -> None:
    """A text is a state; so is a number with codes; a text that is said to be bad is set aside whole."""
    talk.say("NBIRTH", [Sample("bdSeq", None, NOW, INT64, 0)])
    lot, mode = Sample("Lot", 1, NOW, STRING, "L-12"), Sample("Mode", 2, NOW, INT32, 1)
    talk.say("DBIRTH", [lot, mode], device="cs1")
    talk.say("DDATA", [Sample(None, 2, NOW, INT32, 5, typed=False)], device="cs1")
    talk.rows()
    assert talk.states == [("lot", "L-12"), ("phase", "running"), ("phase", "5")]
    with pytest.raises(PayloadError, match="cannot be recorded as bad"):
        talk.say("DDATA", [Sample(None, 1, NOW, STRING, "L-13", quality=0, typed=False)], device="cs1")


def test_a_text_without_a_value_is_a_bad_reading(talk: Talk) -> None:
    """In a birth as in data: no value and no state, and nothing to set aside, however often births are said."""
    talk.say("NBIRTH", [Sample("bdSeq", None, NOW, INT64, 0)])
    for _ in range(2):
        talk.say("DBIRTH", [Sample("Lot", 1, NOW, STRING, None)], device="cs1")
        assert talk.bad() == [("cold-3/lot", Reason.MISSING)]
    talk.say("DDATA", [Sample(None, 1, NOW, STRING, None, quality=500, typed=False)], device="cs1")
    assert talk.bad() == [("cold-3/lot", Reason.OFFLINE)]
    assert talk.states == []


def test_what_is_counted_of_a_node_and_its_devices(talk: Talk) -> None:
    """Births, deaths, losses and requests, when it was last heard, and since when it is gone."""
    node = talk.tallies["plant/packer"]
    assert not node.connected
    assert node.snapshot().since is None, "nobody knows of one that was never heard"
    talk.bear()  # at 10, 20 and 30 ms
    said = node.snapshot()
    assert (said.connected, said.born, said.births, said.deaths, said.lost, said.asked) == (
        True,
        True,
        1,
        0,
        0,
        0,
    )
    assert [(each.device, each.connected, each.births) for each in said.devices] == [
        ("cs1", True, 1),
        ("cs2", True, 1),
    ]
    assert said.last_heard == (NOW + 30) * MS

    talk.air(2, -19.0)  # at 40
    talk.say("DDEATH", [], device="cs2")  # at 50: the node says it
    one, two = node.snapshot().devices
    assert (one.connected, one.since, one.last_heard) == (True, None, (NOW + 40) * MS)
    assert (two.connected, two.since, two.deaths) == (False, (NOW + 50) * MS, 1)
    assert node.snapshot().last_heard == (NOW + 50) * MS

    with pytest.raises(PayloadError):
        talk.air(2, -18.0, seq=99)  # at 60: messages are missing
    assert talk.asked()
    said = node.snapshot()
    assert (said.connected, said.born, said.lost, said.asked) == (True, False, 1, 1)

    talk.bear()  # at 70, 80, 90
    talk.death(0)  # at 100
    said = node.snapshot()
    assert (said.connected, said.born, said.births, said.deaths) == (False, False, 2, 1)
    assert said.since == (NOW + 100) * MS
    assert {each.since for each in said.devices} == {(NOW + 100) * MS}


def test_a_device_that_is_not_born_again_is_counted_as_gone(talk: Talk) -> None:
    """Since when that is certain; and with the connection to the broker all are."""
    talk.bear()
    talk.say("NBIRTH", [Sample("bdSeq", None, NOW, INT64, 1)])
    talk.say("DBIRTH", [Sample("Air", 2, NOW, DOUBLE, -20.0)], device="cs1")
    talk.passed += 10 * SECOND
    talk.host.overdue(talk.columns, 7 * SECOND)
    node = talk.tallies["plant/packer"]
    one, two = node.snapshot().devices
    assert (one.connected, two.connected, two.since, two.deaths) == (True, False, 7 * SECOND, 1)
    talk.host.disconnected(talk.columns, 9 * SECOND)
    one, two = node.snapshot().devices
    assert (node.connected, node.since, one.since, two.since) == (False, 9 * SECOND, 9 * SECOND, 7 * SECOND)


def test_refused_metric_leaves_the_others(talk: Talk) -> None:
    """One metric that cannot be read is told with its name; the others of the message are readings all the same."""
    talk.say("NBIRTH", [Sample("Door", 1, NOW, DOUBLE, 0.5)])
    assert talk.rows() == [pytest.approx((DOOR, NOW, math.nan, Reason.NOT_DECODED), nan_ok=True)]
    with pytest.raises(PayloadError, match=r"metric Air: it is a truth value, and cold-3/air/cs1 is in degC"):
        talk.say(
            "DBIRTH",
            [Sample("Air", 2, NOW, BOOLEAN, value=True), Sample("Lot", 3, NOW, STRING, "L-1")],
            device="cs1",
        )
    talk.rows()
    assert talk.states == [("lot", "L-1")]


def test_unit_of_the_birth(talk: Talk) -> None:
    """A birth that names another unit than the site file is not believed; a unit in words of its own proves nothing."""
    for unit, said in (
        ("°F", "its birth says that it is in °F, and the site file says degC"),
        ("Kelvinchen", ""),
    ):
        sample = Sample("Air", 2, NOW, DOUBLE, -4.0, unit=unit)
        if said:
            with pytest.raises(PayloadError, match=said):
                talk.say("DBIRTH", [sample], device="cs1")
        else:
            talk.say("DBIRTH", [sample], device="cs1")
    assert [row[2] for row in talk.rows()] == [-4.0]


def test_births_that_contradict_themselves(talk: Talk) -> None:
    """An alias of two metrics is none; a value of another type than its birth's is refused."""
    talk.say("NBIRTH", [Sample("Door", 1, NOW, BOOLEAN, value=False)])
    for again in (
        lambda: talk.say("DBIRTH", [Sample("Air", 1, NOW, DOUBLE, -20.0)], device="cs1"),
        lambda: talk.air(1, -19.5),
    ):
        with pytest.raises(PayloadError, match="alias 1 stands for two metrics"):
            again()
    talk.say("DBIRTH", [Sample("Air", 3, NOW, DOUBLE, -30.0)], device="cs2")
    talk.rows()
    with pytest.raises(PayloadError, match="'Air' was born as Double, and is sent as Float"):
        talk.say("DDATA", [Sample(None, 3, NOW, FLOAT, -29.5)], device="cs2")
    assert talk.rows() == []


def test_alias_and_name_that_contradict() -> None:
    """An alias of one metric beside the name of another is neither."""
    talk = Talk([METRICS[0], METRICS[0] | {"metric": "Core", "reads": "cold-3/air/cs2", "device": "cs1"}])
    talk.say("NBIRTH", [])
    talk.say("DBIRTH", [Sample("Air", 3, NOW, DOUBLE, -20.0)], device="cs1")
    talk.rows()
    with pytest.raises(PayloadError, match="alias 3 stands for 'Air', and the message says 'Core'"):
        talk.say("DDATA", [Sample("Core", 3, NOW, DOUBLE, -1.0)], device="cs1")
    assert talk.rows() == []


def test_clock_of_the_node() -> None:
    """A node whose clock is far from ours makes uncertain readings; an old value in a message of now is none."""
    talk = Talk([METRICS[0] | {"within": "1 min"}])
    talk.bear()
    talk.rows()
    old = Sample(None, 2, NOW - 7_200_000, DOUBLE, -18.0, typed=False)
    talk.say("DDATA", [old], device="cs1")
    tomorrow = Sample(None, 2, NOW + 86_400_000, DOUBLE, -18.0, typed=False)
    talk.say("DDATA", [tomorrow], device="cs1")
    talk.air(2, -17.0, time=NOW + 86_400_000)
    assert [row[3] for row in talk.rows()] == [Reason.NONE, Reason.CLOCK, Reason.CLOCK]


def test_kept_messages_are_refused(talk: Talk) -> None:
    """A retained message is of an unknown age, and none of Sparkplug's."""
    with pytest.raises(PayloadError, match="must not be retained"):
        talk.raw("NBIRTH", payload([], time=NOW, seq=0), retained=True)


@pytest.mark.parametrize(
    "topic", ["spBv1.0/plant/NCMD/packer", "spBv1.0/plant/NDATA/packer/cs1", "plant/x", "spBv1.0"]
)
def test_other_topics(talk: Talk, topic: str) -> None:
    """What no edge node sends is refused by its topic."""
    with pytest.raises(PayloadError, match="no topic of Sparkplug B"):
        talk.host.routes(topic.encode())


def test_unreadable_message_ends_the_session(talk: Talk) -> None:
    """A message that cannot be read may have been a birth: no alias holds behind it."""
    talk.bear()
    talk.rows()
    with pytest.raises(PayloadError, match="not Sparkplug B"):
        talk.raw("NBIRTH", b"\xff")
    assert {reason for _, reason in talk.bad()} == {Reason.LOST}
    with pytest.raises(PayloadError, match="no birth"):
        talk.air(2, -19.5)


def test_out_of_quarantine(talk: Talk) -> None:
    """A message that says itself what it is can be read again; one by aliases never."""
    data = payload([Sample("Air", 2, NOW, DOUBLE, -20.0)], time=NOW, seq=1)
    talk.host.again("spBv1.0/plant/DBIRTH/packer/cs1", data, talk.columns, talk.ms * MS)
    assert talk.rows() == [(CS1, NOW, -20.0, Reason.NONE)]
    bare = payload([Sample(None, 2, NOW, DOUBLE, -20.0, typed=False)], time=NOW, seq=1)
    with pytest.raises(PayloadError, match="no birth"):
        talk.host.again("spBv1.0/plant/DDATA/packer/cs1", bare, talk.columns, talk.ms * MS)


TWO = [
    METRICS[0] | {"device": "cs1", "metric": "Air", "reads": "cold-3/air/cs1"},
    METRICS[0] | {"device": "cs1", "metric": "Core", "reads": "cold-3/air/cs2"},
]


class Fate:
    """An edge node to which everything happens: a device with two metrics, Air above -25 and Core below."""

    def __init__(self) -> None:
        self.talk = Talk(TWO)
        self._air, self._core, self._bdseq, self._last = 2, 3, 0, b""
        self._unheard = False  # births were lost

    @property
    def _lucky(self) -> bool:
        """The next number is the one that is expected, though births were lost."""
        return self._unheard and self.talk.seq == self.talk.host._nodes["plant", "packer"]._next % 256

    def _bear(self) -> None:
        self._unheard = False
        self.talk.say("NBIRTH", [Sample("bdSeq", None, self.talk.ms, INT64, self._bdseq)])
        self.bear_device()

    def _measure(self, alias: int, value: float) -> None:
        sample = Sample(None, alias, self.talk.ms, DOUBLE, value, typed=False)
        self._last = payload([sample], time=self.talk.ms, seq=self.talk.seq)
        self.talk.seq = (self.talk.seq + 1) % 256
        self.talk.raw("DDATA", self._last, device="cs1")

    def bear_device(self) -> None:
        air = Sample("Air", self._air, self.talk.ms, DOUBLE, -20.0)
        self.talk.say("DBIRTH", [air, Sample("Core", self._core, self.talk.ms, DOUBLE, -30.0)], device="cs1")

    def begin(self) -> None:
        self._bdseq = (self._bdseq + 1) % 256
        self._bear()

    def deal_anew(self) -> None:
        self._air, self._core = self._core, self._air
        self._bear()

    def lose_births(self) -> None:
        """It goes on as newly born, and nobody heard it."""
        self._air, self._core, self._unheard = self._core, self._air, True
        self.talk.seq, self.talk.ms, self._bdseq = 2, self.talk.ms + 30, (self._bdseq + 1) % 256

    def lose(self) -> None:
        self.talk.seq = (self.talk.seq + 1) % 256

    def die(self) -> None:
        self.talk.death(self._bdseq)

    def die_late(self) -> None:
        self.talk.death((self._bdseq - 1) % 256)

    def measure_air(self) -> None:
        self._measure(self._air, -20.0)

    def measure_core(self) -> None:
        self._measure(self._core, -30.0)

    def repeat(self) -> None:
        self.talk.raw("DDATA", self._last, device="cs1")

    def device_dies(self) -> None:
        self.talk.say("DDEATH", [], device="cs1")

    def reconnect(self) -> None:
        self.talk.host.disconnected(self.talk.columns, self.talk.ms * MS)
        self.talk.host.connected(self.talk.columns, self.talk.ms * MS)


STEPS = st.lists(
    st.sampled_from(sorted(name for name in vars(Fate) if not name.startswith("_"))), max_size=30
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_no_wrong_value_whatever_happens(steps: list[str]) -> None:
    """In whatever order births, losses, deaths, repetitions and new aliases come, Air never gets a value of Core.

    One thing is left out: that births are lost and the next number happens to be the one that is expected. The number
    is all that Sparkplug has against this.
    """
    fate = Fate()
    for step in steps:
        while fate._lucky:
            fate.lose()
        try:
            getattr(fate, step)()
        except PayloadError:
            continue
    for series, _, value, reason in fate.talk.rows():
        if reason < Reason.NO_ANSWER:
            assert (value > -25) == (series == CS1)


NODE_VERBS, DEVICE_VERBS = ("NBIRTH", "NDATA", "NDEATH"), ("DBIRTH", "DDATA", "DDEATH")
VERBS = st.sampled_from([(verb, None) for verb in NODE_VERBS] + [(verb, "cs1") for verb in DEVICE_VERBS])
WHOLE = payload([Sample("Air", 2, NOW, DOUBLE, -20.0, quality=192, unit="degC")], time=NOW, seq=1)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A payload with some bytes changed, cut off or put in."""
    data = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=3))
        data = data or bytearray(b"x")
    return bytes(data)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(VERBS, st.one_of(damaged(), st.binary(max_size=60))), max_size=8))
def test_any_bytes_in_any_message(messages: list[tuple[tuple[str, str | None], bytes]]) -> None:
    """Damaged messages are read or refused; a bad reading has no value, and any other one has."""
    talk = Talk()
    talk.bear()
    for (verb, device), data in messages:
        try:
            talk.raw(verb, data, device=device)
        except PayloadError:
            continue
    for _, moment, value, reason in talk.rows():
        assert moment >= 0
        assert math.isnan(value) == (reason >= Reason.NO_ANSWER)
