"""A year of a plant in an archive: made up, but for the archive, which is the product's own.

50 cold rooms, a reading every 10 s each: noise in steps of 0.1 degC about a level of the room that swings with the day; an
excursion in one of the rooms every few hours, some longer than the hold; now and then a sensor that is silent for
minutes; a lot named every shift. Each day is one file of the archive, as the sealer leaves it when the day is over; it is
written as such, without the journal, for a year of appends with fsync would take an hour.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.warehouse import LIMIT
from ingest import catalogue
from ingest.archive import ParquetArchive
from ingest.catalogue import Written
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.segment_format import Runs, shape_of
from ingest.segment_write import write_segment
from ingest.settings import ArchiveSettings
from ingest.sheet import Sheet
from readings.block import Block, BlockBuilder
from readings.inputs import Series, State
from readings.ports import Segment
from readings.times import DAY, HOUR, MS, SECOND, parse_time

LINE = "plant"
START = parse_time("2025-11-01T00:00:00Z")
EVERY = 10 * SECOND
ROOMS = 50
_ROWS = DAY // EVERY  # of a room in a day
_SHIFT = 8 * HOUR
_BEFORE = 1  # blocks and segments before the first day

_HEAD = """\
plan: plant
name: Plant
site: {id: BENCH, name: Plant, timezone: Asia/Shanghai}
effective_from: 2025-10-01T00:00:00+08:00
"""


@dataclass(frozen=True, slots=True)
class Year:
    """So many days of so many rooms."""

    days: int
    rooms: int = ROOMS

    @property
    def readings(self) -> int:
        """How many, but for those that silences take away."""
        return self.days * self.rooms * _ROWS

    @property
    def end(self) -> int:
        """The time behind the last day, ns UTC."""
        return START + self.days * DAY

    @property
    def series(self) -> tuple[Series, ...]:
        """Room by room."""
        return tuple(Series(LINE, "air", f"{room}.1") for room in _rooms(self.rooms))

    def plan(self, *, at_most: str = f"{LIMIT} degC", hold: str = "5 min") -> str:
        """The plan's text."""
        rooms = ", ".join(_rooms(self.rooms))
        return "".join(
            [
                _HEAD,
                f"line: {{unit: zone, zones: [{rooms}], lot: {{from: lot}}}}\n",
                "sensors:\n",
                f"  air: {{zones: [{rooms}], unit: degC, resolution: 0.1, range: [-50, 60], every: 10 s, ",
                "silent_after: 60 s}\n",
                "  lot: {unit: text, every: on change}\n",
                "ccps:\n  - id: CCP1\n    critical:\n",
                f"      - {{id: warm, kind: threshold, of: air, at_most: {at_most}, for_more_than: {hold}}}\n",
            ]
        )

    def write(self, folder: Path, *, processes: int = 2) -> None:
        """Make journal.db and segments/ in a folder, which is made where it isn't there."""
        folder.mkdir(parents=True, exist_ok=True)
        journal = SqliteJournal(folder / "journal.db")
        archive = ParquetArchive(folder / "segments", journal)
        place = archive.directory / f"line={LINE}"
        place.mkdir(parents=True, exist_ok=True)
        lots = tuple(
            State(START + shift * _SHIFT, LINE, "lot", f"L{shift:04d}", "", START + shift * _SHIFT)
            for shift in range(self.days * DAY // _SHIFT)
        )
        journal.append(_first(self.series, lots))
        Sealer(archive, ArchiveSettings()).seal()
        with ProcessPoolExecutor(processes) as pool:
            for day, runs in enumerate(pool.map(partial(_write_day, place, self.series), range(self.days))):
                position = journal.append(Block(tick=START + (day + 1) * DAY)) or 0
                segment = Segment(LINE, day + _BEFORE + 1, position, position, int(runs.rows.sum()))
                written = Written(LINE, f"{place.name}/{_name(day)}", 2, START + (day + 1) * DAY, runs)
                catalogue.seal(journal.database, position, [(segment, written)], {})
        journal.close()


def _rooms(count: int) -> list[str]:
    return [f"R{room:03d}" for room in range(count)]


def _name(day: int) -> str:
    return f"{day + _BEFORE + 1:08d}.parquet"


def _first(series: tuple[Series, ...], lots: tuple[State, ...]) -> Block:
    """Names every series, by a reading of just before the year, and the lots."""
    builder, before = BlockBuilder(), START - EVERY
    for each in series:
        builder.reading(each, time=before, value=-20.0, raw=-200.0, received=before)
    for lot in lots:
        builder.state(lot)
    return builder.build(tick=START)


def _write_day(place: Path, series: tuple[Series, ...], day: int) -> Runs:
    rooms = len(series)
    draw = np.random.default_rng((7, day))
    second = np.arange(_ROWS)
    value = -20.0 + 0.8 * np.sin(2 * np.pi * second / _ROWS + np.arange(rooms)[:, None])
    value += np.random.default_rng(7).uniform(-1.0, 1.0, rooms)[:, None]
    value += draw.normal(0.0, 0.15, (rooms, _ROWS))
    for _ in range(6):
        start, length = int(draw.integers(0, _ROWS)), int(draw.integers(12, 120))
        value[draw.integers(0, rooms), start : start + length] = LIMIT + 1.5 + draw.normal(0, 0.3)
    there = np.ones(value.shape, np.bool_)
    for _ in range(4):
        start, length = int(draw.integers(0, _ROWS)), int(draw.integers(3, 120))
        there[draw.integers(0, rooms), start : start + length] = False
    code, row = np.nonzero(there)
    time = START + day * DAY + row * EVERY + code * (10 * MS)
    measured = np.round(value[there], 1)
    good = np.zeros(len(row), np.uint8)
    sheet = Sheet(
        code=code.astype(np.int32),
        time=time,
        value=measured,
        raw=np.round(measured * 10),
        quality=good,
        reason=good,
        received=time + draw.integers(2, 80, len(row)) * MS,
        seq=np.full(len(row), -1),
        position=np.full(len(row), day + _BEFORE + 1),
        order=np.arange(len(row), dtype=np.int32),
    )
    return write_segment(place / _name(day), LINE, [sheet], shape=shape_of(sheet), series=list(series))
