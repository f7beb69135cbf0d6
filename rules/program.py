"""A plan made ready to be judged: which series speak for which limit of which unit of product, and by what terms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from readings.inputs import Series
from rules.bounds import BoundTable
from rules.bridge import Bridge
from rules.limit_unit import LimitUnit, Signal, Track
from rules.nights import Nights
from rules.plan import Plan


@dataclass(frozen=True, eq=False)
class Program:
    """See the module. Columns are by track; `signalled`, `plain` and `hold` are by limit unit.

    Attributes:
        bounds: rows: limit bound of track i at i, clearing bound at `clearing[i]` (-1: none), exceptions behind.
        heard: series to (tracks, signals) that it feeds.
        still: int64, by track: so long without a move, and it is stuck; 0 for never.
        watches_still: whether any track can be stuck.
        feeds: bool, by track: what is judged follows from it; it is not judged itself.
        gives: intp, by track: of an input that alone gives a derived track, that track; else -1.
        derives: whether any track is derived.
        steps: by track, the step in which it is judged, or counted.
        window: the longest reorder window, ns.
        shortest: the shortest one, ns.
        nights: how a silent line can be shown to make nothing; None where the plan says nothing of it.
        lines: the line's states as units that are told of, not judged.
        hash: of the plan.
        bridges: by track, when its silences are bridged.
        by_hand: bool, by track: people enter it, and each value is told.
    """

    plan: Plan
    limits: tuple[LimitUnit, ...]
    tracks: tuple[Track, ...]
    signals: tuple[Signal, ...]
    bounds: BoundTable
    clearing: np.ndarray
    silent: np.ndarray
    still: np.ndarray
    watches_still: bool
    feeds: np.ndarray
    gives: np.ndarray
    derives: bool
    steps: tuple[Fraction, ...]
    limit_of: np.ndarray
    confirm: np.ndarray
    usable: np.ndarray
    alone: np.ndarray
    signalled: np.ndarray
    plain: np.ndarray
    hold: np.ndarray
    range_low: np.ndarray
    range_high: np.ndarray
    heard: dict[Series, tuple[tuple[int, ...], tuple[int, ...]]]
    window: int
    shortest: int
    nights: Nights | None
    lines: tuple[LimitUnit, ...]
    hash: str
    bridges: dict[int, Bridge]
    by_hand: np.ndarray
