"""Log inactivation credited for a contact, by a published table or by its equation, at the coldest that the water was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import ClassVar

from readings.units import Unit, convert, unit_named
from rules.contact import Contact, Passed
from rules.lethal_rate import Law
from rules.published_table import ContactEquation, ContactTable
from rules.windows import MOST, Part, WindowDerivation, Windows

_DEG_C = unit_named("degC")


@lru_cache(maxsize=4096)
def log_credit(by: ContactTable | ContactEquation, celsius: Fraction, contact: int) -> int:
    """Thousandths of a log, rounded down.

    By a table the next colder column counts, never anything in between; what the table does not say earns nothing.

    Args:
        by: what credits it.
        celsius: of the water.
        contact: thousandths of a mg.min/L.
    """
    most = int(by.logs * 1000)
    if isinstance(by, ContactEquation):
        base = Law(Fraction(0), Fraction(1), by.base).rate(min(celsius, by.hottest))
        return min(floor(Fraction(Decimal(base)) * by.factor * contact), most)
    needed = by.contact(celsius)
    if needed is None:
        return 0
    if contact >= needed * 1000:
        return most
    return floor(by.logs * contact / needed) if by.in_part else 0


@dataclass(frozen=True, slots=True)
class LogDerivation(WindowDerivation):
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
    reduce: ClassVar[tuple[str, ...]] = ("least", "greatest", "least")
    back: ClassVar[tuple[int, ...]] = (0, MOST, MOST)

    def values(self, memory: Windows, ready: Sequence[tuple[int, Sequence[Part]]]) -> list[tuple[int, int]]:
        """Thousandths of a log; none where flow or temperature is not known far enough back."""
        passed = Passed(memory.inputs[1], self.needs[1], self.contact.more) if ready else None
        found = []
        for window, parts in ready:
            assert passed is not None
            elapsed, whole = passed.shortest(self.contact, window, self.over)
            coldest = self._coldest(memory, window, window - -(-elapsed // self.over))
            if coldest is None:
                continue
            credit, least = self.contact.credit, max(parts[0][0] - self.contact.less, 0)
            contact = credit.numerator * elapsed * least // credit.denominator
            celsius = convert((coldest - self.colder) * self.step, self.unit, _DEG_C)
            value = log_credit(self.by, celsius, contact)
            if whole or value >= self.contact.enough:
                found.append((window, value))
        return found

    def _coldest(self, memory: Windows, last: int, first: int) -> int | None:
        """The least step of the windows in which the water was inside; None where one is not known."""
        parts = memory.inputs[2]
        steps = [parts.get(window, (0, 0)) for window in range(max(first, last - MOST), last + 1)]
        return min(step for step, _ in steps) if all(count >= self.needs[2] for _, count in steps) else None
