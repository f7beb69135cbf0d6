"""Writing a plan out: what its limits refer to is put in its place, before anything is held against the language.

- `at_least: scheduled_process.temperature_at_least` becomes the value that the product's scheduled process has; the limit
  keeps the factor's name in `factors`, and the process as its `basis` where it names no other.
- `like: contact` becomes a copy of that limit, with what is written beside it in place of what is copied.
- A limit whose terms differ by product becomes one for each (`rules.by_product`).

What cannot be written out is left as it stands and told with its path.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from readings.errors import HaccplineError
from readings.units import parse_quantity
from rules.by_product import REFERENCE, copies_of, together
from rules.scheduled_process import LOWER, UPPER, side
from rules.strict_yaml import Path

_SIDES = (UPPER, LOWER)
_Made = dict[Path, list[dict[str, Any]]]  # of each limit by its path, what it is written out as
_Processes = Mapping[str, Mapping[str, Any]]  # the scheduled process by product
_NOT_COPIED = ("id", "name", "like", "basis", "factors")
_NOT_REFERRING = ("id", "name", "basis", "like")
_NO_FACTORS = ("id", "basis")


@dataclass(slots=True)
class _Plan:
    """A plan while it is written out."""

    processes: dict[str, dict[str, Any]]
    limits: dict[str, dict[str, dict[str, Any]]]
    wrong: list[tuple[Path, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A plan with everything in place of what it refers to.

    Attributes:
        data: of the plan.
        wrong: what could not be written out: path in the file, and why.
        moved: of each limit by its path in the file, its paths in the data, each with the products that it is of.
    """

    data: Any
    wrong: list[tuple[Path, str]]
    moved: dict[Path, list[tuple[Path, tuple[str, ...]]]]


def written_out(data: Any) -> tuple[Any, list[tuple[Path, str]]]:
    """The data of a plan with every reference in place of what it refers to, and what could not be; see `write_out`."""
    written = write_out(data)
    return written.data, written.wrong


def write_out(data: Any) -> WrittenOut:
    """A plan with every reference in place of what it refers to.

    Args:
        data: as `rules.strict_yaml.read_yaml` gives it; anything that is no plan comes back as it is.
    """
    if not isinstance(data, dict):
        return WrittenOut(data, [], {})
    places = list(_limits(data))
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for path, limit in places:
        known.setdefault(_point(data, path), {}).setdefault(str(limit.get("id")), limit)
    plan = _Plan(_processes(data.get("products")), known)
    told = isinstance(data.get("line"), dict) and "product" in data["line"]
    made: _Made = {}
    for path, limit in places:
        said = _alike(plan, limit, _point(data, path), path, ())
        copies, wrong = copies_of(said, plan.processes, _same, told=told)
        plan.wrong += [((*path, *rest), why) for rest, why in wrong]
        resolved = []
        for each, products in copies:
            factors: list[str] = []
            processes = {name: plan.processes.get(name, {}) for name in products} or plan.processes
            resolved.append(
                (_named(processes, _referred(plan, processes, each, path, factors), factors), products)
            )
        made[path] = together(resolved)
    names = {
        (path[:2], str(limit.get("id"))): [each.get("id") for each in made[path]] for path, limit in places
    }
    return WrittenOut(_replaced(data, made, names, ()), plan.wrong, _moved(made))


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


def _referred(plan: _Plan, processes: _Processes, said: Any, path: Path, factors: list[str]) -> Any:
    """The same with what the scheduled process says in place of each reference to it; names it in `factors`."""
    if isinstance(said, dict):
        return {
            key: value if key in _NOT_REFERRING else _referred(plan, processes, value, (*path, key), factors)
            for key, value in said.items()
        }
    if isinstance(said, list):
        return [
            _referred(plan, processes, value, (*path, number), factors) for number, value in enumerate(said)
        ]
    match = REFERENCE.fullmatch(said) if isinstance(said, str) else None
    if match is None:
        return said
    value, why = _value(processes, match[1], path)
    if value is None:
        plan.wrong += [(path, why)] if (path, why) not in plan.wrong else []
        return said
    if match[1] not in factors:
        factors.append(match[1])
    return value


def _value(processes: _Processes, factor: str, path: Path) -> tuple[Any, str]:
    """What every product's scheduled process says of a factor; None, and why, where they do not say one thing."""
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
            f"{factor} differs between products: {said}. Say how the line tells which of them it makes (line.product),"
            " and each is judged by its own; or write the value that is enough for all"
        )
    return max(values.values(), key=lambda each: len(str(each))), ""  # the one with the most digits


def _same(value: Any) -> Any:
    """Two ways to write one quantity are the same; what is none stands for itself."""
    try:
        number, unit = parse_quantity(str(value))
    except HaccplineError:
        return str(value)
    return number * unit.factor + unit.offset, unit.dimension


def _named(processes: _Processes, said: dict[str, Any], factors: list[str]) -> dict[str, Any]:
    if not factors:
        return said
    ids = dict.fromkeys(str(process.get("id")) for process in processes.values())
    own = said.get("factors")
    kept = [*(own if isinstance(own, list) else ()), *factors]
    return {"basis": f"scheduled process {', '.join(ids)}"} | said | {"factors": list(dict.fromkeys(kept))}


def _moved(made: _Made) -> dict[Path, list[tuple[Path, tuple[str, ...]]]]:
    """Of each limit by its path, its paths as written out, each with its products."""
    moved: dict[Path, list[tuple[Path, tuple[str, ...]]]] = {}
    behind: dict[Path, int] = {}
    for path, limits in sorted(made.items(), key=lambda each: (str(each[0][:3]), int(each[0][3]))):
        shift = behind.setdefault(path[:3], 0)
        places = [(*path[:3], int(path[3]) + shift + number) for number in range(len(limits))]
        moved[path] = [
            (
                place,
                tuple(map(str, limit.get("products") or ()))
                if isinstance(limit.get("products"), list)
                else (),
            )
            for place, limit in zip(places, limits, strict=True)
        ]
        behind[path[:3]] = shift + len(limits) - 1
    return moved


def _replaced(data: Any, made: _Made, names: dict[tuple[Path, str], list[Any]], path: Path) -> Any:
    if isinstance(data, dict):
        return {key: _replaced(value, made, names, (*path, key)) for key, value in data.items()}
    if not isinstance(data, list):
        return data
    if path[2:] == ("one_case_for",):
        return [name for each in data for name in names.get((path[:2], str(each)), [each])]
    found: list[Any] = []
    for number, value in enumerate(data):
        place = (*path, number)
        found += made[place] if place in made else [_replaced(value, made, names, place)]
    return found
