"""Channels that cannot give what the plan wants are found before a device is asked, with their place."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from gateway.channel_check import misfits
from gateway.profiles.library import Library
from gateway.settings import Sources
from readings.inputs import Series
from readings.units import unit_named

AIR = {"reads": "cold-3/air/1", "at": "holding 0", "type": "int16", "unit": "degC"}
DOOR = {"reads": "cold-3/door", "at": "coil 3", "type": "bool", "unit": "bool"}
UNITS = {Series("cold-3", "air"): unit_named("degC"), Series("cold-3", "door"): unit_named("bool")}


def told(**settings: Any) -> list[tuple[tuple[str | int, ...], str]]:
    source = {"name": "hall", "modbus": "tcp://10.0.0.5", **settings}
    (parsed,) = TypeAdapter(Sources).validate_python([source])
    return [(place, str(error)) for place, error in misfits(parsed, UNITS, Library())]


def test_what_fits_is_not_told() -> None:
    """A temperature in degrees Fahrenheit can become one in Celsius; a series that no plan has is told elsewhere."""
    wind = {**AIR, "reads": "cold-3/wind", "unit": "bar"}
    assert told(channels=[{**AIR, "unit": "degF"}, DOOR, wind]) == []


def test_each_unit_that_cannot_become_the_plans_is_told_with_its_place() -> None:
    """A channel of the source, one of a second device, and a value of a profile: a probe in degC is no door."""
    ((place, why),) = told(channels=[DOOR, {**AIR, "unit": "bar"}])
    assert place == ("channels", 1, "unit")
    assert why == (
        "source hall, holding 0 for cold-3/air: bar cannot become degC: bar measures gauge pressure, degC measures "
        "temperature"
    )
    second = {"unit": 2, "channels": [{**AIR, "unit": "percent"}]}
    ((place, why),) = told(devices=[{"unit": 1, "channels": [DOOR]}, second])
    assert place == ("devices", 1, "channels", 0, "unit")
    assert why.startswith("source hall unit 2, holding 0 for cold-3/air: percent cannot become degC")
    ((place, why),) = told(profile="carel-ir33", reads={"probe_1": "cold-3/door"})
    assert place == ("reads", "probe_1", "unit")
    assert "degC cannot become bool" in why


def test_what_is_never_asked_is_told_of_the_device() -> None:
    """A value in a hole, and one longer than the 3 registers that its device gives at once."""
    assert told(channels=[AIR, DOOR], holes=["holding 0 to 2"]) == [
        ((), "source hall: holding 0 is read, and holding 0 to 2 is a hole that is never asked")
    ]
    ((place, why),) = told(devices=[{"channels": [{**AIR, "type": "float64"}], "block": 3}])
    assert place == ("devices", 0)
    assert "holding 0 to 3 is one value, longer than the 3 registers of a request" in why


def test_a_profile_that_there_is_not_is_told_elsewhere() -> None:
    """Nothing is told twice, and the channels beside it are still held against the plan."""
    assert told(profile="nope", reads={"probe_1": "cold-3/air"}) == []
    ((place, _),) = told(profile="nope", reads={"probe_1": "cold-3/door"}, channels=[{**AIR, "unit": "bar"}])
    assert place == ("channels", 0, "unit")
