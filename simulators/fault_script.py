"""Faults in a YAML file: `faults:` and a list, read strictly, every mistake with its line."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simulators.faults import Fault, FaultError, fault_of


def load_faults(path: Path, *, now: int) -> tuple[Fault, ...]:
    """The faults of a script.

    Args:
        path: of the file.
        now: ns UTC; what `in` counts from.

    Raises:
        FaultError: it cannot be read; the message names file and line.
    """
    try:
        node = YAML(typ="rt", pure=True).compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FaultError(f"{path}:{line}: not readable as YAML: {error.problem}") from error
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise FaultError(f"{path}: {error}") from error
    if not isinstance(node, MappingNode) or [key.value for key, _ in node.value] != ["faults"]:
        raise FaultError(f"{path}:1: expected `faults:` and a list behind it, nothing else")
    listed = node.value[0][1]
    if not isinstance(listed, SequenceNode):
        raise FaultError(f"{path}:{_line(listed)}: faults is a list; begin each with `- `")
    return tuple(_fault(each, path, now) for each in listed.value)


def _fault(node: Node, path: Path, now: int) -> Fault:
    if not isinstance(node, MappingNode):
        raise FaultError(f"{path}:{_line(node)}: a fault is {{kind: ..., line: ..., in: ..., for: ...}}")
    given: dict[str, str] = {}
    for key, value in node.value:
        if not isinstance(value, ScalarNode):
            raise FaultError(f"{path}:{_line(value)}: {key.value} has one value")
        if key.value in given:
            raise FaultError(f"{path}:{_line(key)}: {key.value} stands here a second time")
        given[key.value] = value.value
    try:
        return fault_of(given, now=now)
    except FaultError as error:
        raise FaultError(f"{path}:{_line(node)}: {error}") from error


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
