"""Verdicts of long ago are found as those of now are."""

from __future__ import annotations

from typing import Any

from dashboards.web.timelines import Asked, Timelines, span_body
from ledger.store import Ledger
from readings.times import DAY, format_time, parse_time


def test_kept_and_read_anew_are_the_same(plant):
    """What is kept up to date says what all records from the beginning say."""
    ledger = plant.store.ledger(read_only=True)
    try:
        timelines = Timelines()
        start = parse_time("2026-11-30T00:00:00Z")
        kept = timelines.spans(ledger, Asked(start=start))
        anew = timelines.spans(ledger, Asked(start=start - 30 * DAY))
        assert [span.seq for _, span in kept] == [span.seq for _, span in anew]
        assert len(kept) > 3
    finally:
        ledger.close()


def test_a_cycle_says_what_it_came_to_in_all(tmp_path):
    """Not what was known when it was reached: the record behind it says that, and its own body does not."""
    known: dict[str, Any] = {"ccp": "CCP1", "limit": "f0", "unit": "retort-2", "reason": "", "plan": "p"}
    known |= {"sensors": [], "supersedes": [], "worst": "6.0", "worst_before": "33.2"}
    reached = {"low": "6.0", "best": "6.1", "high": "6.3", "unit": "min"}
    whole = {"low": "33.2", "best": "33.4", "high": "33.9", "unit": "min"}
    times = [{"from": format_time(at), "decided": format_time(at)} for at in (0, DAY)]
    first = known | times[0] | {"verdict": "ok", "integral": reached}
    second = known | times[1] | {"verdict": "suspended", "worst": None, "integral_before": whole}
    ledger = Ledger(tmp_path / "ledger.db")
    try:
        with ledger.transaction() as transaction:
            for body in (first, second):
                transaction.append(kind="verdict", at=DAY, line="retort-2", body=body)
        shown = [span_body(ledger, *each) for each in Timelines().spans(ledger, Asked(start=0))]
    finally:
        ledger.close()
    assert [each.get("integral") for each in shown] == [whole, None]
