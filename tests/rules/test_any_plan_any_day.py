"""Promise 4 for plans and plant days drawn by chance: whole and in order, or however it came, the record is the same.

So is the product that events affect. A lot that was named once may stay named where late words move where it began; none is
missing.
"""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings
from msgspec.structs import replace

from ledger.affected_product import AffectedProduct
from readings.block import Block, BlockBuilder
from readings.inputs import Series, State
from readings.quality import Reason
from readings.times import ALWAYS, NEVER, SECOND, parse_time
from rules import again
from rules.carry import beside, carry, end_at
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again
from rules.plan_check import load_plan
from rules.switch import switch_of

_SPEC = importlib.util.spec_from_file_location("any_plant", Path(__file__).with_name("any_plant.py"))
any_plant = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(any_plant)

START = parse_time("2026-12-01T00:00:00Z")
HEAD = """plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-01-01T00:00:00Z"""
SIZE = 30  # scans
LATE = 40  # s; with what a block waits for, less than every reorder window
SEEDS = settings.default.max_examples // 4  # 25; --hypothesis-profile=fuzz: 1,250


def time_of(row):
    """Of a row, ns."""
    return START + row[0] * SECOND


def block_of(rows) -> Block:
    """Rows as the journal holds them."""
    builder = BlockBuilder()
    for row in rows:
        time, (_, name, value) = time_of(row), row
        if isinstance(value, str):
            said, _, zone = name.partition("/")
            builder.state(State(time, "L", said, value, zone))
            continue
        reason = (
            Reason.NO_ANSWER
            if value is None
            else Reason.BY_HAND
            if name in ("probe", "first")
            else Reason.NONE
        )
        told = math.nan if value is None else value
        builder.reading(Series("L", *name.split("/")), time=time, value=told, reason=reason, received=time)
    return builder.build()


def recorded(decisions):
    """Everything a record holds: spans with their integrals and reasons, and events.

    Of an event not its id, which is of its beginning as it was first known, and of an open one not its values so far.
    """
    events = []
    for limit, event in decisions.raised():
        low, high = (event.low, event.high) if event.end != NEVER else (math.nan, math.nan)
        events.append((limit.key, repr(replace(event, id="", low=low, high=high))))
    return [repr(line) for line in decisions.lines()], sorted(events)


class Plant:
    """Judges by one version of a plan, and from some time on perhaps by another.

    Args:
        program: of the first version.
        after: the second version, and from when on it holds, ns.
        complete: everything is heard whole, and in order of time.
    """

    def __init__(self, program, after=None, *, complete=False):
        self.program, self.after, self.decisions = program, after, Decisions(program)
        self.state = begin(program, complete=complete)
        self.product, self.concerned, self.former = AffectedProduct(), {}, []

    def hear(self, block, until, position=0):
        """Take a block, and time."""
        if self.after is not None and until >= self.after[1]:
            self.switch()
        self.state, changes = step(self.program, self.state, block, until, position=position)
        self.decisions.take(changes)
        self.concern(changes)

    def concern(self, changes):
        """As the ledger's clerk does, at once and as lots come: which product each event affects, and its lots."""
        lots, until = self.state.lots, self.state.until
        for change, told in ((each, told) for each in changes for told in each.events):
            flow = self.flow_of(change.limit)
            span, named = self.product.take(change.limit, told, lots, until, flow)
            self.concerned[told.event.id] = change.limit, told.event, span, named
            if told.what == "withdrawn":
                del self.concerned[told.event.id]
        limits = (*self.former, *self.program.limits, *self.program.lines)
        for limit, each, _ in self.product.follow(limits, "L", lots, until, self.flow_of):
            self.concerned[each.event.id] = limit, each.event, each.product, each.lots

    def flow_of(self, limit):  # noqa: ARG002 - in these plans no transit goes by volume
        """What is known of the flow behind a control point."""
        return

    def end(self, block):
        """What is of the very time of the switch is heard by both."""
        end_at(self.state, self.after[1])
        self.state, changes = step(self.program, self.state, block, ALWAYS)
        self.decisions.take(changes)
        self.concern(changes)

    def switch(self):
        """The second version takes over."""
        program, at = self.after
        self.former = [*self.program.limits, *self.program.lines]
        self.state, self.program, self.after = carry(self.program, self.state, program, at), program, None
        self.decisions.follow(program)

    def restart(self, journal):
        """The memory is stored, read again, and hears what it keeps."""
        oldest, before = self.state.oldest_kept, self.state.before
        self.state = EngineState.decode(self.state.encode())
        if before is not None:
            kept = EngineState.decode(before.state.encode())
            self.state.before = beside(before.program, kept, self.program)
        for position in range(oldest if oldest is not None else len(journal), len(journal)):
            keep_again(self.program, self.state, journal[position], position)

    def record(self):
        """What it has decided."""
        self.decisions.finish(self.state)
        return recorded(self.decisions)

    def affected(self):
        """By limit and event, the span of affected product, and its lots."""
        return {
            (limit.key, event.kind, event.start, event.end): (span, set(lots))
            for limit, event, span, lots in self.concerned.values()
        }


def whole(program, rows, until, after=None):
    """What holds of all of it, in order of time."""
    plant = Plant(program, after, complete=True)
    if after is not None:
        at = after[1]
        plant.hear(block_of([row for row in rows if time_of(row) < at]), ALWAYS)
        plant.end(block_of([row for row in rows if time_of(row) == at]))
        plant.switch()
        rows = [row for row in rows if time_of(row) >= at]
    plant.hear(block_of(rows), ALWAYS)
    plant.hear(Block(), until)
    return plant


def live(program, rows, until, chance, after=None):
    """The same as it comes: in parts, time running ahead of some, the memory stored and read again now and then."""
    plant, journal, now = Plant(program, after), [], ALWAYS
    while rows:
        size = chance.choice([1, 2, 8, 8])
        journal.append(block_of(rows[:size]))
        now = max(now, *(time_of(row) for row in rows[:size]))
        rows = rows[size:]
        if rows and chance.random() < 0.3:
            now = max(now, now + int(chance.random() * (time_of(rows[0]) - now)))
        plant.hear(journal[-1], now, len(journal) - 1)
        if chance.random() < 0.1:
            plant.restart(journal)
    while now < until:
        now = min(until, now + chance.choice([10, 60]) * SECOND)
        plant.hear(Block(), now, len(journal))
    assert plant.state.late == 0
    return plant


def check(one, other):
    """The same record; of the same product, and of no fewer lots than are known when everything is."""
    assert one.record() == other.record()
    known, in_truth = one.affected(), other.affected()
    assert {event: span for event, (span, _) in known.items()} == {
        event: span for event, (span, _) in in_truth.items()
    }
    assert all(lots <= known[event][1] for event, (_, lots) in in_truth.items())


def shuffled(chance, rows):
    """Late, some more and some less; the first stays first, for judging begins with it."""
    keyed = [(row[0] + chance.random() * LATE, number) for number, row in enumerate(rows) if number]
    return [rows[0], *(rows[number] for _, number in sorted(keyed))]


def switch_behind(program, rows, due):
    """When a version that is due then takes over, as the line is known at last; None if no batch ends behind it."""
    state = begin(program, complete=True)
    for end in [due, *sorted({time_of(row) for row in rows if time_of(row) > due})]:
        part = [row for row in rows if state.until < time_of(row) <= end]
        state, _ = step(program, state, block_of(part), end)
        if (at := switch_of(program, state, due)) is not None:
            return at
    return None


def drawn(seed, monkeypatch, *, switches=False):
    """A plan, a day, how it comes, how far time comes, the second version of the plan, and chance for the rest."""
    chance = Random(seed)
    plan = any_plant.a_plan(chance, HEAD)
    program, rows = compile_plan(load_plan(plan, "plan.yaml")), any_plant.a_day(chance, plan, SIZE)
    until = time_of(rows[-1]) + 400 * SECOND
    lag = chance.choice([1.0, 1.25, 2.0, 3.0])
    monkeypatch.setattr(again, "lag_of", lambda program: int(lag * program.window))
    came = shuffled(chance, rows) if chance.random() < 0.7 else rows
    after = None
    if switches:
        version = compile_plan(load_plan(any_plant.another_version(chance, plan), "plan.yaml"))
        due = time_of(chance.choice([row for row in rows if row[0] > 60])) + chance.choice([0, 0, 1])
        late_words = chance.random() < 0.5  # it was told when nobody knew of the batch that was under way
        at = due if late_words else switch_behind(program, rows, due)
        after = (version, at) if at is not None else None
    return program, rows, came, until, after, chance


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_record_says_the_same_however_its_readings_came(seed, monkeypatch):
    """In order or late, in whatever parts, restarted, and however far the tail lags behind."""
    program, rows, came, until, _, chance = drawn(seed, monkeypatch)
    check(live(program, came, until, chance), whole(program, rows, until))


@pytest.mark.parametrize("seed", range(10_000, 10_000 + SEEDS // 3))
def test_a_record_over_a_switch_of_plans_says_the_same(seed, monkeypatch):
    """Wherever in a batch another version is due: it takes over behind it; in a hold or a window, it does so at once.

    So it does where nobody knows of the batch yet, for its words are late: then it has taken over within it.
    """
    program, rows, came, until, after, chance = drawn(seed, monkeypatch, switches=True)
    check(live(program, came, until, chance, after), whole(program, rows, until, after))
