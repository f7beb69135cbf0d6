"""All values of a device out of its answers, each answer unpacked at once."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from gateway.decode import FORMAT, REWORKED, Kind, text_of
from gateway.gauge import Gauge
from gateway.meaning import Meaning, Measured, Raw, Wire
from gateway.requests import Answer, Span
from readings.quality import Reason

_BITS = ("coil", "discrete")


@dataclass(frozen=True, slots=True)
class _Packed:
    """The numbers of an answer whose registers have their bytes in one order."""

    words: Callable[[Sequence[int]], Sequence[int]]
    pack: struct.Struct
    unpack: struct.Struct
    slots: tuple[int, ...]


@dataclass(slots=True)
class _Part:
    """What one answer holds: where each thing goes, by the number of its wire."""

    packed: list[_Packed] = field(default_factory=list)
    reworked: list[tuple[int, Callable[[int], int]]] = field(default_factory=list)
    bits: list[tuple[int, int]] = field(default_factory=list)
    texts: list[tuple[int, int, Wire]] = field(default_factory=list)
    fields: list[tuple[int, int, int]] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)

    def take(self, answer: Sequence[int], raws: list[Raw]) -> None:
        for each in self.packed:
            numbers = each.unpack.unpack(each.pack.pack(*each.words(answer)))
            for slot, number in zip(each.slots, numbers, strict=True):
                raws[slot] = number
        for slot, rework in self.reworked:
            number = raws[slot]
            assert isinstance(number, int)
            raws[slot] = _attempt(rework, number)
        for slot, place in self.bits:
            bit = answer[place]
            raws[slot] = bit if bit in (0, 1) else Reason.NOT_DECODED
        for slot, place, wire in self.texts:
            registers = answer[place : place + wire.span.count]
            raws[slot] = _attempt(lambda words, wire=wire: text_of(words, wire.order), registers)
        for slot, low, mask in self.fields:
            whole = raws[slot]
            if isinstance(whole, int) and not isinstance(whole, Reason):
                raws[slot] = whole >> low & mask


def _attempt(make: Callable[..., int | str], of: object) -> Raw:
    try:
        return make(of)
    except ValueError:
        return Reason.NOT_DECODED


class Decoder:
    """The values of a device, compiled for the requests that read them.

    Attributes:
        rests_on: for each meaning the numbers of the requests that it rests on; the first one holds its number.
    """

    def __init__(self, meanings: Sequence[Meaning], requests: Sequence[Span]) -> None:
        """Find where each number lies.

        Args:
            meanings: of the values.
            requests: what is asked; each span of a meaning lies within one of them.

        Raises:
            KeyError: a meaning rests on what no request reads.
        """
        lie = [_lie(meaning, requests) for meaning in meanings]
        slots = {each: slot for slot, each in enumerate(dict.fromkeys(each for some in lie for each in some))}
        self._empty: list[Raw] = [Reason.NO_ANSWER] * len(slots)
        self._values = [
            (meaning, meaning.plain, tuple(slots[each] for each in some))
            for meaning, some in zip(meanings, lie, strict=True)
        ]
        self.rests_on = tuple(tuple(dict.fromkeys(place for place, _ in some)) for some in lie)
        self._parts = [
            _part({wire: slot for (home, wire), slot in slots.items() if home == place}, request)
            for place, request in enumerate(requests)
        ]

    def read(self, answers: Iterable[Answer]) -> list[Measured | str | Reason]:
        """What the answers say, one for each meaning: a measured number; for a text the text, or why there is none.

        Args:
            answers: one for each request, in their order: exactly the registers or bits asked for, or a reason.
        """
        raws = self._empty.copy()
        for part, answer in zip(self._parts, answers, strict=True):
            if isinstance(answer, Reason):
                for slot in part.slots:
                    raws[slot] = answer
            else:
                part.take(answer, raws)
        return [_meant(*value, raws) for value in self._values]


def _meant(
    meaning: Meaning, plain: Gauge | None, slots: tuple[int, ...], raws: Sequence[Raw]
) -> Measured | str | Reason:
    if plain is not None:  # nearly all of them
        raw = raws[slots[0]]
        if isinstance(raw, Reason):
            return math.nan, math.nan, raw
        assert not isinstance(raw, str)
        value, reason = plain.read(raw)
        return value, float(raw), reason
    mine = [raws[slot] for slot in slots]
    return meaning.text(mine) if meaning.gauge is None else meaning.measured(mine)


def _lie(meaning: Meaning, requests: Sequence[Span]) -> list[tuple[int, Wire]]:
    """Which request each wire of a meaning lies in; what lies side by side in one and the same."""
    homes: dict[Span, int] = {}
    for span in meaning.spans:
        place = next((place for place, request in enumerate(requests) if request.holds(span)), None)
        if place is None:
            raise KeyError(str(span))
        homes[span] = place
    return [
        (next(place for span, place in homes.items() if span.holds(wire.span)), wire)
        for wire in meaning.wires
    ]


def _part(slots: dict[Wire, int], request: Span) -> _Part:
    part = _Part(slots=list(slots.values()))
    ordered = sorted(slots, key=lambda wire: wire.span)
    numbers = [wire for wire in ordered if wire.kind in FORMAT]
    for swapped in (False, True):
        of_one = [wire for wire in numbers if wire.order.swapped is swapped]
        if of_one:
            part.packed.append(_packed(of_one, slots, request, swapped=swapped))
    for wire in ordered:
        slot, place = slots[wire], wire.span.first - request.first
        if wire.kind is Kind.TEXT:
            part.texts.append((slot, place, wire))
        elif request.table in _BITS:
            part.bits.append((slot, place))
        if wire.kind in REWORKED:
            part.reworked.append((slot, REWORKED[wire.kind]))
        if wire.bits is not None:
            low, high = wire.bits
            part.fields.append((slot, low, 2 ** (high - low + 1) - 1))
    return part


def _packed(wires: Sequence[Wire], slots: dict[Wire, int], request: Span, *, swapped: bool) -> _Packed:
    places = [
        wire.span.first - request.first + word for wire in wires for word in wire.order.words(wire.kind.size)
    ]
    first, last = places[0], places[-1]
    one = slice(first, last + 1)
    in_a_row = places == list(range(first, last + 1))
    return _Packed(
        words=itemgetter(one) if in_a_row else itemgetter(*places),
        pack=struct.Struct(f"{'<' if swapped else '>'}{len(places)}H"),
        unpack=struct.Struct(">" + "".join(FORMAT[wire.kind] for wire in wires)),
        slots=tuple(slots[wire] for wire in wires),
    )
