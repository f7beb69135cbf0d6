"""Carrying over what is known of a line, from one version of its plan to the next.

A limit unit (same CCP, limit and unit of product) that is in both is one timeline, with the same events. Where nothing
that it is judged by has changed, everything goes on: timers, counts, windows. Where something has, what was decided stays;
from the switch on the last readings count by what holds now, and timers begin anew. A deviation goes on until readings
have returned to what holds now.

The version before stays beside the present one for a reorder window, and hears what comes late from before the switch;
what it then hands over replaces what it handed over first, and the present version judges again from there.
"""

from __future__ import annotations

import copy

import numpy as np

from readings.inputs import Series
from readings.times import ALWAYS
from rules.again import judge_again
from rules.carry_anew import begin_anew
from rules.carry_derived import Old
from rules.gates import WordMemo
from rules.limit_unit import LimitUnit, Signal
from rules.memory import Before, EngineState, Kept, Shown, Side, begin
from rules.nights import LOST, UNKNOWN
from rules.program import Program
from rules.same_terms import same_terms
from rules.settling import settle
from rules.signals import Said, SignalState, meaning
from rules.silences import copy_unread
from rules.version import Version


def carry(old: Program, before: EngineState, new: Program, at: int) -> EngineState:
    """The memory with which another version of the plan goes on.

    What is heard of that very time belongs to the new version. The old one hears it too, for it ends what it judged: the
    state that ends a batch, the reading up to which a sum goes.

    Args:
        old: the version that held.
        before: what is known by it; it is set back to `at`, and kept as `EngineState.before`.
        new: the version that is to hold.
        at: from then on, ns.

    Returns:
        The memory; the first `step` with it tells what changed.

    Raises:
        ValueError: readings said to be complete and in order of time go beyond `at`.
    """
    end_at(before, at)
    if before.start == ALWAYS:
        return begin(new, complete=before.tail is None)
    if before.tail is not None:  # what is final already cannot be set back
        heard = [before.tail.tracks.last, before.tail.tracks.bad_last]
        at = max(at, *(int(last.max(initial=ALWAYS)) for last in heard))
    state = begin(new, complete=before.tail is None)
    state.start, state.until, state.first = before.start, at, at
    state.series, state.lots, state.passed = dict(before.series), list(before.lots), dict(before.passed)
    texts = [[said for said in _texts(heard) if said.start >= at] for heard in before.head.signals]
    state.kept = _set_back(old, before, at)
    state.before = beside(old, before, new)
    numbers = {limit.key: number for number, limit in enumerate(old.limits)}
    keys = {limit.key for limit in new.limits}
    before.left = [number for key, number in numbers.items() if key not in keys]
    for number in before.left:
        before.due[number] = ALWAYS
    for number, limit in enumerate(new.limits):
        if limit.key in numbers:
            state.shown[number] = _shown(old, before, numbers[limit.key], at)
    _carry_lines(old, before, new, state)
    _hand_over(new, state, _by_place(old, new, texts))
    return state


def end_at(before: EngineState, at: int) -> None:
    """The version ends at `at`: what is of that very time is not final by it, for another one goes on from there."""
    before.ends = at + 1


def _carry_lines(old: Program, before: EngineState, new: Program, state: EngineState) -> None:
    """What was told of the line itself goes on where the new version has that too."""
    told = dict(zip([unit.key for unit in old.lines], before.lines, strict=True))
    for number, unit in enumerate(new.lines):
        known = told.pop(unit.key, None)
        if known is not None:
            state.lines[number] = copy.deepcopy(known)
            state.lines[number].due = ALWAYS
    before.lines_left = [number for number, unit in enumerate(old.lines) if unit.key in told]


def beside(old: Program, before: EngineState, new: Program) -> Before:
    """The version before, as it stands beside the present one."""
    numbers = {limit.key: number for number, limit in enumerate(old.limits)}
    goes_on = [
        number
        for number, limit in enumerate(new.limits)
        if limit.key in numbers and same_terms(old, numbers[limit.key], new, number)
    ]
    return Before(old, before, frozenset(goes_on))


def hand_over(program: Program, state: EngineState) -> None:
    """The version before has heard more: begin again with what it hands over now; all is to be judged again."""
    assert state.before is not None
    state.lots = sorted({*state.before.state.lots, *(lot for lot in state.lots if lot[0] >= state.first)})
    texts = [[said for said in _texts(heard) if said.start >= state.first] for heard in state.head.signals]
    _hand_over(program, state, texts)


def _hand_over(program: Program, state: EngineState, texts: list[list[Said]]) -> None:
    """Set both sides to what the version before knows at the switch, and hear what is behind it."""
    assert state.before is not None
    old, before = state.before.program, state.before.state
    before.said = WordMemo(before.until)
    for number, _ in enumerate(old.limits):
        settle(old, before, before.head, number, before.until)
    side = _side(old, before, program, state.before.goes_on)
    for number, seam in state.seams.items():
        side.limits[number].seams.append(seam)
    state.head = side
    if state.tail is None:
        return
    state.tail = side
    state.head = Side.fresh(program)
    state.head.signals = [
        _heard_on(signal, handed, state.series, state.kept, said)
        for signal, handed, said in zip(program.signals, side.signals, texts, strict=True)
    ]
    judge_again(program, state, np.ones(len(program.limits), np.bool_))


def _set_back(old: Program, before: EngineState, at: int) -> list[Kept]:
    """Let the old version forget what it has heard behind `at`; what that is, and what is of that very time."""
    ends = at + 1
    behind: list[Kept] = []
    within: list[Kept] = []
    for kept in before.kept:
        for rows, into in (
            (kept.rows.pick(kept.rows.time < ends), within),
            (kept.rows.pick(kept.rows.time >= at), behind),
        ):
            if rows.time.size:
                into.append(Kept(kept.position, rows, int(rows.time.max())))
    if before.tail is None and int(before.head.tracks.last.max(initial=ALWAYS)) >= ends:
        raise ValueError("readings go beyond the time from which another version of the plan holds")
    before.kept, before.ends, before.until = within, ends, at
    before.lots = [lot for lot in before.lots if lot[0] < ends]
    for number, signal in enumerate(old.signals):
        heard = before.head.signals[number]
        if heard.last >= ends and before.tail is not None:
            tail, texts = before.tail.signals[number], [said for said in _texts(heard) if said.start < ends]
            before.head.signals[number] = _heard_on(signal, tail, before.series, within, texts)
    if behind:
        judge_again(old, before, np.ones(len(old.limits), np.bool_))
    return behind


def _texts(heard: SignalState) -> list[Said]:
    """What may be texts; each of those stands for itself."""
    return [said for said in heard.said if said.start == said.end]


def _by_place(old: Program, new: Program, said: list[list[Said]]) -> list[list[Said]]:
    known = {_named(was): (was, each) for was, each in zip(old.signals, said, strict=True)}
    found = []
    for signal in new.signals:
        was, texts = known.get(_named(signal), (signal, []))
        found.append([Said(each.start, each.end, _in_words_of(was, signal, each.text)) for each in texts])
    return found


def _named(signal: Signal) -> tuple[Series, str, bool]:
    return signal.series, signal.zone, signal.counts is not None


def _in_words_of(was: Signal, signal: Signal, text: str) -> str:
    """What a text of the old version is called in the new one."""
    if was.codes == signal.codes or text == LOST:
        return text
    codes = [code for code, meant in was.codes.items() if meant == text] if was.codes else [text]
    now = {meaning(signal, code) for code in codes}
    return now.pop() if len(now) == 1 else UNKNOWN


def _heard_on(
    signal: Signal, base: SignalState, codes: dict[Series, int], kept: list[Kept], texts: list[Said]
) -> SignalState:
    """What a signal has said: what it had said before, and what was heard since."""
    anew = base.until(base.last)
    code = codes.get(signal.series, -1)
    parts = [each.rows.pick((each.rows.which == code) & (each.rows.quality == 0)) for each in kept]
    parts = [part.pick(np.isfinite(part.value) & (part.time > base.last)) for part in parts]
    time = np.concatenate([np.empty(0, np.int64), *(part.time for part in parts)])
    value = np.concatenate([np.empty(0), *(part.value for part in parts)])
    order = np.lexsort((value, time))
    anew.hear(signal, time[order], value[order])
    spoken = set(time.tolist())
    for said in texts:
        if said.start not in spoken:
            anew.hear_text(signal, said.start, said.text)
    return anew


def _shown(old: Program, before: EngineState, number: int, at: int) -> Shown:
    shown = before.shown[number]
    first = shown.points[0].start if shown.points else at
    versions = [*shown.versions, Version.of(old, old.limits[number], at)]
    points = [copy.copy(point) for point in shown.points]
    for point in points:
        if point.start >= at:
            point.decided = ALWAYS  # the old version said so: nothing is like it, and it is said again
    return Shown(
        points,
        list(shown.events),
        list(shown.gone),
        [version for version in versions if version.until > first],
    )


def _side(old: Program, before: EngineState, new: Program, goes_on: frozenset[int]) -> Side:
    """What is known at the switch, in the places of the new program."""
    side = Side.fresh(new)
    known = {_named(was): (was, heard) for was, heard in zip(old.signals, before.head.signals, strict=True)}
    for number, signal in enumerate(new.signals):
        was, heard = known.get(_named(signal), (signal, SignalState()))
        if heard.count is not None:
            same = (was.counts, was.pause, was.silent) == (signal.counts, signal.pause, signal.silent)
            side.signals[number] = heard.until(heard.last) if same else SignalState()
            continue
        side.signals[number] = SignalState(
            [Said(each.start, each.end, _in_words_of(was, signal, each.text)) for each in heard.said],
            [(time, _in_words_of(was, signal, text)) for time, text in heard.changes],
            heard.last,
        )
    numbers = {limit.key: number for number, limit in enumerate(old.limits)}
    for number, limit in enumerate(new.limits):
        if number in goes_on:
            _go_on(old, before, numbers[limit.key], side, number, limit)
        else:
            begin_anew(Old(old, before, numbers.get(limit.key)), new, side, number)
    return side


def _go_on(  # noqa: PLR0913 - from where to where
    old: Program, before: EngineState, was_number: int, side: Side, number: int, limit: LimitUnit
) -> None:
    was = old.limits[was_number]
    held = before.head.limits[was_number].twin()
    held.seams.append(before.until)
    side.limits[number] = held
    side.tracks.copy_rows(before.head.tracks, _tracks(limit), _tracks(was))
    for here, there in zip(limit.derived, was.derived, strict=True):
        side.memories[here.track] = before.head.memories[there.track].parted(before.until)
        copy_unread(before.head, there.inputs, side, here.inputs)


def _tracks(limit: LimitUnit) -> np.ndarray:
    """Everything that is heard for a limit unit, in an order that is the same in each version."""
    return np.array([*limit.tracks, *limit.sources], np.intp)
