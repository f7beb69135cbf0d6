"""Births that come after the data they explain: what lies in quarantine is read, where it is sure what it meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from gateway.again import ReadAgain
from gateway.columns import Columns
from gateway.errors import PayloadError, SourceError
from gateway.sparkplug_births import Births
from gateway.sparkplug_feed import Feeds
from gateway.sparkplug_host import Host
from gateway.sparkplug_settings import SparkplugSource
from ingest.journal import SqliteJournal
from ingest.retries import EXPLAINED, OURSELVES, Retries
from readings.inputs import Series
from readings.ports import Quarantined
from readings.times import MS, SECOND
from readings.units import unit_named
from simulators.sparkplug_wire import BOOLEAN, DOUBLE, INT64, Sample, payload

NOW = 1_764_000_000_000  # ms
AIR, DOOR = Series("cold-3", "air"), Series("cold-3", "door")
UNITS = {AIR: unit_named("degC"), DOOR: unit_named("bool")}
SOURCE = SparkplugSource.model_validate(
    {
        "name": "edge",
        "sparkplug": "mqtt://broker",
        "group": "plant",
        "metrics": [
            {"node": "packer", "device": "cs1", "metric": "Air", "reads": "cold-3/air", "unit": "degC"},
            {"node": "packer", "metric": "Door", "reads": "cold-3/door", "unit": "bool"},
        ],
    }
)


class Talk:
    """A host that is told messages, 10 ms apart; what it refuses goes to quarantine."""

    def __init__(self) -> None:
        self.passed, self.ms, self.seq = 10**12, NOW, 7
        self.births = Births(lambda: self.passed)
        self.host = Host(SOURCE, Feeds(SOURCE, UNITS), births=self.births, passing=lambda: self.passed)
        self.columns = Columns()
        self.aside: list[Quarantined] = []
        self.host.connected(self.columns, NOW * MS)
        assert self.asked()

    def asked(self) -> bool:
        self.passed += 2 * SECOND
        return bool(self.host.to_ask(10))

    def say(self, verb: str, samples: Iterable[Sample], device: str | None = None) -> None:
        self.ms += 10
        self.seq = 0 if verb == "NBIRTH" else self.seq + 1
        data = payload(samples, time=self.ms, seq=None if verb == "NDEATH" else self.seq)
        topic = "/".join(("spBv1.0", "plant", verb, "packer", *([device] if device else [])))
        for route in self.host.routes(topic.encode()):
            try:
                route.add(self.columns, data, False, self.ms * MS)
            except PayloadError as error:
                self.aside.append(
                    Quarantined(f"mqtt {topic}", data, str(error), self.ms * MS, origin=SOURCE.name)
                )

    def bear(self, bdseq: int = 3, air: int = 2, door: int = 1) -> None:
        number = Sample("bdSeq", None, self.ms, INT64, bdseq)
        self.say("NBIRTH", [number, Sample("Door", door, self.ms, BOOLEAN, value=False)])
        self.say("DBIRTH", [Sample("Air", air, self.ms, DOUBLE, -20.0)], "cs1")

    def air(self, value: float, alias: int = 2) -> None:
        self.say("DDATA", [Sample(None, alias, self.ms, DOUBLE, value, typed=False)], "cs1")

    def death(self, bdseq: int) -> None:
        self.say("NDEATH", [Sample("bdSeq", None, self.ms, INT64, bdseq)])

    def later(self) -> Callable[[Quarantined], bool] | None:
        """What can be read ten seconds later."""
        self.passed += 10 * SECOND
        return self.births.lately()

    def again(self, item: Quarantined) -> list[tuple[str, int, float]]:
        block = ReadAgain((SOURCE,), UNITS, self.births)(item)
        return [
            (str(block.series[which]), time // MS, value)
            for which, time, value in zip(block.which, block.time.tolist(), block.value.tolist(), strict=True)
        ]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_what_came_before_its_birth_is_read_when_the_births_came_twice_alike(talk: Talk) -> None:
    """After a start the node goes on sending until it hears that its births are asked for: -19.5 at the 10th ms is read."""
    talk.air(-19.5)
    talk.bear()
    assert talk.births.lately() is None, (
        "one birth alone does not say that it always deals out the numbers so"
    )
    assert talk.asked(), "so it is asked once more"
    talk.bear()
    assert not talk.asked(), "and not again"
    assert talk.births.lately() is None, "a late death may still come"
    with pytest.raises(SourceError, match="no birth that holds"):
        talk.again(talk.aside[0])
    meant = talk.later()
    assert meant is not None
    assert [meant(each) for each in talk.aside] == [True]
    assert talk.again(talk.aside[0]) == [("cold-3/air", NOW, -19.5)]
    assert talk.later() is None


def test_of_a_node_that_deals_out_its_numbers_anew_nothing_is_read(talk: Talk) -> None:
    """Number 2 was the air before, or something else: nobody knows."""
    talk.air(-19.5)
    talk.bear()
    assert talk.asked()
    talk.bear(air=5)
    assert talk.later() is None


def test_of_another_session_nothing_is_read(talk: Talk) -> None:
    """The node was started again between its two births, or said so before the first one."""
    talk.air(-19.5)
    talk.bear()
    assert talk.asked()
    talk.bear(bdseq=4)
    assert talk.later() is None
    other = Talk()
    other.air(-19.5)
    other.death(2)
    for _ in range(2):
        other.bear(bdseq=3)
        other.asked()
    assert other.later() is None


def test_a_late_death_takes_it_back(talk: Talk) -> None:
    """The session before ended without anybody noticing, and what was heard may have been of it."""
    talk.air(-19.5)
    talk.bear()
    assert talk.asked()
    talk.bear()
    talk.death(2)
    assert talk.later() is None


def test_a_death_that_nobody_could_hear_takes_it_back(talk: Talk) -> None:
    """The connection to the broker broke before the ten seconds were over in which a late death may come."""
    talk.air(-19.5)
    talk.bear()
    assert talk.asked()
    talk.bear()
    talk.host.disconnected(talk.columns, talk.ms * MS)
    assert talk.later() is None
    with pytest.raises(SourceError, match="no birth that holds"):
        talk.again(talk.aside[0])


def test_births_that_were_not_asked_for_explain_nothing(talk: Talk) -> None:
    """They are those of a node that has just been started."""
    talk.air(-19.5)
    talk.passed += 11 * SECOND
    talk.bear()
    talk.bear()
    assert talk.later() is None


def test_a_message_that_was_retained_stays(talk: Talk) -> None:
    """It is in quarantine for another reason, and nobody knows when it was said."""
    talk.air(-19.5)
    data = payload([Sample(None, 2, NOW, DOUBLE, -30.0, typed=False)], time=NOW, seq=1)
    kept = Quarantined("mqtt spBv1.0/plant/DDATA/packer/cs1", data, "retained", NOW * MS, origin="edge")
    talk.bear()
    assert talk.asked()
    talk.bear()
    meant = talk.later()
    assert meant is not None
    assert not meant(kept)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(tmp_path / "journal.db")
    yield made
    made.close()


async def test_it_is_taken_out_of_quarantine_once(talk: Talk, journal: SqliteJournal) -> None:
    """By itself, with who and why; the books balance, and what is settled is not tried again."""
    talk.air(-19.5)
    number = journal.quarantined.put(talk.aside[0])
    other = journal.quarantined.put(Quarantined("mqtt a", b"?", "nonsense", NOW * MS, origin="edge"))
    retries = Retries(journal, ReadAgain((SOURCE,), UNITS, talk.births), None, explained=talk.births.lately)
    talk.bear()
    assert talk.asked()
    talk.bear()
    await retries.work()
    assert journal.quarantined.count() == 2
    talk.passed += 10 * SECOND
    await retries.work()
    await retries.work()
    item = journal.quarantined.item(number)
    assert (item.who, item.why) == (OURSELVES, EXPLAINED)
    assert [each.id for each in journal.quarantined.items()] == [other]
    books = journal.books()
    assert (books.acquired, books.stored + books.waiting, books.quarantined, books.balance) == (2, 1, 1, 0)
