"""A link: each value is the asked register's own, read for this question; whatever the other end does."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from hurried_loop import hurried
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from odd_device import Odd, OddDevice, held

from gateway.modbus_link import Link, NotConnectedError
from gateway.requests import Span
from readings.quality import Quality, Reason
from readings.times import MS

TIMEOUT, QUIET = 50, 60  # ms
# no length tells the first from the third, nor from the fourth; the fifth is of another unit
SPANS = (
    (1, Span("holding", 0, 2)),
    (1, Span("holding", 10, 3)),
    (1, Span("holding", 20, 2)),
    (1, Span("holding", 30, 2)),
    (2, Span("holding", 0, 2)),
    (1, Span("coil", 3, 9)),
    (1, Span("input", 0, 1)),
)
FRAMINGS = ("tcp", "rtu+tcp", "serial")

late = st.sampled_from((0, 0, 0, 0, 1, 20, 49, 51, 70, 100))
trailing = st.lists(st.sampled_from((0, 1, 5, 20, 40, 58)), max_size=3).map(tuple)
rest = st.binary(max_size=6)


def mostly(value: Any, other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(value), st.just(value), st.just(value), other)


odds = st.builds(
    Odd,
    delay=late,
    silent=mostly(False, st.booleans()),
    cut=mostly(None, st.integers(0, 12)),
    unit=mostly(0, st.integers(1, 255)),
    function=mostly(0, st.sampled_from((1, 2, -1, 0x80, 100))),
    length=mostly(0, st.sampled_from((-2, -1, 1, 2, 100))),
    gaps=mostly((), st.lists(st.sampled_from((0, 0, 1, 3)), max_size=9).map(tuple)),
    before=mostly(b"", rest),
    after=mostly(b"", rest),
    copies=mostly((), trailing),
    refused=mostly(0, st.sampled_from((1, 2, 5, 6, 11, 99))),
)


def of_stream(odd: Odd, transaction: int, later: int) -> Odd:
    """As a TCP connection can bring it: it loses no bytes, so what follows half an answer is no other answer."""
    more = {"cut": None} if odd.after or odd.copies or odd.before else {}
    return dataclasses.replace(odd, transaction=transaction, delay=odd.delay + later, **more)


of_tcp = st.builds(of_stream, odds, mostly(0, st.integers(1, 65535)), st.sampled_from((0, 0, 0, 300, 5000)))
of_rtu = st.builds(
    lambda odd, flip: dataclasses.replace(odd, flip=flip), odds, mostly(None, st.integers(0, 200))
)
asked = st.lists(st.integers(0, len(SPANS) - 1), min_size=2, max_size=12)


def link_to(endpoint: Any, **more: Any) -> Link:
    return Link(endpoint, timeout=TIMEOUT * MS, quiet=QUIET * MS, name="odd", **more)


def at(device: OddDevice, framing: str) -> Any:
    return device.on_line() if framing == "serial" else device.listening()


async def asking(framing: str, questions: list[int], odd: list[Odd]) -> list[Any]:
    """Ask while the device is odd, then until each answers well; what came, and fail where a value is not its own."""
    device = OddDevice(rtu=framing != "tcp")
    device.odd = list(odd)
    came = []
    async with at(device, framing) as endpoint:
        link = link_to(endpoint)

        async def ask(unit: int, span: Span) -> Any:
            try:
                await link.open()
            except NotConnectedError:
                return Reason.NOT_CONNECTED
            answer = await link.ask(unit, span)
            if not isinstance(answer, Reason):
                assert list(answer) == held(span, device.asked)
            return answer

        came = [await ask(*SPANS[which]) for which in questions]
        device.odd.clear()
        await asyncio.sleep(6)
        await ask(*SPANS[0])  # what was left over is heard now at the latest
        for unit, span in SPANS:
            assert not isinstance(await ask(unit, span), Reason)
        link.close(suspect=False)
    assert all(
        isinstance(each, Reason) is (isinstance(each, Reason) and each.quality is Quality.BAD)
        for each in came
    )
    return came


unhurried = settings(max_examples=150, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@given(questions=asked, odd=st.lists(of_tcp, max_size=12))
@unhurried
def test_tcp_never_believes_what_was_not_asked(questions: list[int], odd: list[Odd]) -> None:
    """Late by any time, twice, cut, of another unit, transaction, function or length, in pieces, between garbage."""
    hurried(asking("tcp", questions, odd))


@given(questions=asked, odd=st.lists(of_rtu, max_size=12))
@unhurried
def test_rtu_in_tcp_never_believes_what_was_not_asked(questions: list[int], odd: list[Odd]) -> None:
    """The same without a transaction, where nothing trails by more than the quiet period; with flipped bits."""
    hurried(asking("rtu+tcp", questions, odd))


@given(questions=asked, odd=st.lists(of_rtu, max_size=12))
@settings(unhurried, max_examples=60)
def test_serial_never_believes_what_was_not_asked(questions: list[int], odd: list[Odd]) -> None:
    """The same on a serial line."""
    hurried(asking("serial", questions, odd))
