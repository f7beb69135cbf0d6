"""The little of InfluxQL that every query here is made of.

`${__from}` and `${__to}` are Grafana's: the range looked at, ms since 1970. They stand where `$timeFilter` would not do,
because what is asked lies before the range. The queries rest on selectors, subqueries and unions of subqueries, as
InfluxDB 1.6.7 answers them.
"""

from __future__ import annotations

FROM = "${__from}ms"
TO = "${__to}ms"
IN_RANGE = "$timeFilter"
LOOK_BACK = 400  # days: how far before the range a verdict that still holds is looked for


def literal(text: str) -> str:
    """A string in single quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def matching(tag: str, expression: str) -> str:
    """A condition: the whole tag matches the regular expression."""
    return f'"{tag}" =~ /^{expression}$/'


def escaped(text: str) -> str:
    """A text that a regular expression takes literally."""
    return "".join(f"\\{sign}" if sign in r"\^$*+?.()|[]{}/" else sign for sign in text)


def same(**tags: str) -> str:
    """A condition: each tag or field has this value.

    Example: `same(site="S", line="a")` gives `"site" = 'S' AND "line" = 'a'`.
    """
    return " AND ".join(f'"{name}" = {literal(value)}' for name, value in tags.items())


def either(conditions: list[str]) -> str:
    """A condition: one of these holds."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(f'({each})' for each in conditions)})"


def union(*queries: str) -> str:
    """Several subqueries as one source; their series with the same tags become one."""
    return ", ".join(f"({each})" for each in queries)
