"""Completeness against what the simulated plant knows that it did: hours counted, faults found as gaps, no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_reader import CompletenessReader
from ingest.journal import SqliteJournal
from readings.inputs import Series
from readings.times import HOUR, MINUTE, SECOND, parse_time
from simulators.faults import STORE, WATER, Fault
from simulators.history import blocks
from simulators.plant import plant

START = parse_time("2026-12-01T00:00:00Z")
END = START + 3 * HOUR
EVERY = {WATER: 5 * SECOND, STORE: MINUTE}


def test_hours_and_gaps_are_those_of_the_plant(
    journal: SqliteJournal, archive: ParquetArchive, tmp_path: Path
) -> None:
    """A device unplugged for 25 min, a logger that keeps 50 min to itself: each series' counts are those of the samples
    that the plant took, each unplugging is a gap from sample to sample, the late upload leaves none in the end."""
    out = Fault("unplugged", STORE, START + 40 * MINUTE + 10 * SECOND, START + 65 * MINUTE + 10 * SECOND)
    wet = Fault("unplugged", WATER, START + 90 * MINUTE + SECOND, START + 91 * MINUTE + SECOND)
    late = Fault("late_upload", STORE, START + 100 * MINUTE, START + 2 * HOUR + 30 * MINUTE)
    made = plant(seed=7, faults=(out, wet, late), lines=(WATER, STORE), always_on=True)
    played = {line: made.played(line, START, END) for line in (WATER, STORE)}
    series = [Series(line, *key) for line, each in played.items() for key in each.series]
    store = Completeness(tmp_path / "completeness.db", read_only=False)
    reader = CompletenessReader(store, journal, archive, {each: EVERY[each.line] for each in series})
    seen = 0
    for number, block in enumerate(blocks(made, START, END, per=10 * SECOND)):
        journal.append(block)
        if number % 90 == 0:
            reader.work()
            seen = max(seen, store.open_gaps())
    while reader.work():
        pass
    # the truth: whole multiples of the interval, but for what was unplugged
    for each in series:
        every = EVERY[each.line]
        fault = out if each.line == STORE else wet
        truth = np.arange(START, END, every)
        truth = truth[(truth < fault.start) | (truth >= fault.end)]
        hours = np.bincount((truth - START) // HOUR, minlength=3).tolist()
        rows = [
            row for row in store.hours(START, END, line=each.line, sensor=each.sensor) if row.series == each
        ]
        assert [row.good for row in rows] == hours, each
        assert [row.bad + row.uncertain for row in rows] == [0] * 3
        assert [row.expected for row in rows[1:]] == [HOUR // every] * 2
        gaps = [gap for of, gap in store.gaps(START, END, line=each.line, sensor=each.sensor) if of == each]
        before, after = truth[truth < fault.start].max(), truth[truth >= fault.end].min()
        assert [(gap.start, gap.end, gap.cause) for gap in gaps] == [(before, after, "silence")], each
        assert [gap.missed for gap in gaps] == [(after - before) // every - 1]
    cold = sum(each.line == STORE for each in series)
    assert seen == cold, "both long silences were seen while they lasted"
    store.close()
