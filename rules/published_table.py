"""What a published table is: its numbers, who published them where, and who saw them there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from readings.times import MINUTE
from readings.units import Unit, convert, unit_named

_DEG_C = unit_named("degC")


@dataclass(frozen=True, slots=True)
class Published:
    """Where numbers come from.

    Attributes:
        name: as a plan names it; the edition is in it where editions differ.
        source: document and clause.
        edition: of the document.
        seen: in which text the numbers were seen when they were typed in. Recalled numbers are not shipped.
    """

    name: str
    source: str
    edition: str
    seen: str


@dataclass(frozen=True, slots=True)
class DwellRow:
    """So long at or above a temperature.

    Attributes:
        fahrenheit: as printed.
        celsius: as printed beside it, rounded by the publisher.
        lasts: ns.
    """

    fahrenheit: Fraction
    celsius: Fraction
    lasts: int

    def temperature(self, unit: Unit) -> Fraction:
        """The least temperature that meets the row, in the unit of a sensor.

        In degF it is the one printed. In degC it is the stricter of the two: 161 degF, printed as 72 degC, asks for 72.0;
        130 degF, printed as 54 degC, asks for 54.44.
        """
        exact = convert(self.fahrenheit, unit_named("degF"), unit)
        return exact if unit.name == "degF" else max(exact, convert(self.celsius, _DEG_C, unit))


@dataclass(frozen=True, slots=True)
class DwellTable(Published):
    """Times at temperature of which any one suffices; the hotter the row, the shorter its time."""

    rows: tuple[DwellRow, ...]


@dataclass(frozen=True, slots=True)
class ContactTable(Published):
    """Contact (C x T) for a log inactivation, by water temperature.

    Attributes:
        target: what is inactivated.
        logs: the inactivation that the contacts of the table give; more is not credited.
        columns: (degC, mg.min/L); water colder than the first column has none.
        in_part: the clause by which a part of the contact earns that part of the inactivation; empty where it earns none.
    """

    target: str
    logs: Fraction
    columns: tuple[tuple[Fraction, Fraction], ...]
    in_part: str

    def contact(self, celsius: Fraction) -> Fraction | None:
        """The contact for water of a temperature, by the next colder column; None where the table has none."""
        found = [contact for column, contact in self.columns if column <= celsius]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class ContactEquation(Published):
    """Log inactivation = factor x base ** T x contact, T in degC, contact in mg.min/L: fitted to a table, not the table.

    Attributes:
        target: what is inactivated.
        logs: more is not credited.
        factor: by which a contact at 0 degC is multiplied.
        base: a degree more makes it so many times as much.
        hottest: water above counts as this, degC.
    """

    target: str
    logs: Fraction
    factor: Fraction
    base: Fraction
    hottest: Fraction


@dataclass(frozen=True, slots=True)
class DoseTable(Published):
    """UV dose for a log inactivation.

    Attributes:
        target: what is inactivated.
        rows: (log inactivation, mJ/cm2).
    """

    target: str
    rows: tuple[tuple[Fraction, Fraction], ...]

    def logs(self, dose: Fraction) -> Fraction:
        """The inactivation credited for a dose in mJ/cm2: of the greatest row that it reaches, 0 if none."""
        return max((logs for logs, needed in self.rows if needed <= dose), default=Fraction(0))


@dataclass(frozen=True, slots=True)
class CoolingStage:
    """From a temperature down to another in a time.

    Attributes:
        begins, ends: degF, as printed.
        within: ns.
        total: the time counts from the beginning of the first stage; else from that of this one.
    """

    begins: Fraction
    ends: Fraction
    within: int
    total: bool


@dataclass(frozen=True, slots=True)
class CoolingScheme(Published):
    """The stages of a cooling curve, all of which must be kept."""

    stages: tuple[CoolingStage, ...]


def dwell_rows(*rows: tuple[int | str, int | str, str]) -> tuple[DwellRow, ...]:
    """Rows from (degF, degC, seconds), each as printed."""
    return tuple(
        DwellRow(Fraction(hot), Fraction(celsius), int(Fraction(seconds) * MINUTE / 60))
        for hot, celsius, seconds in rows
    )


def cooling_stages(*stages: tuple[int, int, int, bool]) -> tuple[CoolingStage, ...]:
    """Stages from (degF, degF, minutes, whether from the beginning of the first)."""
    return tuple(
        CoolingStage(Fraction(begins), Fraction(ends), minutes * MINUTE, total)
        for begins, ends, minutes, total in stages
    )
