"""What is measured for an hour is what it says; it is not run for an hour here."""

from __future__ import annotations

import numpy as np

from benchmarks.memory_flat import EVERY, ROOMS, messages, ok_limits, write_site
from haccpline.mqtt_trial import Tried
from haccpline.site import load_site
from ledger.store import Ledger
from readings.times import SECOND, parse_time

NOW = parse_time("2026-12-01T12:00:00.5Z")


def test_its_site_reads_what_it_publishes(tmp_path):
    """5,000 readings a second, a limit on each sensor, and the site file holds against the plan."""
    assert ROOMS / EVERY == 5_000
    site = load_site(write_site(tmp_path, broker="mqtt://127.0.0.1:1883", influx=None))
    (plan, _, _) = site.plans["warehouse"]
    assert len(site.units()) == ROOMS
    assert len(plan.ccps) == 1


def test_what_it_publishes_is_good(tmp_path):
    """Each sensor has one good reading of the message's own time and number, below its limit, another one later."""
    site = load_site(write_site(tmp_path, broker="mqtt://127.0.0.1:1883", influx=None))
    tried = Tried(site.file.sources, site.units())
    moments = []
    for number in (1, 2):
        at = NOW + number * SECOND
        trials = [
            each
            for topic, payload in messages(at, number)
            for each in tried.message(topic, payload, retained=False, received=at + SECOND)
        ]
        assert not any(each.fault for each in trials)
        blocks = [each.block for each in trials]
        assert {series for block in blocks for series in block.series} == set(site.units())
        for name, meant in (("quality", 0), ("reason", 0), ("time", at), ("seq", number)):
            assert {each for block in blocks for each in getattr(block, name).tolist()} == {meant}
        moments.append(np.concatenate([block.value for block in blocks]))
    assert len(moments[0]) == ROOMS
    assert np.concatenate(moments).max() < -15.0
    assert (moments[0] != moments[1]).any()


def test_a_limit_is_ok_by_its_last_verdict(tmp_path):
    """Of three limits one has come to be ok, one is so no more, one was never: one is ok."""
    ledger = Ledger(tmp_path / "ledger.db")
    with ledger.transaction() as transaction:
        for unit, verdict in (
            ("R1", "indeterminate"),
            ("R2", "ok"),
            ("R3", "indeterminate"),
            ("R1", "ok"),
            ("R2", "indeterminate"),
        ):
            body = {"ccp": "CCP1", "limit": "warm", "unit": unit, "verdict": verdict}
            transaction.append(kind="verdict", at=NOW, line="warehouse", body=body)
    ledger.close()
    assert ok_limits(tmp_path / "ledger.db") == 1
