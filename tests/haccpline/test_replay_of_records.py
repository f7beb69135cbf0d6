"""A record is decided again as it was: over a night that a person signed, over data from before the plan, over two plans."""

from __future__ import annotations

import random

import pytest
from argon2 import PasswordHasher
from recorded_line import at, read

from haccpline.proving import prove_package
from ledger.people import People
from ledger.production import enter_production
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import format_time
from rules.plan_check import load_plan

WORD = "correct horse battery"
NIGHTS = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 10 min
line:
  state: {from: mode, codes: {"1": stopped, "2": running}}
  judged_when: running
  settle: 2 min
  calendar: {production: [Mon-Sat 07:00-19:00]}
sensors:
  mode: {unit: code, every: 60 s, silent_after: 5 min}
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: %s degC}]
    silence: {case: {after: 15 min, as: monitoring_loss}}
"""
BATCHES = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 10 min
line: {state: {from: phase, codes: {"1": idle, "2": hold}}, judged_when: hold, batch: {from: run}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min, range: [0, 150]}
  phase: {unit: code, every: 60 s, silent_after: 5 min}
  run: {unit: code, every: 60 s, silent_after: 5 min}
ccps:
  - id: C
    critical:
      - {id: hold, kind: dwell, of: air, at_least: %s degC, for: 4 min}
      - {id: sum, kind: pasteurisation_units, of: air, formula: 1.393^(T-60), at_least: 4 PU}
      - {id: warm, kind: threshold, of: air, at_least: 60.0 degC}
"""


@pytest.mark.parametrize("signed", [True, False])
def test_a_night_with_a_signed_end_of_production_is_decided_again(record, signed):
    """At 19:05 a person signs that production has ended, and all is switched off until 06:50: nothing is missed by night.

    Where nobody signs, the same silence is a monitoring loss; and both come out of the package again.
    """
    text = NIGHTS % ("2023-01-01T00:00:00Z", "5.0")
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    people = People(record.folder / "people.db", hasher=quick)
    people.add(id="lin", name="Lin Na", roles=["operator"], password=WORD, now=1)
    record.adopt(text, 0)
    record.hear(*(read(minute, mode=2.0, air=4.0) for minute in range(1, 121)))
    record.hear(*(read(minute, mode=1.0, air=4.0) for minute in range(121, 124)))
    if signed:
        plan = load_plan(text, "plan.yaml")
        act = enter_production(people, plan=plan, step="end", who="lin", password=WORD, now=at(125))
        record.hear(Block(acts=(act,), tick=at(125)))
    record.hear(*(Block(tick=at(minute)) for minute in range(126, 830, 30)))
    record.hear(*(read(minute, mode=1.0, air=4.0) for minute in range(830, 840)))
    record.hear(*(read(minute, mode=2.0, air=6.0 if minute == 860 else 4.0) for minute in range(840, 870)))
    spans = record.spans("a")
    night = {verdict for verdict, begins in spans if 121 <= begins < 840}
    assert night == ({"suspended"} if signed else {"suspended", "indeterminate"})
    assert spans[-4:] == [("starting", 840), ("ok", 842), ("deviation", 860), ("ok", 861)]
    sentence, holds = record.decided_again()
    assert holds, sentence
    assert sentence.endswith(": the same")
    people.close()


def test_what_was_said_before_the_first_plan_was_adopted_is_heard_by_nobody(record):
    """Recorded for an hour before there was a plan; a state of that hour comes late. Live and replay hear the same."""
    record.hear(*(read(minute, phase=1.0, air=50.0, run=1.0) for minute in range(-60, 0)))
    record.adopt(BATCHES % ("2023-01-01T00:00:00Z", "70.0"), 0)
    late = BlockBuilder()
    for minute in (-3, -2, -1):
        late.reading(Series("L", "phase"), time=at(minute), value=2.0, received=at(0.5))
        late.reading(Series("L", "air"), time=at(minute) + 1, value=90.0, received=at(0.5))
    record.hear(late.build(at(0.5)))
    phases = [1.0] * 5 + [2.0] * 8 + [1.0] * 5 + [2.0] * 3 + [1.0] * 5
    record.hear(*(read(n + 1, phase=phase, air=72.0, run=1.0) for n, phase in enumerate(phases)))
    assert record.spans("hold") == [
        ("indeterminate", 0),
        ("suspended", 1),
        ("ok", 6),
        ("suspended", 14),
        ("deviation", 19),
        ("suspended", 22),
    ]
    sentence, holds = record.decided_again()
    assert holds, sentence


@pytest.mark.parametrize("seed", range(2))
def test_two_plans_that_follow_each_other_in_a_batch_are_decided_again(record, seed):
    """Runs without a pause between them, and two versions that wait for the end of one: states and values in one scan,
    or some of them late."""
    chance = random.Random(seed)
    record.adopt(BATCHES % ("2023-01-01T00:00:00Z", "70.0"), 0)
    blocks = []
    for minute in range(1, 90):
        run, phase = float(minute // 11), 1.0 if minute % 23 < 3 else 2.0
        air = 72.0 + chance.choice([-4.0, 0.0, 0.0, 2.0])
        scan = [read(minute, phase=phase, run=run, air=air)]
        if seed and chance.random() < 0.3:
            scan = [read(minute, run=run, air=air), read(minute, phase=phase)]
        blocks.append((minute, scan))
    for minute, scan in blocks:
        if minute in (20, 40):
            due, least = (28, "71.0") if minute == 20 else (52, "69.0")
            record.adopt(BATCHES % (format_time(at(due)), least), minute - 0.5)
        record.hear(*scan)
    replaced = [said.content["from"] for said in record.ledger.read(0, kind="plan.replaced")]
    assert replaced == [format_time(at(33)), format_time(at(55))], "where run 3 and run 5 begin"
    sentence, holds = record.decided_again()
    assert holds, sentence


def test_the_first_reading_of_a_batch_is_judged_by_the_plan_that_it_begins_with(record):
    """Run 2 begins at minute 22, when the second version takes over: hot from that very scan on for 4 min, at 71 degC."""
    record.adopt(BATCHES % ("2023-01-01T00:00:00Z", "70.0"), 0)
    record.hear(*(read(minute, phase=2.0, run=1.0, air=70.5) for minute in range(1, 20)))
    record.adopt(BATCHES % (format_time(at(20)), "71.0"), 19.5)
    record.hear(*(read(minute, phase=2.0, run=1.0, air=70.5) for minute in range(20, 22)))
    record.hear(*(read(minute, phase=2.0, run=2.0, air=71.5) for minute in range(22, 27)))
    record.hear(*(read(minute, phase=1.0, run=2.0, air=60.0) for minute in range(27, 30)))
    [replaced] = [said.content for said in record.ledger.read(0, kind="plan.replaced")]
    assert replaced["from"] == format_time(at(22))
    assert record.spans("hold")[-3:] == [("ok", 0), ("ok", 22), ("suspended", 27)]
    sentence, holds = record.decided_again()
    assert holds, sentence


def test_a_batch_that_ends_when_a_plan_is_due_is_decided_by_the_plan_before(record):
    """The hold ends at minute 12, and the second version is to hold from minute 12: too short by the first, and said so."""
    record.adopt(BATCHES % ("2023-01-01T00:00:00Z", "70.0"), 0)
    record.hear(*(read(minute, phase=1.0, run=1.0, air=72.0) for minute in range(1, 10)))
    record.adopt(BATCHES % (format_time(at(12)), "71.0"), 9.5)
    record.hear(*(read(minute, phase=2.0, run=1.0, air=72.0) for minute in range(10, 12)))
    record.hear(*(read(minute, phase=1.0, run=1.0, air=72.0) for minute in range(12, 20)))
    spans = record.spans("hold")
    assert [span for span in spans if span[1] >= 10] == [("deviation", 10), ("suspended", 12)]
    sentence, holds = record.decided_again()
    assert holds, sentence


def test_a_batch_that_is_named_in_words_is_not_decided_again(record, capsys):
    """Texts are not enclosed, and which batch it is decides what is one cycle: that is said, and nothing is refused."""
    text = (BATCHES % ("2023-01-01T00:00:00Z", "70.0")).replace(
        "run: {unit: code, every: 60 s, silent_after: 5 min}", "run: {unit: text, every: on change}"
    )
    record.adopt(text, 0)
    record.hear(*(read(minute, phase=2.0, air=72.0) for minute in range(1, 20)))
    assert record.decided_again() == (
        "L: not decided again: run is a text that judging goes by, and texts are not enclosed",
        None,
    )
    assert prove_package(record.package(), key=None, replay=True)  # what was not decided refutes nothing
    said = capsys.readouterr().out.splitlines()
    assert said[-2].startswith("  - L: not decided again: run is a text")
    assert said[-1] == "1 of 1 line not decided again: nothing is shown of what is marked -"
