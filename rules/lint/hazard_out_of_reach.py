"""A hazard that is named, and that the limit cannot control by published numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from readings.units import decimal_text, unit_named
from rules.limit import Limit
from rules.linting import Rule, Said, Subject
from rules.published import CONTACTS, DOSES, EQUATIONS
from rules.quantities import Quantity
from rules.sensor import Sensor

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
_NAME_ONLY = "name only hazards that the limit controls"
_NEAR = Fraction(1, 2)  # K, so near to the reference the numbers compare


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What one limit's numbers say of one hazard: controlled, or why not and at which key."""

    controls: bool
    key: str = ""
    why: str = ""


_Verdict = _Spoken | None
_CONTROLLED = _Spoken(controls=True)


def _find(subject: Subject) -> Said:
    for path, point in subject.points:
        text = " ".join(word for hazard in point.hazards for word in hazard.values())
        here = [
            each for each in subject.limits if each.at == path and each.rank in ("critical", "supporting")
        ]
        for hazard in (name for name, pattern in _NAMED.items() if pattern.search(text)):
            spoken = [
                (each, said)
                for each in here
                if (said := _judged(each.limit, each.sensor, hazard)) is not None
            ]
            if any(said.controls for _, said in spoken):
                continue
            for each, said in spoken:
                yield (*each.path, said.key), said.why


def _judged(limit: Limit, sensor: Sensor, hazard: str) -> _Verdict:
    if hazard in _HEAT:
        return _heat(limit, hazard) if limit.kind == "lethality" else None
    match limit.kind:
        case "uv_dose":
            return _dose(getattr(limit, "delivers", None), "delivers", hazard)
        case "uv_exposure":
            return _dose(limit.at_least or limit.above, limit.given[0], hazard)
        case "contact_time" if _OZONE.search(f"{limit.of} {sensor.name or ''}"):
            return _contact(limit, hazard)
        case "log_inactivation":
            return _credited(limit, hazard)
    return None


def _dose(dose: Quantity | None, key: str, hazard: str) -> _Verdict:
    table = DOSES.get(f"lt2_{hazard}")
    if dose is None or table is None:
        return None
    credited, asked = table.logs(dose.in_unit(unit_named("mJ/cm2"))), _ASKED[hazard]
    if credited >= asked:
        return _CONTROLLED
    needed = next(each for logs, each in table.rows if logs >= asked)
    return _Spoken(
        False,
        key,
        f"{dose} is credited with {decimal_text(credited)} log of {table.target}, {asked} log ask {decimal_text(needed)}"
        f" mJ/cm2 (40 CFR 141.720(d)(1)): {_NAME_ONLY}",
    )


def _contact(limit: Limit, hazard: str) -> _Verdict:
    bound = limit.at_least or limit.above
    table = CONTACTS.get(f"epa_2020_{hazard}_ozone")
    if bound is None:
        return None
    least = min(contact for _, contact in table.columns) if table is not None else _CRYPTOSPORIDIUM_OZONE
    contact = bound.in_unit(unit_named("mg.min/L"))
    if contact >= least:  # the warmest water; in the coldest of the table it is certain
        coldest = max((contact for _, contact in table.columns), default=None) if table is not None else None
        return _CONTROLLED if coldest is not None and contact >= coldest else None
    source = "EPA 815-R-20-003" if table is not None else "40 CFR 141.720(b)"
    logs = table.logs if table is not None else _ASKED[hazard]
    return _Spoken(
        False,
        limit.given[0],
        f"{bound} does not control {hazard}: {logs} log ask {decimal_text(least)} mg.min/L of ozone in water of 25 degC,"
        f" and more in colder water ({source}): {_NAME_ONLY}",
    )


def _credited(limit: Limit, hazard: str) -> _Verdict:
    """By its own table, which is one organism's."""
    by = getattr(limit, "by", "")
    table = CONTACTS.get(by) or EQUATIONS.get(by)
    if table is None or _NAMED[hazard].search(table.target):
        return _CONTROLLED
    return _Spoken(
        False,
        "by",
        f"{by} credits {table.target}, not {hazard}: {_NAME_ONLY}, or add a limit by its own table",
    )


def _heat(limit: Limit, hazard: str) -> _Verdict:
    reference, bound = getattr(limit, "reference", None), limit.at_least or limit.above
    if reference is None or bound is None:
        return None
    asked, minutes, who = _HEAT[hazard]
    if abs(reference.in_unit(unit_named("degC")) - asked) > _NEAR:
        return None
    if bound.in_unit(unit_named("min")) >= minutes:
        return _CONTROLLED
    return _Spoken(False, limit.given[0], f"{bound} is less than the hazard asks: {who}")


RULE = Rule("hazard-out-of-reach", "a hazard that the limit cannot control by published numbers", _find)
