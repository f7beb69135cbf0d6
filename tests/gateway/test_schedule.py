"""Due times are absolute: nothing that happens in between moves them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.schedule import Schedule


def test_on_time() -> None:
    """Taken when due, late by less than one interval: nothing is missed and the next is one interval later."""
    schedule = Schedule(100, 1000)
    assert list(schedule.take(1000)) == []
    assert schedule.due == 1100
    assert list(schedule.take(1199)) == []
    assert schedule.due == 1200


def test_too_late() -> None:
    """At 1350 those of 1000, 1100 and 1200 have passed; that of 1300 is taken, 1400 is next."""
    schedule = Schedule(100, 1000)
    assert schedule.deadline(1350) == 1400
    assert list(schedule.take(1350)) == [1000, 1100, 1200]
    assert schedule.due == 1400


def test_let_pass() -> None:
    """What is let pass is all that is due, the latest too."""
    schedule = Schedule(100, 1000)
    assert list(schedule.drop(1200)) == [1000, 1100, 1200]
    assert schedule.due == 1300


def test_without_interval() -> None:
    """With no interval nothing is ever missed, and it is due again when it is told."""
    schedule = Schedule(0, 1000)
    assert (schedule.deadline(5000), list(schedule.take(5000))) == (1000, [])
    schedule.rest(6000)
    assert schedule.due == 6000
    fixed = Schedule(100, 1000)
    fixed.rest(6000)
    assert fixed.due == 1000


@given(st.lists(st.tuples(st.integers(0, 1000), st.booleans()), max_size=30), st.integers(1, 200))
def test_every_due_time_is_taken_or_told(steps: list[tuple[int, bool]], every: int) -> None:
    """Whatever is done when, each due time up to now was taken, missed or let pass, once."""
    schedule, now, told = Schedule(every, 0), 0, []
    for wait, drop in steps:
        now += wait
        if schedule.due > now:
            continue
        told += list(schedule.drop(now) if drop else schedule.take(now))
        if not drop:
            told.append(schedule.due - every)
    assert told == list(range(0, schedule.due, every))
