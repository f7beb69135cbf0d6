"""A plan made ready to be judged: which series speak for which limit of which unit of product, and by what terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

import numpy as np

from readings.inputs import Series
from readings.times import HOUR, NEVER
from readings.units import Unit
from rules.bounds import Bound, BoundTable
from rules.bridge import Bridge
from rules.by_hand import ByHand
from rules.control_point import Ccp, Oprp
from rules.course import Cycle, Terms, beyond_text
from rules.derivation import Inputs
from rules.kinds import KINDS
from rules.limit import Bounds, Except, Limit, guarded
from rules.limit_unit import DerivedTrack, Exemption, LimitUnit, Signal, Track
from rules.line import Line
from rules.line_unit import line_units, nights_of
from rules.nights import Nights
from rules.patience import loss_after, verdict_after
from rules.plan import Plan, limits_of
from rules.sensor import Sensor
from rules.silence import Bridging
from rules.silence_check import bridgeable, stood_in
from rules.timeline import Verdict

__all__ = ["LimitUnit", "Program", "compile_plan"]


@dataclass(frozen=True, eq=False)
class Program:
    """See the module. Columns are by track; `signalled`, `plain`, `cyclic` and `hold` are by limit unit.

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
    cyclic: np.ndarray
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


_BREACH = {"operating": Verdict.OPERATING, "instrument": Verdict.INDETERMINATE}  # else a deviation
_UNBOUNDED = Bound(1, 1, -inf, inf)


class _Compiler:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.line = plan.line_id
        self.tracks: list[Track] = []
        self.limits: list[LimitUnit] = []
        self.signals: dict[tuple[str, str], int] = {}
        self.signal_list: list[Signal] = []
        self.rows: list[Bound] = []
        self.cleared: list[Bound | None] = []
        self.looser: list[tuple[int, int, int, Bound]] = []  # limit, exception, track, bound
        self.bridges: dict[int, Bridge] = {}
        self.steps: dict[int, Fraction] = {}  # of derived tracks
        self.nights = nights_of(plan, self.place)

    def signal(self, sensor_name: str, zone: str, codes: dict[str, str]) -> int:
        sensor = self.plan.sensors[sensor_name]
        points = sensor.point_names()
        zone = zone if zone in points else ""
        point = next(iter(points.get(zone) or next(iter(points.values()))))
        key = (sensor_name, zone)
        if key not in self.signals:
            self.signals[key] = self.place(
                Signal(Series(self.line, sensor_name, point), zone, sensor.silence, codes)
            )
        return self.signals[key]

    def place(self, signal: Signal) -> int:
        self.signal_list.append(signal)
        return len(self.signal_list) - 1

    def batch(self, limit: Limit, entered: ByHand | None, zone: str) -> int:
        """The signal that parts cycles; -1 where the line's states alone do."""
        line = self.plan.line
        parts = line.lot if entered is not None and entered.per == "lot" else line.batch
        return (
            self.signal(parts.from_, zone, parts.codes)
            if limit.cycle is not None and parts is not None
            else -1
        )

    def state(self, zone: str) -> int:
        line_state = self.plan.line.state
        return self.signal(line_state.from_, zone, line_state.codes) if line_state is not None else -1

    def add(self, point: Ccp | Oprp, rank: str, limit: Limit) -> None:
        sensor = self.plan.sensors[limit.of]
        zones = {zone: names for zone, names in sensor.point_names().items() if limit.zone in (None, zone)}
        by_zone = self.plan.line.unit == "zone"
        units = zones if by_zone else {"": [name for names in zones.values() for name in names]}
        if not any(units.values()):
            raise ValueError(f"{point.id}/{limit.id} would be judged on nothing")
        for zone, points in units.items():
            self.unit(point, rank, limit, sensor, zone, points)

    def unit(  # noqa: PLR0913 - one place puts a limit unit together
        self, point: Ccp | Oprp, rank: str, limit: Limit, sensor: Sensor, zone: str, points: list[str]
    ) -> None:
        number = len(self.limits)
        unit, step = limit.scale(self.plan.sensors)
        guard = limit.guard * (sensor.uncertainty or 0)
        held = guarded(limit.held, guard, sensor.unit) if limit.guards == "bounds" else limit.held
        bound = held.bound(unit, step, rounded=limit.compare == "rounded")
        clears = limit.clears
        cleared = clears.bound(unit, step) if clears is not None and clears.given else None
        if limit.reached is not None:
            cleared = limit.reached.bound(unit, step)
        silence = point.silence
        entered = self.plan.by_hand.get(limit.of) if limit.entered else None
        silent = verdict_after(self.plan, silence, limit.of) if entered is None else NEVER // 4
        usable = 1 if sensor.uncertain == "evidence" else 0
        still = sensor.stuck.unchanged_for if sensor.stuck is not None else 0
        tracks = []
        derived: tuple[DerivedTrack, ...] = ()
        over = 0
        if limit.derived is not None:
            over = limit.derived.over
            derived = self.derived(point, limit, zone, points, number, bound, cleared, guard)
            tracks += [each.track for each in derived]
            silent = max(self.tracks[track].silent for track in tracks)
        for name in points if limit.derived is None else ():
            series = Series(self.line, limit.of, name)
            tracks.append(self.track(Track(series, number, silent, usable, still), bound, cleared))
        seen = len(tracks)
        for name, bounds in limit.beside:
            tracks += self.beside(limit, number, zone, name, bounds)
        if limit.derived is None and silence.bridge is not None:
            self.bridge(silence.bridge, tracks, seen)
        exceptions = []
        for index, granted in enumerate(limit.except_):
            looser = granted.bound(sensor.unit, sensor.step)
            for track in tracks:
                self.looser.append((number, index, track, looser))
            exceptions.append(self.exception(granted, zone))
        stand_in = self.stand_in(point, limit, number, zone)
        gate = -1
        line = self.plan.line
        judged = (entered.states if entered is not None else limit.states) or line.judged
        if judged or self.nights is not None:
            gate = self.state(zone)
        together = (
            point.one_case_for if isinstance(point, Ccp) and limit.id in point.one_case_for else [limit.id]
        )
        low, high = _edges(limit.held, unit)
        of = {limit.of, *(name for name, _ in limit.beside)}
        of |= set(limit.derived.others) if limit.derived is not None else set()
        of |= {self.tracks[stand_in].series.sensor} if stand_in >= 0 else set()
        self.limits.append(
            LimitUnit(
                line=self.line,
                ccp=point.id,
                limit=limit.id,
                unit=zone or self.line,
                zone=zone,
                kind=limit.kind,
                method=KINDS[limit.kind].method,
                rank=rank,
                sensor=limit.of,
                tracks=tuple(tracks),
                terms=Terms(
                    hold=limit.hold,
                    clear_for=clears.for_ if clears is not None else 0,
                    confirm=limit.confirm,
                    breach=_BREACH.get(rank, Verdict.DEVIATION),
                    beyond=beyond_text(limit.breach, limit.hold),
                    spared=limit.counted[1] - limit.counted[0] if limit.counted else 0,
                    any_point=limit.combine == "any",
                    cycle=_cycle(limit, entered, sensor, silent),
                    by_hand=self.tracks[stand_in].series.sensor if stand_in >= 0 else "",
                ),
                lost_after=loss_after(self.plan, silence, limit.of, silent if entered is None else 0),
                upward=None if low is not None and high is not None else high is not None,
                middle=float((low + high) / 2) if low is not None and high is not None else 0.0,
                exceptions=tuple(exceptions),
                gate=gate,
                judged=judged,
                settle=0 if entered is not None else _settle(line, limit) + limit.starts(self.plan.sensors),
                group=f"{point.id}:{'+'.join(together)}",
                window=max(self.plan.reorder, *(self.plan.sensors[name].backfill_up_to for name in of)),
                seen=seen,
                derived=derived,
                judged_in=unit.name,
                over=over,
                batch=self.batch(limit, entered, zone),
                entered=entered is not None,
                stand_in=stand_in,
                counts_for=self.counts_for(point, stand_in),
                idles=self.nights is not None and (not line.judged or set(judged) <= set(line.judged)),
            )
        )

    def points(self, sensor: Sensor, zone: str) -> list[str]:
        """The sensor's points in a zone, or where it has none."""
        there = sensor.point_names()
        return there.get(zone) or next(iter(there.values()))

    def beside(self, limit: Limit, number: int, zone: str, name: str, bounds: Bounds) -> list[int]:
        sensor = self.plan.sensors[name]
        bound = bounds.bound(sensor.unit, sensor.step, rounded=limit.compare == "rounded")
        usable = 1 if sensor.uncertain == "evidence" else 0
        still = sensor.stuck.unchanged_for if sensor.stuck is not None else 0
        return [
            self.track(Track(Series(self.line, name, of), number, sensor.silence, usable, still), bound, None)
            for of in self.points(sensor, zone)
        ]

    def bridge(self, bridging: Bridging, tracks: list[int], seen: int) -> None:
        """Let silences of these tracks be bridged, of which so many, from the first, are of the limit's own sensor."""
        for place, track in enumerate(tracks):
            name = self.tracks[track].series.sensor
            sensor = self.plan.sensors[name]
            if not bridgeable(self.plan, bridging, name) or ("others" in bridging.if_ and place >= seen):
                continue
            self.bridges[track] = Bridge(
                up_to=bridging.up_to,
                bound=self.rows[track],
                step=sensor.step,
                unit=sensor.unit.name,
                slew=sensor.slew if "slew" in bridging.if_ else None,
                others=seen if "others" in bridging.if_ else 0,
            )

    def counts_for(self, point: Ccp | Oprp, stand_in: int) -> int:
        """How long a value that stands in counts, ns."""
        said = point.silence.by_hand
        if stand_in < 0 or said is None:
            return 0
        return said.every if said.every is not None else self.plan.by_hand[said.of].silence

    def stand_in(self, point: Ccp | Oprp, limit: Limit, number: int, zone: str) -> int:
        """The track of values by hand that stand in for a limit's silent points; -1 if none does."""
        stands_in = point.silence.by_hand
        if stands_in is None or not stood_in(self.plan, stands_in, limit):
            return -1
        value = self.plan.sensors[stands_in.of]
        guard = limit.guard * (value.uncertainty or 0)
        held = guarded(limit.held, guard, value.unit) if limit.guards == "bounds" else limit.held
        bound = held.bound(value.unit, value.step, rounded=limit.compare == "rounded")
        clears = limit.clears
        cleared = clears.bound(value.unit, value.step) if clears is not None and clears.given else None
        series = Series(self.line, stands_in.of, self.points(value, zone)[0])
        return self.track(Track(series, number, NEVER // 4, 0), bound, cleared)

    def track(self, track: Track, bound: Bound, cleared: Bound | None) -> int:
        self.tracks.append(track)
        self.rows.append(bound)
        self.cleared.append(cleared)
        return len(self.tracks) - 1

    def derived(  # noqa: PLR0913 - the limit unit it is of
        self,
        point: Ccp | Oprp,
        limit: Limit,
        zone: str,
        points: list[str],
        number: int,
        bound: Bound,
        cleared: Bound | None,
        guard: Fraction,
    ) -> tuple[DerivedTrack, ...]:
        """The tracks that follow from others: one for each point of the sensor, or one for all."""
        described = limit.derived
        assert described is not None
        _, step = limit.scale(self.plan.sensors)
        beside = [(name, self.points(self.plan.sensors[name], zone)[0]) for name in described.others]
        mine = [(limit.of, name) for name in points]
        found = []
        for named in [[each] for each in mine] if described.each_point else [mine]:
            sensors = tuple(self.plan.sensors[name] for name, _ in [*named, *beside])
            inputs = []
            for (name, of_point), sensor in zip([*named, *beside], sensors, strict=True):
                silent = verdict_after(self.plan, point.silence, name)
                usable = 1 if sensor.uncertain == "evidence" else 0
                track = Track(Series(self.line, name, of_point), number, silent, usable)
                inputs.append(self.track(track, _UNBOUNDED, None))
            first = self.tracks[inputs[0]]
            silents = tuple(self.tracks[track].silent for track in inputs)
            stuck = sensors[0].stuck if len(inputs) == 1 else None
            track = Track(
                first.series,
                number,
                2 * described.over + max(silents),
                first.usable,
                stuck.unchanged_for if stuck is not None else 0,
                derived=True,
            )
            derivation = described.make(
                Inputs(sensors, silents, step, bound, _settle(self.plan.line, limit), guard)
            )
            found.append(DerivedTrack(self.track(track, bound, cleared), tuple(inputs), derivation))
            self.steps[found[-1].track] = step
        return tuple(found)

    def exception(self, granted: Except, zone: str) -> Exemption:
        return Exemption(
            name=granted.while_,
            signal=self.signal(granted.while_, zone, {}),
            bound=-1,
            lasts=granted.for_at_most,
            recovers=granted.recovers_within,
            times=granted.at_most_times.times if granted.at_most_times else 0,
            window=granted.at_most_times.window if granted.at_most_times else 24 * HOUR,
        )

    def entered(self, limits: tuple[LimitUnit, ...]) -> np.ndarray:
        """By track, whether each value that people enter is told."""
        told = {
            track for limit in limits for track in ((limit.stand_in,) if not limit.entered else limit.tracks)
        }
        return np.array([track in told for track in range(len(self.tracks))], np.bool_)

    def program(self) -> Program:
        lines = line_units(self.plan, self.state)
        rows = list(self.rows)
        clearing = np.full(len(self.tracks), -1, np.intp)
        for track, cleared in enumerate(self.cleared):
            if cleared is not None:
                clearing[track] = len(rows)
                rows.append(cleared)
        placed: dict[tuple[int, int], int] = {}
        for limit, index, _track, looser in self.looser:
            placed.setdefault((limit, index), len(rows))
            rows.append(looser)
        limits = tuple(
            _with_bounds(limit, [placed[number, index] for index in range(len(limit.exceptions))])
            for number, limit in enumerate(self.limits)
        )
        heard: dict[Series, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        for number, fed in [(n, track.series) for n, track in enumerate(self.tracks) if not track.derived]:
            tracks, signals = heard.get(fed, ((), ()))
            heard[fed] = ((*tracks, number), signals)
        for number, fed in enumerate([signal.series for signal in self.signal_list]):
            if self.signal_list[number].by_people:
                continue
            tracks, signals = heard.get(fed, ((), ()))
            heard[fed] = (tracks, (*signals, number))
        sensors = [self.plan.sensors[track.series.sensor] for track in self.tracks]
        ranges = [tuple(sensor.range) if sensor.range is not None else (None, None) for sensor in sensors]
        ranges = [
            (None, None) if track.derived else reach for track, reach in zip(self.tracks, ranges, strict=True)
        ]
        derived = [each for limit in limits for each in limit.derived]
        inputs = {track for each in derived for track in each.inputs}
        gives = np.full(len(self.tracks), -1, np.intp)
        for each in derived:
            if len(each.inputs) == 1:
                gives[each.inputs[0]] = each.track
        by_hand = self.entered(limits)
        window = max((limit.window for limit in limits), default=self.plan.reorder)
        return Program(
            plan=self.plan,
            limits=limits,
            tracks=tuple(self.tracks),
            signals=tuple(self.signal_list),
            bounds=BoundTable(rows),
            clearing=clearing,
            silent=np.array(
                [NEVER // 4 if n in inputs else track.silent for n, track in enumerate(self.tracks)], np.int64
            ),
            feeds=np.array([number in inputs for number in range(len(self.tracks))], np.bool_),
            gives=gives,
            derives=bool(inputs),
            steps=tuple(self.steps.get(number, sensor.step) for number, sensor in enumerate(sensors)),
            still=np.array([track.still for track in self.tracks], np.int64),
            watches_still=any(track.still for track in self.tracks),
            limit_of=np.array([track.limit for track in self.tracks], np.intp),
            confirm=np.array([limits[track.limit].terms.confirm for track in self.tracks], np.int64),
            usable=np.array([track.usable for track in self.tracks], np.uint8),
            alone=np.array([len(limits[track.limit].tracks) == 1 for track in self.tracks], np.bool_)
            & ~by_hand,
            signalled=np.array([limit.gated or bool(limit.exceptions) for limit in limits], np.bool_),
            cyclic=np.array([limit.terms.cycle is not None for limit in limits], np.bool_),
            plain=np.array([_is_plain(limit, clearing, self.tracks) for limit in limits], np.bool_),
            hold=np.array([limit.terms.hold for limit in limits], np.int64),
            range_low=np.array([-np.inf if low is None else float(low) for low, _ in ranges]),
            range_high=np.array([np.inf if high is None else float(high) for _, high in ranges]),
            heard=heard,
            window=window,
            shortest=min((limit.window for limit in limits), default=self.plan.reorder),
            nights=replace(self.nights, window=window) if self.nights is not None else None,
            lines=lines,
            hash=self.plan.hash,
            bridges=self.bridges,
            by_hand=by_hand,
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


def _cycle(limit: Limit, entered: ByHand | None, sensor: Sensor, silent: int) -> Cycle | None:
    if entered is not None:
        return Cycle(False, patience=entered.within, entered=True, before=entered.before is not None)
    return limit.cycle and _patient(limit.cycle, sensor, silent)


def _patient(cycle: Cycle, sensor: Sensor, silent: int) -> Cycle:
    """After the beginning of a cycle a reading is waited for as long as at any other time."""
    return Cycle(cycle.reach, cycle.optional or sensor.optional, cycle.patience or silent, cycle.fails)


def _settle(line: Line, limit: Limit) -> int:
    return line.settle if limit.after is None else limit.after


def _edges(limit: Bounds, unit: Unit) -> tuple[Fraction | None, Fraction | None]:
    low = limit.at_least or limit.above
    high = limit.at_most or limit.below
    return (
        low.in_unit(unit) if low else None,
        high.in_unit(unit) if high else None,
    )


def compile_plan(plan: Plan) -> Program:
    """The plan, made ready to be judged."""
    compiler = _Compiler(plan)
    for point, rank, limit in limits_of(plan):
        compiler.add(point, rank, limit)
    return compiler.program()
