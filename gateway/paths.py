"""Paths into a JSON message: `data.temperature`, `"key.with.dots".t`, `rxInfo[0].rssi`, `messages[id=4097].value`.

Steps are parted by dots. A key that holds a dot, a bracket or a quote stands in double quotes. `[0]` is the first
element of a list, `[KEY=TEXT]` the one element whose KEY is TEXT. Where a mapping takes each element of a list, paths
begin at the element: `@` is the element itself, and `$` the whole message (`$.received_at`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import UNSET
from pydantic import BeforeValidator

from gateway.errors import PayloadError, shown

_TOKEN = re.compile(
    r"""(?P<dot>\.)
      | \[(?P<place>\d{1,6})\]
      | \[(?P<key>"(?:[^"\\]|\\.)*"|[^\]\["=]+)=(?P<text>"(?:[^"\\]|\\.)*"|[^\]\["]*)\]
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<bare>[^.\[\]"]+)""",
    re.VERBOSE,
)
_AT_FIRST = frozenset({"bare", "quoted", "place", "text"})  # which tokens may stand where
_BEHIND_DOT = frozenset({"bare", "quoted"})
_BEHIND_STEP = frozenset({"dot", "place", "text"})
WHOLE, ELEMENT = "$", "@"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The one element of a list whose key has this text.

    Attributes:
        key: of the element, an object.
        text: what it is, as it is written: `4097` is the number and the text.
    """

    key: str
    text: str


Step = str | int | Chosen


@dataclass(frozen=True, slots=True)
class Way:
    """A path, taken apart.

    Attributes:
        text: as written.
        steps: a key, the place of an element, or one that is chosen.
        whole: from the whole message, even where paths begin at an element.
    """

    text: str
    steps: tuple[Step, ...]
    whole: bool = False

    @property
    def keys(self) -> tuple[str, ...] | None:
        """Its steps, where each is a key; None where one is not, or there is none."""
        keys = tuple(step for step in self.steps if isinstance(step, str))
        return keys if keys and len(keys) == len(self.steps) else None


def way(text: str) -> Way:
    """A path of the settings.

    Raises:
        ValueError: it is none; the message shows where.
    """
    steps: list[Step] = []
    at, may = 0, _AT_FIRST
    while at < len(text) and (match := _TOKEN.match(text, at)) and match.lastgroup in may:
        kind = match.lastgroup
        if kind == "place":
            steps.append(int(match["place"]))
        elif kind == "text":
            steps.append(Chosen(_unquoted(match["key"]), _unquoted(match["text"])))
        elif kind != "dot":
            steps.append(_unquoted(match[0]))
        at, may = match.end(), _BEHIND_DOT if kind == "dot" else _BEHIND_STEP
    if at < len(text) or may is not _BEHIND_STEP:
        raise ValueError(
            f"{text!r} is no path (see behind {text[:at]!r}); write keys with dots between them, a key with a dot or a "
            'bracket in double quotes, [0] or [KEY=TEXT] for an element of a list: data."a.b"[0].t'
        )
    if steps[0] in (WHOLE, ELEMENT) and text[0] != '"':
        return Way(text, tuple(steps[1:]), whole=steps[0] == WHOLE)
    return Way(text, tuple(steps))


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise ValueError(f"{text} is no text in quotes: {error}") from error


def _path(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise ValueError(f"{value!r} is no path; put it in quotes")
    way(text)
    return text


JsonPath = Annotated[str, BeforeValidator(_path)]


def word(field: Any) -> str:
    """A text, number or truth value as it is compared: without spaces around it, whatever the case."""
    if isinstance(field, str):
        return field.strip().casefold()
    if isinstance(field, float) and field.is_integer():
        field = int(field)
    return f"{field}".casefold()


def getter(path: Way) -> Callable[[Any], Any]:
    """Finds what a path leads to.

    Returns:
        A function of the message or element, that gives UNSET where it has nothing there, and raises PayloadError where
        the message is built in another way than the path.
    """
    steps = path.steps
    if len(steps) == 1 and isinstance(steps[0], str):
        only = steps[0]

        def one(found: Any) -> Any:
            return found.get(only, UNSET) if type(found) is dict else _built(found, only, path)

        return one

    def all_steps(found: Any) -> Any:
        for step in steps:
            if type(step) is str:
                found = found.get(step, UNSET) if type(found) is dict else _built(found, step, path)
            elif type(found) is not list:
                found = _built(found, step, path)
            elif isinstance(step, int):
                found = found[step] if step < len(found) else UNSET
            else:
                assert isinstance(step, Chosen)
                found = _chosen(found, step, path)
            if found is UNSET:
                break
        return found

    return all_steps


def _built(found: Any, step: Step, path: Way) -> Any:
    if found is None or found is UNSET:
        return UNSET
    wanted = "an object" if isinstance(step, str) else "a list"
    raise PayloadError(f"at {path.text}: {wanted} was expected, not {shown(found)}")


def _chosen(found: list[Any], step: Chosen, path: Way) -> Any:
    wanted = word(step.text)
    fit = [each for each in found if isinstance(each, dict) and word(each.get(step.key)) == wanted]
    if len(fit) > 1:
        raise PayloadError(f"at {path.text}: {len(fit)} elements are meant")
    return fit[0] if fit else UNSET
