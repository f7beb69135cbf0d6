"""What lists of a period are asked for: the period, a line, a sensor, and which page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from dashboards.web.period import period_of
from dashboards.web.shapes import Time

T = TypeVar("T")
MOST = 10_000  # rows of one answer


@dataclass(frozen=True, slots=True)
class OfPeriod:
    """What is asked for.

    Attributes:
        start, end: of the period, ns UTC; the end is not included.
        line, sensor: None for all.
        after: how many rows were given already.
        limit: at most so many.
    """

    start: int
    end: int
    line: str | None
    sensor: str | None
    after: int
    limit: int

    def page(self, found: Sequence[T]) -> Sequence[T]:
        """Of all that was found, the rows of this page."""
        return found[self.after : self.after + self.limit]

    def next(self, found: Sequence[object]) -> str | None:
        """`after` of the next page; None where this was the last."""
        return str(self.after + self.limit) if len(found) > self.after + self.limit else None


def _of_period(  # noqa: PLR0913 - what can be asked for
    start: Annotated[Time, Query(alias="from", description="RFC 3339, with its offset.")],
    end: Annotated[Time, Query(alias="to", description="RFC 3339, with its offset; not included.")],
    line: str | None = None,
    sensor: str | None = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> OfPeriod:
    return OfPeriod(*period_of(start, end), line, sensor, after, limit)


Asked = Annotated[OfPeriod, Depends(_of_period)]
