"""Chunks, their root, and digests of evidence."""

from __future__ import annotations

import hashlib
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import SegmentError
from ledger.merkle import leaf_hash
from ledger.segments import (
    HEADER,
    chunks,
    evidence_body,
    evidence_digest,
    row_texts,
    sealed_body,
    segment_root,
)
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.ports import Rows, Segment
from readings.quality import REASON_TEXT, Quality, Reason
from readings.times import parse_time

AIR, AIR2, FOOD = Series("cold-3", "air", "CS1.1"), Series("cold-3", "air", "CS1.2"), Series("cold-3", "food")
TIME = parse_time("2026-12-01T00:00:00.000000001Z")


class Holds:
    """An archive that has these rows, whatever it is asked for."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def segment_rows(self, _: Segment) -> Rows:
        return self.rows


def _rows() -> Rows:
    builder = BlockBuilder()
    builder.reading(FOOD, time=TIME, value=-18.05, raw=-1805.0, received=TIME + 5)
    builder.reading(AIR, time=TIME + 9, value=0.1 + 0.2, raw=1e22, received=TIME + 5, seq=7)
    builder.reading(AIR, time=TIME, value=1.0, raw=-0.0, reason=Reason.NO_ANSWER, received=TIME + 5)
    builder.reading(
        AIR, time=TIME + 9, value=2.0, raw=math.nan, reason=Reason.CLOCK, received=TIME + 5, seq=0
    )
    return Rows(builder.build(), np.array([1, 1, 2, 3], np.int64))


def test_the_canonical_csv() -> None:
    """One chunk per series, in journal order, written in the one way that docs and packages rely on."""
    food, air = sorted(chunks("ZH-FZ", 4, _rows()), key=lambda chunk: chunk.rows)
    assert food.series == FOOD
    assert air.csv.decode().splitlines() == [
        "time,value,raw,quality,reason,received,seq,position",
        "2026-12-01T00:00:00.000000010Z,0.30000000000000004,1e+22,good,,2026-12-01T00:00:00.000000006Z,7,1",
        "2026-12-01T00:00:00.000000001Z,,-0.0,bad,no answer,2026-12-01T00:00:00.000000006Z,,2",
        "2026-12-01T00:00:00.000000010Z,2.0,,uncertain,clock,2026-12-01T00:00:00.000000006Z,0,3",
    ]
    assert air.csv.endswith(b"\n")
    assert b"\r" not in air.csv
    heading = b"ZH-FZ/cold-3/air/CS1.1/4\n"
    assert air.leaf == hashlib.sha256(b"\0" + heading + air.csv).digest()
    assert (air.rows, food.csv.count(b"\n")) == (3, 2)


def test_sealing() -> None:
    """The record of a sealed segment says what, from where to where, and the root over its chunks."""
    rows = _rows()
    parts = chunks("ZH-FZ", 4, rows)
    assert [part.series for part in parts] == [AIR, FOOD]
    body = sealed_body(Holds(rows), "ZH-FZ", Segment("cold-3", 4, 1, 3, 4))
    root = hashlib.sha256(b"\1" + parts[0].leaf + parts[1].leaf).hexdigest()
    assert body == {
        "line": "cold-3",
        "segment": 4,
        "first": 1,
        "last": 3,
        "rows": 4,
        "chunks": 2,
        "root": root,
        "from": "2026-12-01T00:00:00.000000001Z",
        "to": "2026-12-01T00:00:00.000000010Z",
    }
    for wrong in (Segment("dock", 4, 1, 3, 4), Segment("cold-3", 4, 1, 3, 5)):
        with pytest.raises(SegmentError):
            sealed_body(Holds(rows), "ZH-FZ", wrong)


def test_the_root_does_not_depend_on_how_the_archive_names_series() -> None:
    """The order of a block's series is the file's affair; the root is the readings'."""
    rows = _rows()
    block = rows.block
    turned = Block(
        series=tuple(reversed(block.series)),
        which=(len(block.series) - 1 - block.which).astype(np.int32),
        **{
            name: getattr(block, name)
            for name in ("time", "value", "raw", "quality", "reason", "received", "seq")
        },
    )
    leaves = [[part.leaf for part in chunks("s", 1, given)] for given in (rows, Rows(turned, rows.position))]
    assert leaves[0] == leaves[1]
    assert segment_root(leaves[0]) == segment_root(leaves[1])


def test_a_chunk_stands_for_its_place_alone() -> None:
    """The same readings in another segment, or on another site, have another leaf."""
    rows = _rows()
    leaves = {
        part.leaf for site, number in (("a", 1), ("a", 2), ("b", 1)) for part in chunks(site, number, rows)
    }
    assert len(leaves) == 6


def test_a_segment_is_not_written_out_as_a_whole() -> None:
    """However many readings a segment has: memory holds the text of some series at a time, and each chunk is the same."""
    sensors, each = 200, 600
    count = sensors * each
    which = np.tile(np.arange(sensors, dtype=np.int32), each)
    block = Block(
        series=tuple(Series("L", f"s{number:03d}") for number in range(sensors)),
        which=which,
        time=TIME + np.arange(count) * 1000,
        value=which / 8.0,
        raw=which / 4.0,
        quality=np.full(count, Quality.GOOD, np.uint8),
        reason=np.zeros(count, np.uint8),
        received=TIME + np.arange(count) * 1000,
        seq=np.arange(count),
    )
    rows = Rows(block, np.arange(count) // sensors)
    tracemalloc.start()
    try:
        body = sealed_body(Holds(rows), "S", Segment("L", 1, 0, each - 1, count))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 200 * count
    texts = row_texts(rows)
    csv = ["\n".join([HEADER, *texts[number::sensors], ""]).encode() for number in range(sensors)]
    leaves = [leaf_hash(f"S/L/s{number:03d}/1/1\n".encode() + one) for number, one in enumerate(csv)]
    assert body["root"] == segment_root(leaves).hex()


@pytest.mark.parametrize("name", ["", "a/b", "..", ".", "a\nb", "a\\b", "a\0"])
def test_names_that_would_mislead(name: str) -> None:
    """A name that could be taken for another chunk, or climb out of a folder, is refused."""
    builder = BlockBuilder()
    builder.reading(Series("cold-3", name), time=TIME, value=1.0, received=TIME)
    with pytest.raises(SegmentError):
        chunks("ZH-FZ", 1, Rows(builder.build(), np.ones(1, np.int64)))


def test_unknown_codes_are_refused() -> None:
    """A reason that this release does not know is not written as if it were known."""
    rows = _rows()
    block = Block(
        **{
            **{name: getattr(rows.block, name) for name in rows.block.__slots__},
            "reason": np.full(4, 250, np.uint8),
        }
    )
    with pytest.raises(SegmentError, match="250"):
        row_texts(Rows(block, rows.position))


def test_texts_need_no_quotes() -> None:
    """No reason holds what CSV would have to quote, so that a row is split at its commas."""
    assert not any(set(text) & set(',"\r\n') for text in REASON_TEXT.values())
    assert all(row.count(",") == HEADER.count(",") for row in row_texts(_rows()))


@given(st.lists(st.floats(), min_size=1, max_size=20))
def test_numbers_survive(values: list[float]) -> None:
    """The text of a number gives back the same double, bit for bit; no number is an empty field."""
    count = len(values)
    block = Block(
        series=(AIR,),
        which=np.zeros(count, np.int32),
        time=np.arange(count, dtype=np.int64),
        value=np.array(values),
        raw=np.array(values),
        quality=np.zeros(count, np.uint8),
        reason=np.zeros(count, np.uint8),
        received=np.zeros(count, np.int64),
        seq=np.full(count, -1, np.int64),
    )
    for text, value in zip(row_texts(Rows(block, np.ones(count, np.int64))), values, strict=True):
        field = text.split(",")[1]
        if math.isnan(value):
            assert field == ""
        else:
            assert np.float64(float(field)).tobytes() == np.float64(value).tobytes()


def test_evidence() -> None:
    """A digest is over the known rows of the series in the span, by series, time, position: done by hand."""
    rows = _rows()
    body = evidence_body(rows, series=[FOOD, AIR], start=TIME, end=TIME + 9, position=2)
    texts = row_texts(rows)
    by_hand = f"cold-3/air/CS1.1,{texts[2]}\ncold-3/air/CS1.1,{texts[1]}\ncold-3/food/1,{texts[0]}\n"
    assert body == {
        "series": ["cold-3/air/CS1.1", "cold-3/food/1"],
        "from": "2026-12-01T00:00:00.000000001Z",
        "to": "2026-12-01T00:00:00.000000010Z",
        "position": 2,
        "readings": 3,
        "digest": hashlib.sha256(by_hand.encode()).hexdigest(),
    }
    assert evidence_body(rows, series=[FOOD], start=TIME, end=TIME + 9, position=9)["readings"] == 1
    assert evidence_body(rows, series=[AIR2], start=TIME, end=TIME + 9, position=9)["readings"] == 0
    assert evidence_body(rows, series=[AIR], start=TIME, end=TIME + 8, position=9)["readings"] == 1


def test_no_evidence_has_a_digest() -> None:
    """A decision made on nothing says so: no readings, the digest of nothing."""
    empty = Rows(Block(), np.empty(0, np.int64))
    assert evidence_digest(empty) == hashlib.sha256().hexdigest()
    assert evidence_body(empty, series=[AIR], start=0, end=1, position=0)["readings"] == 0
