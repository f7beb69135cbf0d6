"""What validation found, in words that say what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from rules.yaml_slips import FULL_WIDTH, wide_message

OTHER_WORDS = {
    "max": "at_most",
    "maximum": "at_most",
    "upper": "at_most",
    "not_above": "at_most",
    "min": "at_least",
    "minimum": "at_least",
    "lower": "at_least",
    "not_below": "at_least",
    "less_than": "below",
    "greater_than": "above",
    "sensor": "of",
    "source": "of",
    "type": "kind",
    "interval": "every",
    "frequency": "every",
    "period": "every",
    "timeout": "silent_after",
    "delay": "for_more_than",
    "duration": "for_more_than",
    "for": "for_more_than",
    "accuracy": "uncertainty",
    "limits": "critical",
    "critical_limits": "critical",
    "corrective_actions": "on_deviation",
    "corrective_action": "on_deviation",
    "hazard": "hazards",
    "phase": "during",
    "phases": "during",
    "reason": "basis",
    "title": "name",
    "tz": "timezone",
}
_BOUNDS = {
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
    "greater_than": "more than",
    "less_than": "less than",
}
_FROM_TO = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:-|–|~|to|\.{2,3}|…)\s*([+-]?\d+(?:\.\d+)?)\s*")


def words(detail: Mapping[str, Any], key: str, fields: Collection[str] = ()) -> str:
    """What is wrong.

    Args:
        detail: one of the errors of a pydantic ValidationError.
        key: as it is written in the file.
        fields: what a model in this place must hold, or may.
    """
    given, context = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            said = f"{key} is missing"
        case "string_type":
            number = isinstance(given, int | Decimal) and not isinstance(given, bool)
            said = f'{key} must be text; quote it: "{given}"' if number else f"{key} must be text"
        case "int_type":
            said = f"{key} must be a whole number"
        case "bool_type":
            said = f"{key} must be true or false"
        case "list_type" | "tuple_type":
            said = _no_list(key, given)
        case "dict_type" | "model_type" | "model_attributes_type":
            such = f", such as {{{next(iter(fields))}: ...}}" if fields else ""
            said = f"{key} must hold keys and values{such}"
        case "union_tag_invalid":
            kinds = re.findall(r"'([^']+)'", context["expected_tags"])
            close = difflib.get_close_matches(str(context["tag"]).lower(), kinds, 1, 0.6)
            said = f"no limit kind named {context['tag']}; "
            said += f"did you mean {close[0]}?" if close else f"known are {', '.join(kinds)}"
        case "union_tag_not_found":
            said = "a limit has a kind, such as kind: threshold"
        case "too_short":
            said = f"{key} must hold at least {context['min_length']}"
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than" as bound:
            said = f"{key} must be {_BOUNDS[bound]} {next(iter(context.values()))}, not {_short(given)}"
        case "literal_error" | "enum":
            said = f"{key} is {context['expected']}, not {_short(given)}"
        case _:
            said = detail["msg"].removeprefix("Value error, ")
    return said + _wide(given, said)


def _no_list(key: str, given: Any) -> str:
    if isinstance(given, dict):
        return f"{key} must be a list: begin each entry with a dash and a space"
    both = _FROM_TO.fullmatch(given) if isinstance(given, str) else None
    return f"{key} must be a list; write [{f'{both[1]}, {both[2]}' if both else _short(given)}]"


def _short(given: Any) -> str:
    text = str(given)
    return text if isinstance(given, str | int | Decimal) and len(text) <= 40 else "..."


def _wide(given: Any, said: str) -> str:
    """Full-width signs in a text that is refused are mostly why."""
    sign = next((each for each in given if each in FULL_WIDTH), None) if isinstance(given, str) else None
    return f" ({wide_message(sign)})" if sign and "full-width" not in said else ""
