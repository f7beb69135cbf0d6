"""The spans of time that exceptions hold in: opened by a signal, bounded in time and count."""

from __future__ import annotations

from readings.times import NEVER
from rules.limit_unit import Exemption
from rules.nights import LOST

_ON = ("1", "true", "True")


def granted_spans(granted: Exemption, changes: list[tuple[int, str]]) -> list[tuple[int, int]]:
    """The spans (from, until) in which the exception's bound holds, recovery included.

    A signal that falls silent ends its exception, without recovery; if it is on when it speaks again, it was on meanwhile.
    """
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for number, (start, text) in enumerate(changes):
        if text not in _ON:
            continue
        through = number >= 2 and changes[number - 1][1] == LOST and changes[number - 2][1] in _ON
        if not through or not opened:
            opened.append(start)
        if (
            granted.times
            and sum(1 for other in opened if other > opened[-1] - granted.window) > granted.times
        ):
            continue
        end, then = changes[number + 1] if number + 1 < len(changes) else (NEVER, "")
        if end - opened[-1] > granted.lasts:
            end = opened[-1] + granted.lasts
        elif then != LOST:
            end += granted.recovers
        if end > start:
            spans.append((start, end))
    return spans
