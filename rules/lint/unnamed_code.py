"""A code that the readings given hold, and that the plan gives no name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rules.linting import Rule, Said, Subject
from rules.strict_yaml import Path

_FEW = 5  # are named one by one


def _find(subject: Subject) -> Said:
    recording, line = subject.recording, subject.plan.line
    if recording is None:
        return
    if line.state is not None:
        unnamed = _unnamed(recording.said.get(line.state.from_, {}), line.state.codes)
        if unnamed:
            yield (
                _path("state", line.state.codes),
                (
                    f"{line.state.from_} says {unnamed} in this file, which is no state of the plan: limits are judged then,"
                    " and what is decided per cycle ends there unseen; name it"
                ),
            )
    if line.product is not None and any(placed.limit.products for placed in subject.limits):
        products = {each.id for each in subject.plan.products}
        known = {code for code, meant in line.product.codes.items() if meant in products} or products
        unnamed = _unnamed(recording.said.get(line.product.from_, {}), known)
        if unnamed:
            yield (
                _path("product", line.product.codes),
                (
                    f"{line.product.from_} says {unnamed} in this file, which is no product of the plan: limits that hold by"
                    " product are indeterminate then; name it"
                ),
            )


def _path(what: str, codes: object) -> Path:
    return ("line", what, "codes") if codes else ("line", what)


def _unnamed(said: Mapping[str, int], known: Collection[str]) -> str:
    """What was said and is not known, the most frequent first; empty where all of it is."""
    found = sorted((code for code in said if code not in known), key=lambda code: (-said[code], code))
    named = [f"{code!r} ({said[code]} time{'s' * (said[code] != 1)})" for code in found[:_FEW]]
    more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
    return ", ".join(named) + more


RULE = Rule(
    "unnamed-code",
    "a state or a product that the readings given hold, and the plan does not name",
    _find,
    needs_readings=True,
)
