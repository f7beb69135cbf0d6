"""What the docstring of a model says of its keys: the schema and the reference page are made of it."""

from __future__ import annotations

import inspect
import re

from pydantic import BaseModel

_SECTION = re.compile(r"^(Attributes|Example|Args|Raises|Returns):\s*$")
_ENTRY = re.compile(r"^    ([\w, ]+): (.*)$")


def told(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """The text of a model's docstring, and what it says of each attribute, those of its parents included.

    Returns:
        (text without its sections, meaning by field name); a field that no docstring speaks of is not there.
    """
    meanings: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if isinstance(parent, type) and issubclass(parent, BaseModel) and parent is not BaseModel:
            meanings |= _parted(parent.__doc__)[1]
    return _parted(model.__doc__)[0], {
        name: meanings[name] for name in model.model_fields if name in meanings
    }


def example_of(model: type[BaseModel]) -> str:
    """The YAML in the section `Example:` of a model's own docstring; empty where it has none."""
    lines = inspect.cleandoc(model.__doc__ or "").splitlines()
    if "Example:" not in lines:
        return ""
    start = lines.index("Example:") + 1
    end = next((n for n in range(start, len(lines)) if lines[n] and not lines[n].startswith(" ")), len(lines))
    return inspect.cleandoc("\n".join(lines[start:end])).strip()


def _parted(text: str | None) -> tuple[str, dict[str, str]]:
    """A google docstring as its text and its attributes; `at, after: ...` speaks of both."""
    lines = inspect.cleandoc(text or "").splitlines()
    first = next((number for number, line in enumerate(lines) if _SECTION.match(line)), len(lines))
    meanings: dict[str, str] = {}
    names: list[str] = []
    section = ""
    for line in lines[first:]:
        heading = _SECTION.match(line)
        section = heading[1] if heading is not None else section
        entry = _ENTRY.match(line) if section == "Attributes" else None
        if entry is not None:
            names = [name.strip() for name in entry[1].split(",")]
            meanings |= dict.fromkeys(names, entry[2])
        elif line.startswith("     ") and names:
            meanings |= {name: f"{meanings[name]} {line.strip()}" for name in names}
        else:
            names = []
    return "\n".join(lines[:first]).strip(), meanings
