"""A critical factor of a scheduled process that no limit watches."""

from __future__ import annotations

from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for number, product in enumerate(subject.plan.products):
        watched = {
            factor
            for placed in subject.limits
            for factor in placed.limit.factors
            if not placed.limit.products or product.id in placed.limit.products
        }
        process = product.scheduled_process
        for factor in process.factors if process is not None else ():
            if factor not in watched:
                message = (
                    f"no limit watches {factor}, a critical factor of {process.id if process else ''}: write a limit that"
                    f" refers to it (scheduled_process.{factor}), or say which one does (factors)"
                )
                yield ("products", number, "scheduled_process", factor), message


RULE = Rule(
    "unwatched-factor",
    "a critical factor of a scheduled process that no limit watches (21 CFR 113.89)",
    _find,
)
