"""A plant that is not there: three lines under one seed, any span of them, with any faults.

    >>> from simulators.plant import plant
    >>> from readings.times import HOUR, parse_time
    >>> at = parse_time("2026-12-01T08:00:00+08:00")
    >>> hour = plant(seed=1).played("retort-2", at, at + HOUR)
    >>> len(hour.series["tid", "1"])
    3600

Everything is a function of the time and the seed: a span is the same whoever asks for it, and however long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from readings.times import MINUTE, MS, SECOND
from simulators.clock import ORIGIN, Pace, PlantError
from simulators.cold_store import ColdStore
from simulators.faults import RETORT, STORE, WATER, Fault, FaultError
from simulators.noise import F64, I64
from simulators.retort import Retort
from simulators.signals import Key, Played, Samples, Signal, Text
from simulators.water import Water

LINES = (WATER, RETORT, STORE)
EVERY: Mapping[str, int] = {WATER: 5 * SECOND, RETORT: SECOND, STORE: MINUTE}  # between two samples
DELAY = 200 * MS  # from a sample to the gateway (chosen)


class Process(Protocol):
    """What is measured on a line, and its texts."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What it measures."""

    def measured(self, time: I64, faults: tuple[Fault, ...]) -> dict[Key, F64]:
        """What each sensor measures at these times, in the order of `signals`."""

    def texts(self, start: int, end: int) -> list[Text]:
        """Texts that begin in a span, before them those that held when it began."""


@dataclass(frozen=True, slots=True)
class Plant:
    """The plant.

    Attributes:
        lines: the process of each line.
        every: ns between two samples of each line, on whole multiples since 1970.
        faults: what goes wrong.
    """

    lines: Mapping[str, Process]
    every: Mapping[str, int]
    faults: tuple[Fault, ...] = field(default=())

    def with_faults(self, *faults: Fault) -> Plant:
        """The same plant, with these faults as well."""
        plant = replace(self, faults=(*self.faults, *faults))
        plant.check()
        return plant

    def check(self) -> None:
        """Hold the faults against what there is.

        Raises:
            FaultError: a fault on a line that does not run, or of a sensor that it does not have.
        """
        for fault in self.faults:
            if fault.line not in self.lines:
                raise FaultError(f"{fault}: the line does not run; there are {', '.join(self.lines)}")
            known = {signal.key for signal in self.lines[fault.line].signals}
            if fault.kind in ("stuck", "refused") and fault.key not in known:
                sensors = sorted({f"{sensor}/{point}" for sensor, point in known})
                raise FaultError(f"{fault}: no such sensor and point; there are {', '.join(sensors)}")

    def faults_of(self, line: str, *kinds: str) -> tuple[Fault, ...]:
        """The faults of a line, of these kinds if any are named."""
        return tuple(each for each in self.faults if each.line == line and (not kinds or each.kind in kinds))

    def played(self, line: str, start: int, end: int) -> Played:
        """A span of a line, faults in it.

        Samples that the fault kept from being taken or sent are left out. A late one has the time at which it
        was sent in the end; one by a wrong clock has that clock's time.

        Args:
            line: its name.
            start: ns UTC of the first sample, or before it.
            end: ns UTC, not included.

        Raises:
            PlantError: no such line, or a time before the plant was there.
        """
        if line not in self.lines:
            raise PlantError(f"no line {line!r}; there are {', '.join(self.lines)}")
        if start < ORIGIN:
            raise PlantError("the plant has run since 2025-01-01; begin later")
        process, every = self.lines[line], self.every[line]
        time = np.arange(-(-start // every) * every, end, every, dtype=np.int64)
        for fault in self.faults_of(line, "unplugged", "mute"):
            time = time[(time < fault.start) | (time >= fault.end)]
        counts = self.counts(line, time)
        device, received, seq = (
            self.device_time(line, time),
            self._received(line, time),
            time // every % 2**32,
        )
        series = {
            signal.key: Samples(device, signal.values(counts[signal.key]), counts[signal.key], received, seq)
            for signal in process.signals
        }
        for fault in self.faults_of(line, "refused"):
            series[fault.key] = series[fault.key].without(fault.start, fault.end)
        return Played(line, start, end, series, tuple(process.texts(start, end)))

    def counts(self, line: str, time: I64) -> dict[Key, F64]:
        """Whole counts of each signal of a line at the true times of samples, ns UTC."""
        process = self.lines[line]
        faults = self.faults_of(line)
        measured = process.measured(time, faults)
        found = {signal.key: signal.counts(measured[signal.key]) for signal in process.signals}
        for fault in faults:
            if fault.kind == "stuck":
                rows = (time >= fault.start) & (time < fault.end)
                if rows.any():
                    last = (fault.start - 1) // self.every[line] * self.every[line]
                    others = tuple(each for each in faults if each is not fault)
                    before = replace(self, faults=others).counts(line, np.array([last], np.int64))
                    found[fault.key][rows] = before[fault.key][0]
        return found

    def device_time(self, line: str, time: I64) -> I64:
        """What the device's clock shows at these true times, ns UTC."""
        shown = time.copy()
        for fault in self.faults_of(line, "clock_step"):
            shown[(time >= fault.start) & (time < fault.end)] += int(fault.by * SECOND)
        return shown

    def _received(self, line: str, time: I64) -> I64:
        received = time + DELAY
        for fault in self.faults_of(line, "late_upload"):
            late = (time >= fault.start) & (time < fault.end)
            received[late] = fault.end + DELAY
        return received


def plant(  # noqa: PLR0913 - what a plant can be told
    *,
    seed: int = 1,
    faults: Iterable[Fault] = (),
    lines: Iterable[str] = LINES,
    every: Mapping[str, int] | None = None,
    hurry: Mapping[str, int] | None = None,
    always_on: bool = False,
    probed: bool = False,
) -> Plant:
    """A plant.

    Args:
        seed: another one is another plant.
        faults: what goes wrong.
        lines: which of `LINES` run.
        every: ns between two samples, where it is not as in `EVERY`.
        hurry: how much faster than in a real plant the processes of the retort and the store run, 1 to 30; their
            sensors and clocks keep real time.
        always_on: the water line never stops; otherwise it follows its working calendar.
        probed: the retort's batches carry three probes.

    Raises:
        PlantError: no such line, an interval that is not positive, or a hurry that cannot be.
        FaultError: a fault that does not go with the lines.
    """
    hurries = dict(hurry or {})
    makers: dict[str, Callable[[], Process]] = {
        WATER: lambda: Water(seed, always_on),
        RETORT: lambda: Retort(seed, Pace(hurries.get(RETORT, 1)), probed),
        STORE: lambda: ColdStore(seed, Pace(hurries.get(STORE, 1))),
    }
    wanted, intervals = tuple(lines), dict(EVERY) | dict(every or {})
    for name in (*wanted, *hurries, *intervals):
        if name not in makers:
            raise PlantError(f"no line {name!r}; there are {', '.join(LINES)}")
    if hurries.get(WATER, 1) != 1:
        raise PlantError(f"{WATER} follows the clock of the day and runs at its own pace; hurry another line")
    if min(intervals.values()) < MS:
        raise PlantError("a sample every millisecond is the most a device's clock can tell apart")
    made = Plant({name: makers[name]() for name in wanted}, intervals, tuple(faults))
    made.check()
    return made


if __name__ == "__main__":
    from simulators.plant_command import main

    main()
