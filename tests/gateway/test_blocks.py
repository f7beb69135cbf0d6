"""A device's refusals are learnt: what can be read is read, whatever lies beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.blocks import Blocks
from gateway.requests import Span
from readings.quality import Reason
from readings.times import MINUTE, SECOND


@dataclass
class Refusing:
    """A device that has no such addresses, reads no further than so many, and not across some."""

    absent: set[int] = field(default_factory=set)
    longest: int = 125
    borders: set[int] = field(default_factory=set)
    asked: list[Span] = field(default_factory=list)

    def answers(self, request: Span) -> Reason:
        self.asked.append(request)
        addresses = set(range(request.first, request.end))
        across = any(request.first < border < request.end for border in self.borders)
        if addresses & self.absent or across:
            return Reason.ILLEGAL_ADDRESS
        return Reason.ILLEGAL_VALUE if request.count > self.longest else Reason.NONE


def poll(blocks: Blocks, device: Refusing, wanted: frozenset[Span], now: int = 0) -> dict[Span, Reason]:
    """One poll, as `gateway.polled` makes it: what came of each value."""
    device.asked.clear()
    found = {span: reason for span, reason in blocks.refused.items() if span in wanted}
    todo = list(blocks.plan(wanted))
    again = blocks.retry(wanted, now)
    todo += [again] if again else []
    while todo:
        request = todo.pop(0)
        said = device.answers(request)
        if said is not Reason.NONE:
            halves = blocks.refuse(request, said, wanted, now)
            todo[:0] = halves
            if halves and request not in wanted:
                continue
        else:
            blocks.read(request)
        if not (said is not Reason.NONE and request not in wanted):
            found |= {
                span: said
                for span in wanted
                if (request.holds(span) if said is Reason.NONE else span == request)
            }
    return found


def registers(*addresses: int, count: int = 1) -> frozenset[Span]:
    return frozenset(Span("holding", address, count) for address in addresses)


def test_one_address_of_a_hundred() -> None:
    """Halving finds it within fifteen questions; from then on two are enough, and 99 values are good throughout."""
    blocks, device = Blocks(gap=0, holes=(), block=None), Refusing(absent={37})
    wanted = registers(*range(100))
    found = poll(blocks, device, wanted)
    assert [span.first for span, said in found.items() if said is not Reason.NONE] == [37]
    assert len(device.asked) <= 15
    assert poll(blocks, device, wanted) == found
    assert device.asked == [Span("holding", 0, 37), Span("holding", 38, 62)]
    assert blocks.refused == {Span("holding", 37, 1): Reason.ILLEGAL_ADDRESS}


def test_an_address_in_a_gap() -> None:
    """What nobody wanted and the device has not: all values are good, and the gap is not read over again."""
    blocks, device = Blocks(gap=4, holes=(), block=None), Refusing(absent={11})
    wanted = registers(8, 9, 10, 13, 14)
    found = poll(blocks, device, wanted)
    assert set(found.values()) == {Reason.NONE}
    assert not blocks.refused
    poll(blocks, device, wanted)
    assert device.asked == [Span("holding", 8, 3), Span("holding", 13, 2)]


def test_a_device_that_reads_less_at_once() -> None:
    """Refused for its length: halved until it is short enough, remembered, and every value good."""
    blocks, device = Blocks(gap=0, holes=(), block=None), Refusing(longest=32)
    wanted = registers(*range(100))
    for _ in range(4):
        assert set(poll(blocks, device, wanted).values()) == {Reason.NONE}
    assert not blocks.refused
    assert all(request.count <= 32 for request in device.asked)
    assert len(device.asked) <= 6


def test_a_device_that_does_not_read_across() -> None:
    """Two areas side by side that no request may read together: two requests, where the border is."""
    blocks, device = Blocks(gap=0, holes=(), block=None), Refusing(borders={10})
    wanted = registers(*range(20))
    for _ in range(4):
        assert set(poll(blocks, device, wanted).values()) == {Reason.NONE}
    assert device.asked == [Span("holding", 0, 10), Span("holding", 10, 10)]


def test_set_up_anew() -> None:
    """What was refused is tried alone, later and later; when it answers, all is asked as at first."""
    blocks, device = Blocks(gap=0, holes=(), block=None), Refusing(absent={3, 4})
    wanted = registers(*range(8))
    poll(blocks, device, wanted)
    tried, now = [], 0
    while now < 10 * MINUTE:
        now += SECOND
        poll(blocks, device, wanted, now)
        tried += [now // SECOND for request in device.asked if request.first in (3, 4)]
    # 5 s, then 10, 20, 40, and a minute each
    assert tried[:6] == [5, 15, 35, 75, 135, 195]
    device.absent.clear()
    last = now
    while blocks.refused:
        now += SECOND
        poll(blocks, device, wanted, now)
    assert now - last <= MINUTE
    assert set(poll(blocks, device, wanted, now).values()) == {Reason.NONE}
    assert device.asked == [Span("holding", 0, 8)]


def test_what_was_learnt_is_forgotten_with_it() -> None:
    """A border and a missing address, both gone in the new set-up: one request again."""
    blocks, device = Blocks(gap=0, holes=(), block=None), Refusing(absent={3}, borders={6})
    wanted = registers(*range(12))
    for _ in range(4):
        poll(blocks, device, wanted)
    assert device.asked == [Span("holding", 0, 3), Span("holding", 4, 2), Span("holding", 6, 6)]
    device.absent.clear()
    device.borders.clear()
    poll(blocks, device, wanted, 10 * SECOND)
    poll(blocks, device, wanted, 10 * SECOND)
    assert device.asked == [Span("holding", 0, 12)]


def test_values_that_overlap() -> None:
    """A value within another one: the one refused leaves the other good."""
    blocks, device = Blocks(gap=0, holes=(), block=None), Refusing(absent={2})
    wanted = frozenset([Span("holding", 0, 4), Span("holding", 0, 1), Span("holding", 4, 2)])
    for _ in range(3):
        found = poll(blocks, device, wanted)
        assert found[Span("holding", 0, 4)] is Reason.ILLEGAL_ADDRESS
        assert found[Span("holding", 0, 1)] is Reason.NONE
        assert found[Span("holding", 4, 2)] is Reason.NONE


@example(set(), {0, 1, 20}, 4, 30, 4)
@given(
    st.sets(st.integers(0, 60), max_size=8),
    st.sets(st.integers(0, 60), min_size=1, max_size=40),
    st.integers(1, 4),
    st.integers(0, 6),
    st.integers(4, 125),
)
def test_good_values_are_read_and_bad_ones_named(
    absent: set[int], at: set[int], count: int, gap: int, longest: int
) -> None:
    """Whatever a device lacks: from the first poll on each value it has is good, each other one bad, and no other."""
    blocks, device = Blocks(gap=gap, holes=(), block=None), Refusing(absent=absent, longest=longest)
    wanted = registers(*at, count=count)
    for now in range(5):
        found = poll(blocks, device, wanted, now)
        assert set(found) == set(wanted)
        for span, said in found.items():
            lacking = bool(absent & set(range(span.first, span.end)))
            assert (said is not Reason.NONE) == lacking
    # and what was learnt saves questions: none is refused any more
    assert all(device.answers(request) is Reason.NONE for request in list(device.asked))
