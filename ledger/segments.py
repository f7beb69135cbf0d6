"""What a sealed segment is worth: the Merkle root over its canonical chunks, one per series.

A chunk is a CSV of one series' readings in journal order. The leaf of a chunk is the leaf hash of a
heading line `<site>/<line>/<sensor>/<point>/<segment number>` and the CSV behind it, so that no chunk
passes for another. Files may be compacted or moved; the chunks and their root stay what they are.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from ledger.canonical import Body
from ledger.errors import SegmentError
from ledger.merkle import Frontier, leaf_hash
from readings.block import NO_SEQ
from readings.inputs import Series
from readings.ports import Archive, Rows, Segment
from readings.quality import REASON_TEXT, Quality
from readings.times import format_time, format_times
from readings.written import doubles_written, written

HEADER = "time,value,raw,quality,reason,received,seq,position"

_WRITTEN_OUT = 4_000  # rows as text at once, and what its last series has more
_OfSeries = tuple[Series, npt.NDArray[np.intp]]  # which rows are a series'
_QUALITY_TEXT = {int(quality): quality.name.lower() for quality in Quality}


@dataclass(frozen=True, slots=True)
class Chunk:
    """One series' part of a segment.

    Attributes:
        series: whose readings.
        csv: the canonical CSV, header first, each line ended by a newline.
        rows: how many readings.
        leaf: 32 bytes, this chunk's leaf in the segment's tree.
    """

    series: Series
    csv: bytes
    rows: int
    leaf: bytes


def chunks(site: str, number: int, rows: Rows) -> list[Chunk]:
    """The canonical chunks of a segment's rows, by line, sensor and point; as `each_chunk`."""
    return list(each_chunk(site, number, rows))


def each_chunk(site: str, number: int, rows: Rows) -> Iterator[Chunk]:
    """The canonical chunks of a segment's rows, by line, sensor and point, one after the other.

    A row as text takes ten times what it takes in columns: some series at a time are written out, not the segment.

    Args:
        site: the site's id.
        number: of the segment.
        rows: the segment's readings in journal order.

    Raises:
        SegmentError: a name that cannot be part of a heading, or a code that this release does not know.
    """
    for some in _portions(_by_series(rows)):
        indexes = np.concatenate([mine for _, mine in some])
        lines = iter(row_texts(Rows(rows.block.take(indexes), rows.position[indexes])))
        for series, mine in some:
            heading = chunk_heading(site, series, number)
            csv = "\n".join([HEADER, *islice(lines, len(mine)), ""]).encode()
            yield Chunk(series, csv, len(mine), leaf_hash(heading + csv))


def _portions(found: Iterable[_OfSeries]) -> Iterator[list[_OfSeries]]:
    """Neighbours together, until there are enough rows."""
    some: list[_OfSeries] = []
    rows = 0
    for each in found:
        some.append(each)
        rows += len(each[1])
        if rows >= _WRITTEN_OUT:
            yield some
            some, rows = [], 0
    if some:
        yield some


def chunk_heading(site: str, series: Series, number: int) -> bytes:
    """The line before a chunk's CSV in what its leaf is the hash of.

    Raises:
        SegmentError: a name holds a slash, a control character or nothing, or would climb out of a folder.
    """
    for name in (series.line, series.sensor, series.point):
        if not name.isprintable() or not name or set(name) & set("/\\") or set(name) <= {"."}:
            raise SegmentError(
                f"{name!r} in {series} cannot name a chunk; use letters, digits, - _ and points"
            )
    if not site or not site.isprintable():
        raise SegmentError(f"{site!r} cannot name a site in a chunk; use printable characters")
    return f"{site}/{series.line}/{series.sensor}/{series.point}/{number}\n".encode()


def segment_root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves of a segment's chunks, in the order of the chunks."""
    return Frontier().extend(leaves).root


def sealed_body(archive: Archive, site: str, segment: Segment) -> Body:
    """The body of `segment.sealed`.

    Args:
        archive: that holds the segment.
        site: the site's id.
        segment: which.

    Raises:
        SegmentError: the rows there are not the segment's; a name that cannot be part of a heading, or a code that this
            release does not know.
    """
    rows = archive.segment_rows(segment)
    count = len(rows.block)
    if (
        not count
        or count != segment.rows
        or {series.line for series, _ in _by_series(rows)} != {segment.line}
    ):
        raise SegmentError(
            f"{count} rows are not segment {segment.number} of {segment.line}, of {segment.rows}"
        )
    leaves = [chunk.leaf for chunk in each_chunk(site, segment.number, rows)]
    return {
        "line": segment.line,
        "segment": segment.number,
        "first": segment.first,
        "last": segment.last,
        "rows": segment.rows,
        "chunks": len(leaves),
        "root": segment_root(leaves).hex(),
        "from": format_time(int(rows.block.time.min())),
        "to": format_time(int(rows.block.time.max())),
    }


def evidence_digest(rows: Rows) -> str:
    """SHA-256, in hex, of readings as evidence.

    Over one line per reading, `<line>/<sensor>/<point>,` and its row of the canonical CSV, ended by a
    newline; sorted by line, sensor, point, then time, then journal position, then as they stood in the
    block.
    """
    lines = row_texts(rows)
    digest = hashlib.sha256()
    for series, indexes in _by_series(rows):
        name = f"{series.line}/{series.sensor}/{series.point},"
        order = indexes[np.lexsort((rows.position[indexes], rows.block.time[indexes]))]
        for index in order.tolist():
            digest.update(f"{name}{lines[index]}\n".encode())
    return digest.hexdigest()


def evidence_body(rows: Rows, *, series: Sequence[Series], start: int, end: int, position: int) -> Body:
    """What a decision says of its evidence; `prove` recomputes it from the enclosed chunks.

    Args:
        rows: readings of these series, at least those of the span; others are left out here.
        series: the series that were judged.
        start: first event time, ns UTC.
        end: last event time, included, ns UTC.
        position: the journal position known when it was decided; what came later is left out.
    """
    block = rows.block
    judged = np.array([one in set(series) for one in block.series], np.bool_)
    kept = (block.time >= start) & (block.time <= end) & (rows.position <= position)
    if len(block):
        kept &= judged[block.which]
    part = Rows(block.take(kept), rows.position[kept])
    return {
        "series": [f"{one.line}/{one.sensor}/{one.point}" for one in sorted(set(series))],
        "from": format_time(start),
        "to": format_time(end),
        "position": position,
        "readings": len(part.block),
        "digest": evidence_digest(part),
    }


def row_texts(rows: Rows) -> list[str]:
    """Each reading as a row of canonical CSV, without the newline.

    Times in RFC 3339 with nine decimals; value and raw as the shortest text that gives the same double
    (Python's repr), empty for none; quality and reason as texts; seq empty where the payload had none.

    Raises:
        SegmentError: a quality or reason that this release does not know.
    """
    block = rows.block
    try:
        quality = written(block.quality, lambda codes: [_QUALITY_TEXT[code] for code in codes.tolist()])
        reason = written(block.reason, lambda codes: [REASON_TEXT[code] for code in codes.tolist()])
    except KeyError as error:
        raise SegmentError(f"code {error} is no quality or reason that this release knows") from error
    columns = (
        written(block.time, format_times),
        doubles_written(block.value, _number_texts),
        doubles_written(block.raw, _number_texts),
        quality,
        reason,
        written(block.received, format_times),
        written(block.seq, lambda some: ["" if seq == NO_SEQ else str(seq) for seq in some.tolist()]),
        written(rows.position, lambda some: list(map(str, some.tolist()))),
    )
    return list(map(",".join, zip(*columns, strict=True)))


def _number_texts(numbers: list[float]) -> list[str]:
    return ["" if math.isnan(number) else repr(number) for number in numbers]


def _by_series(rows: Rows) -> list[_OfSeries]:
    block = rows.block
    order = np.argsort(block.which, kind="stable")
    codes, starts = np.unique(block.which[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(codes) else []
    return sorted(
        ((block.series[code], part) for code, part in zip(codes.tolist(), parts, strict=True)),
        key=lambda pair: pair[0],
    )
