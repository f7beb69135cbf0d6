"""`while: pump` and `while: {door: false}`: the signals that must be on, or off, for a limit to be judged."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_EXAMPLE = "write the name of a signal that must be on, or {door: false, pump: true}"


def _signals(value: Any) -> dict[str, bool]:
    if isinstance(value, str):
        return {value: True}
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError(_EXAMPLE)
    for name, on in value.items():
        if not isinstance(on, bool):
            raise ValueError(f"{name}: {on!r} is neither true nor false; {_EXAMPLE}")
    return dict(value)


def _said(signals: dict[str, bool]) -> str | dict[str, bool]:
    [*names] = signals
    return names[0] if len(names) == 1 and signals[names[0]] else signals


Signals = Annotated[
    dict[str, bool],
    PlainValidator(_signals),
    PlainSerializer(_said),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["pump"]},
                {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
            ]
        }
    ),
]
