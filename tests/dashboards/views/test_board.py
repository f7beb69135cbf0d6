"""Rows of the board: the worst first, and what is not known looks like trouble."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from dashboards.views.board import JudgedNow, Level, Row, margin_of, ordered, row, strip, value_now
from dashboards.views.latest import LatestReading
from dashboards.views.verdicts import CameTo, VerdictFold, VerdictSpan
from dashboards.views.watch import Watch, watches
from readings.inputs import Series
from readings.quality import Quality
from readings.times import HOUR, MINUTE, SECOND, parse_time
from rules.plan_check import load_plan

EXAMPLE = Path(__file__).parents[3] / "examples" / "cold_store" / "plan.yaml"
PLAN = load_plan(EXAMPLE.read_text(encoding="utf-8"), "plan.yaml")
TWO = load_plan(
    EXAMPLE.read_text(encoding="utf-8").replace("{CS1: 1 point}", "{CS1: 2 points}"), "two points"
)
NOW = parse_time("2026-12-01T12:00:00+08:00")
AIR = Series("cold-3", "air", "CS1.1")


def air(plan: object = PLAN) -> Watch:
    return next(watch for watch in watches(plan) if watch.limit == "air")  # type: ignore[arg-type]


def reading(value: float, *, age: int = 2 * SECOND, bad: str = "") -> LatestReading:
    quality = Quality.BAD if bad else Quality.GOOD
    number = math.nan if bad else value
    return LatestReading(NOW - age, number, quality, bad, NOW - age - (MINUTE if bad else 0), value)


def span(verdict: str, start: int, end: int | None = None, reason: str = "") -> VerdictSpan:
    return VerdictSpan(start, end, verdict, reason, start, None, "", [], 1)


def a_row(verdict: str, rank: str = "critical") -> Row:
    fold, watch = VerdictFold(), air()
    if verdict:
        fold.spans[watch.key] = [span(verdict, NOW - HOUR)]
    made = row(watch, fold, {AIR: reading(-20.0)}, now=NOW, known=NOW)
    return replace(made, watch=replace(watch, rank=rank))


def test_the_worst_stands_first_and_not_knowing_is_worse_than_a_warning() -> None:
    """Deviation, then what cannot be judged, then the warning, then the rest."""
    verdicts = ["ok", "suspended", "operating", "", "starting", "indeterminate", "deviation"]
    found = [each.verdict for each in ordered([a_row(verdict) for verdict in verdicts])]
    assert found == ["deviation", "", "indeterminate", "operating", "starting", "ok", "suspended"]


def test_a_critical_limit_stands_before_an_operating_one() -> None:
    """Of two that stand alike."""
    found = ordered([a_row("ok", "operating"), a_row("ok", "critical")])
    assert [each.watch.rank for each in found] == ["critical", "operating"]


def test_what_was_never_decided_is_not_known() -> None:
    """No record is no good news."""
    made = row(air(), VerdictFold(), {}, now=NOW, known=NOW)
    assert made.level is Level.UNKNOWN
    assert (made.since, made.now.value, made.now.reason) == (None, None, "no reading yet")


def test_a_bad_reading_shows_no_value_and_why() -> None:
    """The last good one stands beside it with its age, never in its place."""
    now = value_now(air(), {AIR: reading(-20.0, bad="loop low")}, NOW)
    assert now.value is None
    assert now.margin is None
    assert (now.reason, now.last, now.last_at) == ("loop low", -20.0, NOW - 2 * SECOND - MINUTE)


def test_an_uncertain_value_has_no_margin() -> None:
    """It does not count, so it is not held against the limit; of several points it is worse than a sure one."""
    doubted = replace(reading(-21.0), quality=Quality.UNCERTAIN, reason="clock")
    now = value_now(air(), {AIR: doubted}, NOW)
    assert (now.value, now.margin, now.reason, now.sure) == (-21.0, None, "clock", False)
    other = Series("cold-3", "air", "CS1.2")
    two = value_now(air(TWO), {AIR: reading(-14.0), other: doubted}, NOW)
    assert (two.point, two.margin) == ("CS1.2", None)


def test_an_old_reading_is_no_value_of_now() -> None:
    """After the sensor's silence it is only the last one known."""
    fresh = value_now(air(), {AIR: reading(-20.0, age=4 * MINUTE)}, NOW)
    old = value_now(air(), {AIR: reading(-20.0, age=6 * MINUTE)}, NOW)
    assert (fresh.value, fresh.last) == (-20.0, None)
    assert (old.value, old.last, old.reason) == (None, -20.0, "silent")


def test_of_several_points_the_worst_is_shown_and_one_without_a_value_is_worst() -> None:
    """The row must not hide the point that matters."""
    watch, other = air(TWO), Series("cold-3", "air", "CS1.2")
    both = value_now(watch, {AIR: reading(-20.0), other: reading(-16.0)}, NOW)
    assert (both.value, both.point, both.margin) == (-16.0, "CS1.2", 1.0)
    lost = value_now(watch, {AIR: reading(-14.0), other: reading(-16.0, bad="no answer")}, NOW)
    assert (lost.value, lost.point) == (None, "CS1.2")


def test_where_the_plan_spares_points_a_lost_one_is_not_what_is_shown() -> None:
    """Of `1 of 2` the one that speaks; of `any` the best."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("{CS1: 1 point}", "{CS1: 2 points}")
    other = Series("cold-3", "air", "CS1.2")
    spared = air(load_plan(text.replace("confirm: 2 readings", "combine: 1 of 2"), "spared"))
    lost = {AIR: reading(-20.0), other: reading(0.0, bad="no answer")}
    assert value_now(spared, lost, NOW).value == -20.0
    nothing = {AIR: reading(0.0, bad="no answer"), other: reading(0.0, bad="no answer")}
    assert value_now(spared, nothing, NOW).value is None
    enough = air(load_plan(text.replace("confirm: 2 readings", "combine: any"), "any"))
    assert value_now(enough, {AIR: reading(-20.0), other: reading(-3.0)}, NOW).value == -20.0


def test_what_follows_from_means_has_no_margin_of_a_reading() -> None:
    """A difference of means is not the temperature that is shown beside it."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("{CS1: 1 point}", "{CS1: 2 points}")
    spread = "    operating:\n      - {id: apart, kind: spread, of: air, at_most: 2.0 K, mean_over: 5 min}\n"
    found = watches(load_plan(text.replace("    operating:\n", spread), "spread"))
    watch = next(each for each in found if each.limit == "apart")
    now = value_now(watch, {each: reading(-20.0) for each in watch.series}, NOW)
    assert (now.value, now.margin) == (-20.0, None)
    assert (watch.judged_in.name, watch.bounds[0].written) == ("K", "2.0 K")


@pytest.mark.parametrize(("value", "margin"), [(-20.0, 5.0), (-15.0, 0.0), (-14.9, -0.1), (-15.04, 0.0)])
def test_the_margin_is_counted_in_steps_of_the_sensor(value: float, margin: float) -> None:
    """As the engine judges: what rounds to the limit is at the limit."""
    assert margin_of(air(), value) == pytest.approx(margin)


def test_a_band_has_its_margin_to_the_nearer_bound() -> None:
    """Whichever it is."""
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "kind: threshold\n        of: air\n        at_most: -15.0 degC",
        "kind: band\n        of: air\n        at_most: -15.0 degC\n        at_least: -30.0 degC",
    )
    watch = air(load_plan(text, "band"))
    assert [margin_of(watch, value) for value in (-16.0, -29.0, -31.0)] == [1.0, 1.0, -1.0]


def test_the_strip_begins_and_ends_with_what_is_known() -> None:
    """Before the first verdict, and since the record has been silent, nothing is painted."""
    spans = [span("ok", NOW - 3 * HOUR, NOW - HOUR), span("deviation", NOW - HOUR)]
    live = strip(spans, NOW, NOW)
    assert [each.verdict for each in live] == ["", "ok", "deviation"]
    silent = strip(spans, NOW, NOW - 30 * MINUTE)
    assert [each.verdict for each in silent] == ["", "ok", "deviation", ""]
    assert (silent[2].end, silent[3].end) == (NOW - 30 * MINUTE, NOW)


def test_what_an_exception_excuses_is_marked_in_the_strip() -> None:
    """It can be told from a plain ok."""
    found = strip([span("ok", NOW - HOUR, None, "exception: defrost")], NOW, NOW)
    assert found[-1].excused


def test_bounds_are_given_in_the_unit_of_the_sensor() -> None:
    """A limit written in another unit is converted exactly."""
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "at_most: -15.0 degC\n        confirm", "at_most: 5.0 degF\n        confirm"
    )
    bound = air(load_plan(text, "fahrenheit")).bounds[0]
    assert (float(bound.value), bound.unit.name, bound.written) == (-15.0, "degC", "5.0 degF")


RETORT = load_plan((EXAMPLE.parents[1] / "retort" / "plan.yaml").read_text(encoding="utf-8"), "retort")
F33 = CameTo(33.2, 33.4, 33.9, "min")


def decided(limit: str, *spans: VerdictSpan) -> Row:
    """The row of a limit of the retort, with a timeline."""
    watch = next(each for each in watches(RETORT) if each.limit == limit)
    fold = VerdictFold()
    fold.spans[watch.key] = list(spans)
    return row(watch, fold, {}, now=NOW, known=NOW)


def test_a_batch_shows_what_it_came_to() -> None:
    """While one goes on, what the last one came to; once it is decided, itself; the reading is never what is judged."""
    last = replace(span("ok", NOW - 3 * HOUR, NOW - 2 * HOUR), came_to=F33)
    between = span("suspended", NOW - 2 * HOUR, NOW - HOUR)
    under_way = decided("f0-retort", last, between, span("starting", NOW - HOUR, reason="under way")).judged
    assert under_way is not None
    assert (under_way.under_way, under_way.came_to, under_way.over) == (True, F33, NOW - 2 * HOUR)
    reached = replace(span("ok", NOW - HOUR), came_to=replace(F33, low=45.0))
    now = decided("f0-retort", last, between, reached).judged
    assert now is not None
    assert (now.under_way, now.came_to, now.over, now.at) == (False, reached.came_to, None, NOW - HOUR)
    part = span("indeterminate", NOW - HOUR, reason="began before it was watched")
    part = replace(part, came_to=replace(F33, low=0.0))
    assert decided("f0-retort", part).judged == JudgedNow(under_way=True)  # so far it is not all of it
    behind = decided("f0-retort", last, between, part).judged
    assert behind is not None
    assert (behind.under_way, behind.came_to, behind.verdict) == (True, F33, "ok")


def test_what_was_decided_of_a_rate_or_a_spread_is_shown_while_it_is_beyond() -> None:
    """Where it holds, what was known when that began says nothing of now."""
    beyond = decided("spread", replace(span("operating", NOW - HOUR), worst=1.4))
    assert beyond.judged == JudgedNow(worst=1.4, at=NOW - HOUR)
    assert decided("spread", replace(span("ok", NOW - HOUR), worst=0.2)).judged == JudgedNow()
    assert decided("indicator", span("ok", NOW - HOUR)).judged is None


def test_the_margin_is_that_to_the_guarded_limit() -> None:
    """A value in the guard band is beyond what is accepted."""
    watch = replace(air(), guard=Fraction(1, 2))
    assert margin_of(watch, -15.2) == pytest.approx(-0.3)


def test_a_dwell_has_its_temperature_among_the_readings_and_a_lethality_none() -> None:
    """So much is drawn into the chart of the sensor."""
    levels = {each.limit: [bound.written for bound in each.levels] for each in watches(RETORT)}
    assert levels["held"] == ["121.0 degC"]
    assert levels["f0-retort"] == levels["come-up"] == levels["spread"] == []
