"""Where the ticks of a chart stand: round numbers, round times in the site's zone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from readings.times import DAY, HOUR, MINUTE, SECOND, zone

_STEPS = (
    *(10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick: where it stands and what is written beside it; `strong` where a day begins."""

    at: float
    label: str
    strong: bool = False


def number_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Round numbers from `low` to `high`, at most so many."""
    if not high > low:
        return [Tick(low, f"{low:g}")]
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, places) != step and places < 9:
        places += 1  # 2.5 and its like
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [Tick(number * step, f"{number * step + 0.0:.{places}f}") for number in range(first, last + 1)]


def time_ticks(start: int, end: int, most: int, timezone: str) -> list[Tick]:
    """Round times of the zone from `start` to `end`, ns UTC, at most so many; the day is written where it begins."""
    step = next((each for each in _STEPS if (end - start) / each <= most), _STEPS[-1])
    local = zone(timezone)
    found: list[Tick] = []
    moment = datetime.fromtimestamp(start // SECOND, UTC).astimezone(local)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = step // SECOND
    at = midnight
    if seconds < DAY // SECOND:
        passed = int((moment - midnight).total_seconds()) // seconds * seconds
        at = midnight + timedelta(seconds=passed)
    while (ns := int(at.timestamp()) * SECOND) <= end:
        if ns >= start:
            new_day = (at.hour, at.minute, at.second) == (0, 0, 0)
            form = "%m-%d" if new_day else ("%H:%M:%S" if step < MINUTE else "%H:%M")
            found.append(Tick(ns, at.strftime(form), new_day))
        at += timedelta(seconds=seconds)  # wall time: round hours stay round when clocks change
    return found


def time_text(ns: int, timezone: str) -> str:
    """A time in the site's zone, to the minute."""
    return datetime.fromtimestamp(ns // SECOND, UTC).astimezone(zone(timezone)).strftime("%Y-%m-%d %H:%M")
