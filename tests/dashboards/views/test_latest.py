"""The latest readings, read beside the process that writes the journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.views.latest import JournalTail
from ingest.errors import StoreError
from ingest.journal import SqliteJournal
from readings.block import BlockBuilder
from readings.inputs import Series, State
from readings.quality import Quality, Reason
from readings.times import SECOND, parse_time

START = parse_time("2026-12-01T00:00:00+08:00")
AIR, CORE = Series("cold-3", "air", "CS1.1"), Series("cold-3", "core")


def append(journal: SqliteJournal, *rows: tuple[Series, int, float, int], tick: int | None = None) -> None:
    builder = BlockBuilder()
    for series, second, value, reason in rows:
        time = START + second * SECOND
        builder.reading(series, time=time, value=value, reason=reason, received=time)
    journal.append(builder.build(START + tick * SECOND if tick is not None else None))


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal(tmp_path / "journal.db")
    made.own()
    return made


def test_the_latest_by_event_time_counts_not_the_last_heard(journal: SqliteJournal, tmp_path: Path) -> None:
    """A logger's memory that comes late changes nothing of now."""
    tail = JournalTail(tmp_path / "journal.db")
    append(journal, (AIR, 10, -20.0, 0))
    append(journal, (AIR, 5, -9.0, 0), tick=11)
    tail.refresh()
    assert (tail.latest[AIR].value, tail.tick) == (-20.0, START + 11 * SECOND)
    tail.close()
    journal.close()


def test_a_bad_reading_keeps_the_last_value_beside_it(journal: SqliteJournal, tmp_path: Path) -> None:
    """And when that was."""
    tail = JournalTail(tmp_path / "journal.db")
    append(journal, (AIR, 1, -20.0, 0), (AIR, 2, 0.0, Reason.NO_ANSWER))
    tail.refresh()
    found = tail.latest[AIR]
    assert (found.quality, found.reason, found.valued) == (Quality.BAD, "no answer", -20.0)
    assert found.valued_at == START + SECOND
    tail.close()
    journal.close()


@pytest.mark.parametrize("reason", [Reason.CLOCK, Reason.NONE, Reason.NO_ANSWER])
def test_a_reading_of_a_time_to_come_hides_nothing(
    journal: SqliteJournal, tmp_path: Path, reason: Reason
) -> None:
    """Whatever it says of itself: it counts as of when it became known, and what comes after it is newer."""
    tail = JournalTail(tmp_path / "journal.db")
    append(journal, (AIR, 1, -20.0, 0), tick=1)
    ahead = 30 * 24 * 3600
    append(journal, (AIR, ahead, -30.0, reason), tick=10)
    tail.refresh()
    wrong = tail.latest[AIR]
    assert wrong.time == START + 10 * SECOND
    assert (wrong.valued, wrong.valued_at) == (-20.0, START + SECOND)
    append(journal, (AIR, 20, -3.0, 0), tick=20)
    tail.refresh()
    found = tail.latest[AIR]
    assert (found.value, found.time, found.reason) == (-3.0, START + 20 * SECOND, "")
    again = JournalTail(tmp_path / "journal.db")
    again.look_back({AIR}, ["cold-3"])
    assert again.latest[AIR] == found
    again.close()
    tail.close()
    journal.close()


def test_how_far_time_had_come_with_a_block(journal: SqliteJournal, tmp_path: Path) -> None:
    """Of the newest as the tail knows it; of one that is gone nothing is known."""
    tail = JournalTail(tmp_path / "journal.db")
    for second in range(1, 4):
        append(journal, (AIR, second, -20.0, 0), tick=second)
    tail.refresh()
    assert [tail.tick_at(position) for position in (1, 3, 9)] == [START + n * SECOND for n in (1, 3, 3)]
    assert tail.tick_at(0) is None
    tail.close()
    journal.close()


def test_what_was_before_is_looked_for_backwards(journal: SqliteJournal, tmp_path: Path) -> None:
    """A page that is opened now shows the sensor that spoke last an hour ago, and the lot of this morning."""
    append(journal, (CORE, 0, -18.0, 0))
    builder = BlockBuilder()
    builder.state(State(START, "cold-3", "lot", "L7"))
    journal.append(builder.build())
    for second in range(1, 60):
        append(journal, (AIR, second, -20.0, 0), tick=second)
    tail = JournalTail(tmp_path / "journal.db")
    tail.look_back({AIR, CORE}, ["cold-3"])
    assert (tail.latest[CORE].value, tail.latest[AIR].time) == (-18.0, START + 59 * SECOND)
    assert tail.states["cold-3", "lot", ""].text == "L7"
    tail.close()
    journal.close()


def test_a_journal_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is never made by a reader."""
    with pytest.raises(StoreError):
        JournalTail(tmp_path / "journal.db")
    assert not (tmp_path / "journal.db").exists()
