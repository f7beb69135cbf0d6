"""Promise 2: exactly once where a payload carries a time or a counter."""

from __future__ import annotations

from ingest.journal import SqliteJournal
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import HOUR, MS, SECOND, arrival

AIR = Series("L", "air")
NOW = 1_700_000_000 * SECOND


def counted(*rows: tuple[int, float, int]) -> Block:
    """(received, value, counter): the payload has no time of its own."""
    builder = BlockBuilder()
    for received, value, seq in rows:
        builder.reading(AIR, time=arrival(received), value=value, received=received - received % MS, seq=seq)
    return builder.build()


def test_a_message_sent_again_is_known_by_its_counter(tmp_path):
    """Another time of receipt, the same counter and value: the same reading, also after a restart."""
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.append(counted((NOW, -20.0, 7), (NOW + SECOND, -20.0, 8)))
    journal.append(counted((NOW + 5 * SECOND, -20.0, 7), (NOW + 6 * SECOND, -20.0, 9)))
    assert (journal.books().waiting, journal.books().duplicate) == (3, 1)
    journal.close()
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.append(counted((NOW + 9 * SECOND, -20.0, 9)))
    assert (journal.books().waiting, journal.books().duplicate) == (3, 2)
    journal.close()


def test_twice_in_one_block_is_once(tmp_path):
    """The broker may send both in one go."""
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.append(counted((NOW, -20.0, 7), (NOW + SECOND, -20.0, 7)))
    assert (journal.books().waiting, journal.books().duplicate) == (1, 1)
    journal.close()


def test_a_counter_that_begins_anew_is_not_a_repetition(tmp_path):
    """Another value, or the same an hour later: a reading of its own."""
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.append(counted((NOW, -20.0, 7)))
    journal.append(counted((NOW + SECOND, -19.9, 7)))
    journal.append(counted((NOW + HOUR + 2 * SECOND, -20.0, 7)))
    assert (journal.books().waiting, journal.books().duplicate) == (3, 0)
    journal.close()


def test_a_device_with_a_time_of_its_own_is_never_known_by_its_counter_alone(tmp_path):
    """Its counter begins anew, its value stays, and each reading is here within its own millisecond: all are new."""
    journal = SqliteJournal(tmp_path / "journal.db")
    for second in (0, 256, 512):
        builder, at = BlockBuilder(), NOW + second * SECOND
        builder.reading(AIR, time=at, value=-20.0, received=at, seq=7)
        journal.append(builder.build())
    assert (journal.books().waiting, journal.books().duplicate) == (3, 0)
    journal.close()
