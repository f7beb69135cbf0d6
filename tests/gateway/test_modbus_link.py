"""A link: each value is the asked register's own, read for this question; whatever the other end does."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import socket
import threading
import time
from typing import Any

import pytest
from hurried_loop import hurried
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from odd_device import HEALTHY, Odd, OddDevice, held

from gateway.fields import Endpoint
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


unhurried = settings(max_examples=120, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@given(questions=asked, odd=st.lists(of_tcp, max_size=12))
@unhurried
def test_tcp_never_believes_what_was_not_asked(questions: list[int], odd: list[Odd]) -> None:
    """Late by any time, twice, cut, of another unit, transaction, function or length, in pieces, between garbage."""
    hurried(asking("tcp", questions, odd))


# a copy spoils the second question at once; its own answer comes later, and is of the length of the third's
SPOILT = [Odd(copies=(1,)), Odd(delay=100, length=-1), Odd(silent=True)]


@given(questions=asked, odd=st.lists(of_rtu, max_size=12))
@example(questions=[0, 1, 2], odd=SPOILT)
@unhurried
def test_rtu_in_tcp_never_believes_what_was_not_asked(questions: list[int], odd: list[Odd]) -> None:
    """The same without a transaction, where nothing trails by more than the quiet period; with flipped bits."""
    hurried(asking("rtu+tcp", questions, odd))


@given(questions=asked, odd=st.lists(of_rtu, max_size=12))
@settings(unhurried, max_examples=50)
def test_serial_never_believes_what_was_not_asked(questions: list[int], odd: list[Odd]) -> None:
    """The same on a serial line."""
    hurried(asking("serial", questions, odd))


async def once(framing: str, odd: Odd, which: int = 1) -> Any:
    """What comes of one question, and that the next is answered well."""
    device = OddDevice(rtu=framing != "tcp")
    device.odd = [odd]
    async with at(device, framing) as endpoint:
        link = link_to(endpoint)
        await link.open()
        answer = await link.ask(*SPANS[which])
        await asyncio.sleep(1)
        await link.open()
        again = await link.ask(*SPANS[which])
        link.close(suspect=False)
    assert list(again) == held(SPANS[which][1], 2)
    return answer


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (Odd(silent=True), Reason.NO_ANSWER),
        (Odd(delay=90), Reason.NO_ANSWER),
        (Odd(cut=7), Reason.GARBLED),
        (Odd(cut=2), Reason.GARBLED),
        (Odd(unit=1), Reason.GARBLED),
        (Odd(function=1), Reason.GARBLED),
        (Odd(length=1), Reason.WRONG_LENGTH),
        (Odd(length=-1), Reason.WRONG_LENGTH),
        (Odd(before=b"\0"), Reason.GARBLED),
        (Odd(after=b"\0"), Reason.GARBLED),
        (Odd(copies=(0,)), Reason.GARBLED),
        (Odd(copies=(5,)), Reason.NONE),
        (Odd(refused=2), Reason.ILLEGAL_ADDRESS),
        (Odd(refused=5), Reason.ACKNOWLEDGE),
        (Odd(refused=6), Reason.SERVER_BUSY),
        (Odd(refused=77), Reason.EXCEPTION),
    ],
)
def test_what_is_no_answer_says_why(framing: str, odd: Odd, reason: Reason) -> None:
    """Each fault has its reason, an exception the device's own, and the next question is answered well."""

    async def run() -> None:
        answer = await once(framing, odd)
        if reason is Reason.NONE:
            assert list(answer) == held(SPANS[1][1], 1)
        else:
            assert answer is reason

    hurried(run())


@pytest.mark.parametrize("framing", ["rtu+tcp", "serial"])
def test_a_flipped_bit_anywhere_is_noticed(framing: str) -> None:
    """The checksum sees every single one in a frame of eleven bytes."""

    async def run() -> None:
        for bit in range(0, 88, 1 if framing == "rtu+tcp" else 8):
            assert await once(framing, Odd(flip=bit)) is Reason.GARBLED

    hurried(run())


def test_another_transaction_is_noticed() -> None:
    """Also 0, and the one before."""

    async def run() -> None:
        for transaction in (1, 65534, 65535):
            assert await once("tcp", Odd(transaction=transaction)) is Reason.GARBLED

    hurried(run())


@pytest.mark.parametrize(("framing", "rests"), [("tcp", 0.0), ("rtu+tcp", 0.06), ("serial", 0.06)])
def test_after_a_missed_answer_a_line_without_transactions_falls_silent_first(
    framing: str, rests: float
) -> None:
    """The next question goes after the timeout and, with RTU frames, the quiet period from the last byte that came."""

    async def run() -> None:
        device = OddDevice(rtu=framing != "tcp")
        device.odd = [Odd(silent=True), Odd(delay=70)]
        async with at(device, framing) as endpoint:
            link = link_to(endpoint)
            for _ in range(3):
                await link.open()
                await link.ask(1, Span("holding", 0, 1))
            first, second, third = device.times
            link.close(suspect=False)
        wait = 0.05 + (
            0.0165 if framing == "serial" else 0
        )  # 15 characters at 9600 baud: to ask, and to answer
        assert second - first == pytest.approx(wait + rests, abs=0.006)
        late = 0.07 if rests else wait
        assert third - second == pytest.approx(late + rests, abs=0.006)

    hurried(run())


@pytest.mark.parametrize("framing", ["rtu+tcp", "serial"])
def test_a_new_link_hears_out_what_was_asked_before_it(framing: str) -> None:
    """A process that was killed may have asked: its answer is not the first answer of the next one."""

    async def run() -> None:
        device = OddDevice(rtu=True)
        device.odd = [Odd(delay=100), Odd(delay=45)]
        async with at(device, framing) as endpoint:
            before = link_to(endpoint)
            await before.open()
            asking = asyncio.create_task(before.ask(*SPANS[0]))
            await asyncio.sleep(0.005)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert not before.connected
            link = link_to(endpoint)
            await link.open()
            assert list(await link.ask(*SPANS[0])) == held(SPANS[0][1], 2)
            link.close(suspect=False)

    hurried(run())


def test_a_line_that_never_falls_silent_is_not_asked() -> None:
    """It is said; and when it is silent at last it is asked again."""

    async def run() -> None:
        device = OddDevice(rtu=True)
        device.odd = [Odd(copies=(30,) * 80)]
        async with at(device, "rtu+tcp") as endpoint:
            link = link_to(endpoint)
            await link.open()
            await link.ask(*SPANS[0])
            await asyncio.sleep(0.05)
            with pytest.raises(NotConnectedError, match="does not fall silent"):
                await link.open()
            assert device.asked == 1
            await asyncio.sleep(2)
            await link.open()
            assert list(await link.ask(*SPANS[0])) == held(SPANS[0][1], 2)
            link.close(suspect=False)

    hurried(run())


def test_questions_that_could_be_confused_are_kept_apart() -> None:
    """By the quiet period at first; by little when twenty were answered and nothing else came; anew after a copy."""

    async def run() -> None:
        device = OddDevice(rtu=True)
        device.odd = [HEALTHY] * 25 + [Odd(copies=(2,))]
        async with at(device, "rtu+tcp") as endpoint:
            link = link_to(endpoint)
            for number in range(30):
                await link.open()
                await link.ask(*SPANS[(0, 2)[number % 2]])
            apart = [after - before for before, after in itertools.pairwise(device.times)]
            link.close(suspect=False)
        assert apart[:19] == pytest.approx([0.06] * 19, abs=0.005)
        assert max(apart[19:25]) < 0.02
        assert min(apart[25:]) > 0.055

    hurried(run())


def test_questions_that_cannot_be_confused_follow_at_once() -> None:
    """Another length, another table, another unit."""

    async def run() -> None:
        device = OddDevice(rtu=True)
        async with at(device, "rtu+tcp") as endpoint:
            link = link_to(endpoint)
            await link.open()
            for which in (0, 1, 4, 5, 6):
                await link.ask(*SPANS[which])
            link.close(suspect=False)
        assert device.times[-1] - device.times[0] < 0.02

    hurried(run())


@pytest.mark.parametrize("framing", FRAMINGS)
def test_nothing_is_written_but_the_siren(framing: str) -> None:
    """A link without one refuses; one with it writes function 5 to that unit and coil, and reads with 1 to 4."""

    async def run() -> None:
        device = OddDevice(rtu=framing != "tcp")
        async with at(device, framing) as endpoint:
            link = link_to(endpoint)
            await link.open()
            with pytest.raises(ValueError, match="has no siren"):
                await link.switch(on=True)
            link.close(suspect=False)
            link = link_to(endpoint, siren=(1, 7))
            await link.open()
            for table in ("coil", "discrete", "holding", "input"):
                await link.ask(1, Span(table, 0, 3))
            together = [link.switch(on=True), link.ask(1, Span("holding", 0, 4)), link.switch(on=False)]
            switched, read, released = await asyncio.gather(*together)
            link.close(suspect=False)
            assert (switched, released) == (Reason.NONE, Reason.NONE)
            assert list(read) == held(Span("holding", 0, 4), 6)
        assert [pdu[0] for pdu in device.heard] == [1, 2, 3, 4, 5, 3, 5]
        assert {pdu for pdu in device.heard if pdu[0] == 5} == {b"\5\0\7\xff\0", b"\5\0\7\0\0"}

    hurried(run())


async def test_a_device_that_hangs_up_is_not_connected() -> None:
    """In the middle of a question too; what it says then is not heard."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        link = link_to(Endpoint("tcp", "127.0.0.1", server.sockets[0].getsockname()[1]))
        await link.open()
        assert await link.ask(*SPANS[0]) is Reason.NOT_CONNECTED
        assert not link.connected
        assert await link.ask(*SPANS[0]) is Reason.NOT_CONNECTED
    with pytest.raises(NotConnectedError, match="does not accept a connection"):
        await link.open()


@pytest.mark.parametrize(
    ("unit", "span"),
    [
        (1, Span("holding", 0, 0)),
        (1, Span("holding", 0, 126)),
        (1, Span("coil", 0, 2001)),
        (1, Span("input", 65535, 2)),
        (256, Span("input", 0, 1)),
    ],
)
async def test_what_no_question_can_ask_is_refused(unit: int, span: Span) -> None:
    """More than the protocol allows, beyond the last address, a unit that is none."""
    link = link_to(Endpoint("tcp", "127.0.0.1", 1))
    with pytest.raises(ValueError, match=r"unit|addresses"):
        await link.ask(unit, span)


async def test_an_answer_that_was_read_too_late_is_none() -> None:
    """It came in time, and lay there while this process was held up: when it was true, nobody can say. 7 after 20 ms, read
    after 700, with a timeout of 500 ms; the next, read in time, is believed."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    question = connection.recv(12)
                    time.sleep(0.02)
                    connection.sendall(question[:4] + bytes.fromhex("0005 01 03 02 0007"))
                    connection.recv(1)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        endpoint = Endpoint("tcp", "127.0.0.1", server.getsockname()[1])
        link = Link(endpoint, timeout=500 * MS, quiet=QUIET * MS, name="held up")
        await link.open()
        asked = asyncio.create_task(link.ask(1, Span("holding", 0, 1)))
        await asyncio.sleep(0.005)
        time.sleep(0.7)  # noqa: ASYNC251 - so it is when others compute
        assert await asked is Reason.NO_ANSWER
        await link.open()
        assert await link.ask(1, Span("holding", 0, 1)) == (7,)
        link.close(suspect=False)
        thread.join(5)
