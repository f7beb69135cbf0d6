"""What a limit demands and what was measured, as a person reads it: bounds with their signs, terms with their words."""

from __future__ import annotations

from collections.abc import Callable

from dashboards.language import Language
from dashboards.reports.facts import LimitFact
from dashboards.reports.words import named, plan_words, shown_unit

BOUNDS = {"at_most": "≤", "at_least": "≥", "below": "<", "above": ">"}
TERMS = {
    "for_more_than": "tolerated up to",
    "confirm": "confirmed by",
    "clears": "ends when",
    "except": "exception",
    "compare": "compared",
    "combine": "points combined",
    "while": "while",
    "for": "for",
    "for_at_most": "for at most",
    "at_most_times": "at most",
    "recovers_within": "recovers within",
    "kind": "kind of limit",
    "during": "judged in",
    "mean_over": "means over",
    "judged_every": "judged every",
    "volume": "vessel of",
    "delivers": "delivers",
}


def quantity_words(text: str) -> str:
    """A quantity of a plan as it is printed: `-15.0 degC` becomes `-15.0 °C`."""
    number, _, unit = text.partition(" ")
    return f"{number} {shown_unit(unit)}".strip()


def value_words(value: str, unit: str, speech: Language) -> str:
    """A measured value as it is printed: `0.7 K`; of a sensor that says yes or no, on or off."""
    if unit == "bool":
        return speech.say("on") if float(value) else speech.say("off")
    return f"{value} {shown_unit(unit)}".strip()


def limit_words(limit: LimitFact, speech: Language) -> str:
    """What a limit demands, its bounds first: `≤ -15.0 °C; confirmed by 2 readings`."""
    others = {key: value for key, value in limit.says.items() if key not in BOUNDS}
    own = _OF_KINDS.get(str(limit.says.get("kind")))
    bounds = [
        f"{BOUNDS[key]} {quantity_words(str(value))}" for key, value in limit.says.items() if key in BOUNDS
    ]
    if bounds and limit.measured == "bool":
        bounds = [speech.say("on") if limit.says.get("at_least") else speech.say("off")]
    if own is not None:
        bounds = [*bounds, *own(limit, others, speech)]
    if bounds:
        others.pop("kind", None)
    return "; ".join([*bounds, *(_term(key, value, speech) for key, value in others.items())])


def _agreement(limit: LimitFact, says: dict[str, object], speech: Language) -> list[str]:
    other = _sensor(limit, says.pop("with"), speech)
    found = [speech.say("within {within} of {sensor}", within=_quantity(says.pop("within")), sensor=other)]
    if "not_above" in says:
        found.append(speech.say("not above it by more than {most}", most=_quantity(says.pop("not_above"))))
    return found


def _spread(limit: LimitFact, says: dict[str, object], speech: Language) -> list[str]:  # noqa: ARG001 - as the others
    return [speech.say("from the lowest to the highest point")]


def _contact(limit: LimitFact, says: dict[str, object], speech: Language) -> list[str]:
    found = [speech.say("contact, by the flow of {sensor}", sensor=_sensor(limit, says.pop("flow"), speech))]
    baffling = says.pop("baffling", None)
    if isinstance(baffling, dict):
        found.append(speech.say("baffling factor {factor} ({basis})", **baffling))
    return found


def _state(limit: LimitFact, says: dict[str, object], speech: Language) -> list[str]:  # noqa: ARG001 - as the others
    on = bool(says.pop("is", True))  # left out where it is the default
    found = [speech.say("on") if on else speech.say("off")]
    longest = says.pop("off_at_most", None)
    if longest is not None:
        form = "off for at most {time}" if on else "on for at most {time}"
        found.append(speech.say(form, time=longest))
    return found


def _dose(limit: LimitFact, says: dict[str, object], speech: Language) -> list[str]:
    point = says.pop("setpoint")
    assert isinstance(point, dict)
    found = [f"≥ {_quantity(point['intensity_at_least'])}"]
    for key, name, sign in (("flow", "flow_at_most", "≤"), ("transmittance", "transmittance_at_least", "≥")):
        sensor = says.pop(key, None)
        if sensor is not None and point.get(name) is not None:
            found.append(f"{_sensor(limit, sensor, speech)} {sign} {_quantity(point[name])}")
    return found


_OF_KINDS: dict[str, Callable[[LimitFact, dict[str, object], Language], list[str]]] = {
    "agreement": _agreement,
    "spread": _spread,
    "contact_time": _contact,
    "state_held": _state,
    "uv_dose": _dose,
}


def _sensor(limit: LimitFact, id_: object, speech: Language) -> str:
    return speech.name(limit.beside.get(str(id_)), str(id_))


def _quantity(value: object) -> str:
    return quantity_words(str(value))


def _term(key: str, value: object, speech: Language) -> str:
    label = named(speech, TERMS, key)
    if key == "confirm":
        return speech.say("confirmed by {count} readings in a row", count=value)
    if key == "after":
        return speech.say("from {time} after it begins", time=value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        between = "、" if speech.tongue == "zh" else ", "
        return f"{label} {between.join(plan_words(each, speech) for each in value)}"
    if isinstance(value, list):
        return "; ".join(_term(key, each, speech) for each in value) or label
    if isinstance(value, dict):
        bounds = [
            f"{BOUNDS[name]} {quantity_words(str(each))}" for name, each in value.items() if name in BOUNDS
        ]
        rest = [_term(name, each, speech) for name, each in value.items() if name not in BOUNDS]
        return f"{label}: {', '.join([*bounds, *rest])}"
    words = _quantity(value) if key in ("volume", "delivers") else plan_words(str(value), speech)
    return f"{label} {words}"
