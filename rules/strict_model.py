"""Models that refuse what they do not know, and say where and what was meant."""

from __future__ import annotations

import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from rules.faults import Fault, Mark, PlanError
from rules.strict_yaml import Marks, Path, read_yaml


class Strict(BaseModel):
    """A part of a plan or site file: unknown keys are errors, values are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()} | set(cls.model_fields)
        for key in data:
            if key not in known:
                close = difflib.get_close_matches(str(key), known, 1, 0.6)
                hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(sorted(known))}"
                raise ValueError(f"unknown key {key}; {hint}")
        return data


M = TypeVar("M", bound=BaseModel)

_PLAIN = {
    "missing": "{key} is missing",
    "string_type": "{key} must be text",
    "int_type": "{key} must be a whole number",
    "bool_type": "{key} must be true or false",
    "list_type": "{key} must be a list, such as [a, b]",
    "tuple_type": "{key} must be a list, such as [a, b]",
    "dict_type": "{key} must hold keys and values",
    "model_type": "{key} must hold keys and values",
    "union_tag_invalid": "no limit kind named {tag}; known are {expected}",
    "union_tag_not_found": "a limit has a kind, such as kind: threshold",
    "literal_error": "{key}: {message}",
    "model_attributes_type": "{key} must hold keys and values",
}


def faults_of(error: ValidationError, file: str, marks: Marks, at: Path = ()) -> list[Fault]:
    """The faults of a validation error, each with its place in the file."""
    faults = []
    for detail in error.errors():
        path = _written(detail["loc"], marks, at)
        key = next((str(part) for part in reversed(detail["loc"]) if isinstance(part, str)), "it")
        given = detail.get("ctx", {})
        message = _PLAIN.get(detail["type"], "{message}").format(
            key=key,
            message=detail["msg"].removeprefix("Value error, "),
            tag=given.get("tag"),
            expected=given.get("expected_tags"),
        )
        if message.startswith("unknown key "):
            path = (*path, message.removeprefix("unknown key ").split(";", 1)[0] + ":")
        elif detail["type"] == "union_tag_invalid":
            path = (*path, "kind")
        faults.append(Fault(file, marks.get(path) or marks.get(path[:-1], Mark()), message))
    return faults


def _written(loc: tuple[str | int, ...], marks: Marks, at: Path) -> Path:
    """The part of a validation path that stands in the file; names of models in between do not."""
    path = at
    for part in loc:
        if (*path, part) in marks:
            path = (*path, part)
    return path


def read_model(model: type[M], text: str, file: str) -> tuple[M, Marks]:
    """A YAML text as a model, and the places of its keys.

    Raises:
        PlanError: with every fault found.
    """
    data, marks = read_yaml(text, file)
    return model_of(model, data, file, marks), marks


def model_of(model: type[M], data: Any, file: str, marks: Marks) -> M:
    """Data read from a file as a model.

    Raises:
        PlanError: with every fault found.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise PlanError(faults_of(error, file, marks)) from error
