"""What `probe` makes of a device: raw registers, every plausible reading of them, profiles tried, a snippet written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.decode import Kind, Order, decode
from gateway.fields import ModbusEndpoint
from gateway.guesses import Guess, Hint, guesses, letters
from gateway.modbus_link import Link
from gateway.modbus_link_settings import SerialLine
from gateway.profiles.library import Library
from gateway.profiles.trial import Trial, Tried, spans_of, tried
from gateway.requests import Span
from gateway.scan import Scan, places, scan
from readings.quality import REASON_TEXT, Reason
from readings.times import MS
from readings.units import decimal_text

_QUIET = 500 * MS
_BITS = ("coil", "discrete")


@dataclass(frozen=True, slots=True)
class Device:
    """What is probed.

    Attributes:
        endpoint: where it is.
        unit: its id.
        timeout: for each answer, ns.
        block: the greatest number of registers asked for at once.
        serial: how characters go over a serial line.
    """

    endpoint: ModbusEndpoint
    unit: int
    timeout: int
    block: int
    serial: SerialLine | None = None

    def link(self) -> Link:
        """A closed link to it."""
        return Link(self.endpoint, timeout=self.timeout, quiet=_QUIET, name="probe", serial=self.serial)


async def read(
    device: Device, spans: Iterable[Span], *, link: Link | None = None, into: Scan | None = None
) -> Scan:
    """Read spans of a device.

    Args:
        device: which.
        spans: what to read.
        link: that stays open; None for one that is closed afterwards.
        into: what is known already.

    Raises:
        SourceError: nobody answers.
    """
    found, open_link = into or Scan(), link or device.link()
    try:
        for span in spans:
            await scan(open_link, device.unit, span, block=device.block, into=found)
    finally:
        if link is None:
            open_link.close(suspect=False)
    return found


def raw_lines(found: Scan, span: Span, *, hint: Hint, everything: bool) -> Iterator[str]:
    """What stands at each address, and what it may mean.

    Args:
        found: what was read.
        span: which addresses.
        hint: what is known of the value looked for; only what fits it is shown then, unless everything is.
        everything: readings that can hardly be so are shown too, with the doubt.
    """
    registers = {at: number for (table, at), number in found.numbers.items() if table == span.table}
    if span.table in _BITS:
        yield from (
            f"{span.table} {at:<6} {registers[at]}" for at in range(span.first, span.end) if at in registers
        )
    else:
        for at in range(span.first, span.end):
            if at in registers:
                yield from _address(registers, span.table, at, hint, everything=everything)
    yield from _refusals(found, span)


def _address(
    registers: Mapping[int, int], table: str, at: int, hint: Hint, *, everything: bool
) -> Iterator[str]:
    word = registers[at]
    signed = int(decode([word], Kind.INT16))
    told = f"{word}" if signed == word else f"{word} or {signed}"
    begins = at - 1 not in registers or not letters(registers, at - 1)
    text = letters(registers, at) if begins else ""
    head = f"{table} {at:<6} {word:04x}  {told:16} {json.dumps(text) if text else '':12}".rstrip()
    fitting = [guess for guess in guesses(registers, at, hint) if everything or _shown(guess, hint)]
    yield (
        head
        if not hint.said
        else head + ("  <- fits" if any(guess.scale is not None for guess in fitting) else "")
    )
    yield from (f"  {_told(guess)}" for guess in fitting)


def _shown(guess: Guess, hint: Hint) -> bool:
    if guess.doubt:
        return False
    if hint.said:
        return guess.scale is not None
    return guess.kind is Kind.FLOAT32 and bool(guess.number)


def _told(guess: Guess) -> str:
    order = "" if guess.kind.size == 1 and guess.order is Order.ABCD else f" {guess.order}"
    scaled = "" if guess.scale in (None, 1) else f" x {decimal_text(guess.scale or Fraction(1))}"
    value = float(guess.value)
    fits = "fits" if guess.scale is not None and not guess.doubt else guess.doubt or "plausible"
    return f"{guess.kind}{order}{scaled}: {value:.10g}  ({fits})"


def _refusals(found: Scan, span: Span) -> Iterator[str]:
    refused = [
        (at, found.refused[span.table, at]) for table, at in places(span) if (table, at) in found.refused
    ]
    begin = 0
    for place, (at, reason) in enumerate(refused):
        last = place + 1 == len(refused) or refused[place + 1] != (at + 1, reason)
        if last:
            first = refused[begin][0]
            yield f"{Span(span.table, first, at - first + 1)}: {REASON_TEXT[reason]}"
            begin = place + 1


def profile_lines(trial: Trial) -> Iterator[str]:
    """What each value of a profile is now."""
    if trial.known is not None:
        yield f"known by its register: {'yes' if trial.known else 'NO, this is another device'}"
    width = max(len(each.name) for each in trial.values)
    for each in trial.values:
        yield f"{each.name:{width}}  {_given(each)}"


def _given(each: Tried) -> str:
    if isinstance(each.given, str):
        return json.dumps(each.given, ensure_ascii=False)
    if isinstance(each.given, Reason):
        return REASON_TEXT[each.given]
    value, raw, reason = each.given
    said = (
        "-"
        if reason >= Reason.NO_ANSWER
        else f"{value:.10g} {'' if each.value.unit == 'bool' else each.value.unit}".rstrip()
    )
    at = "" if raw != raw else f"raw {raw:.10g}"  # noqa: PLR0124 - NaN alone differs from itself
    outside = "outside of its range" if each.within is False else ""
    return "  ".join(filter(None, (f"{said:18}", at, REASON_TEXT[reason], outside)))


async def try_all(device: Device, library: Library) -> list[Trial]:
    """Every profile, held against the device; those that fit best come first.

    Raises:
        SourceError: nobody answers.
    """
    found, link = Scan(), device.link()
    trials = []
    try:
        for name in library:
            profile = library.named(name)
            await read(device, spans_of(profile), link=link, into=found)
            trials.append(tried(profile, found))
    finally:
        link.close(suspect=False)
    return sorted(trials, key=_merit, reverse=True)


def _merit(trial: Trial) -> tuple[bool, float, int, int]:
    share = trial.there / len(trial.values)
    return (
        trial.known is not False and trial.there > 0,
        share,
        -trial.outside,
        trial.there * (1 + (trial.known is True)),
    )


def trial_lines(trials: Sequence[Trial]) -> Iterator[str]:
    """Which profiles fit, and how well."""
    for each in trials:
        total = len(each.values)
        if each.verdict != "no":
            outside = f", {each.outside} bad or outside of their range" if each.outside else ""
            known = ", known by its register" if each.known else ""
            yield f"{each.verdict:9} {each.profile.profile:32} {each.there} of {total} values{outside}{known}"
    fitting = [each for each in trials if each.verdict in ("fits", "may fit")]
    if not fitting:
        yield "no profile fits wholly; look at the registers, and write one: docs/devices.md"
