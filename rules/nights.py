"""Nights: how a line that is silent can be shown to make nothing, and what is said of it then.

A state that falls silent is unknown, and an unknown state is judged: silence never mutes. What can show that a silent line
makes nothing:

- outside production hours, a person signed the end of production, and since then no hours began, the state did not say
  that the line runs, and the counter did not move;
- outside production hours, where the plan lets it, the line's own last word was that it does not run, and the counter
  stands where it stood then;
- the counter stands after a silence where it stood before, or speaks and stands.

A counter that moves across a silence takes back what was excused in it. In the other direction, a state that says that the
line does not run while the counter goes on moving is contradicted: from then on it is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from readings.times import DAY
from rules.calendar import Shifts

LOST = "\0lost"  # no state or truth is spelled like this
UNKNOWN = "\0unknown"  # a code that the plan does not know
IDLE = "\0idle"  # shown to make nothing
ENDED, BEGUN, APART = "ended", "begun", "\t"
RESTS = ("no production: ", "nothing was made: ")  # how the reasons begin of what is shown to make nothing
LONGEST = 14 * DAY  # a counter that was silent for longer shows nothing of that time


@dataclass(frozen=True, slots=True)
class Nights:
    """How a plan lets a silent line be shown to make nothing.

    Attributes:
        shifts: production hours; None where the plan has no calendar.
        stopped: outside them, the line's own word that it does not run suffices.
        signed: the signal of signatures, by index into `Program.signals`; -1 without a calendar.
        counter: the signal of the counter; -1 where there is none.
        counts: its sensor.
        step: what one step of it is, in its unit.
        silent: after this without a word the counter is silent, ns.
        pause: standing for longer than this the counter stands; moving for longer than this it contradicts, ns.
        producing: the states in which product is made; empty where the plan does not say.
        window: so late a counter may still speak of a silence that is over, ns.
    """

    shifts: Shifts | None
    stopped: bool
    signed: int
    counter: int
    counts: str
    step: Fraction
    silent: int
    pause: int
    producing: tuple[str, ...]
    window: int


class Word(NamedTuple):
    """From `time` on the line is said to do this, until the next word; the same word may be said again.

    Attributes:
        time: ns.
        text: a state of the plan, LOST, UNKNOWN or IDLE.
        reason: of IDLE, in words.
        since: of LOST, when its state was last told; of IDLE, since when it was so.
        known: of IDLE, when that could first be known; 0 for at once.
    """

    time: int
    text: str
    reason: str = ""
    since: int | None = None
    known: int = 0


class Quiet(NamedTuple):
    """A silence of the line's state.

    Attributes:
        told: its last word before, ns; ALWAYS where the line has no state.
        lost: from when on it is silent, ns.
        back: its next word, ns; NEVER while there is none.
        word: what it said last; empty where the line has no state.
        ran: when it last said that it runs, or what the plan does not know, ns; ALWAYS if never.
    """

    told: int
    lost: int
    back: int
    word: str
    ran: int


class Contradiction(NamedTuple):
    """The state said that nothing is made, while the counter moved: since when, when that was known, until when; ns."""

    start: int
    known: int
    end: int
