"""Which requests read a device's values: neighbours share one, holes are not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


Answer = Sequence[int] | Reason  # exactly the registers or bits asked for, or why there are none


def coalesce(wanted: Iterable[Span], *, gap: int = 0) -> tuple[Span, ...]:
    """As few requests as read all that is wanted, none split over two answers.

    Args:
        wanted: what must be read; may overlap.
        gap: how many unwanted addresses a request may read over.

    Returns:
        Requests by table and address, each within the protocol's limit.
    """
    requests: list[Span] = []
    for span in sorted(wanted):
        last = requests[-1] if requests else None
        end = max(last.end, span.end) if last else span.end
        if (
            last is not None
            and last.table == span.table
            and span.first <= last.end + gap
            and end - last.first <= LIMIT[span.table]
        ):
            requests[-1] = Span(last.table, last.first, end - last.first)
        else:
            requests.append(span)
    return tuple(requests)
