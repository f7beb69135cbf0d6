"""The ladder: who hears when, whatever restarts in between."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.times import HOUR, MINUTE, NEVER, SECOND
from rules.faults import PlanError
from rules.ladder import Notice
from rules.notices import CaseCourse, Turn, due, first_rungs, next_due, silence_patience, silence_turns
from rules.plan_check import load_plan

LADDER = [
    Notice(at="0 s", to="operator", by=["siren", "wecom"]),
    Notice(after="15 min", unless="acknowledged", to="officer", by=["sms"], again="30 min"),
    Notice(after="4 h", unless="contained", to="manager", by=["sms"]),
    Notice(when="product may have left", propose="report to the authority", to="person in charge"),
]
OPEN = CaseCourse(events=(("e1", 0),))


def rungs(case: CaseCourse, now: int, sent: set[Turn] | frozenset[Turn] = frozenset()) -> list[int]:
    return [each.turn.rung for each in due(LADDER, case, now, sent)]


@pytest.mark.parametrize(
    ("case", "now", "expected"),
    [
        (OPEN, -1, []),
        (OPEN, 0, [0]),
        (OPEN, 15 * MINUTE, [0, 1]),
        (OPEN, 4 * HOUR, [0, 1, 2]),
        (replace(OPEN, acknowledged=MINUTE, sign=MINUTE), 30 * MINUTE, [0]),
        (replace(OPEN, acknowledged=MINUTE, sign=MINUTE), 31 * MINUTE, [0, 1]),
        (replace(OPEN, acknowledged=MINUTE, sign=4 * HOUR), 4 * HOUR, [0, 2]),
        (replace(OPEN, acknowledged=MINUTE, sign=MINUTE, contained=HOUR), 5 * HOUR, [0, 3]),
        (replace(OPEN, over=True), 5 * HOUR, []),
    ],
)
def test_a_rung_is_due_by_what_the_case_says(case, now, expected):
    """After its time, unless acknowledged or contained; a proposal once contained; nothing when the case is over."""
    assert rungs(case, now) == expected


def test_what_is_on_its_way_is_not_due():
    """A turn is sent once."""
    assert rungs(OPEN, 15 * MINUTE, {Turn("e1", 0)}) == [1]


def test_every_event_of_a_case_is_told_by_the_first_rung():
    """One event, one message: one that joins later is told too; the ladder's other rungs speak for the case."""
    joined = CaseCourse(events=(("e1", 0), ("e2", HOUR)))
    turns = [each.turn for each in due(LADDER, joined, HOUR, {Turn("e1", 0)})]
    assert turns == [Turn("e2", 0), Turn("e1", 1)]


def test_a_case_that_nobody_contains_is_told_again():
    """Acknowledged and then left: the rung with `again` sounds every half hour from the last sign of work on."""
    case = replace(OPEN, acknowledged=MINUTE, sign=MINUTE)
    sent = {Turn("e1", 0)}
    [first] = due(LADDER, case, 40 * MINUTE, sent)
    assert (first.turn.rung, first.at) == (1, 31 * MINUTE)
    assert due(LADDER, case, 60 * MINUTE, sent | {first.turn}) == []
    [second] = due(LADDER, case, 61 * MINUTE, sent | {first.turn})
    assert second.at == 61 * MINUTE
    worked = replace(case, sign=62 * MINUTE)
    assert due(LADDER, worked, 91 * MINUTE, sent | {first.turn, second.turn}) == []


def test_a_silence_is_told_by_the_first_rungs_and_its_case_does_not_repeat_them():
    """It reaches people at its own time; when the case opens, that event has been told."""
    [told] = silence_turns(LADDER, "e1", 60 * SECOND)
    assert told.at == 60 * SECOND
    assert rungs(CaseCourse(events=(("e1", 5 * MINUTE),)), 5 * MINUTE, {told.turn}) == []


def test_the_first_rungs_are_those_with_the_least_delay():
    """A ladder may begin after a while; a proposal is no first rung."""
    late = [
        Notice(after="5 min", to="a"),
        Notice(at="0 s", propose="x", to="p"),
        Notice(after="5 min", to="b"),
    ]
    assert first_rungs(late) == [0, 2]


PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
sensors: {air: {unit: degC, every: 10 s, silent_after: 35 s}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]SILENCE}]
"""


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        ("", 35),
        (", silence: {verdict: {after: 40 s}}", 40),
        (", silence: {verdict: {after: 40 s}, notice: {after: 60 s}}", 60),
    ],
)
def test_the_patience_of_a_silence(silence, expected):
    """The notice's own time; with the verdict where that is left out; the sensor's silence where both are."""
    plan = load_plan(PLAN.replace("SILENCE", silence), "plan.yaml")
    assert silence_patience(plan, "C", "a") == expected * SECOND


@pytest.mark.parametrize(
    ("notices", "message"),
    [
        ("{at: 0 s, after: 5 min, to: a}", "one time: at or after"),
        ("{to: a}", "say when"),
        ("{when: product left, to: a}", "the program cannot know whether product left"),
        ("{at: 0 s, unless: acknowledged, to: a}", "nobody can have acknowledged it at once"),
        ("{at: 0 s, to: []}", "say who is told"),
        ("{at: 0 s, to: a, again: 5 s}", "wears people out"),
        ("{at: 0 s, propose: report, to: a}", "nobody is told of a deviation"),
        ("{at: 0 s, unless: closed, to: a}", "unless"),
    ],
)
def test_a_ladder_that_cannot_work_is_a_fault(notices, message):
    """With its place in the file, and what to do."""
    text = PLAN.replace("SILENCE", "") + f"notices: [{notices}]\n"
    with pytest.raises(PlanError, match=message) as caught:
        load_plan(text, "plan.yaml")
    assert str(caught.value).startswith("plan.yaml:8:")


@pytest.mark.parametrize(
    ("silence", "message"),
    [
        ("{verdict: {after: 60 s}, notice: {after: 30 s}}", "before the verdict"),
        ("{notice: {after: 10 min}, case: {after: 5 min}}", "later than the case"),
    ],
)
def test_a_silence_is_told_between_its_verdict_and_its_case(silence, message):
    """Any other order of the steps is a fault."""
    with pytest.raises(PlanError, match=message):
        load_plan(PLAN.replace("SILENCE", f", silence: {silence}"), "plan.yaml")


# -- restarts -------------------------------------------------------------------------------------------------------

ACTIONS = ("ack", "note", "contain", "join", "close")
STORY = st.lists(
    st.tuples(st.integers(1, 40 * 60), st.sampled_from(ACTIONS)),  # seconds until, what happens
    max_size=8,
)
STEP = 30 * SECOND


@dataclass
class Site:
    """A case and a ladder over time, looked at every half minute, except while it is down."""

    story: list[tuple[int, str]]
    sent: list[tuple[Turn, int]] = field(default_factory=list)

    def course(self, now: int) -> CaseCourse:
        case, at = OPEN, 0
        for seconds, what in self.story:
            at += seconds * SECOND
            if at > now or case.over:
                break
            if what == "ack":
                case = replace(case, acknowledged=case.acknowledged or at, sign=at)
            elif what == "note" and case.acknowledged is not None:
                case = replace(case, sign=at)
            elif what == "contain":
                case = replace(case, acknowledged=case.acknowledged or at, contained=case.contained or at)
            elif what == "join":
                case = replace(case, events=(*case.events, (f"e{len(case.events) + 1}", at)))
            elif what == "close":
                case = replace(case, over=True)
        return case

    def run(self, until: int, down: tuple[int, int] = (NEVER, NEVER)) -> Site:
        for now in range(0, until, STEP):
            if down[0] <= now < down[1]:
                continue
            known = {
                turn for turn, _ in self.sent
            }  # all that a restart leaves: what was sent, and the records
            self.sent += [(each.turn, now) for each in due(LADDER, self.course(now), now, known)]
        return self


@given(STORY)
def test_each_turn_is_sent_once_and_at_its_time(story):
    """Never twice, never early, never more than a look late."""
    site = Site(story).run(6 * HOUR)
    turns = [turn for turn, _ in site.sent]
    assert len(turns) == len(set(turns))
    for turn, now in site.sent:
        times = [each.at for each in due(LADDER, site.course(now), now, ()) if each.turn == turn]
        assert times
        assert 0 <= now - times[0] < STEP


@given(STORY, st.integers(0, 6 * 120), st.integers(1, 30))
def test_a_restart_neither_forgets_nor_repeats(story, at, steps):
    """Down for a while: what was due then and still is goes out at the first look, nothing else differs before or after.

    A repeat (`again`) whose time passed while all was down is not made up for: the next one is.
    """
    begin, end = at * STEP, (at + steps) * STEP
    whole, cut = Site(story).run(8 * HOUR), Site(story).run(8 * HOUR, (begin, end))
    once = lambda site: {turn: now for turn, now in site.sent if not turn.again}  # noqa: E731
    a, b = once(whole), once(cut)
    assert len(b) == len([turn for turn, _ in cut.sent if not turn.again])
    for turn, now in a.items():
        if not begin <= now < end:
            assert b[turn] == now
        elif turn in b:
            assert b[turn] == end
        else:
            assert turn not in {each.turn for each in due(LADDER, whole.course(end), end, ())}
    assert set(b) <= set(a)


@given(STORY)
def test_the_next_time_is_when_something_becomes_due(story):
    """Between now and the next time nothing is due that was not, if the case stays as it is."""
    site = Site(story)
    for now in range(0, 5 * HOUR, 20 * MINUTE):
        case = site.course(now)
        coming = next_due(LADDER, case, now)
        known = {each.turn for each in due(LADDER, case, now, ())}
        if coming == NEVER:
            assert {each.turn for each in due(LADDER, case, now + 9 * HOUR, ())} <= known
        else:
            assert due(LADDER, case, coming - 1, known) == []
            assert due(LADDER, case, coming, known) != []


@given(st.permutations(LADDER))
def test_the_order_of_rungs_does_not_matter(ladder):
    """Who hears what when is the same however the ladder is written down."""
    for case, now in itertools.product(
        (OPEN, replace(OPEN, acknowledged=MINUTE, sign=MINUTE, contained=HOUR)), (0, 20 * MINUTE, 5 * HOUR)
    ):
        told = {(ladder[each.turn.rung].recipients[0], each.at) for each in due(ladder, case, now, ())}
        assert told == {
            (LADDER[each.turn.rung].recipients[0], each.at) for each in due(LADDER, case, now, ())
        }
