"""What the line says of itself over time: signals, the exceptions they open, the states that gate judging."""

from __future__ import annotations

from bisect import bisect_right, insort

import msgspec
import numpy as np

from readings.block import F64, I64
from readings.times import ALWAYS, NEVER
from rules.counter import Count
from rules.derivation import whole_steps
from rules.limit_unit import Exemption, LimitUnit, Signal
from rules.line_words import Heard
from rules.nights import IDLE, LOST, UNKNOWN, Word
from rules.program import Program

_ON = ("1", "true", "True")


class Said(msgspec.Struct, array_like=True, order=True):
    """From `start` to `end` a signal said the same, again and again."""

    start: int
    end: int
    text: str


class SignalState(msgspec.Struct, array_like=True):
    """What a signal has said, and what follows from it.

    Attributes:
        said: in order of time. Each text stands for itself, so that a late one finds its place.
        changes: (from, text) that follow; a truth says "1" or "0"; LOST once it is silent.
        last: when it last spoke, ns.
        count: of a counter, what it said.
    """

    said: list[Said] = []
    changes: list[tuple[int, str]] = []
    last: int = ALWAYS
    count: Count | None = None

    def hear(self, signal: Signal, time: I64, value: F64) -> None:
        """Take usable readings in order of time, later than all before; of one time, the last counts."""
        if len(time) == 0:
            return
        if (np.diff(time) == 0).any():
            last_of_time = np.r_[np.diff(time) != 0, True]
            time, value = time[last_of_time], value[last_of_time]
        if signal.counts is not None:
            self.count = self.count or Count()
            steps = whole_steps(value, signal.counts)
            new = time > self.last
            self.count.hear(time[new], steps[new], silent=signal.silent, pause=signal.pause)
            self.last = self.count.last
            return
        near = np.diff(time) <= (signal.silent or NEVER)
        starts = np.flatnonzero(np.r_[True, ~((value[1:] == value[:-1]) & near)])
        for row, end in zip(starts.tolist(), [*(starts[1:] - 1).tolist(), len(time) - 1], strict=True):
            self._add(
                signal, Said(int(time[row]), int(time[end]), _text(signal, float(value[row]))), merge=True
            )

    def hear_text(self, signal: Signal, time: int, text: str) -> None:
        """Take a text, in time or late; one heard before changes nothing."""
        said = Said(time, time, text)
        if time > self.last:
            self._add(signal, said, merge=False)
        elif said not in self.said:
            insort(self.said, said)
            everything, self.said, self.changes, self.last = self.said, [], [], ALWAYS
            for each in everything:
                self._add(signal, each, merge=False)

    def _add(self, signal: Signal, said: Said, *, merge: bool) -> None:
        if signal.silent and self.last != ALWAYS and said.start - self.last > signal.silent:
            self._change(self.last + signal.silent, LOST)
            merge = False
        self._change(said.start, said.text)
        if merge and self.said and self.said[-1].text == said.text:
            self.said[-1].end = said.end
        else:
            self.said.append(said)
        self.last = max(self.last, said.end)

    def _change(self, time: int, text: str) -> None:
        if self.changes and self.changes[-1][0] == time:
            self.changes.pop()  # of one time, the last counts
        if not self.changes or self.changes[-1][1] != text:
            self.changes.append((time, text))

    def until(self, time: int) -> SignalState:
        """A copy of what was said up to a time, which is one of those at which it spoke; of a counter, the last."""
        if self.count is not None:
            return SignalState(last=self.last, count=self.count.twin())
        return SignalState(
            [Said(each.start, min(each.end, time), each.text) for each in self.said if each.start <= time],
            [change for change in self.changes if change[0] <= time],
            time,
        )

    def told(self, signal: Signal, until: int) -> list[tuple[int, str]]:
        """The changes as they stand at `until`, silence included."""
        if signal.silent and self.last != ALWAYS and until - self.last > signal.silent:
            lost = self.last + signal.silent
            if self.changes and self.changes[-1][1] != LOST:
                return [*self.changes, (lost, LOST)]
        return self.changes

    def prune(self, before: int) -> None:
        """Forget changes that nothing can ask for any more; the one that holds at `before` stays."""
        keep = bisect_right(self.changes, before, key=lambda change: change[0]) - 1
        if keep > 0:
            del self.changes[:keep]
        keep = bisect_right(self.said, before, key=lambda each: each.start) - 1
        if keep > 0:
            del self.said[:keep]
        if self.count is not None:
            self.count.prune(before)


def _text(signal: Signal, number: float) -> str:
    code = str(int(number)) if number == int(number) else str(number)
    return meaning(signal, code)


def meaning(signal: Signal, code: str) -> str:
    """What a code means by the plan; UNKNOWN if the plan gives codes, and not this one."""
    return signal.codes.get(code, UNKNOWN) if signal.codes else code


def windows(granted: Exemption, changes: list[tuple[int, str]]) -> list[tuple[int, int]]:
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


class WordMemo:
    """What the line is said to do, worked out once a step for all limits that ask.

    Attributes:
        until: how far time has come, ns.
        words: by signal of the state, and whether with what became known later.
    """

    def __init__(self, until: int = ALWAYS) -> None:
        self.until = until
        self.words: dict[tuple[int, bool], list[Word]] = {}


class Gate(msgspec.Struct, frozen=True):
    """From `time` on the limit is judged, suspended or starting.

    Attributes:
        time: ns.
        state: `judged`, `suspended` or `starting`.
        reason: in words.
        since: where it is judged because the state has fallen silent, when that was last told: it may have changed then.
            So it is where the state speaks again.
            Where it is suspended because nothing is made, since when: what was not read from then on is not missed.
        known: when that could first be known; 0 for at once.
        silent: it is judged because the state has fallen silent: which batch it is of, nobody knows.
    """

    time: int
    state: str
    reason: str = ""
    since: int | None = None
    known: int = 0
    silent: bool = False


def gates(limit: LimitUnit, words: list[Word]) -> list[Gate]:
    """How what the line is said to do gates a limit. An unknown state is judged: silence never mutes."""
    found: list[Gate] = []
    judged, settled, said = True, ALWAYS, ""
    for number, word in enumerate(words):
        runs = _runs(limit, word, said)
        if runs and not judged and limit.settle and word.text in limit.judged:
            end = _ends(limit, words, number)
            found.append(Gate(word.time, "starting", f"settling after {_before(words, number)}"))
            settled = min(word.time + limit.settle, end)
            if word.time + limit.settle < end:
                found.append(Gate(word.time + limit.settle, "judged"))
        elif runs and (not judged or word.time > settled):
            back = number > 0 and words[number - 1].text in (LOST, IDLE)
            if not judged or back or word.text in (LOST, IDLE):
                lost = next(
                    (each for each in words[max(number - 1, 0) : number + 1] if each.text == LOST), None
                )
                since = lost.since if lost is not None else None
                found.append(Gate(word.time, "judged", since=since, silent=word.text == LOST))
            if (
                judged and back and limit.settle and word.text in limit.judged
            ):  # it may turn out to have rested
                settled = min(word.time + limit.settle, _ends(limit, words, number))
                found += [Gate(settled, "judged")] if settled == word.time + limit.settle else []
        elif not runs:
            reason = word.reason if word.text == IDLE else word.text
            found.append(Gate(word.time, "suspended", reason, word.since, word.known))
        judged = runs
        said = word.text if word.text not in (LOST, IDLE) else said
    return found if limit.terms.cycle is not None or limit.idles else _telling(found)


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
    if limit.batch < 0:
        return found
    return _parted(found, signals[limit.batch].told(program.signals[limit.batch], until))


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
    """From here on gates may still be others by what is said next of times that are past, ns; NEVER if they cannot.

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
    return heard.firm_until() if heard is not None else NEVER


def _parted(found: list[Gate], batches: list[tuple[int, str]]) -> list[Gate]:
    """Where the batch changes while a limit is judged, one cycle ends and the next begins."""
    parted: list[Gate] = []
    judged, waiting, before = True, iter(found), Gate(ALWAYS, "judged")
    gate = next(waiting, None)
    for time, _ in batches[1:]:
        while gate is not None and gate.time <= time:
            parted.append(gate)
            judged, before = gate.state == "judged", gate
            gate = next(waiting, None)
        if judged and (not parted or parted[-1].time < time):
            since = before.since if before.silent else None
            begins = Gate(time, "judged", since=since, silent=before.silent)
            parted += [Gate(time, "suspended", "next batch"), begins]
    return [*parted, *([gate] if gate is not None else []), *waiting]
