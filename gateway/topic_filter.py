"""MQTT's topic filters, and which series of the plan a topic may feed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.naming import Template
from readings.inputs import Series


def is_filter(text: str) -> bool:
    """Whether a text is an MQTT filter: each wildcard a level of its own, and `#` the last (MQTT 5.0, section 4.7.1)."""
    levels = text.split("/")
    return (
        bool(text)
        and "#" not in levels[:-1]
        and all(len(level) == 1 or not set("+#") & set(level) for level in levels)
    )


def no_filter(text: str) -> str:
    """That a text is not an MQTT filter, and what one is."""
    return f"{text!r} is not an MQTT filter: + and # stand alone, and # last"


def matcher(topic_filter: str) -> re.Pattern[str]:
    """A pattern for the topics that an MQTT filter means; one group per wildcard."""
    levels = topic_filter.split("/")
    parts = [re.escape(level) if level not in ("+", "#") else "([^/]*)" for level in levels]
    if levels[-1] == "#":
        before = "/".join(parts[:-1])
        return re.compile(f"{before}(?:/(.*))?" if before else "(.*)", re.DOTALL)
    return re.compile("/".join(parts))


def groups(match: re.Match[str]) -> dict[int, str]:
    """What each wildcard stands for, counted from 1."""
    return {number: part or "" for number, part in enumerate(match.groups(), start=1)}


def fed_by(template: Template, series: Iterable[Series]) -> list[Series]:
    """Those of the plan's series that `reads` may become."""
    pattern = template.pattern()
    return [
        each
        for each in series
        if pattern.fullmatch(f"{each.line}/{each.sensor}/{each.point}") or pattern.fullmatch(str(each))
    ]
