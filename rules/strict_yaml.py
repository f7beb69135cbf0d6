"""YAML read strictly: no duplicate keys, no surprises, and a place for everything.

The parser gives the node graph alone; what a plain scalar means is decided here, so that `on`, `12:30`, `010` and
`1e-3` cannot quietly become something else than what they look like.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rules.faults import Fault, Mark, PlanError
from rules.yaml_slips import FULL_WIDTH, slip, wide_message

Path = tuple[str | int, ...]
Marks = dict[Path, Mark]

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"[+-]?(0|[1-9]\d*)\.\d+")
_TRUTH = {"true": True, "false": False}
_HALF = re.compile(r"[\ud800-\udfff]")
_DIGITS = re.compile(r"[+-]?[\d.]+")
_LONGEST_NUMBER, _DEEPEST, _LARGEST = 18, 40, 100_000
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
} | {""}
_NOTHING = {"", "~", "null"}
_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"yes|no|on|off|y|n|True|False|TRUE|FALSE|Yes|No|On|Off|YES|NO|ON|OFF|Y|N"),
        "{0} may be read as true or false; write true, false, or {1} if you mean the word",
    ),
    (
        re.compile(r"[+-]?\.(nan|inf)", re.IGNORECASE),
        "{0} is not a number that anything can be held against; leave the key out",
    ),
    (
        re.compile(r"[+-]?0\d+"),
        "{0} may be read as octal; write it without the leading zero, or quote it: {1}",
    ),
    (
        re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+"),
        "{0} is read as a number by some programs and as text by others; write it out, such as 0.001",
    ),
    (re.compile(r"\d+:\d\d(:\d\d)?"), "{0} may be read as a number in base 60; quote it: {1}"),
    (re.compile(r"[+-]?\d[\d_]*_\d*"), "{0} has an underscore; write the digits alone"),
    (
        re.compile(r"0[xob][0-9a-fA-F]+"),
        "{0} is not a plain decimal number; write it in decimal, or quote it: {1}",
    ),
    (re.compile(r"[+-]?(\.\d+|\d+\.)"), "{0} lacks a digit before or after the point; write 0.5 or 5.0"),
)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.marks: Marks = {}
        self.named: dict[str, Node] = {}
        self.size = 0

    def fault(self, node: Node, message: str) -> None:
        self.faults.append(Fault(self.file, _mark(node), message))

    def value(self, node: Node, path: Path) -> Any:
        self.marks[path] = _mark(node)
        if node.anchor and self.named.setdefault(node.anchor, node) is not node:
            self.fault(
                node,
                f"the name &{node.anchor} is given a second time, and *{node.anchor} may mean either; give it another",
            )
            return None
        if str(node.tag or "") not in _PLAIN_TAGS:
            self.fault(node, f"the tag {node.tag} is not known here; leave it out")
            return None
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        self.size += 1
        if len(path) > _DEEPEST or self.size > _LARGEST:
            if not self.faults:
                self.fault(
                    node, "nested too deeply" if len(path) > _DEEPEST else "too much is repeated by *names"
                )
            return None
        if isinstance(node, SequenceNode):
            return self.sequence(node, path)
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        raise TypeError(node)

    def sequence(self, node: SequenceNode, path: Path) -> list[Any]:
        found: list[Any] = []
        for index, child in enumerate(node.value):
            if node.flow_style and self.wide(child, "，"):
                continue
            found.append(self.value(child, (*path, index)))
            if found[-1] is None and not self.faults:
                self.fault(child, "an empty entry; write a value, or take it out")
        return found

    def wide(self, node: Node, signs: str) -> bool:
        """Whether a plain scalar holds one of these full-width signs in place of what YAML knows; told, where it does."""
        text = node.value if isinstance(node, ScalarNode) and node.style is None else ""
        place = next((index for index, sign in enumerate(text) if sign in signs), None)
        if place is not None:
            mark = _mark(node)
            self.faults.append(
                Fault(self.file, Mark(mark.line, mark.column + place), wide_message(text[place]))
            )
        return place is not None

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        places: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None or _HALF.search(key):
                self.fault(key_node, "a key must be a word")
                continue
            if self.wide(key_node, "".join(FULL_WIDTH)):
                continue
            if key == "<<":
                self.fault(
                    key_node,
                    "merge keys (<<) hide what holds; repeat the lines, or use &name and *name for a whole value",
                )
                continue
            if key in found:
                self.fault(
                    key_node, f"{key} stands here a second time; the first is on line {places[key].line}"
                )
                continue
            places[key] = self.marks[*path, f"{key}:"] = _mark(key_node)
            known = len(self.faults)
            found[key] = self.value(value_node, (*path, key))
            if found[key] is None and len(self.faults) == known:
                self.fault(
                    key_node,
                    _cut(key, list(found.values())[:-1])
                    or _no_value(key, alone=_alone(key_node, value_node), first=len(found) == 1),
                )
            self.marks[(*path, key)] = (
                _mark(value_node) if _same_line(key_node, value_node) else _mark(key_node)
            )
        return found

    def scalar(self, node: ScalarNode) -> Any:  # noqa: PLR0911 - one exit per kind of scalar
        text: str = node.value
        if _HALF.search(text):
            self.fault(node, "half a character; write it whole")
            return None
        if node.style is not None:  # quoted or block: text, as written
            return text
        if text in _NOTHING or (text[0] in "【［｛" and self.wide(node, text[0])):
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if len(text) > _LONGEST_NUMBER and _DIGITS.fullmatch(text):
            self.fault(node, f"a number of {len(text)} digits; {_LONGEST_NUMBER} are enough")
            return None
        for pattern, message in _TRAPS:
            if pattern.fullmatch(text):
                self.fault(node, message.format(text, f'"{text}"'))
                return None
        if _INTEGER.fullmatch(text):
            return int(text)
        return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _cut(key: str, before: list[Any]) -> str:
    """What to write where a decimal comma made two of one number; empty where there was none."""
    if not before or not isinstance(before[-1], int) or not re.fullmatch(r"\d+ [^\s\d]\S*", key):
        return ""
    return f"a comma cuts a number in two; write the point: {before[-1]}.{key}"


def _no_value(key: str, *, alone: bool, first: bool) -> str:
    """What to write for a key without a value; `alone` without a colon, `first` of its mapping."""
    word, space, rest = key.partition(" ")
    if not alone:
        return f"{key} has no value; write one, or leave the key out"
    if key.isdecimal():
        return "a comma cuts a number in two; write the point, such as 0.1"
    colon = f"write {word}: {rest}" if space and re.fullmatch(r"[a-z_]+", word) else ""
    if first:
        return (
            f"no colon behind {word}; {colon}"
            if colon
            else f"{key} has no value; a list stands in square brackets"
        )
    return (
        f"{key} has no value; if a comma cut it off, quote the whole text{f'; else {colon}' if colon else ''}"
    )


def _alone(key: Node, value: Node) -> bool:
    return bool(value.start_mark.index == key.end_mark.index)


def _mark(node: Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _same_line(key: Node, value: Node) -> bool:
    return bool(key.start_mark.line == value.start_mark.line)


def _first(error: Exception) -> str:
    return " ".join(str(error).split())


def _place_of(text: str, error: Exception) -> Mark:
    """Where a character stands that YAML does not allow; the beginning where the error does not say."""
    position = getattr(error, "position", None)
    return _mark_at(text, position) if isinstance(position, int) else Mark()


def _mark_at(text: str, position: int) -> Mark:
    before = text[:position]
    return Mark(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def read_yaml(text: str, file: str) -> tuple[Any, Marks]:
    """The data of a YAML text, and the place of the value of every key path in it; of the key itself at `key:`.

    Scalars become str, int, Decimal, bool or None; never float, date or anything else.

    Args:
        text: the file's content.
        file: its name, for messages.

    Raises:
        PlanError: it is not YAML, or is YAML that may be misread; every such place is named.
    """
    reader = _Reader(file)
    half = _HALF.search(text)
    if half is not None:
        raise PlanError([Fault(file, _mark_at(text, half.start()), "half a character; write it whole")])
    try:
        # "rt" keeps comments, and fails at some of them; in folded texts it leaves marks of its own
        yaml = YAML(typ="safe", pure=True)
        yaml.composer.warn_double_anchors = False  # a name given twice is refused below
        node = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(mark.line + 1, mark.column + 1) if mark else Mark()
        place, said = slip(text, error) or (place, f"not readable as YAML: {error.problem or error.context}")
        raise PlanError([Fault(file, place, said)]) from error
    except (YAMLError, ValueError) as error:
        raise PlanError(
            [Fault(file, _place_of(text, error), f"not readable as YAML: {_first(error)}")]
        ) from error
    except RecursionError as error:
        raise PlanError([Fault(file, Mark(), "nested too deeply")]) from error
    if node is None:
        raise PlanError([Fault(file, Mark(), "the file is empty")])
    data = reader.value(node, ())
    if reader.faults:
        raise PlanError(reader.faults)
    return data, reader.marks
