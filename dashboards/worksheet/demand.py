"""What a limit asks, as its kind says it."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

from dashboards.worksheet.kinds import KINDS_SAID, OTHERWISE
from dashboards.worksheet.teller import BOUNDS, Teller
from rules.limit import Limit


def demand(teller: Teller, limit: Limit) -> tuple[list[str], set[str]]:
    """What must hold, as its kind says it, and the keys that are told; keys that no sentence speaks of are told by name."""
    sensor = teller.plan.sensors.get(limit.of)
    signal = sensor is not None and sensor.unit.dimension == "truth"
    own = _own(limit)
    asked = limit.of in teller.plan.by_hand
    values = {
        key: teller.truth(value, answered=asked)
        if signal and isinstance(value, bool)
        else teller.value(value)
        for key, value in own.items()
        if value not in (None, "0 s", [])
    }
    values |= {"kind": teller.key(limit.kind), "of": teller.sensor(limit.of)}
    values |= {name: teller.quantity(bound) for name in BOUNDS if (bound := getattr(limit, name)) is not None}
    if limit.given:
        values["bounds"] = teller.bounds(limit)
    if signal and limit.given:
        on = limit.given[0] in ("at_least", "above")
        values["bounds"] = teller.truth(on, answered=asked)
    if limit.states:
        values["during"] = teller.listed(teller.phrase(each) for each in limit.states)
    said, used = [], set()
    for group in KINDS_SAID.get(limit.kind, OTHERWISE):
        for form in group:
            keys = {name for _, name, _, _ in string.Formatter().parse(form) if name}
            if keys <= set(values):
                said.append(teller.say(form, **values))
                used |= keys
                break
    rest = [key for key in own if key in values and key not in used]
    said += [
        teller.say("{label}: {value}.", label=teller.key(key).capitalize(), value=values[key]) for key in rest
    ]
    return [each for each in said if each], used


def _own(limit: Limit) -> dict[str, Any]:
    """What the limit says under the keys of its kind, as texts; keys inside keys are joined: `setpoint_flow_at_most`."""
    said = limit.model_dump(mode="json", by_alias=True)
    common = {field.alias or name for name, field in Limit.model_fields.items()}
    return dict(_flat({key: value for key, value in said.items() if key not in common}, ""))


def _flat(said: dict[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in said.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}_")
        else:
            yield f"{before}{key}", value
