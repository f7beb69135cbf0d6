"""How the texts of two plans differ: key by key, with what stands there in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rules.plan import Plan


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """A key that says something else.

    Attributes:
        path: `ccps.CCP1.critical.air.at_most`; what has an id is named by it, other entries of a list by their number.
        old: what it says in the first plan, as it would be written; None where it isn't there.
        new: in the second.
    """

    path: str
    old: str | None
    new: str | None


def differing_keys(old: Plan, new: Plan) -> list[KeyDifference]:
    """Where two plans say something else, in the order of the first, then of the second.

    What is said in another way and means the same (`60 min`, `1 h`; a default written out) is no difference.
    """
    return list(_between("", _said(old), _said(new)))


def _said(plan: Plan) -> dict[str, Any]:
    said: dict[str, Any] = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return said


def _between(path: str, old: Any, new: Any) -> Iterator[KeyDifference]:
    if old == new:
        return
    one, other = _parts(old), _parts(new)
    if one is None or other is None:
        yield KeyDifference(path, _written(old), _written(new))
        return
    common = [key for key in one if key in other]
    if isinstance(old, list) and common != [key for key in other if key in one]:
        yield KeyDifference(f"{path} (order)", _written(list(one)), _written(list(other)))
    for key in dict.fromkeys((*one, *other)):
        yield from _between(f"{path}.{key}" if path else key, one.get(key), other.get(key))


def _parts(said: Any) -> dict[str, Any] | None:
    """What a key holds by name; None where it holds no more than a text or a list of texts."""
    if isinstance(said, dict):
        return said
    if isinstance(said, list) and said and all(isinstance(entry, dict) for entry in said):
        names = [str(entry.get("id") or entry.get("do") or number) for number, entry in enumerate(said, 1)]
        if len(set(names)) == len(names):
            return dict(zip(names, said, strict=True))
    return None


def _written(said: Any) -> str | None:
    """As it would be written in a line."""
    if said is None:
        return None
    if isinstance(said, dict):
        return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in said.items()) + "}"
    if isinstance(said, list):
        return "[" + ", ".join(str(_written(value)) for value in said) + "]"
    if isinstance(said, bool):
        return str(said).lower()
    return str(said)
