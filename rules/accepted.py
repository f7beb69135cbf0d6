"""Answers to warnings: what `check` doubts, and why it stands as it is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

_SHORTEST = 10


def _accepted(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "write which warning is accepted, and why: {slow-sensor: the lag is validated, report VR-7}"
        )
    for name, reason in value.items():
        if not isinstance(reason, str) or len(reason.strip()) < _SHORTEST:
            raise ValueError(f"say why {name} is accepted, in words that an auditor can follow")
    return dict(value)


Accepted = Annotated[
    dict[str, str],
    PlainValidator(_accepted),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string", "minLength": _SHORTEST}}),
]
"""Reasons by the name of the warning; they belong to the plan and its hash."""
