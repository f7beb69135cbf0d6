"""How what the line says of itself gates a limit: judged, suspended, starting.

A gate holds from its time on: a reading of that very time belongs to the state that begins.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

import msgspec

from readings.times import ALWAYS, NEVER
from rules.conditions import conditioned
from rules.gate import Gate
from rules.limit_unit import LimitUnit
from rules.line_words import Heard
from rules.nights import IDLE, LOST, UNKNOWN, Word
from rules.program import Program
from rules.signals import SignalState

FELL_SILENT = "the state of the line fell silent"
UNNAMED = "the line was in a state that the plan does not name"
UNTOLD = "nobody said which batch it is"
NEXT = "next batch"


class WordMemo:
    """What the line is said to do, worked out once a step for all limits that ask.

    Attributes:
        until: how far time has come, ns.
        words: by signal of the state, and whether with what became known later.
    """

    def __init__(self, until: int = ALWAYS) -> None:
        self.until = until
        self.words: dict[tuple[int, bool], list[Word]] = {}


def gates(limit: LimitUnit, words: list[Word]) -> list[Gate]:
    """How what the line is said to do gates a limit. An unknown state is judged: silence never mutes."""
    found: list[Gate] = []
    judged, settled, said = True, ALWAYS, ""
    for number, word in enumerate(words):
        runs = _runs(limit, word, said)
        if runs and not judged and limit.settle and word.text in limit.judged:
            end = _ends(limit, words, number)
            counts = word.time + limit.settle - limit.yields if limit.yields else NEVER
            settling = f"settling after {_before(words, number)}"
            found.append(Gate(word.time, "starting", settling, counts=counts))
            settled = min(word.time + limit.settle, end)
            if word.time + limit.settle < end:
                found.append(_settled(limit, words, number))
        elif runs and (not judged or word.time > settled):
            unsure = _unsure(limit)
            back = number > 0 and words[number - 1].text in unsure
            if not judged or back or word.text in unsure:
                found += _begins(limit, words, number)
            if (
                judged and back and limit.settle and word.text in limit.judged
            ):  # it may turn out to have rested
                again = word.time + limit.settle < _ends(limit, words, number)
                found += [_settled(limit, words, number)] if again else []
        elif not runs:
            reason = word.reason if word.text == IDLE else word.text
            found.append(Gate(word.time, "suspended", reason, word.since, word.known, first=not number))
        judged = runs
        said = word.text if word.text not in (LOST, IDLE) else said
    found.sort(key=lambda gate: gate.time)  # a line that was silent may be so again before it has settled
    return found if limit.terms.cycle is not None or limit.idles else _telling(found)


def _settled(limit: LimitUnit, words: list[Word], number: int) -> Gate:
    """The gate at which the line has settled after a word; of a cycle it says whether the state is known then."""
    time = words[number].time + limit.settle
    holds = bisect_right(words, time, key=lambda word: word.time) - 1
    if limit.terms.cycle is None or limit.entered or words[holds].text not in (LOST, UNKNOWN):
        return Gate(time, "judged")
    while holds and words[holds].text == words[holds - 1].text == LOST:  # a silence, piece by piece
        holds -= 1
    return msgspec.structs.replace(_begins(limit, words, holds)[-1], time=time)


def _unsure(limit: LimitUnit) -> tuple[str, ...]:
    """Words that do not say whether what was judged goes on; a limit without cycles is judged in a state without a name."""
    return (LOST, IDLE, UNKNOWN) if limit.terms.cycle is not None else (LOST, IDLE)


def _begins(limit: LimitUnit, words: list[Word], number: int) -> list[Gate]:
    """The gate at a word from which on a limit is judged."""
    word, before = words[number], words[number - 1] if number else None
    unnamed = [each for each in (before, word) if each is not None and each.text == UNKNOWN]
    if limit.terms.cycle is None or not unnamed:
        lost = [each for each in (before, word) if each is not None and each.text == LOST]
        why, since = (FELL_SILENT, lost[0].since if len(lost) == 1 else None) if lost else ("", None)
        return [Gate(word.time, "judged", why, since, silent=word.text == LOST)]
    if not limit.entered:
        since = min(unnamed[0].time, word.time - 1)
        return [Gate(word.time, "judged", UNNAMED, since, silent=word.text in (LOST, UNKNOWN))]
    again = limit.batch < 0 and word.text in limit.judged  # what people enter may be of another batch
    ends = [Gate(word.time, "suspended", NEXT)] if again else []
    return [*ends, Gate(word.time, "judged")]


def _telling(found: list[Gate]) -> list[Gate]:
    """Without those at which a limit goes on being judged.

    Only a cycle asks why; and one that may turn out to have rested is cut there, before that is known.
    """
    told, judged = [], True
    for gate in found:
        if gate.state != "judged" or not judged:
            told.append(gate)
        judged = gate.state == "judged"
    return told


def _ends(limit: LimitUnit, words: list[Word], number: int) -> int:
    """When a limit that is judged from a word on is judged no more; NEVER if that is not known."""
    said = words[number].text
    for word in words[number + 1 :]:
        if not _runs(limit, word, said):
            return word.time
        said = word.text if word.text not in (LOST, IDLE) else said
    return NEVER


def _runs(limit: LimitUnit, word: Word, said: str) -> bool:
    """Whether a limit is judged while the line is said to do this; `said` is the last state that it told itself.

    A limit that holds while nothing is made, and one whose batch has begun, is not suspended because nothing is made.
    """
    if word.text == IDLE:
        return not limit.idles or (limit.terms.cycle is not None and said in ("", *limit.judged))
    return not limit.judged or word.text in (LOST, UNKNOWN, *limit.judged)


def _before(words: list[Word], number: int) -> str:
    before = words[number - 1].text if number else ""
    return "no production" if before == IDLE else before


def heard_of(program: Program, signals: list[SignalState], gate: int, until: int) -> Heard | None:
    """What was heard of the line by a signal of its state (-1 for none); None where the plan knows no nights."""
    if program.nights is None:
        return None
    signal = program.signals[gate] if gate >= 0 else None
    told = signals[gate].told(signal, until) if signal is not None else []
    return Heard(program.nights, signals, signal, told, until)


def gates_of(  # noqa: PLR0913 - what is known, and how much of it is asked for
    program: Program,
    signals: list[SignalState],
    limit: LimitUnit,
    until: int,
    *,
    proven: bool = True,
    since: int = ALWAYS,
    memo: WordMemo | None = None,
) -> list[Gate]:
    """How the line gates a limit unit, as known at `until`.

    Args:
        program: the plan made ready.
        signals: what was heard.
        limit: the limit unit.
        until: how far time has come, ns.
        proven: with what became known later than the time that it is of, such as that nothing was made in a silence.
        since: gates before this time may be left out.
        memo: what was said so far in this step; nothing is heard while it is used.
    """
    found: list[Gate] = []
    if limit.terms.cycle is not None and limit.terms.cycle.lasts:
        since = ALWAYS  # it may have begun any number of stops ago
    if limit.gated and memo is not None:
        said = memo.words.get((limit.gate, proven))
        if said is None:
            said = _words(program, signals, limit.gate, max(until, memo.until), proven=proven)
            memo.words[limit.gate, proven] = said
        found = gates(limit, _between(limit, said, since, until))
    elif limit.gated:
        words = _words(program, signals, limit.gate, until, proven=proven, since=since)
        if since != ALWAYS and not (words and _rests(limit, words[0])):
            words = _words(program, signals, limit.gate, until, proven=proven)
        found = gates(limit, words)
    if limit.conditions:
        told = [signals[each.signal].told(program.signals[each.signal], until) for each in limit.conditions]
        found = conditioned(found, limit, told, since)
    if limit.over and limit.terms.cycle is None:
        found = _with_last_windows(found, limit.over)
    if limit.batch < 0:
        return found
    batches = signals[limit.batch].told(program.signals[limit.batch], until)
    cycle = limit.terms.cycle
    return lasting(found, batches) if cycle is not None and cycle.lasts else _parted(limit, found, batches)


def _with_last_windows(found: list[Gate], over: int) -> list[Gate]:
    """Where judging ends, with where the last window ended that can lie whole before it."""
    return [
        gate if gate.state == "judged" else msgspec.structs.replace(gate, whole=gate.time // over * over)
        for gate in found
    ]


def _words(  # noqa: PLR0913 - as for gates
    program: Program,
    signals: list[SignalState],
    gate: int,
    until: int,
    *,
    proven: bool,
    since: int = ALWAYS,
) -> list[Word]:
    heard = heard_of(program, signals, gate, until)
    if heard is not None:
        return heard.words(proven=proven, since=since)
    if gate < 0:
        return []
    signal = program.signals[gate]
    told = signals[gate].told(signal, until)
    return [Word(at, text, "", at - signal.silent if text == LOST else None) for at, text in told]


def _between(limit: LimitUnit, words: list[Word], since: int, until: int) -> list[Word]:
    """The words up to `until`, from two states before `since` on, or from where the limit last was not judged.

    Whatever a limit is at `since`, it is so since then: a settling time that began earlier may end later.
    """
    first, states = bisect_right(words, since, key=lambda word: word.time), 0
    while first > 0 and (states < 3 or not _rests(limit, words[first])):
        first -= 1
        states += words[first].text not in (LOST, IDLE)
    return words[first : bisect_right(words, until, key=lambda word: word.time)]


def _rests(limit: LimitUnit, word: Word) -> bool:
    """Whether the line says that a limit is not judged."""
    return word.text not in (LOST, IDLE) and not _runs(limit, word, "")


def firm_until(
    program: Program, signals: list[SignalState], counted: list[SignalState], limit: LimitUnit, until: int
) -> int:
    """Gates up to here stay as they are, whatever is said next of times that are past, ns; NEVER if all of them do.

    Args:
        program: the plan made ready.
        signals: what was heard.
        counted: the same, with the counter as it is known for good.
        limit: the limit unit.
        until: how far time has come, ns.
    """
    if program.nights is None or program.nights.counter < 0 or not limit.gated:
        return NEVER
    known = list(signals)
    known[program.nights.counter] = counted[program.nights.counter]
    heard = heard_of(program, known, limit.gate, until)
    return heard.firm_until() - 1 if heard is not None else NEVER


def _parted(limit: LimitUnit, found: list[Gate], batches: list[tuple[int, str]]) -> list[Gate]:
    """Where the batch changes while a limit is judged, one cycle ends and the next begins.

    While nobody says which batch it is, nobody knows whether the cycle goes on.
    """
    parted: list[Gate] = []
    judged, waiting, before = True, iter(found), Gate(ALWAYS, "judged")
    gate, since = next(waiting, None), before.since
    for (_, was), (time, text) in pairwise(batches):
        while gate is not None and gate.time <= time:
            parted.append(gate)
            judged = gate.state == "judged"
            since = (gate.since or (since if before.silent else None)) if gate.silent else None
            before, gate = gate, next(waiting, None)
        if judged and (not parted or parted[-1].time < time):
            begins = Gate(time, "judged", since=since, silent=before.silent)
            unsure = not limit.entered and LOST in (was, text)
            if unsure:
                begins = Gate(time, "judged", UNTOLD, time - 1, silent=before.silent or text == LOST)
            parted += [begins] if unsure else [Gate(time, "suspended", NEXT), begins]
    return [*parted, *([gate] if gate is not None else []), *waiting]


def lasting(found: list[Gate], lots: list[tuple[int, str]]) -> list[Gate]:
    """A lot is one cycle from when it is first judged until the next lot, whatever stops lie in it.

    One that the line never ran for has none.
    """
    told: list[Gate] = []
    under_way, said = True, Gate(ALWAYS, "judged")
    coming: list[tuple[int, Gate | None]] = [(gate.time, gate) for gate in found]
    coming += [(at, None) for at, _ in lots[1:]]
    for at, gate in sorted(coming, key=lambda each: (each[0], each[1] is None)):
        said = gate or said
        if gate is None and under_way:
            told.append(Gate(at, "suspended", "next batch"))
            under_way = False
        if said.state == "judged" and not under_way:
            told.append(msgspec.structs.replace(said, time=at))
            under_way = True
        elif said.state != "judged" and (gate is None or said.first):
            told.append(msgspec.structs.replace(said, time=at, first=gate is not None))
            under_way = False
    return told
