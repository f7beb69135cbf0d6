"""A sensor that is written down more coarsely than it measures."""

from __future__ import annotations

from readings.units import decimal_text
from rules.linting import Rule, Said, Subject, sensor_path


def _find(subject: Subject) -> Said:
    for name, sensor in subject.plan.sensors.items():
        if sensor.uncertainty and sensor.step > sensor.uncertainty:
            unit = sensor.unit.name
            message = (
                f"the resolution of {decimal_text(sensor.step)} {unit} is coarser than the uncertainty of"
                f" {decimal_text(sensor.uncertainty)} {unit} that is asked: a value is judged in steps; make them finer"
            )
            yield (*sensor_path(subject.plan, name), "resolution"), message


RULE = Rule("coarse-resolution", "a sensor's resolution is coarser than the uncertainty asked of it", _find)
