"""Making a plan ready: its limit units, tracks and signals, laid out in columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from readings.inputs import Series
from readings.times import NEVER
from rules.bounds import Bound, BoundTable
from rules.limit_unit import LimitUnit, Signal, Track
from rules.line_unit import line_units
from rules.plan import Plan, limits_of
from rules.program import Program
from rules.unit_layout import UnitLayout


def compile_plan(plan: Plan) -> Program:
    """The plan, made ready to be judged."""
    units = UnitLayout(plan)
    for point, rank, limit in limits_of(plan):
        units.add(point, rank, limit)
    return _program(units)


def _program(units: UnitLayout) -> Program:
    plan, laid, signals = units.plan, units.laid, units.heard
    lines = line_units(plan, signals.state)
    rows, clearing, limits = _bounds(units)
    tracks = laid.tracks
    sensors = [plan.sensors[track.series.sensor] for track in tracks]
    ranges = [
        tuple(sensor.range) if sensor.range is not None and not track.derived else (None, None)
        for track, sensor in zip(tracks, sensors, strict=True)
    ]
    derived = [each for limit in limits for each in limit.derived]
    inputs = {track for each in derived for track in each.inputs}
    gives = np.full(len(tracks), -1, np.intp)
    for each in derived:
        if len(each.inputs) == 1:
            gives[each.inputs[0]] = each.track
    by_hand = _by_hand(limits, tracks)
    window = max((limit.window for limit in limits), default=plan.reorder)
    return Program(
        plan=plan,
        limits=limits,
        tracks=tuple(tracks),
        signals=tuple(signals.signals),
        bounds=BoundTable(rows),
        clearing=clearing,
        silent=np.array(
            [NEVER // 4 if n in inputs else track.silent for n, track in enumerate(tracks)], np.int64
        ),
        feeds=np.array([number in inputs for number in range(len(tracks))], np.bool_),
        gives=gives,
        derives=bool(inputs),
        steps=tuple(laid.steps.get(number, sensor.step) for number, sensor in enumerate(sensors)),
        still=np.array([track.still for track in tracks], np.int64),
        watches_still=any(track.still for track in tracks),
        limit_of=np.array([track.limit for track in tracks], np.intp),
        confirm=np.array([limits[track.limit].terms.confirm for track in tracks], np.int64),
        usable=np.array([track.usable for track in tracks], np.uint8),
        alone=np.array([len(limits[track.limit].tracks) == 1 for track in tracks], np.bool_) & ~by_hand,
        signalled=np.array([limit.gated or bool(limit.exceptions) for limit in limits], np.bool_),
        plain=np.array([_is_plain(limit, clearing, tracks) for limit in limits], np.bool_),
        hold=np.array([limit.terms.hold for limit in limits], np.int64),
        range_low=np.array([-np.inf if low is None else float(low) for low, _ in ranges]),
        range_high=np.array([np.inf if high is None else float(high) for _, high in ranges]),
        heard=_heard(tracks, signals.signals),
        window=window,
        shortest=min((limit.window for limit in limits), default=plan.reorder),
        nights=replace(units.nights, window=window) if units.nights is not None else None,
        lines=lines,
        hash=plan.hash,
        bridges=laid.bridges,
        by_hand=by_hand,
    )


def _bounds(units: UnitLayout) -> tuple[list[Bound], np.ndarray, tuple[LimitUnit, ...]]:
    """Rows of bounds: those of tracks, clearing ones behind them, those of exceptions last; and who has which."""
    rows = list(units.laid.rows)
    clearing = np.full(len(rows), -1, np.intp)
    for track, cleared in enumerate(units.laid.cleared):
        if cleared is not None:
            clearing[track] = len(rows)
            rows.append(cleared)
    placed: dict[tuple[int, int], int] = {}
    for limit, index, _track, looser in units.looser:
        placed.setdefault((limit, index), len(rows))
        rows.append(looser)
    limits = tuple(
        _with_bounds(limit, [placed[number, index] for index in range(len(limit.exceptions))])
        for number, limit in enumerate(units.limits)
    )
    return rows, clearing, limits


def _heard(
    tracks: list[Track], signals: list[Signal]
) -> dict[Series, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Series to (tracks, signals) that it feeds."""
    heard: dict[Series, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    for number, track in enumerate(tracks):
        if not track.derived:
            fed, told = heard.get(track.series, ((), ()))
            heard[track.series] = ((*fed, number), told)
    for number, signal in enumerate(signals):
        if not signal.by_people:
            fed, told = heard.get(signal.series, ((), ()))
            heard[signal.series] = (fed, (*told, number))
    return heard


def _by_hand(limits: tuple[LimitUnit, ...], tracks: list[Track]) -> np.ndarray:
    """By track, whether each value that people enter is told."""
    told = {track for limit in limits for track in ((limit.stand_in,) if not limit.entered else limit.tracks)}
    return np.array(
        [number in told or track.shifts is not None for number, track in enumerate(tracks)], np.bool_
    )


def _is_plain(limit: LimitUnit, clearing: np.ndarray, tracks: list[Track]) -> bool:
    """One point that cannot be stuck, no signals, no clearing of its own."""
    one = len(limit.tracks) == 1 and bool(clearing[limit.tracks[0]] < 0) and not tracks[limit.tracks[0]].still
    return one and not limit.gated and not limit.exceptions and limit.terms.clear_for == 0


def _with_bounds(limit: LimitUnit, rows: list[int]) -> LimitUnit:
    exceptions = tuple(
        replace(granted, bound=row) for granted, row in zip(limit.exceptions, rows, strict=True)
    )
    return replace(limit, exceptions=exceptions)
