"""What a limit demands and what was measured, as a person reads it: bounds with their signs, terms with their words."""

from __future__ import annotations

from collections.abc import Callable

from dashboards.judged_number import judged_number
from dashboards.language import Language
from dashboards.pages.came_to import asked_in, came_to_words
from dashboards.pages.words import Words
from dashboards.reports.facts import CameToFact, LimitFact
from dashboards.reports.words import named, plan_words, shown_unit

BOUNDS = {"at_most": "≤", "at_least": "≥", "below": "<", "above": ">"}
TERMS = {
    "for_more_than": "tolerated up to",
    "confirm": "confirmed by",
    "clears": "ends when",
    "except": "exception",
    "combine": "points combined",
    "while": "while",
    "for": "for",
    "for_at_most": "for at most",
    "at_most_times": "at most",
    "recovers_within": "recovers within",
    "kind": "kind of limit",
    "during": "judged in",
    "delivers": "delivers",
    "factors": "critical factors",
}
_COMMON = ("for_more_than", "confirm", "clears", "except", "compare", "combine", "during", "after", "factors")
_NO_DEMAND = ("accepts", "guard")


def quantity_words(text: str) -> str:
    """A quantity of a plan as it is printed: `-15.0 degC` becomes `-15.0 °C`."""
    number, _, unit = text.partition(" ")
    return f"{number} {shown_unit(unit)}".strip()


def value_words(value: str, unit: str, speech: Language) -> str:
    """A measured value as it is printed: `0.7 K`; of a sensor that says yes or no, on or off."""
    if unit == "bool":
        return speech.say("on") if float(value) else speech.say("off")
    return f"{value} {shown_unit(unit)}".strip()


def worst_words(value: str, limit: LimitFact, speech: Language) -> str:
    """A worst value in the unit of what is judged; of what follows from readings to three places, not to the better side."""
    if not limit.averaged:
        return value_words(value, limit.unit, speech)
    return value_words(judged_number(value, limit.held), limit.unit, speech)


def came_to(came: CameToFact, limit: LimitFact, speech: Language) -> str:
    """What a batch came to, and what was asked of it; see `dashboards.pages.came_to`."""
    (word, asked), *_ = limit.held.items()
    words = Words(speech.tongue, "UTC")
    return came_to_words(came.figures, word, asked_in(asked, came.unit), words, over=came.over)


def limit_words(limit: LimitFact, speech: Language) -> str:
    """What a limit demands, its bounds first: `≤ -15.0 °C; confirmed by 2 readings`."""
    others = {key: value for key, value in limit.says.items() if key not in (*BOUNDS, *_NO_DEMAND)}
    if limit.demands is not None:
        return _in_sentences(limit, others, speech)
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
    said = "; ".join([*bounds, *(_term(key, value, speech) for key, value in others.items())])
    return said if limit.guard is None else f"{said}; {speech.name(limit.guard)}"


def _in_sentences(limit: LimitFact, others: dict[str, object], speech: Language) -> str:
    """What follows from readings needs sentences: those of the worksheet, and the terms that all limits have."""
    common = [
        key for key in others if key in _COMMON and (key, limit.says["kind"]) != ("during", "phase_duration")
    ]
    terms = [_term(key, others[key], speech) for key in common]
    guard = [speech.name(limit.guard)] if limit.guard is not None else []
    chinese = speech.tongue == "zh"
    said = ("" if chinese else " ").join([speech.name(limit.demands), *guard])
    if not terms:
        return said
    return f"{said}（{'；'.join(terms)}）" if chinese else f"{said} ({'; '.join(terms)})"


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
    "state_held": _state,
    "uv_dose": _dose,
}


def _sensor(limit: LimitFact, id_: object, speech: Language) -> str:
    return speech.name(limit.beside.get(str(id_)), str(id_))


def _quantity(value: object) -> str:
    return quantity_words(str(value))


def _term(key: str, value: object, speech: Language) -> str:
    label = named(speech, TERMS, key)
    if key in ("confirm", "compare", "after"):
        return {
            "confirm": speech.say("confirmed by {count} readings in a row", count=value),
            "compare": speech.say("rounded to its digits before it is compared"),
            "after": speech.say("from {time} after it begins", time=value),
        }[key]
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
    words = _quantity(value) if key == "delivers" else plan_words(str(value), speech)
    return f"{label} {words}"
