"""Silence is borne for longer than the limit bears an excursion."""

from __future__ import annotations

from readings.times import MINUTE, format_duration
from rules.lint.grace_without_basis import grace
from rules.linting import Rule, Said, Subject

_IN_REACH = 10 * MINUTE  # quicker than this no person holds product anyway


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        limit, silence = placed.limit, placed.point.silence
        if placed.rank not in ("critical", "criterion") or not limit.hold:
            continue
        verdict = silence.verdict.after if silence.verdict is not None else placed.sensor.silence
        hold, path = format_duration(limit.hold), (*placed.path, grace(placed) or "id")
        if verdict > limit.hold:
            message = (
                f"an excursion is borne for {hold}, silence of {limit.of} for {format_duration(verdict)} before anything"
                f" is doubted: a whole deviation fits into a gap; let silence be told after {hold} at most"
            )
            yield path, message
        elif silence.case is not None and silence.case.after > max(limit.hold, _IN_REACH):
            message = (
                f"silence of {limit.of} makes a case after {format_duration(silence.case.after)}, an excursion after"
                f" {hold}: until then nobody has to hold what was made; shorten it, or say why it may wait"
            )
            yield path, message


RULE = Rule(
    "long-patience",
    "silence is borne for longer than the limit bears an excursion: before the verdict, or before a case (from 10 min on)",
    _find,
)
