"""Enclosing sealed readings in a package, chunk by chunk, each held against its `segment.sealed` record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.disclosure import span_of
from ledger.errors import PackageError
from ledger.record import Record
from ledger.segments import chunks, segment_root
from readings.inputs import Series
from readings.ports import Archive

Span = tuple[int, int]


@dataclass(slots=True)
class Enclosed:
    """What was enclosed of one line.

    Attributes:
        line: the plan's line.
        sealed: the `segment.sealed` records of the segments enclosed.
        chunks: what `chunks.json` says of them.
        files: for each series (line, sensor, point) its files, in the order of segments.
        readings: how many are enclosed.
        unsealed: how many readings of the period are in no sealed segment.
    """

    line: str
    sealed: list[Record] = field(default_factory=list)
    chunks: list[dict[str, Any]] = field(default_factory=list)
    files: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    readings: int = 0
    unsealed: int = 0


def enclose_segments(  # noqa: PLR0913 - what is enclosed, of what, and where it goes
    add: Callable[[str, bytes], None],
    *,
    archive: Archive,
    site: str,
    line: str,
    sealed: Sequence[Record],
    spans: Sequence[Span],
    period: Span,
    series: Collection[Series] | None,
) -> Enclosed:
    """Enclose every segment of a line that holds readings of one of the spans.

    Args:
        add: takes a file's name and bytes.
        archive: where the readings are.
        site: the site's id.
        line: the plan's line.
        sealed: all its `segment.sealed` records.
        spans: event times, both ends included, ns UTC.
        period: start and end (not included) of the package, for counting what is not sealed.
        series: enclose the chunks of these alone; None for all.

    Raises:
        PackageError: the archive does not hold what the records say.
    """
    found = Enclosed(line)
    segments = {segment.number: segment for segment in archive.segments(line)}
    counted = 0
    for record in sealed:
        content = record.content
        span = span_of(content)
        if span is None or not any(start <= span[1] and span[0] <= end for start, end in spans):
            continue
        segment = segments.get(content["segment"])
        if segment is None:
            raise PackageError(
                f"the archive has lost segment {content['segment']} of {line}; restore it from a backup"
            )
        rows = archive.segment_rows(segment)
        parts = chunks(site, segment.number, rows)
        if segment_root([part.leaf for part in parts]).hex() != content["root"]:
            raise PackageError(
                f"segment {segment.number} of {line} is not what was sealed in record {record.seq}; "
                "restore it from a backup"
            )
        counted += int(((rows.block.time >= period[0]) & (rows.block.time < period[1])).sum())
        entries: list[dict[str, Any]] = []
        for part in parts:
            name = None
            if series is None or part.series in series:
                name = f"segments/{line}/{segment.number}/{part.series.sensor}/{part.series.point}.csv"
                add(name, part.csv)
                key = (line, part.series.sensor, part.series.point)
                found.files.setdefault(key, []).append(name)
                found.readings += part.rows
            entries.append({"file": name, "leaf": part.leaf.hex()})
        found.sealed.append(record)
        found.chunks.append({"sealed": record.seq, "chunks": entries})
    found.unsealed = sum(len(block) for block in archive.stream(line, *period)) - counted
    return found
