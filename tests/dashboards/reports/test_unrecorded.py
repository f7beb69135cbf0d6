"""When nothing of a line was recorded: found from the readings themselves, whatever the verdicts bridge."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.reports.unrecorded import unrecorded
from ingest.archive import ParquetArchive
from ingest.history import ArchiveHistory
from ingest.journal import SqliteJournal
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import MINUTE, SECOND, parse_time
from rules.plan_check import load_plan

START = parse_time("2026-12-01T00:00:00Z")
PLAN = """
plan: l
name: {zh: 线, en: Line}
site: {id: S, name: {zh: 厂, en: Plant}, timezone: UTC}
effective_from: 2026-11-01T00:00Z
sensors:
  fast: {unit: degC, resolution: 0.1, every: 5 s, silent_after: 30 s}
  slow: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: fast, at_most: 5 degC}
      - {id: b, kind: threshold, of: slow, at_most: 5 degC}
"""


@pytest.fixture
def heard(tmp_path: Path):
    """Put readings in, `seconds` after the start, and ask what of the first hour was not recorded."""
    journal = SqliteJournal(tmp_path / "journal.db")
    history = ArchiveHistory(ParquetArchive(tmp_path / "segments", journal))

    def ask(until: int = 60, **seconds: list[int]) -> list[tuple[int, int]]:
        builder = BlockBuilder()
        for name, times in seconds.items():
            for each in times:
                time = START + each * SECOND
                builder.reading(Series("l", name, "1"), time=time, value=1.0, received=time)
        journal.append(builder.build(START))
        plan, span = load_plan(PLAN, "plan.yaml"), (START, START + until * MINUTE)
        found = unrecorded(history, plan, {}, span)
        known = {Series("l", "fast", "1"): history.rows(Series("l", "fast", "1"), *span)}
        assert unrecorded(history, plan, known, span) == found
        return [((start - START) // SECOND, (end - START) // SECOND) for start, end in found]

    yield ask
    journal.close()


def test_a_line_that_speaks_is_recorded(heard):
    """Also over the ends of the span."""
    assert heard(fast=list(range(-10, 3600, 5)), slow=list(range(0, 3600, 60))) == []


def test_everything_was_silent_for_longer_than_the_quickest_may_be(heard):
    """Four minutes: the slow sensor alone would have bridged them."""
    spoken = [each for each in range(0, 3600, 5) if not 600 < each < 840]
    assert heard(fast=spoken, slow=[each for each in range(0, 3600, 60) if not 600 < each < 840]) == [
        (600, 840)
    ]


def test_one_that_goes_on_is_a_record(heard):
    """The quick one is gone for good: the slow one speaks, and what it may be silent counts from then on."""
    slow = [30, *range(60, 3600, 60)]
    assert heard(fast=list(range(0, 601, 5)), slow=slow) == [(600, 660)]
    assert heard(until=59) == [(600, 660)]


def test_before_the_first_and_behind_the_last_nothing_was_recorded(heard):
    """The ends of the span stand for readings that there are not."""
    assert heard(fast=list(range(600, 1800, 5))) == [(0, 600), (1795, 3600)]


def test_nothing_at_all(heard):
    """The whole span."""
    assert heard() == [(0, 3600)]
