"""A hazard that is named, and that the limit cannot control by published numbers."""

from __future__ import annotations

import re
from fractions import Fraction

from readings.errors import UnitError
from readings.units import decimal_text, unit_named
from rules.limit import Limit
from rules.linting import Placed, Rule, Said, Subject
from rules.plan import Sensor
from rules.published import CONTACTS, DOSES
from rules.strict_yaml import Path

_NAMED = {
    "virus": re.compile(r"virus|viral|病毒", re.IGNORECASE),
    "giardia": re.compile(r"giardia|贾第", re.IGNORECASE),
    "cryptosporidium": re.compile(r"cryptosporid|隐孢", re.IGNORECASE),
    "listeria": re.compile(r"listeria|李斯特|单增", re.IGNORECASE),
    "botulinum": re.compile(r"botulin|肉毒", re.IGNORECASE),
}
_ASKED = {"virus": 4, "giardia": 3, "cryptosporidium": 2}  # log, of surface water: 40 CFR 141.72, 141.711
_OZONE = re.compile(r"ozone|\bo3|臭氧", re.IGNORECASE)
_CRYPTOSPORIDIUM_OZONE = Fraction(
    "4.9"
)  # mg.min/L for 2 log at 25 degC: log = 0.0397 x 1.09757^T x CT, LT2ESWTR
_HEAT = {
    # organism: (reference degC, minutes there, who says so)
    "botulinum": (Fraction("121.1"), 3, "the botulinum cook is F0 3 min at 121.1 degC"),
    "listeria": (
        Fraction(70),
        2,
        "six log of Listeria monocytogenes ask 70 degC for 2 min (Mackey and Bratchell 1989)",
    ),
}
_NEAR = Fraction(1, 2)  # K, so near to the reference the numbers compare


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        if placed.rank not in ("critical", "supporting"):
            continue
        for hazard in _hazards(placed):
            said = _judged(placed.limit, placed.sensor, hazard)
            if said is not None:
                yield (*placed.path, *said[0]), said[1]


def _hazards(placed: Placed) -> list[str]:
    text = " ".join(word for hazard in placed.point.hazards for word in hazard.values())
    return [name for name, pattern in _NAMED.items() if pattern.search(text)]


def _judged(limit: Limit, sensor: Sensor, hazard: str) -> tuple[Path, str] | None:
    if limit.kind == "uv_dose" and hazard in _ASKED:
        return _dose(limit, hazard)
    if limit.kind == "contact_time" and hazard in _ASKED and _OZONE.search(f"{limit.of} {sensor.name or ''}"):
        return _contact(limit, hazard)
    if limit.kind == "lethality" and hazard in _HEAT:
        return _heat(limit, hazard)
    return None


def _dose(limit: Limit, hazard: str) -> tuple[Path, str] | None:
    delivers = getattr(limit, "delivers", None)
    table = DOSES.get(f"lt2_{hazard}")
    if delivers is None or table is None:
        return None
    dose = delivers.in_unit(unit_named("mJ/cm2"))
    credited, asked = table.logs(dose), _ASKED[hazard]
    needed = next((each for logs, each in table.rows if logs >= asked), None)
    if credited >= asked or needed is None:
        return None
    message = (
        f"{delivers} is credited with {decimal_text(credited)} log of {table.target}, {asked} log ask {decimal_text(needed)}"
        " mJ/cm2 (40 CFR 141.720(d)(1)): name only hazards that the limit controls"
    )
    return ("delivers",), message


def _contact(limit: Limit, hazard: str) -> tuple[Path, str] | None:
    bound = limit.at_least or limit.above
    table = CONTACTS.get(f"epa_2020_{hazard}_ozone")
    if bound is None:
        return None
    least = min(contact for _, contact in table.columns) if table is not None else _CRYPTOSPORIDIUM_OZONE
    try:
        contact = bound.in_unit(unit_named("mg.min/L"))
    except UnitError:
        return None
    if contact >= least:
        return None
    source = "EPA 815-R-20-003" if table is not None else "40 CFR 141.720(b)"
    logs = table.logs if table is not None else _ASKED[hazard]
    message = (
        f"{bound} does not control {hazard}: {logs} log ask {decimal_text(least)} mg.min/L of ozone in water of 25 degC,"
        f" and more in colder water ({source}): name only hazards that the limit controls"
    )
    return ("at_least" if limit.at_least else "above",), message


def _heat(limit: Limit, hazard: str) -> tuple[Path, str] | None:
    reference, bound = getattr(limit, "reference", None), limit.at_least or limit.above
    if reference is None or bound is None:
        return None
    asked, minutes, who = _HEAT[hazard]
    try:
        near = abs(reference.in_unit(unit_named("degC")) - asked) <= _NEAR
        less = bound.in_unit(unit_named("min")) < minutes
    except UnitError:
        return None
    if not (near and less):
        return None
    return ("at_least" if limit.at_least else "above",), f"{bound} is less than the hazard asks: {who}"


RULE = Rule("hazard-out-of-reach", "a hazard that the limit cannot control by published numbers", _find)
