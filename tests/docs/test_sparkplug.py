"""The tables of the page on Sparkplug B say what the program does."""

from __future__ import annotations

import re

import docs_pages as pages

from gateway.sparkplug_settings import SparkplugSource
from gateway.sparkplug_value import quality_of

PAGE = "sparkplug.md"


def test_qualities() -> None:
    """Each row of the qualities is what becomes of such a number, and the last one of all others."""
    rows = pages.table(PAGE, "property Quality", "the reading")
    named: dict[int | None, str] = {}
    for row in rows:
        numbers = [int(each) for each in re.findall(r"\d+", row["property Quality"])]
        if " to " in row["property Quality"]:
            numbers = list(range(numbers[0], numbers[1] + 1))
        named |= dict.fromkeys(numbers, row["the reading"])
    named[None] = next(row["the reading"] for row in rows if "left out" in row["property Quality"])
    for code in (None, -1, *range(600)):
        reason = quality_of(code)
        shown = ": ".join(filter(None, (reason.quality.name.lower(), reason.text if reason else "")))
        assert named.get(code, rows[-1]["the reading"]) == shown, code


def test_rights_at_the_broker() -> None:
    """The topics that the page wants the user to read are all that the gateway subscribes to."""
    metric = {"node": "NODE", "metric": "x", "reads": "a/b", "unit": "degC"}
    source = SparkplugSource.model_validate(
        {"name": "e", "sparkplug": "mqtt://x", "group": "GROUP", "metrics": [metric]}
    )
    (row,) = [row for row in pages.table(PAGE, "right", "topics") if row["right"] == "read"]
    allowed = [re.compile(each.replace("+", "[^/]+")) for each in re.findall(r"`([^`]+)`", row["topics"])]
    for each in source.filters:
        assert any(pattern.fullmatch(each) for pattern in allowed), each
