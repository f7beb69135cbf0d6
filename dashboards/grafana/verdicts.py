"""Verdicts in Grafana: their texts and colours, what is worse than what, and a number for each.

Nothing is judged here: the verdict is the engine's, and Grafana colours it. What cannot be judged and what is missing
look worse than a warning.
"""

from __future__ import annotations

from typing import Any

from dashboards.grafana.shown import Shown
from rules.timeline import Verdict

Json = dict[str, Any]

LOOKS: dict[Verdict, tuple[str, str]] = {  # the least bad first: text, colour
    Verdict.SUSPENDED: ("not judged now", "#7f8c9a"),
    Verdict.OK: ("holds", "#2f9e44"),
    Verdict.STARTING: ("starting", "#3b82c4"),
    Verdict.OPERATING: ("warning", "#f2b01e"),
    Verdict.INDETERMINATE: ("cannot be judged", "#8e44ad"),
    Verdict.DEVIATION: ("deviation", "#d32f2f"),
}
NO_DATA = ("no data", "#3a0f4a")
NUMBER: dict[Verdict, int] = {verdict: 10**place for place, verdict in enumerate(LOOKS)}
NOT_OK = (Verdict.OPERATING, Verdict.INDETERMINATE, Verdict.DEVIATION)


def text_mappings(shown: Shown) -> list[Json]:
    """Verdicts as text become words and colours; nothing becomes `no data`."""
    options = {
        str(verdict): {"text": shown.say(text), "color": colour, "index": index}
        for index, (verdict, (text, colour)) in enumerate(LOOKS.items())
    }
    return [{"type": "value", "options": options}, _nothing(shown)]


def number_mappings(shown: Shown) -> list[Json]:
    """Verdicts as numbers become words and colours.

    The mean of two numbers stands for the worse of the two: that of 10**a and 10**b with b <= a lies above half 10**a
    and not above 10**a.
    """
    ranges = [
        {
            "type": "range",
            "options": {
                "from": 0.4 * NUMBER[verdict],
                "to": NUMBER[verdict],
                "result": {"text": shown.say(text), "color": colour, "index": index},
            },
        }
        for index, (verdict, (text, colour)) in enumerate(LOOKS.items())
    ]
    return [*ranges, _nothing(shown)]


def _nothing(shown: Shown) -> Json:
    text, colour = NO_DATA
    result = {"text": shown.say(text), "color": colour, "index": len(LOOKS)}
    return {"type": "special", "options": {"match": "null+nan", "result": result}}
