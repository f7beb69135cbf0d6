"""A plant with limits of every kind in each of its cells: its plan, and readings of it, from a seed.

Each limit has a sensor of its own (agreement and what is in a flow further ones beside it), which is read once a
second. A cell goes through loading, heating and cooling once in two minutes. Values are noise about what is right; now
and then one of them is off for some seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.warehouse import START
from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.times import MS, SECOND

LINE = "mixed"
_PHASES = ((20, 1), (80, 2), (20, 3))  # seconds, code


@dataclass(frozen=True, slots=True)
class Sensor:
    """What is read: as the plan says it, about which value, with how much noise."""

    says: str
    value: float
    noise: float
    points: int = 1


@dataclass(frozen=True, slots=True)
class Mixed:
    """A limit of a kind, of a sensor of its own that is called like the limit, and of others."""

    kind: str
    of: Sensor
    says: str
    group: str = "critical"
    others: tuple[tuple[str, Sensor], ...] = ()

    @property
    def sensors(self) -> dict[str, Sensor]:
        """By name."""
        return {f"{self.kind}-s": self.of, **{f"{self.kind}-{name}": each for name, each in self.others}}


_COLD = Sensor("unit: degC, resolution: 0.1, range: [-60, 60]", -20.0, 0.2)
_HOT = Sensor("unit: degC, resolution: 0.1, range: [0, 150], uncertainty: 0.3", 121.5, 0.15)
_WARM = Sensor("unit: degC, resolution: 0.1, range: [0, 95], uncertainty: 0.3", 62.0, 0.2)
_OZONE = Sensor("unit: mg/L, resolution: 0.01", 0.35, 0.01)
_FLOW = Sensor("unit: m3/h, resolution: 0.1", 10.0, 0.2)
_WATCHED = "  watched: {unit: bool, every: 1 s}\n"  # never read: a plan has a critical limit, whatever kinds are measured
_WATCHES = "      - {id: watched, kind: state_held, of: watched, is: true}\n"
_CHART = "target: 121.5 degC, sigma: 0.2 K, mean_over: 10 s"

KINDS = (
    Mixed("threshold", _COLD, "at_most: -15 degC, for_more_than: 30 s"),
    Mixed("band", Sensor("unit: kPa, resolution: 0.5", 100.0, 3.0), "at_least: 60 kPa, at_most: 140 kPa"),
    Mixed("state_held", Sensor("unit: bool", 1.0, 0.0), "is: true, off_at_most: 20 s"),
    Mixed("rate", _COLD, "at_most: 3.0 K/min, over: 5 min", "operating"),
    Mixed("spread", Sensor(_COLD.says, -20.0, 0.1, 2), "at_most: 1.5 K, mean_over: 60 s", "operating"),
    Mixed(
        "agreement", _HOT, "with: agreement-r, mean_over: 60 s, within: 0.5 K", "instruments", (("r", _HOT),)
    ),
    Mixed("degree_minutes", _COLD, "above: -18.0 degC, at_most: 2000 K.min, window: 10 min", "operating"),
    Mixed("dwell", _HOT, "at_least: 121.0 degC, for: 30 s, during: heating"),
    Mixed("lethality", _HOT, "reference: 121.1 degC, z: 10 K, at_least: 0.5 min, during: [heating, cooling]"),
    Mixed("pasteurisation_units", _WARM, "formula: 10^((T-60)/7), at_least: 1 PU, during: heating"),
    Mixed("cooling_curve", _COLD, "stages: [{from: 57 degC, to: 21 degC, within: 2 h}], during: cooling"),
    Mixed(
        "contact_time",
        _OZONE,
        "flow: contact_time-f, volume: 2.5 m3, baffling: {factor: 0.3, basis: study}, judged_every: 10 s,"
        " at_least: 1.0 mg.min/L",
        others=(("f", _FLOW),),
    ),
    Mixed(
        "holding_tube",
        _WARM,
        "flow: holding_tube-f, volume: 30 L, fastest: {factor: 0.85, basis: salt test}, judged_every: 2 s,"
        " at_least: 60.0 degC, for: 5 s",
        others=(("f", _FLOW),),
    ),
    Mixed(
        "uv_dose",
        Sensor("unit: mW/cm2, resolution: 0.1", 10.0, 0.2),
        "flow: uv_dose-f, setpoint: {intensity_at_least: 8.0 mW/cm2, flow_at_most: 12.0 m3/h},"
        " delivers: 40 mJ/cm2, confirm: 2 readings",
        others=(("f", _FLOW),),
    ),
    Mixed(
        "uv_exposure",
        Sensor("unit: mW/cm2, resolution: 0.1, uncertainty: 0.5", 10.0, 0.2),
        "flow: uv_exposure-f, transmittance: uv_exposure-t, volume: 20 L, path: 5 cm, sensor: at the lamp,"
        " judged_every: 10 s, at_least: 10 mJ/cm2",
        others=(("f", _FLOW), ("t", Sensor("unit: percent, resolution: 0.1", 92.0, 0.3))),
    ),
    Mixed(
        "log_inactivation",
        _OZONE,
        "flow: log_inactivation-f, temperature: log_inactivation-t, volume: 2.5 m3, judged_every: 10 s,"
        " baffling: {factor: 0.3, basis: study}, by: epa_2020_giardia_ozone, at_least: 1.0 log",
        others=(("f", _FLOW), ("t", Sensor("unit: degC, resolution: 0.1", 15.0, 0.1))),
    ),
    Mixed("mean_kinetic_temperature", _COLD, "at_most: -10.0 degC, window: 10 min", "operating"),
    Mixed("ewma", _HOT, f"{_CHART}, lambda: 0.2, width: 2.7", "operating"),
    Mixed("cusum", _HOT, f"{_CHART}, k: 0.5, h: 5", "operating"),
    Mixed("western_electric", _HOT, _CHART, "operating"),
    Mixed("nelson", _HOT, f"{_CHART}, rules: [1, 2, 3]", "operating"),
    Mixed(
        "time_to_breach",
        _COLD,
        "limit: {at_most: -15.0 degC}, warns_within: 5 min, trend_over: 10 min, mean_over: 60 s",
        "operating",
    ),
)


@dataclass(frozen=True, slots=True)
class MixedPlant:
    """So many cells, with the limits of these kinds in each.

    Attributes:
        cells: how many zones.
        kinds: the limits of each.
        reorder: how far back late truth may decide again, as in the plan.
        slower: phases last so many times as long.
    """

    cells: int
    kinds: tuple[Mixed, ...] = KINDS
    reorder: str = "30 s"
    slower: int = 1

    @property
    def limits(self) -> int:
        """How many."""
        return self.cells * len(self.kinds)

    @property
    def zones(self) -> tuple[str, ...]:
        """Names of the cells."""
        return tuple(f"C{cell:03d}" for cell in range(self.cells))

    def plan(self) -> str:
        """The plan's text."""
        zones = ", ".join(self.zones)
        said = [
            "plan: mixed\nname: Mixed\nsite: {id: BENCH, name: Mixed, timezone: Asia/Shanghai}\n",
            "effective_from: 2026-11-01T00:00:00+08:00\n",
            f"reorder: {self.reorder}\n",
            f'line: {{unit: zone, zones: [{zones}], state: {{from: phase, codes: {{"1": loading, "2": heating, ',
            '"3": cooling}}}\nsensors:\n',
            f"  phase: {{unit: code, zones: [{zones}], every: 1 s, silent_after: 30 s}}\n",
        ]
        for each in self.kinds:
            for name, sensor in each.sensors.items():
                points = ", ".join(f"{zone}: {sensor.points} points" for zone in self.zones)
                said.append(
                    f"  {name}: {{{sensor.says}, zones: {{{points}}}, every: 1 s, silent_after: 30 s}}\n"
                )
        said.append(f"{_WATCHED}ccps:\n  - id: CCP1\n    critical:\n{_WATCHES}")
        for group in ("critical", "operating", "instruments"):
            mine = [each for each in self.kinds if each.group == group]
            said += [f"    {group}:\n"] * bool(mine and group != "critical")
            said += [
                f"      - {{id: {each.kind}, kind: {each.kind}, of: {each.kind}-s, {each.says}}}\n"
                for each in mine
            ]
        return "".join(said)

    def block(self, seconds: int, *, seed: int = 3) -> Block:
        """A reading of every point a second, in order of time."""
        draw = np.random.default_rng(seed)
        series, value, noise, phase = [], [], [], []
        for cell, zone in enumerate(self.zones):
            series.append(Series(LINE, "phase", f"{zone}.1"))
            value.append(0.0)
            noise.append(0.0)
            phase.append(cell * 7)
            for each in self.kinds:
                for name, sensor in each.sensors.items():
                    for point in range(sensor.points):
                        series.append(Series(LINE, name, f"{zone}.{point + 1}"))
                        value.append(sensor.value)
                        noise.append(sensor.noise)
                        phase.append(-1)
        wide = len(series)
        read = np.array(value) + draw.normal(0.0, 1.0, (seconds, wide)) * np.array(noise)
        for _ in range(max(1, seconds * wide // 100_000)):
            start, which = int(draw.integers(0, seconds)), int(draw.integers(0, wide))
            read[start : start + int(draw.integers(3, 60)), which] += 50 * noise[which]
        codes = np.repeat([code for _, code in _PHASES], [lasts * self.slower for lasts, _ in _PHASES])
        second = np.arange(seconds)
        for column, shift in enumerate(phase):
            if shift >= 0:
                read[:, column] = codes[(second + shift * self.slower) % codes.size]
        row, which = np.divmod(np.arange(seconds * wide), wide)
        time = START + row * SECOND + which * (900 * MS // wide)
        shown = np.round(read.ravel(), 2)
        good = np.zeros(shown.size, np.uint8)
        return Block(
            series=tuple(series),
            which=which.astype(np.int32),
            time=time,
            value=shown,
            raw=shown,
            quality=good,
            reason=good,
            received=time,
            seq=np.broadcast_to(np.int64(NO_SEQ), shown.size),
        )
