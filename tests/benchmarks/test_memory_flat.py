"""What is measured for an hour is what it says; it is not run for an hour here."""

from __future__ import annotations

from benchmarks.memory_flat import EVERY, ROOMS, write_site
from haccpline.site import load_site


def test_its_site_reads_what_it_publishes(tmp_path):
    """5,000 readings a second, a limit on each sensor, and the site file holds against the plan."""
    assert ROOMS / EVERY == 5_000
    site = load_site(write_site(tmp_path, broker="mqtt://127.0.0.1:1883", influx=None))
    (plan, _, _) = site.plans["warehouse"]
    assert len(site.units()) == ROOMS
    assert len(plan.ccps) == 1
