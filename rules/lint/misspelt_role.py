"""A role that is written once and looks like another one, misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rules.control_point import Ccp, Oprp
from rules.linting import Rule, Said, Subject, actions_of
from rules.strict_yaml import Path

_SHORT = 5  # signs; shorter words differ by one sign and mean another thing


def _find(subject: Subject) -> Said:
    places = list(_roles(subject))
    counts = Counter(role for _, role in places)
    for path, role in places:
        if counts[role] > 1:
            continue
        for other in counts:
            if other != role and (counts[other] > 1 or other < role) and _alike(role, other):
                yield (
                    path,
                    f"{role} stands here once and looks like {other}: write them alike if they are the same",
                )
                break


def _roles(subject: Subject) -> Iterator[tuple[Path, str]]:
    for path, point in subject.points:
        yield from _of_point(path, point)
    for name, value in subject.plan.by_hand.items():
        for role in (value.by,) if isinstance(value.by, str) else value.by or ():
            yield ("by_hand", name, "by"), role
    for number, check in enumerate(subject.plan.verification):
        if check.by:
            yield ("verification", number, "by"), check.by
    for number, rung in enumerate(subject.plan.notices):
        for role in rung.recipients:
            yield ("notices", number, "to"), role


def _of_point(path: Path, point: Ccp | Oprp) -> Iterator[tuple[Path, str]]:
    if point.monitoring is not None:
        yield (*path, "monitoring", "by"), point.monitoring.by
        if point.monitoring.evaluated_by:
            yield (*path, "monitoring", "evaluated_by"), point.monitoring.evaluated_by
    key, actions = actions_of(point)
    for number, step in enumerate(actions.steps if actions is not None else ()):
        if step.by:
            yield (*path, key, "steps", number, "by"), step.by
        for index, role in enumerate(step.signed_by):
            yield (*path, key, "steps", number, "signed_by", index), role


def _alike(one: str, other: str) -> bool:
    """Whether two roles differ in how they are written alone, or in a letter or two; numbers tell people apart."""
    if re.sub(r"[\W_]+", "", one).casefold() == re.sub(r"[\W_]+", "", other).casefold():
        return True
    if min(len(one), len(other)) <= _SHORT or re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    return _distance(one.casefold(), other.casefold()) <= (2 if min(len(one), len(other)) > 2 * _SHORT else 1)


def _distance(one: str, other: str) -> int:
    """So many letters are put in, left out, exchanged, or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        older, before, row = before, row, [number]
        for place, sign in enumerate(other, 1):
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != sign))
            if number > 1 < place and letter == other[place - 2] and one[number - 2] == sign:
                cost = min(cost, older[place - 2] + 1)
            row.append(cost)
    return row[-1]


RULE = Rule(
    "misspelt-role", "a role (by, to, evaluated_by, signed_by) that stands once and looks like another", _find
)
