"""Parts of a plan that are kept for people: they must name what there is, though nothing judges by them."""

from __future__ import annotations

from collections.abc import Iterator

from rules.plan import Plan
from rules.strict_yaml import Path


def kept_findings(plan: Plan) -> Iterator[tuple[Path, str]]:
    """What products and verification name twice, or name and the plan has not."""
    for key in ("products", "verification"):
        ids = [each.id for each in getattr(plan, key)]
        for number, name in enumerate(ids):
            if name in ids[:number]:
                yield (key, number, "id"), f"{name} stands here a second time"
    measured = list(plan.sensors)
    for number, check in enumerate(plan.verification):
        for place, name in enumerate(check.of):
            if name not in measured:
                yield (
                    ("verification", number, "of", place),
                    f"no sensor named {name}; the plan has {', '.join(measured)}",
                )
