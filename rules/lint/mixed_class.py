"""An OPRP that calls itself critical, or a CCP that calls itself an OPRP: their consequences differ."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.control_point import Ccp, Oprp
from rules.linting import Rule, Said, Subject
from rules.strict_yaml import Path

_CRITICAL = re.compile(r"\bccp|critical|关键限值|关键控制", re.IGNORECASE)
_PROGRAMME = re.compile(r"\bo?prp|prerequisite|前提方案", re.IGNORECASE)


def _find(subject: Subject) -> Said:
    for path, point in subject.points:
        wrong = _PROGRAMME if isinstance(point, Ccp) else _CRITICAL
        for rest, text in _texts(point):
            found = wrong.search(text)
            if found is not None:
                message = (
                    f"{found[0]} in a CCP: a breach of a CCP holds the product, that of an OPRP is judged first;"
                    " call it what it is"
                    if isinstance(point, Ccp)
                    else f"{found[0]} in an OPRP: its limits are action criteria (ISO 22000:2018, 8.5.4.2);"
                    " if it is critical, write it under ccps"
                )
                yield (*path, *rest), message


def _texts(point: Ccp | Oprp) -> Iterator[tuple[Path, str]]:
    yield ("id",), point.id
    if point.step:
        yield ("step",), point.step
    for text in (point.name or {}).values():
        yield ("name",), text
    if isinstance(point, Oprp):
        for number, limit in enumerate(point.criteria):
            yield ("criteria", number, "id"), limit.id
            for text in (limit.name or {}).values():
                yield ("criteria", number, "name"), text


RULE = Rule("mixed-class", "an OPRP with a critical word, a CCP that is called an OPRP", _find)
