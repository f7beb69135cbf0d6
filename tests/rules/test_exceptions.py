"""Exceptions, minute by minute: bounded in level, in time and in count, and by a real signal."""

from __future__ import annotations

import pytest

PLAN = """
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 150 s}
  defrost: {unit: bool, every: 60 s, silent_after: 150 s}
ccps:
  - id: C
    critical:
      - id: a
        kind: threshold
        of: air
        at_most: -15.0 degC
        except:
          - {while: defrost, at_most: 7.0 degC, for_at_most: 20 min, at_most_times: 2 per 6 h, recovers_within: 10 min}
"""


@pytest.fixture(scope="module")
def store(make_bench):
    """A store that defrosts."""
    return make_bench(PLAN)


def minutes(store, *, on, warm, lost=(), peaks=()):
    """Verdicts in minutes: 5 degC in `warm`, else -18; it defrosts in `on`, and its signal is silent in `lost`."""

    def within(spans, at):
        return any(since <= at < end for since, end in spans)

    rows = []
    for at in range(120):
        rows.append(("air", at * 60, dict(peaks).get(at, 5.0 if within(warm, at) else -18.0)))
        if not within(lost, at):
            rows.append(("defrost", at * 60, float(within(on, at))))
    return [
        (verdict, since / 60, None if end is None else end / 60)
        for verdict, since, end, _ in store.spans(rows, until=119 * 60)
    ]


def test_while_it_defrosts_and_recovers_it_is_excused(store):
    """On from 10 to 25, warm from 11 to 33: back within 35."""
    spans = minutes(store, on=[(10, 25)], warm=[(11, 33)])
    assert spans == [("ok", 0, 11), ("ok", 11, 33), ("ok", 33, None)]


def test_what_has_not_recovered_in_its_time_is_a_deviation_from_there_on(store):
    """25 + 10: still warm at 35, and until 60."""
    spans = minutes(store, on=[(10, 25)], warm=[(11, 60)])
    assert spans[1:] == [("ok", 11, 35), ("deviation", 35, 60), ("ok", 60, None)]


def test_warmer_than_the_exception_allows_is_a_deviation_until_the_limit_itself_holds(store):
    """7.0 degC at 14 is excused, 7.1 at 15 is not; 5 degC behind it is no return."""
    spans = minutes(store, on=[(10, 25)], warm=[(11, 33)], peaks=[(14, 7.0), (15, 7.1)])
    assert spans[1:] == [("ok", 11, 15), ("deviation", 15, 33), ("ok", 33, None)]


def test_longer_than_it_may_last_it_ends_without_recovery(store):
    """On from 10 to 40, 20 min are given: from 30 on a deviation."""
    spans = minutes(store, on=[(10, 40)], warm=[(11, 38)])
    assert spans[1:] == [("ok", 11, 30), ("deviation", 30, 38), ("ok", 38, None)]


def test_the_third_one_in_six_hours_is_none(store):
    """Two are given; of the third every warm minute counts."""
    spans = minutes(store, on=[(10, 15), (30, 35), (50, 55)], warm=[(11, 15), (31, 36), (51, 56)])
    assert [span for span in spans if span[0] != "ok"] == [("deviation", 51, 56)]


def test_a_signal_that_falls_silent_excuses_nothing_from_then_on(store):
    """Last heard at 11, silent 2.5 min later: warm at 14 is a deviation."""
    spans = minutes(store, on=[(10, 25)], warm=[(11, 20)], lost=[(12, 60)])
    assert spans[1:] == [("ok", 11, 14), ("deviation", 14, 20), ("ok", 20, None)]


def test_warm_before_it_began_is_not_excused_by_it(store):
    """From 8 on; it defrosts from 10 on, and the deviation goes on until it is cold."""
    spans = minutes(store, on=[(10, 25)], warm=[(8, 33)])
    assert spans == [("ok", 0, 8), ("deviation", 8, 33), ("ok", 33, None)]


@pytest.mark.parametrize(
    "bounds", ["kind: band, at_least: 60.0 degC, at_most: 68.0 degC", "kind: threshold, at_least: 60.0 degC"]
)
def test_on_the_side_that_it_says_nothing_of_the_limit_itself_holds(make_bench, bounds):
    """Up to 75 degC while the door is open, from 50 to 150 s; 59.9 degC from 80 s on is as cold as ever."""
    bench = make_bench(
        "sensors:\n"
        "  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\n"
        "  door: {unit: bool, every: 10 s, silent_after: 60 s}\n"
        f"ccps: [{{id: C, critical: [{{id: a, of: t, {bounds},\n"
        "  except: [{while: door, at_most: 75.0 degC, for_at_most: 5 min}]}]}]\n"
    )
    rows = [("door", at, float(50 <= at < 150)) for at in range(0, 300, 10)]
    rows += [("t", at, 59.9 if 80 <= at < 120 else 75.0 if at == 60 else 65.0) for at in range(0, 300, 10)]
    beyond = [span[:3] for span in bench.spans(rows, until=290) if span[0] != "ok"]
    assert beyond == [("deviation", 80, 120)]
