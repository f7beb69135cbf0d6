"""Models that refuse what they do not know, and say where and what was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from readings.unknown_keys import unknown_keys
from rules.faults import Fault, Mark, PlanError
from rules.strict_yaml import Marks, Path, read_yaml
from rules.validation_words import OTHER_WORDS, words


class Strict(BaseModel):
    """A part of a plan or site file: unknown keys are errors, values are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        unknown = unknown_keys(data, known, OTHER_WORDS)
        if unknown:
            raise ValueError(unknown)
        return data


M = TypeVar("M", bound=BaseModel)


def faults_of(error: ValidationError, file: str, marks: Marks, at: Path = ()) -> list[Fault]:
    """The faults of a validation error, each with its place in the file."""
    faults = []
    details = error.errors()
    paths = [_written(detail["loc"], marks, at) for detail in details]
    for number, (detail, path) in enumerate(zip(details, paths, strict=True)):
        if _other_branch(detail["loc"], number, paths):
            continue
        parts = path if detail["type"] != "missing" else detail["loc"]
        key = next((str(part) for part in reversed(parts) if isinstance(part, str)), "it")
        for message in words(detail, key, _fields(detail)).split("\n"):
            place = path
            if message.startswith("unknown key "):
                place = (*path, message.removeprefix("unknown key ").split(";", 1)[0] + ":")
            elif detail["type"] == "union_tag_invalid":
                place = (*path, "kind")
            faults.append(Fault(file, marks.get(place) or marks.get(place[:-1], Mark()), message))
    return list(dict.fromkeys(faults))


def _fields(detail: Mapping[str, Any]) -> list[str]:
    """What a model that was not given as one must hold; where it must nothing, what it may."""
    name, waiting = detail.get("ctx", {}).get("class_name"), [Strict]
    while name is not None and waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__name__ == name:
            known = {field.alias or key: field.is_required() for key, field in model.model_fields.items()}
            return [key for key, needed in known.items() if needed] or list(known)
    return []


def _other_branch(loc: tuple[str | int, ...], number: int, paths: Sequence[Path]) -> bool:
    """Whether this is only that a value is not of the one form it may have, when its other form says more, or the same."""
    path = paths[number]
    if not loc or not isinstance(loc[-1], str) or "[" not in loc[-1]:
        return False
    return any(
        other[: len(path)] == path and (len(other) > len(path) or place < number)
        for place, other in enumerate(paths)
        if place != number
    )


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
