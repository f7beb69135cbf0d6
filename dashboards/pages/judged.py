"""How a row shows what is judged where that is no reading: what a batch came to, or the value that was decided on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.judged_number import judged_number
from dashboards.pages.came_to import asked_words, between, came_to_words, counted, how_counted
from readings.units import unit_named
from rules.cycle_course import UNDER_WAY

if TYPE_CHECKING:
    from dashboards.pages.words import Words
    from dashboards.views.board import JudgedNow, Row
    from dashboards.views.watch import Watch

_RULES = ("nelson", "western_electric")


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in a row.

    Attributes:
        value: large; empty where the ledger says nothing of now, and the reading stands there.
        unit: behind it.
        text: below: what sort of value that is, and what was asked.
        of: whose it is: the last batch, the decision.
        at: when that was, ns UTC; None for none.
    """

    value: str = ""
    unit: str = ""
    text: str = ""
    of: str = ""
    at: int | None = None


def judged_shown(row: Row, words: Words) -> Shown:
    """What a row shows of what is judged."""
    watch, judged = row.watch, row.judged
    if judged is None:
        return Shown()
    if watch.per_cycle:
        return _batch(watch, judged, words)
    if judged.worst is None:
        return Shown()
    value, unit = judged_value(watch, judged.worst, words)
    return Shown(value, unit, "", words.say("as decided at"), judged.at)


def judged_value(watch: Watch, value: float, words: Words) -> tuple[str, str]:
    """A value of what is judged, and its unit: a rule by its number, a time as people say it."""
    kind = watch.model.kind
    if kind in _RULES:
        return words.say("rule {number}", number=f"{value:.0f}"), ""
    number = judged_number(repr(value), [bound.word for bound in watch.bounds])
    return number.replace("-", "−"), words.sign(watch.judged_in)


def stands(row: Row, words: Words) -> str:
    """The verdict in a word; of a batch that goes on, that it is under way, or has reached what was asked."""
    if row.watch.per_cycle and row.verdict == "starting" and row.reason == UNDER_WAY:
        return words.say("under way")
    if row.watch.per_cycle and row.verdict == "ok":
        return words.say("reached")
    return words.verdict(row.verdict)


def _batch(watch: Watch, judged: JudgedNow, words: Words) -> Shown:
    """What a batch came to, beside the bound of the plan that it was judged by."""
    came = judged.came_to
    by = judged.by or watch
    (bound, *_) = by.bounds
    asked = bound.value * bound.unit.factor / unit_named(came.unit).factor if came is not None else None
    if judged.under_way:
        if came is None or asked is None:
            return Shown(words.say("under way"))
        last = came_to_words(came, bound.word, asked, words)
        told = words.say("last batch ({verdict}): {said}", verdict=words.verdict(judged.verdict), said=last)
        told += _by_plan(by, watch, words)
        return Shown(words.say("under way"), "", told)
    if came is None or asked is None:
        return Shown("", "", words.say("no batch yet"))
    over = judged.over is not None
    how = how_counted(bound.word, words, over=over) + between(came, bound.word, words)
    text = words.say("{how}; {asked}", how=how, asked=asked_words(came, bound.word, asked, words))
    text += _by_plan(by, watch, words)
    of = words.say("this batch, decided at")
    if over:
        of = words.say("last batch ({verdict}), ended at", verdict=words.verdict(judged.verdict))
    return Shown(counted(came, bound.word, words), "", text, of, judged.over if over else judged.at)


def _by_plan(by: Watch, watch: Watch, words: Words) -> str:
    """Which plan the batch was judged by, where that is not the one in force."""
    if by.plan.hash == watch.plan.hash:
        return ""
    name = by.plan.plan if by.plan.plan != watch.plan.plan else by.plan.hash[:12]
    return words.say("; by the plan then in force, {plan}", plan=name)
