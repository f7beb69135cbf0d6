"""What the course of a limit goes by: how long, how often, and what each cycle must come to."""

from __future__ import annotations

import msgspec

from readings.times import format_duration
from rules.timeline import Verdict


class Cycle(msgspec.Struct, frozen=True):
    """What each cycle of the line must come to.

    Attributes:
        reach: the bound must be reached by the end; otherwise it must be kept until the end.
        optional: a cycle without any reading is none that was measured, and says nothing.
        patience: without a reading for so long after the beginning nothing can be said, ns; 0 waits for the end.
        fails: what leaves the bound has failed at once; reached is a narrower one, see `Limit.reached`.
        anew: what was reached may have to be reached anew.
        entered: what is judged is entered by people: one value within is enough, until another is beyond.
        before: it is due before the cycle begins, and the last value before counts.
        lasts: it goes on through stops of the line, until the next lot.
    """

    reach: bool
    optional: bool = False
    patience: int = 0
    fails: bool = False
    anew: bool = False
    entered: bool = False
    before: bool = False
    lasts: bool = False


class Terms(msgspec.Struct, frozen=True):
    """What the course goes by.

    Attributes:
        hold: an excursion up to this long is tolerated, ns.
        clear_for: how long the return must last, ns.
        confirm: so many readings beyond in a row are believed.
        breach: the verdict when the limit did not hold; INDETERMINATE where that is a fault of the instrument.
        beyond: the breach in words.
        spared: so many points may be missing.
        any_point: it is enough that the limit holds at one point.
        cycle: it is decided once for each cycle of the line; None where it holds at every moment.
        by_hand: what stands in, by hand, while its points are silent; empty where nothing does.
    """

    hold: int
    clear_for: int
    confirm: int
    breach: Verdict
    beyond: str
    spared: int = 0
    any_point: bool = False
    cycle: Cycle | None = None
    by_hand: str = ""


def beyond_text(breach: str, hold: int) -> str:
    """A breach in words: `air not at most -15.0 degC for more than 60 min`."""
    return f"{breach} for more than {format_duration(hold)}" if hold else breach
