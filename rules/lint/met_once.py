"""A time at temperature that is met once and for all on a line that has no batches."""

from __future__ import annotations

from rules.linting import Rule, Said, Subject

_KINDS = ("dwell", "table_dwell")


def _find(subject: Subject) -> Said:
    line = subject.plan.line
    if line.batch is not None or not line.judged:
        return
    for placed in subject.limits:
        limit = placed.limit
        if placed.rank != "critical" or limit.kind not in _KINDS:
            continue
        if set(line.judged) <= set(limit.states or line.judged):
            running = ", ".join(line.judged)
            message = (
                f"a {limit.kind} is met once in each stretch of {running}, and says ok across a later dip: where product"
                " flows on, write a threshold beside it; where it comes in batches, line.batch"
            )
            yield (*placed.path, "kind"), message


RULE = Rule(
    "met-once",
    "a critical dwell or table_dwell over the whole running time of a line without batches: a later dip is not seen",
    _find,
)
