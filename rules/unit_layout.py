"""A plan's limits as limit units: one for each unit of product, with the tracks and the terms by which it is judged."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import msgspec

from readings.inputs import Series
from readings.times import NEVER
from readings.units import Unit
from rules.bounds import Bound
from rules.by_hand import ByHand
from rules.control_point import Ccp, Oprp
from rules.kinds import KINDS
from rules.limit import Bounds, Limit, guarded
from rules.limit_unit import DerivedTrack, LimitUnit, Track
from rules.line_unit import nights_of
from rules.patience import loss_after, verdict_after
from rules.plan import Plan, limits_of
from rules.sensor import Sensor
from rules.signal_layout import SignalLayout
from rules.terms import Cycle, Terms, beyond_text
from rules.timeline import Verdict
from rules.track_layout import TrackLayout, settling

_BREACH = {"operating": Verdict.OPERATING, "instrument": Verdict.INDETERMINATE}  # else a deviation


class UnitLayout:
    """Puts the limit units of a plan together.

    Args:
        plan: what it says.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.line = plan.line_id
        self.limits: list[LimitUnit] = []
        self.laid = TrackLayout(plan)
        self.heard = SignalLayout(plan)
        self.looser: list[tuple[int, int, int, Bound]] = []  # limit, exception, track, bound
        self.nights = nights_of(plan, self.heard.place)

    def add(self, point: Ccp | Oprp, rank: str, limit: Limit) -> None:
        """Lay out a limit: once for the line, or for each zone that it speaks for."""
        sensor = self.plan.sensors[limit.of]
        zones = {zone: names for zone, names in sensor.point_names().items() if limit.zone in (None, zone)}
        by_zone = self.plan.line.unit == "zone"
        units = zones if by_zone else {"": [name for names in zones.values() for name in names]}
        if not any(units.values()):
            raise ValueError(f"{point.id}/{limit.id} would be judged on nothing")
        for zone, points in units.items():
            self._unit(point, rank, limit, sensor, zone, points)

    def _unit(  # noqa: PLR0913 - one place puts a limit unit together
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
        if limit.failed is not None:
            bound, cleared = limit.failed.bound(unit, step), bound
        silence = point.silence
        entered = self.plan.by_hand.get(limit.of) if limit.entered else None
        silent = verdict_after(self.plan, silence, limit.of) if entered is None else NEVER // 4
        usable = 1 if sensor.uncertain == "evidence" else 0
        still = sensor.stuck.unchanged_for if sensor.stuck is not None else 0
        paced = limit.of in self.plan.by_hand and entered is None and limit.derived is None
        tracks = []
        derived: tuple[DerivedTrack, ...] = ()
        over = 0
        if limit.derived is not None:
            over = limit.derived.over
            derived = self.laid.derived(point, limit, zone, points, number, bound, cleared, guard)
            tracks += [each.track for each in derived]
            silent = max(self.laid.tracks[track].silent for track in tracks)
        for name in points if limit.derived is None else ():
            series = Series(self.line, limit.of, name)
            heard = self._at_shifts(Track(series, number, silent, usable, still, paced=paced))
            tracks.append(self.laid.track(heard, bound, cleared))
        seen = len(tracks)
        for name, bounds in limit.beside:
            tracks += self.laid.beside(limit, number, zone, name, bounds)
        if limit.derived is None and silence.bridge is not None:
            self.laid.bridge(silence.bridge, tracks, seen)
        exceptions = []
        for index, granted in enumerate(limit.except_):
            looser = granted.bound(sensor.unit, sensor.step).else_by(bound)
            for track in tracks:
                self.looser.append((number, index, track, looser))
            exceptions.append(self.heard.exception(granted, zone))
        stand_in = self.laid.stand_in(point, limit, number, zone)
        gate = -1
        line = self.plan.line
        judged = (entered.states if entered is not None else limit.states) or line.judged
        if judged or self.nights is not None:
            gate = self.heard.state(zone)
        together = _by_product(self.plan, point, rank, limit)
        if isinstance(point, Ccp) and limit.id in point.one_case_for:
            together = point.one_case_for
        low, high = _edges(limit.held, unit)
        of = {limit.of, *(name for name, _ in limit.beside)}
        of |= set(limit.derived.others) if limit.derived is not None else set()
        of |= {self.laid.tracks[stand_in].series.sensor} if stand_in >= 0 else set()
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
                    by_hand=self.laid.tracks[stand_in].series.sensor if stand_in >= 0 else "",
                ),
                lost_after=loss_after(self.plan, silence, limit.of, silent if entered is None else 0),
                upward=None if low is not None and high is not None else high is not None,
                middle=float((low + high) / 2) if low is not None and high is not None else 0.0,
                exceptions=tuple(exceptions),
                gate=gate,
                judged=judged,
                settle=0 if entered is not None else settling(line, limit) + limit.starts(self.plan.sensors),
                group=f"{point.id}:{'+'.join(together)}",
                window=max(self.plan.reorder, *(self.plan.sensors[name].backfill_up_to for name in of)),
                seen=seen,
                derived=derived,
                judged_in=unit.name,
                over=over,
                batch=self.heard.batch(limit, entered, zone),
                entered=entered is not None,
                stand_in=stand_in,
                counts_for=self.laid.counts_for(point, stand_in),
                transit=limit.transit or point.transit,
                conditions=self.heard.conditions(limit, zone),
                warms=(limit.after or 0) + limit.starts(self.plan.sensors),
                yields=limit.starts(self.plan.sensors) if limit.cycle is None and entered is None else 0,
                paced=silent if paced else 0,
                idles=self.nights is not None and (not line.judged or set(judged) <= set(line.judged)),
            )
        )

    def _at_shifts(self, track: Track) -> Track:
        """The same, due at the start of each shift where the value by hand is."""
        value, calendar = self.plan.by_hand.get(track.series.sensor), self.plan.line.calendar
        if not track.paced or value is None or not value.at_shift_start or calendar is None:
            return track
        return replace(track, shifts=calendar.in_zone(self.plan.site.timezone), grace=value.grace)


def _by_product(plan: Plan, point: Ccp | Oprp, rank: str, limit: Limit) -> list[str]:
    """The ids of what is one limit but for the product: an event of them makes one case."""
    alike = [
        each.id
        for of, place, each in limits_of(plan)
        if of is point
        and (place, each.kind, each.of, each.zone) == (rank, limit.kind, limit.of, limit.zone)
        and each.products
    ]
    return alike if limit.products else [limit.id]


def _cycle(limit: Limit, entered: ByHand | None, sensor: Sensor, silent: int) -> Cycle | None:
    if entered is not None:
        return Cycle(
            False,
            patience=entered.within,
            entered=True,
            before=entered.before is not None,
            lasts=entered.per == "lot",
        )
    return limit.cycle and _patient(limit.cycle, sensor, silent)


def _patient(cycle: Cycle, sensor: Sensor, silent: int) -> Cycle:
    """After the beginning of a cycle a reading is waited for as long as at any other time."""
    optional, patience = cycle.optional or sensor.optional, cycle.patience or silent
    return msgspec.structs.replace(cycle, optional=optional, patience=patience)


def _edges(limit: Bounds, unit: Unit) -> tuple[Fraction | None, Fraction | None]:
    low = limit.at_least or limit.above
    high = limit.at_most or limit.below
    return (
        low.in_unit(unit) if low else None,
        high.in_unit(unit) if high else None,
    )
