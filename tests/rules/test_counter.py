"""What is kept of a counter: stretches, never readings; the same whatever blocks it comes in."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from rules.counter import Count, Hole

SILENT, PAUSE = 60, 120


def heard(readings: list[tuple[int, int]], *, cuts: tuple[int, ...] = ()) -> Count:
    count = Count()
    edges = [0, *cuts, len(readings)]
    for low, high in pairwise(edges):
        part = np.array(readings[low:high], np.int64).reshape(-1, 2)
        count.hear(part[:, 0], part[:, 1], silent=SILENT, pause=PAUSE)
    return count


def test_a_day_of_production_is_one_move():
    """Ten bottles a minute, read every 10 s, for twelve hours."""
    count = heard([(at, at // 6) for at in range(0, 43_200, 10)])
    [move] = count.moves
    assert (move.start, move.before) == (10, 0)
    assert move.after == count.value == 43_190 // 6
    assert len(move.marks) == 43_200 // (PAUSE // 2)
    assert count.holes == []


def test_standing_for_longer_than_the_pause_parts_moves():
    """Up to the pause it goes on moving."""
    steps = [0, 0, 1] + [1] * 11 + [2] + [2] * 13 + [3]
    readings = [(10 * number, step) for number, step in enumerate(steps)]
    assert [(move.start, move.end, move.before, move.after) for move in heard(readings).moves] == [
        (20, 140, 0, 2),
        (280, 280, 2, 3),
    ]


def test_a_counter_set_back_moves_alone():
    """A new counter begins at nothing; what it counted meanwhile is not known."""
    readings = [(0, 5), (10, 6), (20, 7), (30, 0), (40, 1), (50, 2)]
    assert [(move.before, move.after) for move in heard(readings).moves] == [(5, 7), (7, 0), (0, 2)]


def test_a_silence_is_a_hole_and_what_was_counted_in_it_no_move():
    """Where it stood before and was found after is kept."""
    count = heard([(0, 5), (10, 6), (71, 6), (81, 7), (150, 9), (160, 9)])
    assert count.holes == [Hole(10, 71, 6, 6), Hole(81, 150, 7, 9)]
    assert [(move.start, move.end) for move in count.moves] == [(10, 10), (81, 81)]
    assert [count.changed(at) for at in (9, 50, 100, 155)] == [-(2**63), 10, 81, 150]
    assert count.at(75) == 6
    assert count.hole_at(60) == Hole(10, 71, 6, 6)
    assert count.hole_at(75) is None


@pytest.mark.parametrize("seed", range(20))
def test_blocks_do_not_matter(seed):
    """Whole, or cut anywhere: the same stretches."""
    chance = random.Random(seed)
    readings, at, step = [], 0, 100
    for _ in range(200):
        at += chance.choice([5, 5, 5, 5, 5, 5, 20, 60, 61, 130, 300])
        step = 0 if chance.random() < 0.02 else step + chance.choice([0, 0, 0, 1, 3])
        readings.append((at, step))
    cuts = tuple(sorted(chance.sample(range(1, 200), chance.randrange(1, 60))))
    assert heard(readings, cuts=cuts) == heard(readings)


def test_what_is_over_is_forgotten_but_the_last_of_it():
    """Which says since when it stands."""
    count = heard([(at, at // 400) for at in range(0, 4000, 10)])
    count.prune(3000)
    assert [move.start for move in count.moves] == [2800, 3200, 3600]
    assert count.changed(3100) == 2800
