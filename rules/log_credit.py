"""Log inactivation credited for a contact, by a published table or by its equation, at the coldest that the water was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Literal

from readings.units import Unit, convert, unit_named
from rules.contact import Contact, Inside, amounts_to
from rules.lethal_rate import Law
from rules.parcels import FINER, Ends, Parcel, ParcelDerivation
from rules.published_table import ContactEquation, ContactTable
from rules.windows import MOST, Ready, Windows

_DEG_C = unit_named("degC")


@lru_cache(maxsize=4096)
def log_credit(
    by: ContactTable | ContactEquation,
    celsius: Fraction,
    contact: int,
    rounded: Literal["down", "up"] = "down",
) -> int:
    """Thousandths of a log.

    By a table the next colder column counts, never anything in between; what the table does not say earns nothing.

    Args:
        by: what credits it.
        celsius: of the water.
        contact: thousandths of a mg.min/L.
        rounded: to a whole thousandth.
    """
    whole = floor if rounded == "down" else ceil
    most = int(by.logs * 1000)
    if isinstance(by, ContactEquation):
        base = Law(Fraction(0), Fraction(1), by.base).rate(min(celsius, by.hottest))
        return min(whole(Fraction(Decimal(base)) * by.factor * contact), most)
    needed = by.contact(celsius)
    if needed is None:
        return 0
    if contact >= needed * 1000:
        return most
    return whole(by.logs * contact / needed) if by.in_part else 0


@dataclass(frozen=True, slots=True)
class LogDerivation(ParcelDerivation):
    """From concentration, flow and temperature of each window, what the water leaving in it is credited with.

    Attributes:
        contact: the vessel.
        by: table or equation.
        unit: of the temperature.
        step: of the temperature.
        colder: steps by which the temperature is guarded.
    """

    contact: Contact
    by: ContactTable | ContactEquation
    unit: Unit
    step: Fraction
    colder: int

    @property
    def enough(self) -> int:
        """As the vessel has it."""
        return self.contact.enough

    @property
    def slowest(self) -> tuple[Fraction, int]:
        """Of the vessel."""
        return self.contact.volume, self.contact.more

    def parcels(self, memory: Windows, ready: Sequence[Ready]) -> list[Parcel]:
        """Thousandths of a log; none where flow or temperature is not known far enough back."""
        windows = [window for window, _ in ready]
        inside = Inside.of(self.contact, memory.inputs[1], self.needs[1], windows, self.over)
        credit, vessel = self.contact.credit, self.contact.volume
        found = []
        for (window, parts), likely, longest in zip(ready, inside.likely, inside.longest, strict=True):
            elapsed, whole = inside.fastest.shortest(vessel, window, self.over)
            least = max(parts[0][0] - self.contact.less, 0)
            water = self._water(memory, window, elapsed if least else 0)
            if water is None:
                continue
            contact = credit.numerator * elapsed * least // credit.denominator
            low = log_credit(self.by, self._celsius(water.least - self.colder), contact)
            if least and not whole and low < self.contact.enough:
                continue
            ozone, best, high = Ends.of(parts[0]), None, None
            if likely is not None and (water := self._water(memory, window, likely)) is not None:
                contact = amounts_to(credit / FINER, likely, ozone.mean)
                best = log_credit(self.by, self._celsius(Fraction(water.mean, FINER)), contact)
            if longest is not None and (water := self._water(memory, window, longest)) is not None:
                contact = amounts_to(credit, longest, ozone.greatest + self.contact.less)
                high = log_credit(self.by, self._celsius(water.greatest + self.colder), contact, "up")
            found.append(Parcel(window, low, best, high))
        return found

    def _celsius(self, steps: int | Fraction) -> Fraction:
        return convert(steps * self.step, self.unit, _DEG_C)

    def _water(self, memory: Windows, last: int, elapsed: int) -> Ends | None:
        """The temperature over the windows in which the water was inside; None where one is not known."""
        parts, first = memory.inputs[2], last - -(-elapsed // self.over)
        mine = [parts.get(window, (0, 0, 0, 0)) for window in range(max(first, last - MOST), last + 1)]
        if any(part[-1] < self.needs[2] for part in mine):
            return None
        least, total, greatest, count = zip(*mine, strict=True)
        return Ends.of((min(least), sum(total), max(greatest), sum(count)))
