"""Reading a device that nobody has described: block by block, around what it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.errors import SourceError
from gateway.modbus_link import Link, NotConnectedError
from gateway.requests import Answer, Span, limit_of
from readings.quality import Reason

_SILENT = (Reason.NO_ANSWER, Reason.NOT_CONNECTED, Reason.GARBLED, Reason.WRONG_LENGTH)
_WHOLE_TABLE = (Reason.ILLEGAL_FUNCTION, Reason.GATEWAY_PATH, Reason.GATEWAY_TARGET)
_TRIES = 3  # of a question that nobody answers

Place = tuple[str, int]
"""A table and an address."""


@dataclass(slots=True)
class Scan:
    """What a device has said so far.

    Attributes:
        numbers: registers and bits, by table and address.
        refused: why there is no number, by table and address.
        asked: how many questions that took.
    """

    numbers: dict[Place, int] = field(default_factory=dict)
    refused: dict[Place, Reason] = field(default_factory=dict)
    asked: int = 0

    def knows(self, span: Span) -> bool:
        """Whether all of these addresses were read or refused."""
        return all(place in self.numbers or place in self.refused for place in places(span))

    def answer(self, span: Span) -> Answer:
        """The numbers at these addresses, or why one of them has none."""
        for place in places(span):
            if place not in self.numbers:
                return self.refused.get(place, Reason.NO_ANSWER)
        return [self.numbers[place] for place in places(span)]

    def forget(self) -> None:
        """Read all anew, but for what was refused."""
        self.numbers.clear()


def places(span: Span) -> Iterable[Place]:
    """The addresses of a span, one by one."""
    return ((span.table, at) for at in range(span.first, span.end))


async def scan(link: Link, unit: int, span: Span, *, block: int, into: Scan) -> None:
    """Read a span that may have holes; nothing is ever written.

    Args:
        link: to the device.
        unit: its id.
        span: what to read; what is known already is not asked again.
        block: the greatest number of registers to ask for at once. A block that is refused is halved until the
            refused addresses are known.
        into: receives what was said.

    Raises:
        SourceError: nobody answers.
    """
    size = limit_of(span.table, block)
    waiting = [
        Span(span.table, first, min(size, span.end - first)) for first in range(span.first, span.end, size)
    ][::-1]
    while waiting:
        part = waiting.pop()
        if into.knows(part):
            continue
        answer = await _ask(link, unit, part, into)
        if not isinstance(answer, Reason):
            into.numbers.update(zip(places(part), answer, strict=True))
        elif part.count == 1 or answer in _WHOLE_TABLE:
            into.refused.update(dict.fromkeys(places(part), answer))
        else:
            half = part.count // 2
            waiting.append(Span(part.table, part.first + half, part.count - half))
            waiting.append(Span(part.table, part.first, half))


async def _ask(link: Link, unit: int, span: Span, into: Scan) -> Answer:
    answer: Answer = Reason.NO_ANSWER
    for _ in range(_TRIES):
        into.asked += 1
        try:
            await link.open()
        except NotConnectedError as error:
            raise SourceError(f"{error}; is it switched on, and is the address right?") from error
        answer = await link.ask(unit, span)
        if answer not in _SILENT:
            return answer
    assert isinstance(answer, Reason)
    if into.numbers or into.refused:
        raise SourceError(
            f"unit {unit} stopped answering at {span}: {answer.text}; ask for less at once, or later"
        )
    raise SourceError(
        f"unit {unit} does not answer ({span}: {answer.text}); try another --unit, a longer --timeout, "
        "or on a serial line another --baud or --parity"
    )
