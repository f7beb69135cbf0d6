"""What pages say of a case: its name, where it is, its limit, its worst value, what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboards.pages.came_to import came_to_words
from dashboards.pages.contradiction import Contradiction, is_contradiction
from dashboards.pages.forms import DONE, LABELS, SHORT
from dashboards.pages.look_back import failed_words
from dashboards.pages.refusals import refusal
from dashboards.pages.words import Words
from dashboards.views.cases import ActView, EventView
from dashboards.views.look_backs import LookBackView
from dashboards.views.plant import Plant
from dashboards.views.problems import Problem, together
from dashboards.views.snapshot import Snapshot
from dashboards.views.watch import Watch
from rules.line_unit import STATE_OF_LINE
from rules.plan import limits_of

_FRAME = ("case", "who", "name", "role", "signature")


def watch_of(plant: Plant, event: EventView) -> Watch | None:
    """The limit that an event is about, as the plan had it that held where the event begins."""
    key = (event.line, event.ccp, event.limit, event.unit)
    return plant.watch_at(key, event.start) or plant.watch(event.plan, key)


def look_back_of(p: Problem, plant: Plant) -> LookBackView | None:
    """The look-back that a case was opened by; None where it was not."""
    found = (plant.look_back(event.id) for event in p.view.events)
    return next((view for view in found if view is not None), None)


def title_of(p: Problem, words: Words, plant: Plant) -> str:
    """What kind of case it is, and of what."""
    view = look_back_of(p, plant)
    if view is not None:
        return words.say("Look-back: {failed}", failed=failed_words(view, plant, words))
    kinds = words.say(" and ").join(words.kind(kind) for kind in p.view.case.kinds)
    names = [limit for limit in _limit_names(p, words) if limit]
    return words.say("{kinds}: {names}", kinds=kinds, names=words.say(", ").join(dict.fromkeys(names)))


def _limit_names(p: Problem, words: Words) -> list[str]:
    names = {}
    for point, _, limit in limits_of(p.plan) if p.plan is not None else ():
        assert p.plan is not None
        sensor = p.plan.sensors.get(limit.of)
        otherwise = words.name(sensor.name if sensor else None, limit.id)
        names[point.id, limit.id] = words.name(limit.name) or otherwise
    names[STATE_OF_LINE] = words.say("the line's state, which its counter contradicts")
    found = [names.get((event.ccp, event.limit), event.limit) for event in p.view.events]
    return found or [p.view.limit]


def where_of(p: Problem, words: Words) -> str:
    """Line, control point and unit of product."""
    case = p.view.case
    if p.plan is None:
        return f"{case.line} · {case.ccp} · {case.unit}"
    points = {point.id: point.name for point, _, _ in limits_of(p.plan)}
    if (case.ccp, p.view.limit) == STATE_OF_LINE:
        return words.name(p.plan.name, case.line)
    parts = [words.name(p.plan.name, case.line), f"{case.ccp} {words.name(points.get(case.ccp))}".strip()]
    if case.unit != case.line:
        parts.append(case.unit)
    return " · ".join(parts)


def action_name(action: str, words: Words) -> str:
    """A step of a case, shortly."""
    return words.say(SHORT.get(action, action)) if action else ""


def problem_values(words: Words, plant: Plant, snap: Snapshot) -> dict[str, Any]:
    """What the templates of cases use."""
    plans = {line.id: line.plan for line in snap.lines}

    def limit_of(event: EventView) -> str:
        if is_contradiction(event):
            plans = plant.plans_between(event.line, event.start, event.start)
            found = Contradiction.of(event, plans[0][1] if plans else None)
            otherwise = words.say("the line's state, which its counter contradicts")
            return found.short(words) if found is not None else otherwise
        view = plant.look_back(event.id)
        if view is not None:
            return failed_words(view, plant, words)
        watch = watch_of(plant, event)
        return f"{words.what(watch)}: {words.limit(watch)}" if watch is not None else event.limit

    def texts_of(act: ActView) -> list[tuple[str, str]]:
        return texts(act, words)

    functions: dict[str, Callable[..., Any]] = {
        "title_of": lambda p: title_of(p, words, plant),
        "where_of": lambda p: where_of(p, words),
        "look_back_of": lambda p: look_back_of(p, plant),
        "together": together,
        "line_name": lambda line: words.name(plans[line].name if line in plans else None, line),
        "action_name": lambda action: action_name(action, words),
        "limit_of": limit_of,
        "worst_of": lambda event: worst_of(event, plant, words),
        "act_name": lambda act: words.say(DONE.get(act.action, act.action)),
        "texts_of": texts_of,
    }
    return functions


def worst_of(event: EventView, plant: Plant, words: Words) -> str:
    """The worst value of an event; of a batch, and of what is told with its bounds, what it came to."""
    watch = watch_of(plant, event)
    if watch is not None and watch.bounds:
        for span in plant.between(watch.key, event.start, event.start + 1):
            if span.came_to is not None:
                over = span.end is not None
                return came_to_words(span.came_to, watch.bounds[0].word, None, words, over=over)
    return words.worst(event.worst, watch)


def texts(act: ActView, words: Words) -> list[tuple[str, str]]:
    """What was entered with a step: label and text."""
    if act.action == "refused":
        tried = action_name(str(act.body.get("action", "")), words)
        return [("", f"{tried}: {refusal(str(act.body.get('reason', '')), words)}")]
    if act.action == "notice":
        return [("", _notice(act.body, words))]
    found = []
    for name, said in act.body.items():
        if name in _FRAME:
            continue
        text = ", ".join(map(str, said)) if isinstance(said, list) else str(said)
        if name == "lots" and text == "none":
            text = words.say("No product was made")
        label = words.say("Next day, alone") if name == "separation" else words.say(LABELS.get(name, name))
        found.append((label, words.plan(text) if name == "disposition" else text))
    return found


def _notice(body: dict[str, Any], words: Words) -> str:
    to = body.get("to", "")
    names = ", ".join(words.plan(str(each)) for each in (to if isinstance(to, list) else [to]))
    delivered = words.say("delivered") if body.get("delivered") else words.say("NOT delivered")
    detail = f" ({body['detail']})" if body.get("detail") else ""
    return f"{names} · {body.get('channel', '')} · {delivered}{detail}"
