"""The guard band of a limit and the risk that is left, in plain sentences."""

from __future__ import annotations

import math

from dashboards.worksheet.kinds import GUARDS_SAID
from dashboards.worksheet.teller import Teller
from readings.units import decimal_text, unit_named
from rules.limit import Bounds, Limit, difference_of, guarded
from rules.quantities import Quantity


def guard_sentences(teller: Teller, limit: Limit) -> list[str]:
    """The guard band and the risk that is left (JCGM 106:2012, ILAC-G8:09/2019); shared risk is said too."""
    sensor = teller.plan.sensors.get(limit.of)
    if sensor is None or not sensor.uncertainty or limit.guards == "nothing":
        return []
    across = difference_of(sensor.unit)
    wide = teller.quantity(f"{decimal_text(sensor.uncertainty)} {across.name}")
    if not limit.guard:
        form = (
            "No guard band (shared risk): the uncertainty U = {wide} is left out of account. A value on the bound is beyond"
            " the limit with a probability of up to 50 %."
        )
        return [teller.say(form, wide=wide)]
    band = limit.guard * sensor.uncertainty
    width = teller.quantity(f"{decimal_text(band)} {across.name}")
    risk = f"{50 * math.erfc(math.sqrt(2) * float(limit.guard)):.2g}"
    if limit.guards == "inputs":
        said = [teller.say(_band(limit), width=width, part=decimal_text(limit.guard), wide=wide)]
        if limit.derived is not None and limit.derived.others:
            others = teller.listed(teller.sensor(name) for name in limit.derived.others)
            form = "That of {sensors} counts as well, each on the side that does harm."
            said.append(teller.say(form, sensors=others))
        return said
    tight = teller.bounds(_shown(guarded(limit.held, band, sensor.unit)))
    form = (
        "Guard band: {width} ({part} × U, U = {wide}): it is taken to hold while it is {bounds}. A value on that bound is"
        " beyond the limit with a probability of up to {risk} %."
    )
    return [teller.say(form, width=width, part=decimal_text(limit.guard), wide=wide, bounds=tight, risk=risk)]


def _band(limit: Limit) -> str:
    """What the guard band does to readings: it goes to the side that does harm."""
    if limit.kind in GUARDS_SAID:
        return GUARDS_SAID[limit.kind]
    form = "Guard band: {width} ({part} × U, U = {wide}) is taken off every reading before it counts."
    if {"at_most", "below"} & set(limit.given):
        form = "Guard band: {width} ({part} × U, U = {wide}) is added to every reading before it counts."
    return form


def _shown(bounds: Bounds) -> Bounds:
    """Bounds with as many digits as they have."""
    return Bounds(
        **{
            name: Quantity(
                value=given.value,
                unit=unit_named(given.unit.name),
                digits=len(decimal_text(given.value).partition(".")[2]),
            )
            for name in bounds.given
            if (given := getattr(bounds, name)) is not None
        }
    )
