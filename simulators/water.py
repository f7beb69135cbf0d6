"""Packaged water: ozone contact, ultraviolet light and a filler, as a function of time.

Chosen so that the plan `bottled-water` holds with room to spare: C x T10 = 0.35 mg/L x (2.5 m3 x 0.3 / 6.2 m3/h)
= 2.5 mg.min/L.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from readings.times import DAY, HOUR, MINUTE, MS, SECOND
from simulators.clock import LOCAL, ORIGIN, date_text, local_day
from simulators.faults import Fault
from simulators.noise import F64, I64, flutter, wander
from simulators.signals import Key, Signal, Text

SIGNALS: tuple[Signal, ...] = (
    Signal("o3_contact", "mg/L", 1000),
    Signal("o3_filler", "mg/L", 1000),
    Signal("sample_flow", "bool"),
    Signal("flow", "m3/h", 100),
    Signal("water_temp", "degC", 100),
    Signal("vessel_pressure", "kPa", 10),
    Signal("mixer", "bool"),
    Signal("uv", "mW/cm2", 100),
    Signal("uvt", "percent", 100),
    Signal("filler_state", "code"),
    Signal("bottle_counter", "count", wide=True),
)
TEXTS = ("filler_product", "filler_lot")
STOPPED, RUNNING, CIP, CHANGEOVER = 0, 1, 2, 3

# from when in the local day the filler is in which state, Monday to Saturday; Sunday it stands still (chosen)
CALENDAR: tuple[tuple[int, int], ...] = (
    (0, STOPPED),
    (6 * HOUR, CIP),
    (7 * HOUR, RUNNING),
    (12 * HOUR + 30 * MINUTE, CHANGEOVER),
    (12 * HOUR + 45 * MINUTE, RUNNING),
    (19 * HOUR, STOPPED),
)
_RESTED = (
    5 * HOUR,
    11 * HOUR,
    12 * HOUR,
    0,
    15 * MINUTE,
    0,
)  # since the line ran last, when each of these begins
_FIRST_WEEKDAY = (ORIGIN // DAY + 3) % 7  # of the day of `ORIGIN`; Monday is 0, 1 January 1970 was a Thursday
_SUNDAY = 6
_SHIFTS = (("P-18.9", "A"), ("P-0.55", "B"))  # what is filled before and after the changeover
_LOT_ALWAYS_ON = 4 * HOUR  # how long a lot lasts where the line never stops (chosen)

OZONE_CONTACT = 0.35  # mg/L behind the contact tank: target of the plan's control chart
OZONE_LEFT = 0.62  # share of it that reaches the filler: decay on the way (chosen)
OZONE_DECAY = 20 * MINUTE  # standing water loses 63 % (ozone's half-life at 20 degC is about 15 to 20 min)
OZONE_RISE = 2 * MINUTE  # generator and dissolver after a start (chosen)
FLOW = 6.2  # m3/h: 328 bottles of 18.9 L an hour
FLOW_RISE = 15 * SECOND  # pump ramp (chosen)
BOTTLES_PER_HOUR = 328
PRESSURE, PRESSURE_IDLE = (
    85.0,
    22.0,
)  # kPa gauge in the sealed vessel: mid of the plan's 60 to 120; static head
TEMPERATURE = 18.0  # degC of ground water
ANALYSER_LAG = 15 * SECOND  # time constant of an ozone analyser with its sample line (chosen)
UV_INTENSITY, UV_TRANSMITTANCE = 9.6, 93.5  # mW/cm2 and %; the plan asks for 8.0 and 90


@dataclass(frozen=True, slots=True)
class Water:
    """The line.

    Attributes:
        seed: another one is another plant.
        always_on: never stops, lot after lot; otherwise it follows `CALENDAR`.
    """

    seed: int
    always_on: bool = False

    def measured(self, time: I64, faults: tuple[Fault, ...]) -> dict[Key, F64]:
        """What each sensor measures, before its transmitter rounds it.

        Args:
            time: int64 [n], ns UTC.
            faults: what is wrong.
        """
        process = time - ORIGIN
        state, since, rested = self._state(process)
        running = state == RUNNING
        on = np.where(running, -np.expm1(-since / FLOW_RISE), np.exp(-since / FLOW_RISE))
        left = np.exp(-rested / OZONE_DECAY)
        made = np.where(
            running, 1 - (1 - left) * np.exp(-since / OZONE_RISE), left * np.exp(-since / OZONE_DECAY)
        )
        contact = made * (OZONE_CONTACT + 0.010 * self._wander(process, 1, 10 * MINUTE))
        filler = OZONE_LEFT * contact + 0.006 * self._wander(process, 2, 4 * MINUTE)
        flow = on * (FLOW + 0.2 * self._wander(process, 3, 5 * MINUTE))
        pressure = PRESSURE_IDLE + on * (PRESSURE - PRESSURE_IDLE + 3 * self._wander(process, 4, 3 * MINUTE))
        of_day = 2 * np.pi * (process % DAY) / DAY
        found = {
            "o3_contact": self._low(contact, time, "o3_contact", faults) + 0.006 * self._flutter(time, 11),
            "o3_filler": self._low(filler, time, "o3_filler", faults) + 0.006 * self._flutter(time, 12),
            "sample_flow": (running | (state == CHANGEOVER)).astype(np.float64),
            "flow": flow + on * 0.08 * self._flutter(time, 13),
            "water_temp": TEMPERATURE + 0.8 * np.sin(of_day) + 0.1 * self._flutter(time, 14),
            "vessel_pressure": pressure + 1.2 * self._flutter(time, 15),
            "mixer": running.astype(np.float64),
            "uv": UV_INTENSITY + 0.25 * self._wander(process, 5, HOUR) + 0.1 * self._flutter(time, 16),
            "uvt": UV_TRANSMITTANCE
            + 0.5 * self._wander(process, 6, 2 * HOUR)
            + 0.15 * self._flutter(time, 17),
            "filler_state": state.astype(np.float64),
            "bottle_counter": self._bottles(process),
        }
        found["o3_contact"] = np.maximum(found["o3_contact"], 0.0)
        found["o3_filler"] = np.maximum(found["o3_filler"], 0.0)
        return {signal.key: found[signal.sensor] for signal in SIGNALS}

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What it measures."""
        return SIGNALS

    def texts(self, start: int, end: int) -> list[Text]:
        """Product and lot that begin in a span, ns UTC; before them those that held when it began."""
        starts = self._lots(start, end)
        held = [each for each in starts if each[0] <= start]
        found = []
        for at, product, lot in held[-1:] + [each for each in starts if start < each[0] < end]:
            found += [Text(at, "filler_product", product), Text(at, "filler_lot", lot)]
        return found

    def _lots(self, start: int, end: int) -> list[tuple[int, str, str]]:
        """When which product and lot begin, from some time before the span on."""
        found = []
        if self.always_on:
            for number in range((start - ORIGIN) // _LOT_ALWAYS_ON, -((ORIGIN - end) // _LOT_ALWAYS_ON)):
                at = ORIGIN + number * _LOT_ALWAYS_ON
                product, shift = _SHIFTS[number % 2]
                of_day = (at - local_day(at)) // _LOT_ALWAYS_ON + 1
                found.append((at, product, f"W{date_text(at)}-{of_day}{shift}"))
            return found
        for day in range((start - ORIGIN + LOCAL) // DAY - 2, (end - ORIGIN + LOCAL) // DAY + 1):
            if (day + _FIRST_WEEKDAY) % 7 != _SUNDAY:
                midnight = ORIGIN + day * DAY - LOCAL
                for (opens, _), (product, shift) in zip((CALENDAR[2], CALENDAR[4]), _SHIFTS, strict=True):
                    found.append((midnight + opens, product, f"W{date_text(midnight)}-{shift}"))
        return found

    def _state(self, process: I64) -> tuple[I64, I64, I64]:
        """State codes; for how long each has held, ns; and how long the line had rested before it began, ns."""
        if self.always_on:
            return tuple(np.full(len(process), each, np.int64) for each in (RUNNING, DAY, 0))  # type: ignore[return-value]
        day, of_day = np.divmod(process + LOCAL, DAY)
        opens = np.array([at for at, _ in CALENDAR], np.int64)
        slot = np.searchsorted(opens, of_day, side="right") - 1
        state = np.array([code for _, code in CALENDAR], np.int64)[slot]
        sunday = (day + _FIRST_WEEKDAY) % 7 == _SUNDAY
        slot[sunday] = 0
        return np.where(sunday, STOPPED, state), of_day - opens[slot], np.array(_RESTED, np.int64)[slot]

    def _bottles(self, process: I64) -> F64:
        """Bottles since `ORIGIN`; the counter keeps its number when the line stands still."""
        ran = process
        if not self.always_on:
            day, of_day = np.divmod(process + LOCAL, DAY)
            spans = [(at, later) for (at, code), (later, _) in pairwise(CALENDAR) if code == RUNNING]
            today = sum((np.clip(of_day - at, 0, later - at) for at, later in spans), np.zeros_like(day))
            today[(day + _FIRST_WEEKDAY) % 7 == _SUNDAY] = 0
            worked = day - (day + _FIRST_WEEKDAY) // 7
            ran = worked * sum(later - at for at, later in spans) + today
        return np.asarray(ran // MS * BOTTLES_PER_HOUR // (HOUR // MS), np.float64)

    def _low(self, ozone: F64, time: I64, sensor: str, faults: tuple[Fault, ...]) -> F64:
        for fault in faults:
            if fault.kind == "low_ozone" and fault.sensor in ("", sensor):
                lost = _share(time, fault)
                ozone = np.minimum(ozone, ozone * (1 - lost) + fault.by * lost)
        return ozone

    def _wander(self, process: I64, stream: int, every: int) -> F64:
        return wander(self.seed, process, stream=stream, every=every)

    def _flutter(self, time: I64, stream: int) -> F64:
        return flutter(self.seed, time, stream=stream)


def _share(time: I64, fault: Fault) -> F64:
    """How much of a fault has come about: 0 before, towards 1 while it lasts, back to 0 afterwards."""
    rising = -np.expm1(-np.clip(time - fault.start, 0, fault.end - fault.start) / ANALYSER_LAG)
    falling = np.exp(-np.clip(time - fault.end, 0, DAY) / ANALYSER_LAG)
    return np.asarray(rising * falling, np.float64)
