"""Where each signal lies in its line's device, as data: devices, docs and `site.yaml` are made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readings.times import format_duration
from simulators.cold_store import TEXTS as STORE_TEXTS
from simulators.faults import RETORT, STORE, WATER
from simulators.modbus_device import NO_VALUE, SEQUENCE, TIME, VALUES
from simulators.plant import Plant
from simulators.retort import TEXTS as RETORT_TEXTS
from simulators.signals import F64, Samples, Signal
from simulators.water import TEXTS as WATER_TEXTS

UNIT = 1  # Modbus device id
TEXTS: Mapping[str, tuple[str, ...]] = {WATER: WATER_TEXTS, RETORT: RETORT_TEXTS, STORE: STORE_TEXTS}
MODBUS = (WATER, RETORT)  # the others speak MQTT
ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True)
class Register:
    """Where a signal lies.

    Attributes:
        signal: what it holds.
        at: address of the (first) holding register, from 0.
    """

    signal: Signal
    at: int

    @property
    def type(self) -> str:
        """What it holds: `int16`, or `uint32` in two registers."""
        return "uint32" if self.signal.wide else "int16"

    @property
    def size(self) -> int:
        """How many registers it takes."""
        return 2 if self.signal.wide else 1

    @property
    def scale(self) -> str:
        """What a count stands for, as a decimal."""
        return {1: "1", 10: "0.1", 100: "0.01", 1000: "0.001"}[self.signal.steps]


def registers(signals: Sequence[Signal]) -> tuple[Register, ...]:
    """The signals one behind the other, from `VALUES` on."""
    found, at = [], VALUES
    for signal in signals:
        found.append(Register(signal, at))
        at += found[-1].size
    return tuple(found)


def raw_of(line: str, samples: Samples) -> F64:
    """The numbers on the wire: whole counts in registers, the value itself in JSON."""
    return samples.raw if line in MODBUS else samples.value


def value_topic(line: str, signal: Signal) -> str:
    """Where a signal is published: `plant/cold-3/air/CS1.1`."""
    return f"plant/{line}/{signal.name}"


def text_topic(line: str, sensor: str) -> str:
    """Where a text is published: `plant/retort-2/cycle_id`."""
    return f"plant/{line}/{sensor}"


def status_topic(line: str) -> str:
    """Where a line's logger says whether it is there: `plant/cold-3/status`."""
    return f"plant/{line}/status"


def sources_yaml(plant: Plant, addresses: Mapping[str, str], *, clock_within: str = "") -> str:
    """The `sources:` section of a site file that reads the plant's devices.

    Args:
        plant: what runs.
        addresses: `mqtt`, and each Modbus line's name, to its URL; as the command prints them.
        clock_within: how far the clock of a polled device may be wrong before its readings are uncertain, such as
            `2 min`; empty: any. A logger's readings may be old, so its clock cannot be judged by them.

    Returns:
        YAML that ends in a line break.
    """
    within = f", within: {clock_within}" if clock_within else ""
    parts = ["sources:"]
    for line, process in plant.lines.items():
        if line in MODBUS:
            parts += [
                f"  - name: {line}",
                f"    modbus: {addresses[line]}",
                f"    unit: {UNIT}",
                f"    every: {format_duration(plant.every[line])}",
                f"    time: {{at: holding {TIME}, type: uint64, unit: ms{within}}}",
                f"    sequence: {{at: holding {SEQUENCE}, type: uint32}}",
                "    channels:",
                *(f"      - {_channel(line, each)}" for each in registers(process.signals)),
            ]
    parts += [_mqtt(plant, addresses["mqtt"])]
    return "\n".join(parts) + "\n"


def _channel(line: str, register: Register) -> str:
    signal = register.signal
    scale = f", scale: {register.scale}" if signal.steps != 1 else ""
    sentinel = f", sentinels: [{NO_VALUE}]" if not signal.wide else ""
    return (
        f"{{reads: {line}/{signal.name}, at: holding {register.at}, type: {register.type}{scale}, "
        f"unit: {signal.unit}{sentinel}}}"
    )


def _mqtt(plant: Plant, url: str) -> str:
    """One source for the loggers of the lines that publish, one for all texts: a silent logger silences no text."""
    parts = []
    for line, process in plant.lines.items():
        if line not in MODBUS:
            units = {signal.sensor: signal.unit for signal in process.signals}
            parts += [
                f"  - name: {line}",
                f"    mqtt: {url}",
                "    version: 3.1.1",
                "    topics:",
                *(
                    f'      - {{topic: plant/{line}/{sensor}/+, reads: "{line}/{sensor}/{{1}}", time: ts, '
                    f'sequence: "n", unit: {unit}}}'
                    for sensor, unit in units.items()
                ),
                f"    status: {{topic: {status_topic(line)}, online: {ONLINE}}}",
            ]
    parts += ["  - name: texts", f"    mqtt: {url}", "    version: 3.1.1", "    topics:"]
    for line in plant.lines:
        for sensor in TEXTS[line]:
            parts.append(
                f"      - {{topic: {text_topic(line, sensor)}, reads: {line}/{sensor}, time: ts, unit: text}}"
            )
    return "\n".join(parts)
