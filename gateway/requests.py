"""Which requests read a device's values: neighbours share one, holes are not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from readings.quality import Reason

LIMIT = {"coil": 2000, "discrete": 2000, "holding": 125, "input": 125}  # Modbus V1.1b3, 6.1 to 6.4


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Addresses that must come from one answer.

    Attributes:
        table: `coil`, `discrete`, `holding` or `input`.
        first: the first address.
        count: how many.
    """

    table: str
    first: int
    count: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.first + self.count

    def __str__(self) -> str:
        """As people count: `holding 10 to 17`."""
        return f"{self.table} {self.first}" + (f" to {self.end - 1}" if self.count > 1 else "")

    def holds(self, other: Span) -> bool:
        """Whether the other lies within this one."""
        return self.table == other.table and self.first <= other.first and other.end <= self.end

    def meets(self, other: Span) -> bool:
        """Whether both have an address in common."""
        return self.table == other.table and self.first < other.end and other.first < self.end

    def between(self, left: Span, right: Span) -> bool:
        """Whether an address of it lies between two others of its table."""
        return self.table == left.table and max(self.first, left.end) < min(self.end, right.first)


Answer = Sequence[int] | Reason  # exactly the registers or bits asked for, or why there are none


Seam = tuple[str, int]  # a table, and an address that no request reads together with the one before it


def coalesce(
    wanted: Iterable[Span],
    *,
    gap: int = 0,
    holes: Sequence[Span] = (),
    seams: Collection[Seam] = (),
    block: int | None = None,
) -> tuple[Span, ...]:
    """As few requests as read all that is wanted, none split over two answers.

    Args:
        wanted: what must be read; may overlap.
        gap: how many unwanted addresses a request may read over.
        holes: addresses that no request reads over.
        seams: where no request goes on.
        block: the device's own greatest number of registers per request; None: the protocol's.

    Returns:
        Requests by table and address, each within the protocol's limit, and within the device's unless one
        value alone is longer.
    """
    requests: list[Span] = []
    for span in sorted(wanted):
        last = requests[-1] if requests else None
        end = max(last.end, span.end) if last else span.end
        if (
            last is not None
            and last.table == span.table
            and span.first <= last.end + gap
            and end - last.first <= limit_of(span.table, block)
            and not any(each.between(last, span) for each in holes)
            and not any(table == span.table and last.end <= at <= span.first for table, at in seams)
        ):
            requests[-1] = Span(last.table, last.first, end - last.first)
        else:
            requests.append(span)
    return tuple(requests)


def limit_of(table: str, block: int | None) -> int:
    """How many addresses of a table one request may read; a device's own limit is of registers."""
    return min(LIMIT[table], block or LIMIT[table]) if table in ("holding", "input") else LIMIT[table]
