"""Requests read what is mapped and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.requests import LIMIT, Span, coalesce

SPANS = st.lists(
    st.builds(Span, st.sampled_from(list(LIMIT)), st.integers(0, 400), st.sampled_from([1, 2, 4])),
    max_size=40,
)


def test_neighbours_share_a_request() -> None:
    """Contiguous addresses of one table are one request; a hole of one splits."""
    wanted = [Span("holding", 4, 2), Span("holding", 0, 2), Span("holding", 2, 2), Span("holding", 7, 1)]
    assert coalesce(wanted) == (Span("holding", 0, 6), Span("holding", 7, 1))
    assert coalesce(wanted, gap=1) == (Span("holding", 0, 8),)


def test_tables_are_apart() -> None:
    """The same addresses of two tables are two requests."""
    assert len(coalesce([Span("holding", 0, 1), Span("input", 0, 1)])) == 2


def test_holes_are_never_read_over() -> None:
    """A hole within the gap splits; one that touches neither side, or another table's, does not."""
    wanted = [Span("holding", 0, 2), Span("holding", 6, 2)]
    assert coalesce(wanted, gap=4, holes=[Span("holding", 5, 1)]) == tuple(wanted)
    assert coalesce(wanted, gap=4, holes=[Span("input", 5, 1)]) == (Span("holding", 0, 8),)
    assert coalesce(wanted, gap=4, holes=[Span("holding", 8, 9)]) == (Span("holding", 0, 8),)


def test_a_devices_own_limit() -> None:
    """Requests are no longer than the device reads at once; a value that is longer by itself is not torn."""
    wanted = [Span("holding", at, 2) for at in range(0, 20, 2)]
    assert {request.count for request in coalesce(wanted, block=8)} == {8, 4}
    assert coalesce([Span("holding", 0, 9)], block=8) == (Span("holding", 0, 9),)
    coils = [Span("coil", at, 1) for at in range(20)]
    assert coalesce(coils, block=8) == (Span("coil", 0, 20),)  # the limit is of registers


@given(SPANS)
def test_every_value_lies_whole_in_one_request(wanted: list[Span]) -> None:
    """Nothing is split, nothing left out, nothing too long, and no unmapped address is read."""
    requests = coalesce(wanted)
    assert all(any(request.holds(span) for request in requests) for span in wanted)
    assert all(request.count <= LIMIT[request.table] for request in requests)
    mapped = {(span.table, at) for span in wanted for at in range(span.first, span.end)}
    assert {(r.table, at) for r in requests for at in range(r.first, r.end)} <= mapped
