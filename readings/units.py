"""Units of the field, converted exactly or refused.

A unit is a dimension with an exact factor and offset to the dimension's first unit. Dimensions keep apart what
must not be mixed: a temperature and a temperature difference, gauge and absolute pressure, a mass concentration
and a mass ratio.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from readings.errors import UnitError
from readings.spellings import misread, spelt


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `value * factor + offset` is the value in the dimension's first unit.

    Attributes:
        name: as written in plans.
        dimension: what it measures.
        factor: exact.
        offset: exact; only temperatures and pressures have one.
    """

    name: str
    dimension: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


_TABLE: dict[str, dict[str, tuple[str, str]]] = {
    # dimension: {unit: (factor, offset)} to the first one named
    "temperature": {"degC": ("1", "0"), "degF": ("5/9", "-160/9"), "kelvin": ("1", "-273.15")},
    "temperature difference": {"K": ("1", "0"), "delta_degF": ("5/9", "0")},
    "time": {
        "s": ("1", "0"),
        "ms": ("1/1000", "0"),
        "min": ("60", "0"),
        "h": ("3600", "0"),
        "d": ("86400", "0"),
    },
    "mass concentration": {
        "mg/L": ("1", "0"),
        "ug/L": ("1/1000", "0"),
        "g/L": ("1000", "0"),
        "g/m3": ("1", "0"),
        "mg/m3": ("1/1000", "0"),
    },
    "mass ratio": {"ppm": ("1", "0"), "ppb": ("1/1000", "0"), "mg/kg": ("1", "0"), "g/kg": ("1000", "0")},
    "exposure (concentration x time)": {"mg.min/L": ("1", "0"), "mg.s/L": ("1/60", "0")},
    "degree-time": {"K.min": ("1", "0"), "K.h": ("60", "0"), "K.s": ("1/60", "0")},
    "irradiance": {"mW/cm2": ("1", "0"), "W/m2": ("1/10", "0"), "uW/cm2": ("1/1000", "0")},
    "radiant exposure": {
        "mJ/cm2": ("1", "0"),
        "mW.s/cm2": ("1", "0"),
        "uW.s/cm2": ("1/1000", "0"),
        "J/m2": ("1/10", "0"),
        "J/cm2": ("1000", "0"),
    },
    "gauge pressure": {
        "kPa": ("1", "0"),
        "Pa": ("1/1000", "0"),
        "MPa": ("1000", "0"),
        "bar": ("100", "0"),
        "mbar": ("1/10", "0"),
        "kgf/cm2": ("98.0665", "0"),
        "psi": ("8896443230521/1290320000000", "0"),  # 0.45359237 kg x 9.80665 m/s2 / (0.0254 m)2
    },
    "absolute pressure": {
        "kPa_abs": ("1", "0"),
        "Pa_abs": ("1/1000", "0"),
        "MPa_abs": ("1000", "0"),
        "bar_abs": ("100", "0"),
        "mbar_abs": ("1/10", "0"),
        "psi_abs": ("8896443230521/1290320000000", "0"),
    },
    "flow": {
        "m3/h": ("1", "0"),
        "L/min": ("3/50", "0"),
        "L/s": ("18/5", "0"),
        "L/h": ("1/1000", "0"),
        "mL/min": ("3/50000", "0"),
    },
    "volume": {"m3": ("1", "0"), "L": ("1/1000", "0"), "mL": ("1/1000000", "0")},
    "mass": {"g": ("1", "0"), "kg": ("1000", "0"), "mg": ("1/1000", "0"), "t": ("1000000", "0")},
    "mass flow": {"kg/h": ("1", "0"), "t/h": ("1000", "0"), "kg/min": ("60", "0")},
    "length": {"mm": ("1", "0"), "cm": ("10", "0"), "m": ("1000", "0"), "um": ("1/1000", "0")},
    "speed": {"m/s": ("1", "0"), "m/min": ("1/60", "0")},
    "frequency": {"Hz": ("1", "0"), "rpm": ("1/60", "0")},
    "current": {"mA": ("1", "0"), "A": ("1000", "0")},
    "voltage": {"V": ("1", "0"), "mV": ("1/1000", "0")},
    "power": {"kW": ("1", "0"), "W": ("1/1000", "0")},
    "energy": {"kWh": ("1", "0"), "Wh": ("1/1000", "0"), "MJ": ("5/18", "0")},
    "conductivity": {"uS/cm": ("1", "0"), "mS/cm": ("1000", "0")},
    "ratio": {"percent": ("1", "0"), "%": ("1", "0"), "one": ("100", "0")},
    "acidity": {"pH": ("1", "0")},
    "log reduction": {"log": ("1", "0")},
    "pasteurisation": {"PU": ("1", "0")},
    "organisms per volume": {"CFU/mL": ("1", "0"), "CFU/100mL": ("1/100", "0"), "CFU/L": ("1/1000", "0")},
    "organisms per mass": {"CFU/g": ("1", "0")},
    "turbidity": {"NTU": ("1", "0"), "FNU": ("1", "0")},
    "truth": {"bool": ("1", "0")},
    "count": {"count": ("1", "0")},
    "code": {"code": ("1", "0")},
    "rule of a control chart": {"rule": ("1", "0")},
    "text": {"text": ("1", "0")},
    "event": {"event": ("1", "0")},
}

UNITS: dict[str, Unit] = {
    name: Unit(name, dimension, Fraction(factor), Fraction(offset))
    for dimension, units in _TABLE.items()
    for name, (factor, offset) in units.items()
}

_MEANT = {
    "C": "degC",
    "F": "degF",
    "Celsius": "degC",
    "deg C": "degC",
    "deg F": "degF",
    "度": "degC",
    "sec": "s",
    "hr": "h",
    "day": "d",
    "分": "min",
    "log10": "log",
    "kg/cm2": "kgf/cm2",
    "公斤压力": "kgf/cm2",
    "lpm": "L/min",
    "RH": "percent",
    "%RH": "percent",
    "degC.min": "K.min",
    "degC.h": "K.h",
    "degC.s": "K.s",
}
_SOME = "degC, K, mg/L, kPa, m3/h, percent, bool, code"
_WHY_REFUSED = {
    frozenset({"temperature", "temperature difference"}): "a temperature difference is not a temperature",
    frozenset(
        {"gauge pressure", "absolute pressure"}
    ): "gauge and absolute pressure differ by the atmosphere of the day",
    frozenset({"mass concentration", "mass ratio"}): (
        "ppm is a mass ratio; it equals mg/L only at a density of 1 kg/L, so for dilute water write mg/L,"
        " for brine or syrup what the instrument is calibrated in"
    ),
    frozenset({"irradiance", "radiant exposure"}): "a dose is an irradiance times a time",
    frozenset(
        {"mass concentration", "exposure (concentration x time)"}
    ): "a contact is a concentration times a time",
    frozenset({"flow", "mass flow"}): "a mass flow is no volume flow: the density lies between them",
    frozenset({"volume", "mass"}): "a mass is no volume: the density lies between them",
    frozenset(
        {"ratio", "mass ratio"}
    ): "a percentage does not say of what: of mass, of volume, of full scale",
    frozenset({"degree-time", "temperature"}): "degrees above a limit times a time are no temperature",
    frozenset(
        {"organisms per volume", "organisms per mass"}
    ): "per volume is not per mass: the density lies between them",
    frozenset(
        {"log reduction", "organisms per volume"}
    ): "a reduction says how many of how many, not how many remain",
}
_UNCHANGING = {"time", "truth", "code", "rule of a control chart", "text", "event"}
_QUANTITY = re.compile(r"\s*([+-]?\d{1,12}(?:\.\d{1,9})?)\s*([^\s\d].*?)\s*", re.ASCII)


def unit_named(name: str) -> Unit:
    """The unit of this name, or of another spelling that can mean it only: see `readings.spellings`.

    How fast something changes is its unit per time: `K/min`, `mg/L/h`, `count/min`.

    Raises:
        UnitError: unknown; the message names what may have been meant.
    """
    found = UNITS.get(name) or UNITS.get(spelt(name)) or _per_time(spelt(name))
    if found is None:
        alike = {known.lower(): known for known in UNITS}
        meant = (
            _MEANT.get(name)
            or alike.get(name.lower())
            or next(iter(difflib.get_close_matches(name, UNITS, 1, 0.5)), None)
        )
        hint = f"; did you mean {meant}?" if meant else f"; there are {_SOME}, and others in the docs"
        raise UnitError(f"no unit named {name!r}{hint}")
    return found


def _per_time(name: str) -> Unit | None:
    """The unit of how fast a quantity changes; None where the name is no unit over a time."""
    of, _, over = name.rpartition("/")
    measured, time = UNITS.get(of) or UNITS.get(spelt(of)), UNITS.get(over)
    if measured is None or time is None or time.dimension != "time" or measured.dimension in _UNCHANGING:
        return None
    if measured.dimension == "temperature":
        difference = "delta_degF" if measured.name == "degF" else "K"
        raise UnitError(f"a temperature difference is not a temperature: write {difference}/{over}")
    return Unit(
        f"{measured.name}/{time.name}", f"{measured.dimension} per time", measured.factor / time.factor
    )


def conversion(source: Unit, target: Unit) -> tuple[Fraction, Fraction]:
    """Exact (factor, offset) such that `value * factor + offset` is in the target unit.

    Raises:
        UnitError: the two do not measure the same thing; the message says why.
    """
    if source.dimension != target.dimension:
        why = _WHY_REFUSED.get(
            frozenset({source.dimension, target.dimension}),
            f"{source.name} measures {source.dimension}, {target.name} measures {target.dimension}",
        )
        raise UnitError(f"{source.name} cannot become {target.name}: {why}")
    return source.factor / target.factor, (source.offset - target.offset) / target.factor


def convert(value: Fraction, source: Unit, target: Unit) -> Fraction:
    """The value in the target unit, exactly.

    Raises:
        UnitError: the two do not measure the same thing.
    """
    factor, offset = conversion(source, target)
    return value * factor + offset


def parse_quantity(text: str) -> tuple[Fraction, Unit]:
    """Exact value and unit of a text such as `-18.0 degC` or `60 min`.

    Raises:
        UnitError: no number with a unit behind it.
    """
    match = _QUANTITY.fullmatch(text)
    wrong = misread(text)
    if wrong is not None:
        raise UnitError(f"{text!r} {wrong}")
    if match is None:
        raise UnitError(f"{text!r} is not a quantity; write a number and its unit, such as -18.0 degC")
    return Fraction(Decimal(match[1])), unit_named(match[2])


def decimal_text(value: Fraction) -> str:
    """A fraction as a decimal: exact where it ends, else to 12 places."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    for places in range(13):
        scaled = value * 10**places
        if scaled.denominator == 1:
            break
    digits = f"{round(value * 10**places):0{places + 1}d}"
    return sign + (digits if not places else f"{digits[:-places]}.{digits[-places:]}")
