"""Writing a plan out: what its limits refer to is put in its place, before anything is held against the language.

- `at_least: scheduled_process.temperature_at_least` becomes the value that the product's scheduled process has; the limit
  keeps the factor's name in `factors`, and the process as its `basis` where it names no other.
- `like: contact` becomes a copy of that limit, with what is written beside it in place of what is copied.

What cannot be written out is left as it stands and told with its path.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from readings.errors import HaccplineError
from readings.units import parse_quantity
from rules.scheduled_process import LOWER, UPPER, side
from rules.strict_yaml import Path

REFERENCE = re.compile(r"scheduled_process\.(\w+)")
_SIDES = (UPPER, LOWER)
_NOT_COPIED = ("id", "name", "like", "basis", "factors")
_NOT_REFERRING = ("id", "name", "basis", "like")
_NO_FACTORS = ("id", "basis")


@dataclass(slots=True)
class _Plan:
    """A plan while it is written out."""

    processes: dict[str, dict[str, Any]]
    limits: dict[str, dict[str, dict[str, Any]]]
    wrong: list[tuple[Path, str]] = field(default_factory=list)


def written_out(data: Any) -> tuple[Any, list[tuple[Path, str]]]:
    """The data of a plan with every reference in place of what it refers to, and what could not be.

    Args:
        data: as `rules.strict_yaml.read_yaml` gives it; anything that is no plan comes back as it is.
    """
    if not isinstance(data, dict):
        return data, []
    places = list(_limits(data))
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for path, limit in places:
        known.setdefault(_point(data, path), {}).setdefault(str(limit.get("id")), limit)
    plan = _Plan(_processes(data.get("products")), known)
    made: dict[Path, dict[str, Any]] = {}
    for path, limit in places:
        said = _alike(plan, limit, _point(data, path), path, ())
        factors: list[str] = []
        said = _referred(plan, said, path, factors)
        made[path] = _named(plan, said, factors)
    return _replaced(data, made, ()), plan.wrong


def _limits(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every limit with its path, whatever list of its control point it stands in."""
    for group in ("ccps", "oprps"):
        points = data.get(group)
        for number, point in enumerate(points if isinstance(points, list) else ()):
            for rank, limits in point.items() if isinstance(point, dict) else ():
                for place, limit in enumerate(limits if isinstance(limits, list) else ()):
                    if isinstance(limit, dict) and ("kind" in limit or "like" in limit):
                        yield (group, number, rank, place), limit


def _point(data: dict[str, Any], path: Path) -> str:
    return str(data[str(path[0])][path[1]].get("id"))


def _processes(products: Any) -> dict[str, dict[str, Any]]:
    """The scheduled process by product, where it is written as one; None of it is validated here."""
    found = {}
    for product in products if isinstance(products, list) else ():
        process = product.get("scheduled_process") if isinstance(product, dict) else None
        if isinstance(process, dict):
            found[str(product.get("id"))] = process
        elif isinstance(product, dict):
            found[str(product.get("id"))] = {}
    return found


def _alike(
    plan: _Plan, limit: dict[str, Any], point: str, path: Path, on_the_way: tuple[str, ...]
) -> dict[str, Any]:
    """The limit with what the one it is like says, where it says nothing itself."""
    like = limit.get("like")
    if like is None:
        return limit
    own = {key: value for key, value in limit.items() if key != "like"}
    where, _, name = str(like).rpartition("/")
    others = plan.limits.get(where or point, {})
    other = others.get(name)
    place = f"{where or point}/{name}"
    if other is None:
        known = ", ".join(each for each in others if each != limit.get("id"))
        plan.wrong.append(
            ((*path, "like"), f"{where or point} has no limit named {name}; it has {known or 'no other'}")
        )
        return own
    if place in on_the_way or other is limit:
        plan.wrong.append(((*path, "like"), f"{limit.get('id')} is like itself"))
        return own
    copied = {
        key: value
        for key, value in _alike(plan, other, where or point, path, (*on_the_way, place)).items()
        if key not in _NOT_COPIED
    }
    if "kind" in own and own["kind"] != copied.get("kind"):
        plan.wrong.append(((*path, "kind"), f"{name} is a {copied.get('kind')}; what is like it is one too"))
    for bounds in _SIDES:
        if any(key in own for key in bounds):
            copied = {key: value for key, value in copied.items() if key not in (*bounds, "clears")}
    return copied | own


def _referred(plan: _Plan, said: Any, path: Path, factors: list[str]) -> Any:
    """The same with what the scheduled process says in place of each reference to it; names it in `factors`."""
    if isinstance(said, dict):
        return {
            key: value if key in _NOT_REFERRING else _referred(plan, value, (*path, key), factors)
            for key, value in said.items()
        }
    if isinstance(said, list):
        return [_referred(plan, value, (*path, number), factors) for number, value in enumerate(said)]
    match = REFERENCE.fullmatch(said) if isinstance(said, str) else None
    if match is None:
        return said
    value, why = _value(plan, match[1], path)
    if value is None:
        plan.wrong.append((path, why))
        return said
    if match[1] not in factors:
        factors.append(match[1])
    return value


def _value(plan: _Plan, factor: str, path: Path) -> tuple[Any, str]:
    """What every product's scheduled process says of a factor; None, and why, where they do not say one thing."""
    processes = plan.processes
    if not any(processes.values()):
        return None, f"no product has a scheduled_process that could say {factor}"
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if side(key) and side(key) != side(factor):
        return None, f"{key} cannot be {factor}: one bounds from above, the other from below"
    values: dict[str, Any] = {}
    for product, process in processes.items():
        if factor in _NO_FACTORS or factor not in process:
            known = [name for name in process if name not in _NO_FACTORS]
            close = difflib.get_close_matches(factor, known, 1, 0.6)
            hint = f"; did you mean {close[0]}?" if close else f"; it has {', '.join(known)}" if known else ""
            return None, f"the scheduled process of {product} has no {factor}{hint}"
        values[product] = process[factor]
    if len({_same(value) for value in values.values()}) > 1:
        said = ", ".join(f"{value} for {product}" for product, value in values.items())
        return None, (
            f"{factor} differs between products: {said}. A limit has one value for all that the line makes: write a plan"
            " for each, or the value that is enough for all"
        )
    return max(values.values(), key=lambda each: len(str(each))), ""  # the one with the most digits


def _same(value: Any) -> Any:
    """Two ways to write one quantity are the same; what is none stands for itself."""
    try:
        number, unit = parse_quantity(str(value))
    except HaccplineError:
        return str(value)
    return number * unit.factor + unit.offset, unit.dimension


def _named(plan: _Plan, said: dict[str, Any], factors: list[str]) -> dict[str, Any]:
    if not factors:
        return said
    ids = dict.fromkeys(str(process.get("id")) for process in plan.processes.values())
    own = said.get("factors")
    kept = [*(own if isinstance(own, list) else ()), *factors]
    return {"basis": f"scheduled process {', '.join(ids)}"} | said | {"factors": list(dict.fromkeys(kept))}


def _replaced(data: Any, made: dict[Path, dict[str, Any]], path: Path) -> Any:
    if path in made:
        return made[path]
    if isinstance(data, dict):
        return {key: _replaced(value, made, (*path, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [_replaced(value, made, (*path, number)) for number, value in enumerate(data)]
    return data
