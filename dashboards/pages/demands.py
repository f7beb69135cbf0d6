"""What a limit demands that judges no reading, in few words: a row of the board has no room for sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rules.quantities import Quantity

if TYPE_CHECKING:
    from dashboards.pages.words import Words
    from dashboards.views.watch import Watch

_FORMS = {  # by kind; `bounds` are those of the limit, the rest is what the kind has
    "spread": "points apart: {bounds}",
    "agreement": "mean less that of {other}: {bounds}",
    "contact_time": "concentration × contact time: {bounds}",
    "log_inactivation": "inactivation: {bounds}",
    "uv_exposure": "exposure: {bounds}",
    "dwell": "{levels} for {lasts} without a break",
    "holding_tube": "{levels} for {lasts} in the tube",
    "table_dwell": "held as the table {table} asks",
    "lethality": "lethality at {reference}, z = {z}: {bounds}",
    "pasteurisation_units": "pasteurisation units: {bounds}",
    "phase_duration": "time in {states}: {bounds}",
    "cooling_curve": "cooling: {stages}",
    "rate": "rate of change: {bounds}",
    "ewma": "moving average about {target}: {bounds}",
    "cusum": "cumulative sum about {target}: {bounds}",
    "western_electric": "Western Electric's rules about {target}: none broken",
    "nelson": "Nelson's rules about {target}: none broken",
    "time_to_breach": "no breach of {levels} in sight within {lasts}",
    "degree_minutes": "beyond {level}, times how long, in any {window}: {bounds}",
    "mean_kinetic_temperature": "mean kinetic temperature in any {window}: {bounds}",
}
FORMS = (*_FORMS.values(), "{begins} to {ends} within {time}", "the published scheme {scheme}")


def demand_words(watch: Watch, words: Words) -> str:
    """`lethality at 121.1 °C, z = 10 K: ≥ 6.0 min`; of a kind that is not known here its bounds alone."""
    said = words.lasting if watch.model.kind == "phase_duration" else words.bound
    bounds = ", ".join(said(bound) for bound in watch.bounds)
    form = _FORMS.get(watch.model.kind)
    if form is None:
        return bounds
    values: dict[str, Callable[[], str]] = {
        "bounds": lambda: bounds,
        "levels": lambda: ", ".join(words.bound(bound) for bound in watch.levels),
    }
    own = _OF_KIND.get(watch.model.kind)
    if own is not None:
        values |= own(watch, watch.model, words)
    return words.say(form, **{name: made() for name, made in values.items() if f"{{{name}}}" in form})


Made = dict[str, Callable[[], str]]


def _agreement(watch: Watch, model: Any, words: Words) -> Made:
    other = model.derived.others[0]
    return {"other": lambda: words.name(watch.plan.sensors[other].name, other)}


def _dwell(_: Watch, model: Any, words: Words) -> Made:
    return {"lasts": lambda: words.duration(model.for_)}


def _forecast(_: Watch, model: Any, words: Words) -> Made:
    return {"lasts": lambda: words.duration(model.warns_within)}


def _table(_: Watch, model: Any, words: Words) -> Made:
    return {"table": lambda: words.plan(model.table)}


def _lethality(_: Watch, model: Any, words: Words) -> Made:
    return {"reference": lambda: _written(model.reference, words), "z": lambda: _written(model.z, words)}


def _phase(_: Watch, model: Any, words: Words) -> Made:
    return {
        "states": lambda: words.say(", ").join(
            words.plan(state).replace("_", " ") for state in model.states or ()
        )
    }


def _cooling(_: Watch, model: Any, words: Words) -> Made:
    def stages() -> str:
        if model.scheme is not None:
            return words.say("the published scheme {scheme}", scheme=model.scheme)
        return "; ".join(
            words.say(
                "{begins} to {ends} within {time}",
                begins=_written(stage.from_, words),
                ends=_written(stage.to, words),
                time=words.duration(stage.within),
            )
            for stage in model.stages
        )

    return {"stages": stages}


def _chart(_: Watch, model: Any, words: Words) -> Made:
    return {"target": lambda: _written(model.target, words)}


def _window(_: Watch, model: Any, words: Words) -> Made:
    return {
        "window": lambda: words.duration(model.window),
        "level": lambda: _written(model.above or model.below, words),
    }


_OF_KIND: dict[str, Callable[[Watch, Any, Words], Made]] = {
    "agreement": _agreement,
    "dwell": _dwell,
    "holding_tube": _dwell,
    "table_dwell": _table,
    "time_to_breach": _forecast,
    "lethality": _lethality,
    "phase_duration": _phase,
    "cooling_curve": _cooling,
    "ewma": _chart,
    "cusum": _chart,
    "western_electric": _chart,
    "nelson": _chart,
    "degree_minutes": _window,
    "mean_kinetic_temperature": _window,
}


def _written(quantity: Quantity, words: Words) -> str:
    number = str(quantity).rpartition(" ")[0].replace("-", "−")
    return f"{number} {words.sign(quantity.unit)}".strip()
