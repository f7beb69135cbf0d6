"""Limits whose terms differ by product, written out: one limit for each product, or for those with the same terms.

`by_product: {LM-340: {at_least: 121.0 degC}, LM-500: {at_least: 118.0 degC}}` becomes two limits, `hold-LM-340` and
`hold-LM-500`, each judged while its product is made. So does a limit that refers to a factor of the scheduled process in
which the products differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules.scheduled_process import LOWER, UPPER
from rules.strict_yaml import Marks, Path

KEY = "by_product"
REFERENCE = re.compile(r"scheduled_process\.(\w+)")
_SIDES = (UPPER, LOWER)
_KEPT = ("id", "kind", "of", "like", "products", KEY)
_NOT_REFERRING = ("id", "name", "basis", "like")

Copy = tuple[
    dict[str, Any], tuple[str, ...]
]  # a limit, and the products that it is of; none where it is of all


def copies_of(
    limit: dict[str, Any], processes: Mapping[str, Mapping[str, Any]], same: Any, *, told: bool
) -> tuple[list[Copy], list[tuple[Path, str]]]:
    """The limit for each product that has terms of its own, before references are resolved; and what is wrong with it.

    Args:
        limit: as written, `like` resolved.
        processes: the scheduled process of every product.
        same: gives what two ways to write one quantity have in common.
        told: whether the line says which product it makes.
    """
    given = limit.get(KEY)
    plain = {key: value for key, value in limit.items() if key != KEY}
    if given is None:
        mine = _products(limit, processes)
        if not told or not _differ(plain, [processes[each] for each in mine if each in processes], same):
            return [(plain, tuple(mine) if "products" in limit else ())], []
        return [(_of(plain, {}, (each,)), (each,)) for each in mine], []
    wrong = list(_wrong(given, processes))
    if wrong:
        return [(plain, ())], wrong
    return [(_of(plain, said, (product,)), (product,)) for product, said in given.items()], []


def together(copies: Sequence[Copy]) -> list[dict[str, Any]]:
    """The limits, those of products with the same terms made one, which is named after the first of them."""
    found: list[dict[str, Any]] = []
    for said, products in copies:
        terms = {key: value for key, value in said.items() if key not in ("id", "products")}
        for other in found if products else ():
            if terms == {key: value for key, value in other.items() if key not in ("id", "products")}:
                other["products"] = [*other["products"], *products]
                break
        else:
            found.append(dict(said))
    return found


def marks_of(marks: Marks, moved: Mapping[Path, Sequence[tuple[Path, tuple[str, ...]]]]) -> Marks:
    """The places of keys in what was written out, from those in the file.

    Args:
        marks: by path in the file.
        moved: of each limit by its path in the file, its paths as written out, each with its products.
    """
    found: Marks = {}
    for path, mark in marks.items():
        limit, rest = path[:4], path[4:]
        if limit not in moved:
            found.setdefault(path, mark)
            continue
        for new, products in moved[limit]:
            found.setdefault((*new, *rest), mark)
            if len(rest) > 1 and rest[0] == KEY and str(rest[1]).rstrip(":") in products:
                found[(*new, *rest[2:])] = mark
    return found


def _products(limit: dict[str, Any], processes: Mapping[str, Any]) -> list[str]:
    said = limit.get("products")
    if said is None:
        return list(processes)
    return [str(each) for each in said] if isinstance(said, list) else [str(said)]


def _of(limit: dict[str, Any], said: dict[str, Any], products: tuple[str, ...]) -> dict[str, Any]:
    """The limit of a product: a bound that is said of it takes the place of the bound on its side."""
    for bounds in _SIDES:
        if any(key in said for key in bounds):
            limit = {key: value for key, value in limit.items() if key not in (*bounds, "clears")}
    name = re.sub(r"[^\w.-]+", "-", products[0])
    return limit | said | {"id": f"{limit.get('id')}-{name}", "products": list(products)}


def _wrong(given: Any, processes: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if not isinstance(given, dict) or not given:
        yield (KEY,), "write what holds for each product: {LM-340: {at_least: 121.0 degC}}"
        return
    for product, said in given.items():
        if str(product) not in processes:
            known = ", ".join(processes) or "none"
            yield (KEY, product), f"no product named {product}; the plan has {known}"
        elif not isinstance(said, dict) or not said:
            yield (KEY, product), f"say what differs for {product}, such as {{at_least: 121.0 degC}}"
        else:
            for key in said:
                if key in _KEPT:
                    yield (KEY, product, key), f"{key} is the same for every product of a limit"


def _differ(limit: dict[str, Any], processes: Sequence[Mapping[str, Any]], same: Any) -> bool:
    """Whether it refers to a factor that every one of these processes has, and not all of them alike."""
    for factor in _referred(limit):
        values = {same(process[factor]) for process in processes if factor in process}
        if len(values) > 1 and all(factor in process for process in processes):
            return True
    return False


def _referred(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        for key, value in said.items():
            if key not in _NOT_REFERRING:
                yield from _referred(value)
    elif isinstance(said, list):
        for value in said:
            yield from _referred(value)
    elif isinstance(said, str) and (match := REFERENCE.fullmatch(said)) is not None:
        yield match[1]
