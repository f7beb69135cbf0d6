"""What `probe` writes: a source for the site file, or a profile to be mended by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.decode import Kind, Order
from gateway.guesses import Guess, Hint, guesses, likely_order
from gateway.profiles.profile import Profile
from gateway.profiles.trial import Trial
from gateway.requests import Span
from gateway.scan import Scan
from haccpline.probe import Device
from readings.units import decimal_text

_BITS = ("coil", "discrete")


def source_snippet(device: Device, profile: Profile, trial: Trial) -> str:
    """A source for the site file that reads what the device has of a profile."""
    names = [each.name for each in trial.values if each.there]
    lines = [
        "# in sources: written by haccpline probe; write the plan's line and sensor behind each value",
        "- name: device",
        f"  modbus: {device.endpoint}",
        *_serial(device),
        f"  unit: {device.unit}",
        f"  profile: {profile.profile}",
        "  reads:",
        *(f"    {name}: LINE/{name}" for name in names or [next(iter(profile.values))]),
    ]
    return "\n".join(lines) + "\n"


def _serial(device: Device) -> list[str]:
    line = device.serial
    return [f"  serial: {{baud: {line.baud}, parity: {line.parity}, stop: {line.stop}}}"] if line else []


def profile_snippet(device: Device, found: Scan, spans: Sequence[Span], hint: Hint) -> str:
    """A profile of what was read, to be mended by hand: each register, as the type that is most likely."""
    lines = [
        "# written by haccpline probe: give names, types, scales and units, leave out what means nothing",
        "profile: my-device",
        "name: {en: My device, zh: 我的设备}",
        "kind: temperature",
        "maker: unknown",
        "model: unknown",
        f"source: [{{document: probed at {device.endpoint} unit {device.unit}}}]",
        "values:",
    ]
    for span in spans:
        registers = {at: number for (table, at), number in found.numbers.items() if table == span.table}
        lines += _values(span, registers, hint)
    return "\n".join(lines) + "\n"


def _values(span: Span, registers: Mapping[int, int], hint: Hint) -> Iterator[str]:
    order, taken = likely_order(registers), -1
    for at in range(span.first, span.end):
        if at not in registers or at <= taken:
            continue
        name = f"{span.table}_{at}"
        start = f"  {name}: {{name: {{en: {name}, zh: {name}}}, at: {span.table} {at}"
        if span.table in _BITS:
            yield f"{start}, type: bool}}"
            continue
        best = _best(list(guesses(registers, at, hint)), order)
        taken = at + best.kind.size - 1
        swapped = f", order: {best.order}" if best.order is not Order.ABCD else ""
        scale = f", scale: {decimal_text(best.scale)}" if best.scale not in (None, 1) and best.scale else ""
        yield f"{start}, type: {best.kind}{swapped}{scale}, unit: count}}"


def _best(ways: Sequence[Guess], order: Order | None) -> Guess:
    """What fits the hint; else a float in the order that most have; else a whole number of one register."""
    for guess in ways:
        if guess.scale is not None and not guess.doubt:
            return guess
    for guess in ways:
        if guess.kind is Kind.FLOAT32 and guess.order is order and not guess.doubt and guess.number:
            return guess
    return next(guess for guess in ways if guess.kind is Kind.INT16)
