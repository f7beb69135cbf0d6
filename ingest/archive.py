"""The archive: readings kept for good in Parquet, per line, in sealed segments."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest import catalogue
from ingest.buckets import Buckets, bucketed
from ingest.catalogue import FileEntry
from ingest.errors import ArchiveError, UnansweredError
from ingest.journal import SqliteJournal, cursor
from ingest.known import Keys, Mask, Run
from ingest.merge import Part, in_time_order
from ingest.schema import ARCHIVE_CURSOR
from ingest.segment_read import SegmentFile, is_whole
from ingest.sheet import COLUMNS, Sheet, joined
from ingest.stretches import NEEDED, in_stretches, of_tail, pieces_of
from ingest.tail import Tail
from readings.block import I32, I64, Block
from readings.inputs import Series
from readings.ports import Rows, Segment
from readings.times import ALWAYS, NEVER

_OPEN_FILES = 256
_RUNS_HELD = 4  # lookups of known readings come in bursts about the same few files
_STREAM_ROWS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """What one snapshot of journal.db says.

    Attributes:
        series: by code.
        codes: of each series.
        files: those that may hold what was asked for, with where it lies in each.
        tail: readings not sealed yet, in journal order, of blocks that may hold what was asked for.
    """

    series: list[Series]
    codes: dict[Series, int]
    files: list[tuple[FileEntry, SegmentFile]]
    tail: list[Sheet]


class ParquetArchive:
    """`readings.ports.Archive`: sealed files below a directory, and the journal's unsealed blocks.

    Reads are consistent: each belongs to one moment of journal.db, whose catalogue says which files count.
    Any process may read beside the one that seals (`ingest.sealer`).

    Args:
        directory: where the files are; made when missing.
        journal: where the catalogue and the unsealed blocks are; it asks this archive what is known already.
    """

    def __init__(self, directory: Path, journal: SqliteJournal) -> None:
        self.directory = directory
        self.journal = journal
        self._database = journal.database
        self._tail = Tail()
        self._turn = threading.Lock()
        self._series: list[Series] = []
        self._open: OrderedDict[int, SegmentFile] = OrderedDict()
        self._known: OrderedDict[tuple[int, bytes], Run] = OrderedDict()
        if not self._database.read_only:
            directory.mkdir(parents=True, exist_ok=True)
        journal.attach(self)

    def lines(self) -> list[str]:
        """The lines of which there are readings, sealed or not."""
        with self._database.read() as connection:
            return sorted({series.line for series in self._all_series(connection)})

    def damaged(self) -> list[str]:
        """Files of the catalogue that are not there, or were cut; by name."""
        with self._database.read() as connection:
            lines = sorted({series.line for series in self._all_series(connection)})
            entries = catalogue.files(connection, lines, ALWAYS, NEVER)
        return [entry.name for entry in entries if not is_whole(self.directory / entry.name)]

    def segments(self, line: str, after: int = 0) -> Sequence[Segment]:
        """The sealed segments of a line with a number greater than `after`, in order."""
        with self._database.read() as connection:
            return catalogue.segments(connection, line, after)

    def segments_behind(self, line: str, after: int, most: int) -> Sequence[Segment]:
        """The first so many segments of a line that reach behind a journal position, in order."""
        with self._database.read() as connection:
            return catalogue.segments_behind(connection, line, after, most)

    def series(self) -> list[Series]:
        """All series, by code."""
        with self._database.read() as connection:
            return self._all_series(connection)

    def segment_rows(self, segment: Segment) -> Rows:
        """A segment's readings in journal order: by position, then as they stood in the block.

        Raises:
            ArchiveError: no such segment, or its file is missing, damaged, or not what the catalogue says.
        """
        return self.segment_sheet(segment).rows(self.series())

    def segment_sheet(self, segment: Segment) -> Sheet:
        """The same as a sheet.

        Raises:
            ArchiveError: as `segment_rows`.
        """
        with self._database.read() as connection:
            entry = catalogue.file_of(connection, segment)
            if entry is None:
                raise ArchiveError(f"line {segment.line} has no segment {segment.number}")
            file = self._opened(connection, entry)
        runs = file.runs
        sheet = file.sheet((runs.last_position >= segment.first) & (runs.first_position <= segment.last))
        sheet = sheet.take((sheet.position >= segment.first) & (sheet.position <= segment.last)).by_position()
        if len(sheet) != segment.rows:
            raise ArchiveError(
                f"{self.directory / entry.name}: segment {segment.number} of line {segment.line} has"
                f" {len(sheet)} readings, the catalogue says {segment.rows}; restore the last backup"
            )
        return sheet

    def keep_up(self) -> None:
        """Take in what the journal was given since: whoever reads next waits for less."""
        self._at([], ALWAYS, NEVER)

    def read(self, series: Sequence[Series], start: int, end: int) -> Rows:
        """All readings of these series with start <= time < end, by series as given, time, position."""
        sheet, names = self.sheet(series, start, end)
        codes = {name: code for code, name in enumerate(names)}
        rank = np.full(len(names), len(series), np.int32)
        for place, one in reversed(list(enumerate(series))):
            if one in codes:
                rank[codes[one]] = place
        ordered = sheet.take(np.lexsort((sheet.order, sheet.position, sheet.time, rank[sheet.code])))
        return ordered.rows(names)

    def sheet(
        self, series: Sequence[Series], start: int, end: int, columns: tuple[str, ...] = COLUMNS
    ) -> tuple[Sheet, list[Series]]:
        """Readings of these series with start <= time < end, in no promised order, and the series by code.

        Of sealed readings, columns that were not asked for may be empty.
        """
        moment = self._at(sorted({one.line for one in series}), start, end)
        wanted = np.zeros(len(moment.series), np.bool_)
        wanted[[moment.codes[one] for one in series if one in moment.codes]] = True
        parts = []
        for _, file in moment.files:
            runs = file.runs
            here = wanted[runs.code] & (runs.last_time >= start) & (runs.first_time < end)
            if here.any():
                parts.append(_within(file.sheet(here, columns), start, end))
        for tail in moment.tail:
            here = wanted[tail.code] & (tail.time >= start) & (tail.time < end)
            parts.append(tail.take(here).only(columns))
        return joined(parts), moment.series

    def buckets(self, series: Series, start: int, end: int, n: int) -> Buckets:
        """Lowest, highest and last value of one series in `n` buckets of equal width from `start` to `end`.

        Of several readings at one time, the one that became known last counts, as in InfluxDB.
        """
        sheet, _ = self.sheet([series], start, end, ("time", "value"))
        return bucketed(sheet.time, sheet.value, start, end, n)

    def stream(self, line: str, start: int, end: int) -> Iterator[Block]:
        """A line's readings with start <= time < end by time, series, position, in blocks.

        Holds at most the readings that overlap in time: some 500,000 for a line that is sealed as by default.
        """
        moment = self._at([line], start, end)
        rank = rank_of(moment.series)
        codes = np.array([series.line == line for series in moment.series], np.bool_)
        tail = _within(joined([part.take(codes[part.code]) for part in moment.tail]), start, end)
        parts = [part for _, file in moment.files for part in parts_of(file, start, end)]
        if len(tail):
            parts.append(Part(int(tail.time.min()), lambda: tail))
        for sheet in in_time_order(parts, rank, _STREAM_ROWS):
            yield sheet.rows(moment.series).block

    def stretches(
        self, series: Sequence[Series], start: int, end: int, *, raw: bool = False
    ) -> Iterator[Block]:
        """Readings of these series with start <= time < end, as they are judged: without what judging does not ask for.

        Each block is later than the one before; in each, readings stand by series, then time. Holds what overlaps in
        time, a day of a line as a rule, and no more.

        Args:
            series: of these.
            start: ns UTC.
            end: ns UTC.
            raw: the raw numbers too; else they are NaN.
        """
        moment = self._at(sorted({one.line for one in series}), start, end)
        wanted = np.zeros(len(moment.series), np.bool_)
        wanted[[moment.codes[one] for one in series if one in moment.codes]] = True
        columns = (*NEEDED, "raw") if raw else NEEDED
        pieces = [piece for _, file in moment.files for piece in pieces_of(file, wanted, start, end, columns)]
        pieces += [piece for part in moment.tail for piece in of_tail(part, wanted, start, end, columns)]
        yield from in_stretches(pieces, moment.series)

    def holds(self, asked: Keys) -> Mask:
        """Which of these readings are sealed; exact.

        Raises:
            UnansweredError: a file that may hold one of them is missing or damaged.
        """
        found = np.zeros(len(asked), np.bool_)
        if not len(asked):
            return found
        with self._database.read() as connection:
            series = self._all_series(connection)
            low, high = np.full(len(series), NEVER), np.full(len(series), ALWAYS)
            np.minimum.at(low, asked.code, asked.time)
            np.maximum.at(high, asked.code, asked.time)
            lines = sorted({series[code].line for code in np.unique(asked.code)})
            for entry in catalogue.files(connection, lines, int(asked.time.min()), int(asked.time.max()) + 1):
                try:
                    found |= self._held(connection, entry, asked, low, high)
                except ArchiveError as error:
                    raise UnansweredError(
                        f"whether readings are known already cannot be told, and they wait: {error}"
                    ) from error
        return found

    def _held(
        self, connection: sqlite3.Connection, entry: FileEntry, asked: Keys, low: I64, high: I64
    ) -> Mask:
        """Which of the asked a file holds; it is opened only where one of its series may."""
        with self._turn:
            file = self._open.get(entry.id)
        runs = file.runs if file is not None else catalogue.runs(connection, entry.id)
        near = (runs.first_time <= high[runs.code]) & (runs.last_time >= low[runs.code])
        if not near.any():
            return np.zeros(len(asked), np.bool_)
        return self._run(entry, self._opened(connection, entry), near).holds(asked)

    def let_go(self, entries: Sequence[FileEntry]) -> None:
        """Keep these files open no longer than somebody reads them: another holds what they hold."""
        with self._turn:
            for entry in entries:
                self._open.pop(entry.id, None)

    def opened(self, entries: Sequence[FileEntry]) -> tuple[list[SegmentFile], list[Series]]:
        """These files, open, and the series by code."""
        with self._database.read() as connection:
            return [self._opened(connection, entry) for entry in entries], self._all_series(connection)

    def _at(self, lines: Sequence[str], start: int, end: int) -> _Moment:
        with self._database.read() as connection:
            series = self._all_series(connection)
            codes = {one: code for code, one in enumerate(series)}
            last = int(connection.execute("SELECT last FROM head").fetchone()[0])
            sealed = cursor(connection, ARCHIVE_CURSOR)
            tail = self._tail.sheets(connection, codes, sealed, last, (start, end))
            entries = catalogue.files(connection, lines, start, end)
            files = [(entry, self._opened(connection, entry)) for entry in entries]
        return _Moment(series, codes, files, tail)

    def _all_series(self, connection: sqlite3.Connection) -> list[Series]:
        count = connection.execute("SELECT ifnull(max(code) + 1, 0) FROM series").fetchone()[0]
        known = self._series
        if count > len(known):  # another thread, of an earlier moment, may put fewer in its place
            known = self._series = catalogue.series(connection)
        return known[:count]

    def _opened(self, connection: sqlite3.Connection, entry: FileEntry) -> SegmentFile:
        with self._turn:
            file = self._open.get(entry.id)
            if file is None or file.damaged:  # it may have been restored since
                file = SegmentFile(self.directory / entry.name, catalogue.runs(connection, entry.id))
                self._open[entry.id] = file
                while len(self._open) > _OPEN_FILES:
                    self._open.popitem(last=False)
            self._open.move_to_end(entry.id)
            return file

    def _run(self, entry: FileEntry, file: SegmentFile, near: Mask) -> Run:
        name = (entry.id, near.tobytes())
        with self._turn:
            run = self._known.get(name)
        if run is None:
            run = Run(file.sheet(near, ("time", "value", "reason", "seq")).keys())
        with self._turn:
            self._known[name] = run
            self._known.move_to_end(name)
            while len(self._known) > _RUNS_HELD:
                self._known.popitem(last=False)
        return run


def parts_of(file: SegmentFile, start: int, end: int) -> Iterator[Part]:
    """The row groups of a file that may hold readings with start <= time < end."""
    runs = file.runs
    near = (runs.last_time >= start) & (runs.first_time < end)
    for group in np.unique(runs.group[near]):
        here = near & (runs.group == group)
        yield Part(max(int(runs.first_time[here].min()), start), _loader(file, here, start, end))


def _loader(file: SegmentFile, here: Mask, start: int, end: int) -> Callable[[], Sheet]:
    return lambda: _within(file.sheet(here), start, end)


def _within(sheet: Sheet, start: int, end: int) -> Sheet:
    inside = (sheet.time >= start) & (sheet.time < end)
    return sheet if inside.all() else sheet.take(inside)


def rank_of(series: Sequence[Series]) -> I32:
    """int32, by code: the place of each series among all of them, in order."""
    rank = np.empty(len(series), np.int32)
    rank[sorted(range(len(series)), key=series.__getitem__)] = np.arange(len(series), dtype=np.int32)
    return rank
