"""The cases by which alert engines test themselves, judged here: the same where the same is meant, and where not, why.

docs/alerts-compared.md says how many agree, and what the others are; the counts are held against this file. The cases of
others are read where the folder of recordings is; typed cases of our own stand behind them.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from readings.times import NEVER, SECOND
from rules.carry import carry
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan_check import load_plan

START = 1_700_000_000 * SECOND
PAGE = Path(__file__).parents[2] / "docs" / "alerts-compared.md"
HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = (
    "sensors: {v: {unit: count, resolution: 0.1, every: EVERY s, silent_after: SILENT s}}\n"
    "ccps:\n  - id: C\n    critical:\n"
)
BOUND = {"<": "at_least", "<=": "above", ">": "at_most", ">=": "below", "==": "above"}
GOOD = {"<": 50, "<=": 50, ">": -50, ">=": -50, "==": 1}
Point = tuple[float, float | None]


def plan(*limits: str, every: float = 1, silent: float = 60) -> str:
    """A plan with these limits on one value, named 0, 1 ..."""
    head = PLAN.replace("EVERY", str(every)).replace("SILENT", str(silent))
    return head + "".join(
        f"      - {{id: l{n}, kind: threshold, of: v, {limit}}}\n" for n, limit in enumerate(limits)
    )


def open_since(bench: Any, points: list[Point], now: float) -> list[float | None]:
    """Of each limit, since when a deviation is open, as known then; None where none is."""
    decisions = bench.decisions([("v", at, value) for at, value in points if at <= now], until=now)
    found: dict[str, float] = {
        limit.limit: (event.start - START) / SECOND
        for limit, event in decisions.raised()
        if event.kind == "deviation" and event.end == NEVER
    }
    return [found.get(f"l{n}") for n in range(len(bench.program.limits))]


# -- Prometheus: `for` and `keep_firing_for` ---------------------------------------------------------------------------


def rule(case: dict[str, Any], *, shorter: float = 0) -> str:
    """A rule of theirs as a limit: what it alerts on is what must not be."""
    sign, value = case["condition"]
    keep = f", clears: {{for: {case['keep_firing_for_s']} s}}" if case["keep_firing_for_s"] else ""
    return f"{BOUND[sign]}: {value} count, for_more_than: {case['for_s'] - shorter} s{keep}"


def states(make_bench: Any, case: dict[str, Any], *, shorter: float = 0) -> list[str]:
    """What holds at each of their evaluations; a good value stands before the first."""
    sign, value = case["condition"]
    every = case["eval_interval_s"]
    bench = make_bench(plan(rule(case, shorter=shorter), every=every, silent=5 * every))
    points: list[Point] = [(-every, value + GOOD[sign])]
    found = []
    for number, read in enumerate(case["series"]):
        points.append((number * every, read))
        [since] = open_since(bench, points, number * every)
        beyond = {"<": read < value, ">": read > value, "==": read == value}[sign]
        found.append("firing" if since is not None else "pending" if beyond else "inactive")
    return found


def compared(expected: list[str], found: list[str]) -> Counter[str]:
    """How many agree and differ."""
    return Counter(
        "agree" if theirs == ours else "differ" for theirs, ours in zip(expected, found, strict=True)
    )


def prometheus(recordings: Path) -> dict[str, dict[str, Any]]:
    """Their cases by name."""
    text = (recordings / "alerts" / "prometheus" / "cases.json").read_text(encoding="utf-8")
    return {case["name"]: case for case in json.loads(text)}


def a_hold(make_bench: Any, recordings: Path) -> Counter[str]:
    """`for: 60s` said in the same words."""
    cases = [each for each in prometheus(recordings).values() if "expected_state_at_each_eval" in each]
    found = [compared(case["expected_state_at_each_eval"], states(make_bench, case)) for case in cases]
    return sum(found, Counter())


def a_hold_that_means_the_same(make_bench: Any, recordings: Path) -> Counter[str]:
    """`for: 60s` fires at 60 s, `for_more_than: 60 s` behind it: a second less means theirs."""
    cases = [each for each in prometheus(recordings).values() if "expected_state_at_each_eval" in each]
    found = [
        compared(case["expected_state_at_each_eval"], states(make_bench, case, shorter=1)) for case in cases
    ]
    return sum(found, Counter())


def a_longer_hold_while_it_fires(make_bench: Any, recordings: Path) -> Counter[str]:
    """A plan that replaces another in mid-deviation."""
    steps = prometheus(recordings)["delay_increased_while_firing"]["steps"]
    programs = [
        compile_plan(load_plan(HEAD + plan(f"at_most: 0 count, for_more_than: {hold} s", every=15), "plan"))
        for hold in (steps[0]["for_s"] - 1, steps[-1]["for_s"] - 1)
    ]
    program, state = programs[0], begin(programs[0])
    decisions, found = Decisions(program), []
    maker = make_bench(plan("at_most: 0 count", every=15))
    told = [-15, *range(0, steps[-1]["t"] + 1, 15)]
    for at in told:
        if at == steps[2]["t"]:
            program, state = programs[1], carry(program, state, programs[1], START + at * SECOND)
            decisions.follow(program)
        block = maker.block([("v", at, float(at >= 0))])
        state, changes = step(program, state, block, START + at * SECOND)
        decisions.take(changes)
        if at in [each["t"] for each in steps]:
            fires = any(event.end == NEVER for event in decisions.events())
            found.append("firing" if fires else "pending")
    return compared([each["state"] for each in steps], found)


def a_value_that_is_missing(make_bench: Any, recordings: Path) -> Counter[str]:
    """It is absent when nothing was heard for five minutes."""
    case = prometheus(recordings)["missing_data_lookback_5m"]
    bench = make_bench(plan("at_most: 0 count", every=60, silent=300))
    found = []
    for expected in case["expect"]:
        spans = bench.spans([("v", 0, case["series"][0])], until=expected["t"], limit="l0")
        found.append("absent" if spans[-1][0] == "indeterminate" else "0")
    return compared([str(each["value"]) for each in case["expect"]], found)


# -- Kapacitor: levels, resets, repeats --------------------------------------------------------------------------------


def kapacitor(recordings: Path) -> dict[str, dict[str, Any]]:
    """Their cases by name."""
    text = (recordings / "alerts" / "kapacitor" / "cases_normalised.json").read_text(encoding="utf-8")
    return {case["name"].removeprefix("TestStream_"): case for case in json.loads(text)}


def level(each: dict[str, Any]) -> str:
    """A level of theirs as a limit of its own, with the bound at which it resets."""
    bound = f"{BOUND[each['op']]}: {each['threshold']} count"
    if each["reset_op"] is None:
        return bound
    clears = {"<": "below", ">": "above"}[each["reset_op"]]
    return f"{bound}, clears: {{{clears}: {each['reset_threshold']} count}}"


def levels(make_bench: Any, case: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The level at each point, as they expect it and as it is here: that of the highest limit that does not hold."""
    bench = make_bench(plan(*(level(each) for each in case["levels"])))
    told = {int(alert[0]): alert[1] for alert in case["expected_alerts_t_level_prev_duration_value"]}
    expected, found, now = [], [], "OK"
    for at, _ in case["points"]:
        now = told.get(at, now if case["state_changes_only"] else "OK")
        expected.append(now)
        since = open_since(bench, case["points"], at)
        names = [
            each["level"] for each, open_ in zip(case["levels"], since, strict=True) if open_ is not None
        ]
        found.append(names[-1] if names else "OK")
    return expected, found


def levels_without_memory(make_bench: Any, recordings: Path) -> Counter[str]:
    """A level is reached or not."""
    cases = kapacitor(recordings)
    return sum(
        (compared(*levels(make_bench, cases[name])) for name in ("Alert_NoRecoveries", "AlertDuration")),
        Counter(),
    )


def levels_that_reset(make_bench: Any, recordings: Path) -> Counter[str]:
    """A level that was reached stays until its own bound."""
    cases = kapacitor(recordings)
    return sum(
        (compared(*levels(make_bench, cases[name])) for name in ("Alert_WithReset_0", "Alert_WithReset_1")),
        Counter(),
    )


def bound_of(text: str) -> str:
    """`value<93` as a limit."""
    return f"at_least: {text.partition('<')[2]} count"


def changes_told(make_bench: Any, recordings: Path) -> Counter[str]:
    """One message for each change: as many as deviations that open and that end."""
    case = kapacitor(recordings)["AlertStateChangesOnly"]
    bench = make_bench(plan(bound_of(case["crit"])))
    points = [(at, value) for at, _, value in case["points"]]
    events = bench.events([("v", *point) for point in points], until=points[-1][0])
    told = sum(1 + (end is not None) for _, _, end in events)
    return compared([str(case["expected_notifications"])], [str(told)])


def repeats(make_bench: Any, recordings: Path) -> Counter[str]:
    """Each repeated message says for how long it has lasted: that of the one deviation."""
    case = kapacitor(recordings)["AlertStateChangesOnlyExpired"]
    bench = make_bench(plan(bound_of(case["crit"])))
    points = [(at, value) for at, _, value in case["points"]]
    [(_, start, end)] = bench.events([("v", *point) for point in points], until=points[-1][0])
    expected, found = [], []
    for at, level_, _, duration in case["expected_alerts"]:
        expected.append(f"{level_} {duration}")
        found.append(f"{'OK' if at >= end else 'Critical'} {at - start:.0f}")
    return compared(expected, found)


def flapping(make_bench: Any, recordings: Path) -> Counter[str]:
    """They hold back messages where a level changes too often."""
    case = kapacitor(recordings)["AlertFlapping"]
    bench = make_bench(plan(*(bound_of(case[name]) for name in ("info", "warn", "crit"))))
    points = [(at, value) for at, _, value in case["points"]]
    found = [sum(since is not None for since in open_since(bench, points, at)) for at, _ in points]
    told = sum(now != before for before, now in zip([0, *found], found, strict=False))
    return compared([str(case["expected_notifications"])], [str(told)])


def how_long(make_bench: Any, recordings: Path) -> Counter[str]:
    """How long a state has lasted, also through a value that is missing."""
    case = kapacitor(recordings)["StateDuration"]
    bench = make_bench(plan("at_most: 95 count"))
    expected, found = [], []
    for server, told in case["expected_ms"].items():
        points = [(at, value) for at, name, value in case["points"] if name == server]
        for at, milliseconds in told:
            [since] = open_since(bench, points, at)
            expected.append(str(milliseconds))
            found.append(str(-1 if since is None else int((at - since) * 1000)))
    return compared(expected, found)


def how_many(make_bench: Any, recordings: Path) -> Counter[str]:
    """How many readings in a row it took: that is what `confirm` counts."""
    case = kapacitor(recordings)["StateCount"]
    benches = [make_bench(plan(f"at_most: 95 count, confirm: {n} readings")) for n in (2, 3)]
    benches.insert(0, make_bench(plan("at_most: 95 count")))
    expected, found = [], []
    for server, told in case["expected_count"].items():
        points = [(at, value) for at, name, value in case["points"] if name == server]
        for at, count in told:
            confirmed = [open_since(bench, points, at)[0] is not None for bench in benches]
            expected.append(str(count))
            found.append(str(sum(confirmed) or -1))
    return compared(expected, found)


COMPARED = {
    "a hold, in the same words": a_hold,
    "a hold that means the same": a_hold_that_means_the_same,
    "a longer hold while it fires": a_longer_hold_while_it_fires,
    "a value that is missing": a_value_that_is_missing,
    "levels": levels_without_memory,
    "levels that reset": levels_that_reset,
    "a message for each change": changes_told,
    "messages that are repeated": repeats,
    "flapping": flapping,
    "how long it has lasted": how_long,
    "how many readings it took": how_many,
}


def documented() -> dict[str, tuple[int, int]]:
    """What the page says: of each class, how many agree and how many differ."""
    rows = [line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == 5]
    return {row[0]: (int(row[3]), int(row[4])) for row in cells if row[3].isdigit()}


def test_the_page_names_every_class():
    """And no other; its sum is that of its rows."""
    rows = documented()
    assert set(rows) == set(COMPARED)
    agree, differ = (sum(row[place] for row in rows.values()) for place in (0, 1))
    assert f"Of {agree + differ} comparisons {agree} agree" in PAGE.read_text(encoding="utf-8")


@pytest.mark.recorded
@pytest.mark.parametrize("name", COMPARED)
def test_the_cases_of_others(make_bench, recordings, name):
    """As many agree, and as many differ, as the page says."""
    found = COMPARED[name](make_bench, recordings)
    assert (found["agree"], found["differ"]) == documented()[name]


# -- typed cases of our own: what is meant on purpose ------------------------------------------------------------------


def beyond(*spans: tuple[int, int], until: int, every: int = 10) -> list[Point]:
    """6 in these spans (ends left out), else 4."""
    return [(at, 6.0 if any(a <= at < b for a, b in spans) else 4.0) for at in range(0, until + 1, every)]


@pytest.mark.parametrize(("hold", "opens"), [(59, True), (60, False)])
def test_a_hold_is_borne_to_its_end(make_bench, hold, opens):
    """Beyond from 20 s to the first good reading at 80 s: 60 s are not more than 60 s."""
    bench = make_bench(plan(f"at_most: 5 count, for_more_than: {hold} s", every=10))
    rows = [("v", *point) for point in beyond((20, 80), until=120)]
    assert bench.events(rows, until=120) == ([("deviation", 20, 80)] if opens else [])


def test_a_bound_itself_holds(make_bench):
    """`at_most: 5` is what others write as `> 5`; `below: 5` as `>= 5`."""
    bench = make_bench(plan("at_most: 5 count", "below: 5 count"))
    assert open_since(bench, [(0, 4.0), (1, 5.0)], 1) == [None, 1]


def test_what_is_found_late_begins_where_it_began(make_bench):
    """Known after a minute's hold, the deviation stands from its first reading on, and nothing of it stays ok."""
    bench = make_bench(plan("at_most: 5 count, for_more_than: 59 s", every=10))
    points = beyond((20, 400), until=100)
    assert open_since(bench, points, 70) == [None]
    assert open_since(bench, points, 80) == [20]


def test_a_time_to_clear_holds_back_the_word_and_not_the_end(make_bench):
    """Others keep firing for a minute; here it is open for as long, and then has ended with the first good reading."""
    bench = make_bench(plan("at_most: 5 count, clears: {for: 60 s}", every=10))
    points = beyond((20, 50), until=200)
    assert open_since(bench, points, 100) == [20]
    assert bench.events([("v", *point) for point in points], until=200) == [("deviation", 20, 50)]


def test_silence_resolves_nothing_and_passes_nothing(make_bench):
    """A series that vanishes while it fires stays open; one that vanishes while it is well is not well any more."""
    bench = make_bench(plan("at_most: 5 count", every=10, silent=35))
    fires = beyond((20, 400), until=60)
    assert open_since(bench, fires, 10_000) == [20]
    well = [("v", *point) for point in beyond(until=60)]
    assert [span[:2] for span in bench.spans(well, until=10_000, limit="l0")] == [
        ("ok", 0),
        ("indeterminate", 60),
    ]


def test_each_limit_remembers_by_itself(make_bench):
    """A higher level that resets leaves the lower one, which has not reached its own bound, as it is."""
    bench = make_bench(
        plan("at_most: 40 count, clears: {below: 10 count}", "at_most: 60 count, clears: {below: 20 count}")
    )
    assert open_since(bench, [(0, 30.0), (1, 45.0), (2, 61.0), (3, 19.0)], 3) == [1, None]


def test_no_change_is_held_back(make_bench):
    """Ten crossings are ten deviations; a plan that wants one says how long it must stay away."""
    rows = [("v", *point) for point in beyond(*((at, at + 10) for at in range(20, 220, 20)), until=300)]
    assert len(make_bench(plan("at_most: 5 count", every=10)).events(rows, until=300)) == 10
    one = make_bench(plan("at_most: 5 count, clears: {for: 30 s}", every=10))
    assert one.events(rows, until=300) == [("deviation", 20, 210)]
