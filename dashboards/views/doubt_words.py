"""What a source gives that hardly anybody can have meant, in words: one text for each kind of doubt, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dashboards.language import Tongue, language
from dashboards.views.health_shape import DoubtSaid
from readings.times import SECOND

DOUBTS: Final[dict[str, str]] = {
    "lost": "the connection was lost {times} times in {span}: {why}",
    "behind": "the clock that {series} comes with is {span} behind: its readings are uncertain and decide nothing;"
    " set the clock, or the zone in the site file, unless they waited on the way",
    "ahead": "the clock that {series} comes with is {span} ahead: its readings are uncertain and decide nothing;"
    " set the clock, or the zone in the site file",
    "undated": "none of the last {count} readings brought a time that can be believed, for {span}: they are bad and decide"
    " nothing; look at time in the site file, and at the clock that they come with",
    "faint": "{series} reads {raw}, which no instrument measures: look at its type and at the order of bytes",
    "mixed": "{series} is read of {count} topics, {topics}: whose values are they? Let reads say by a placeholder which"
    " wildcard tells the devices apart; where all are one device, name them so by names",
    "refused": "unit {unit} refuses {spans}: look whether its manual counts from 1, and at the table",
    "misfits": "unit {unit}: {missed} of {asked} answers did not fit the question in {span}: two devices may have this"
    " number, or another master asks on the line",
    "counter": "unit {unit} answers, and its counter has stood still for {span}: it says the same sample again and"
    " again, which is no new reading; look whether it still measures",
}
"""By the kind of `gateway.doubts`; `span` is made of the fact `seconds`. Each is the message id of both languages."""


def doubt_words(doubt: DoubtSaid, tongue: Tongue) -> str:
    """A doubt in words, without the name of its source; empty for one that another release has said.

    Args:
        doubt: its kind and facts.
        tongue: of the reader.
    """
    speech = language(tongue, Path(__file__).parent)
    span = speech.duration(int(doubt.facts.get("seconds", 0)) * SECOND)
    try:
        return speech.say(DOUBTS[doubt.kind], **{"span": span} | doubt.facts)
    except (KeyError, IndexError):
        return ""
