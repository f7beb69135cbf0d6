"""What a logger's file has is told apart exactly: known, new, empty, other; and what it heals."""

from __future__ import annotations

from typing import Any

import numpy as np

from haccpline.reconciling import Conflict, Found, reconciled, with_gaps
from ingest.gaps import Gap
from readings.block import Block, BlockBuilder, join
from readings.inputs import Series
from readings.ports import Rows
from readings.quality import Reason

A, B = Series("l", "a"), Series("l", "b")
Row = tuple[Series, int, float, Reason]


def block(*rows: Row) -> Block:
    builder = BlockBuilder()
    for series, time, value, reason in rows:
        builder.reading(series, time=time, value=value, reason=reason, received=time)
    return builder.build()


def good(series: Series, time: int, value: float) -> Row:
    return series, time, value, Reason.NONE


class Kept:
    """An archive of a few readings."""

    def __init__(self, *rows: Row) -> None:
        self._rows = rows

    def read(self, series: list[Series], start: int, end: int) -> Rows:
        rows = sorted(
            (row for row in self._rows if row[0] in series and start <= row[1] < end), key=lambda r: r[1]
        )
        found = join([block(row) for row in rows])
        return Rows(found, np.arange(len(found)))


def of(found: list[Found], series: Series) -> Found:
    return next(each for each in found if each.series == series)


def told(*rows: Row, site: tuple[Row, ...]) -> tuple[Block, list[Found]]:
    archive: Any = Kept(*site)
    return reconciled(block(*rows), archive, received=99)


def test_each_series_for_itself() -> None:
    """The same time and value at another sensor is not the same reading; the order of the file does not matter."""
    fresh, found = told(
        good(B, 3, 1.0), good(A, 2, 5.0), good(A, 1, 1.0), site=(good(A, 1, 1.0), good(A, 3, 1.0))
    )
    kept = zip(
        fresh.which.tolist(), fresh.time.tolist(), fresh.reason.tolist(), fresh.received.tolist(), strict=True
    )
    assert {(str(fresh.series[which]), *rest) for which, *rest in kept} == {
        ("l/b", 3, Reason.BACKFILL, 99),
        ("l/a", 2, Reason.BACKFILL, 99),
    }
    assert (of(found, A).known, of(found, A).new, of(found, B).new) == (1, 1, 1)


def test_a_value_that_was_superseded_is_known() -> None:
    """Of two that the site has for one time either is known; a third is told against the one that came last."""
    site = (good(A, 1, 1.0), good(A, 1, 2.0))
    assert told(good(A, 1, 1.0), site=site)[1][0].known == 1
    assert told(good(A, 1, 2.0), site=site)[1][0].known == 1
    other = told(good(A, 1, 3.0), site=site)[1][0]
    assert (other.conflicts, other.shown) == (1, (Conflict(1, 2.0, 3.0),))


def test_no_answer_is_no_value() -> None:
    """Where the site has none, the file's is new; where the file has none, nothing is."""
    no_answer = (A, 1, np.nan, Reason.NO_ANSWER)
    fresh, found = told(good(A, 1, 1.0), (A, 2, np.nan, Reason.MISSING), site=(no_answer, good(A, 2, 4.0)))
    assert (fresh.time.tolist(), found[0].empty, found[0].conflicts) == ([1], 1, 0)


def test_a_doubt_of_the_file_stays() -> None:
    """What the logger doubts is taken with its doubt, not as plain back-fill."""
    fresh, _ = told((A, 1, 1.0, Reason.DOUBTED), site=())
    assert fresh.reason.tolist() == [Reason.DOUBTED]


def test_gaps_and_lateness() -> None:
    """A gap is healed in part or whole by a reading inside, not by one at its edge; late is what lies before the bound."""
    fresh, found = told(good(A, 10, 1.0), good(A, 15, 1.0), good(A, 40, 1.0), site=())
    gaps = [(A, Gap(10, 20, "silence", "", 1)), (A, Gap(20, 40, "silence", "", 1)), (A, Gap(30, None, "silence", "", None)),
            (B, Gap(10, 20, "silence", "", 1))]  # fmt: skip
    (mine,) = with_gaps(found, fresh, gaps, {A: 15})
    assert (mine.healed, mine.late) == (2, 1)
