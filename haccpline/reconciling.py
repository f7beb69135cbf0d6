"""A logger's readings held against what a site has: which are known, which are new, which say something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ingest.gaps import Gap
from readings.block import Block
from readings.inputs import Series
from readings.ports import Archive
from readings.quality import Quality, Reason
from readings.times import NEVER

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values of one sensor at one time.

    Attributes:
        time: ns UTC.
        here: as the site has it, or the file further up.
        there: as the file has it.
    """

    time: int
    here: float
    there: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a file has of a series.

    Attributes:
        series: of the plan.
        rows: how many readings there are in the file.
        empty: rows without a value; they say nothing that the site does not know.
        known: that the site has.
        new: that it has not.
        conflicts: how many say another value than the site has, or than the file says twice.
        shown: the first of these.
        first: time of the first reading, ns UTC.
        last: time of the last one, ns UTC.
        healed: gaps of the site in which new readings lie.
        late: new ones that come later than the plan lets late truth decide.
    """

    series: Series
    rows: int
    empty: int
    known: int
    new: int
    conflicts: int
    shown: tuple[Conflict, ...]
    first: int
    last: int
    healed: int = 0
    late: int = 0


def reconciled(block: Block, archive: Archive, *, received: int) -> tuple[Block, list[Found]]:
    """What of a file is new, as back-fill; and what became of each series.

    A reading is known when the site has one of the same value at the same time, whatever it was said of it. Where the site
    has a value and the file another, the site's stands: it was decided by. Where the site has none (no answer, say), the
    file's is new.

    Args:
        block: all readings of the file.
        archive: of the site.
        received: when the file came, ns UTC.
    """
    kept = np.zeros(len(block), np.bool_)
    found = []
    for number, series in enumerate(block.series):
        rows = np.flatnonzero(block.which == number)
        if rows.size:
            new, told = _series(block, rows, series, archive)
            kept[rows] = new
            found.append(told)
    fresh = block.take(kept)
    reason = np.where(fresh.reason == Reason.NONE, Reason.BACKFILL, fresh.reason).astype(np.uint8)
    when = np.full(len(fresh), received, np.int64)
    return replace(fresh, reason=reason, received=when), found


def _series(
    block: Block, rows: npt.NDArray[np.intp], series: Series, archive: Archive
) -> tuple[npt.NDArray[np.bool_], Found]:
    rows = rows[np.argsort(block.time[rows], kind="stable")]
    time, value = block.time[rows], block.value[rows]
    empty = (block.quality[rows] == Quality.BAD) | np.isnan(value)
    site = archive.read([series], int(time[0]), int(time[-1]) + 1).block
    usable = (site.quality != Quality.BAD) & ~np.isnan(site.value)
    known_time, known_value = site.time[usable], site.value[usable]
    known = _among(time, value, known_time, known_value) & ~empty
    at = np.searchsorted(known_time, time, "right") - 1  # the one that became known last
    there = (
        (at >= 0) & (known_time[np.maximum(at, 0)] == time) if known_time.size else np.zeros(time.size, bool)
    )
    other = there & ~known & ~empty
    here = (
        np.where(other, known_value[np.maximum(at, 0)], np.nan)
        if known_time.size
        else np.full(time.size, np.nan)
    )
    again, first = _said_before(time, value, empty)
    other, here = other | (again & (first != value)), np.where(again & (first != value) & ~other, first, here)
    known |= again & (first == value)
    new = ~(empty | known | other)
    where = np.flatnonzero(other)[:_SHOWN]
    told = Found(
        series=series,
        rows=rows.size,
        empty=int(empty.sum()),
        known=int((known & ~other).sum()),
        new=int(new.sum()),
        conflicts=int(other.sum()),
        shown=tuple(Conflict(int(time[each]), float(here[each]), float(value[each])) for each in where),
        first=int(time[0]),
        last=int(time[-1]),
    )
    in_file = np.empty(rows.size, np.bool_)
    in_file[np.argsort(np.argsort(rows))] = new
    return in_file, told


def _among(
    time: npt.NDArray[np.int64],
    value: npt.NDArray[np.float64],
    known_time: npt.NDArray[np.int64],
    known_value: npt.NDArray[np.float64],
) -> npt.NDArray[np.bool_]:
    """Which pairs of time and value are among the known ones, whatever else is known of that time."""
    pairs = np.dtype([("time", np.int64), ("value", np.float64)])
    asked, there = np.empty(time.size, pairs), np.empty(known_time.size, pairs)
    asked["time"], asked["value"] = time, value
    there["time"], there["value"] = known_time, known_value
    return np.isin(asked, there)


def _said_before(
    time: npt.NDArray[np.int64], value: npt.NDArray[np.float64], empty: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Which readings have one of the same time further up in the file, and the first value that was said there."""
    numbers = np.flatnonzero(~empty)
    again, first = np.zeros(time.size, np.bool_), np.full(time.size, np.nan)
    if numbers.size:
        _, begin, inverse = np.unique(time[numbers], return_index=True, return_inverse=True)
        first[numbers] = value[numbers][begin][inverse]
        again[numbers] = begin[inverse] != np.arange(numbers.size)
    return again, first


def with_gaps(
    found: list[Found], fresh: Block, gaps: list[tuple[Series, Gap]], bounds: Mapping[Series, int]
) -> list[Found]:
    """The same, with the gaps that new readings lie in, and how many of them come too late to decide anything.

    Args:
        found: of each series.
        fresh: the new readings.
        gaps: of the site, in the time of the file.
        bounds: by series, the time before which nothing is decided again, ns UTC.
    """
    told = []
    for each in found:
        if each.series not in fresh.series:
            told.append(each)
            continue
        time = np.sort(fresh.time[fresh.which == fresh.series.index(each.series)])
        mine = [gap for series, gap in gaps if series == each.series]
        begin = np.searchsorted(time, [gap.start for gap in mine], "right")
        end = np.searchsorted(time, [NEVER if gap.end is None else gap.end for gap in mine], "left")
        late = int(np.searchsorted(time, bounds.get(each.series, time[0] if time.size else 0), "left"))
        told.append(replace(each, healed=int((end > begin).sum()), late=late))
    return told
