"""What a seed draws: the plant's readings, which are the truth, and what is done to it when."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.quality import Reason
from readings.times import HOUR, MINUTE, MS, SECOND, parse_time
from simulators.bad_wire import Ills
from simulators.freezer import freezer
from simulators.recording import Recording

POLLED, SENT = "room-modbus", "room-mqtt"  # the two lines
STEP = 5 * MINUTE  # between two samples, event time
RESOLUTION = 0.1
AIR = "air/Z.1"
LIMIT, CLEARS, CONFIRM = -15.0, -15.5, 2
_START = parse_time("2026-12-01T00:00:00+08:00")
_SAMPLES = {"tcp": 240, "rtu+tcp": 100}  # RTU frames name no question: the gateway waits between them
_NONE = 0.02  # share of samples in which the polled device has no value
WALL_SHARE = 0.2  # of the seeds live on the wall clock
POLLED_STEP, SENT_STEP = 100 * MS, 200 * MS  # between two samples there, real time
PLAY = 11 * SECOND  # in which the troubles come; the polled device plays on as long as it is asked
_POLLED_SAMPLES, _SENT_SAMPLES = 800, PLAY // SENT_STEP
OUTAGE = (5.0, 6.5)  # s, the long one that every such world has
SILENT_AFTER, LOSS_AFTER = SECOND, 2 * SECOND  # there
GONE_LATE = 0.45  # s, the longest delay on the Modbus wire; the gateway gives up after TIMEOUT
TIMEOUT = 0.25  # s


@dataclass(frozen=True, slots=True, order=True)
class Trouble:
    """Something that is done to the plant.

    Attributes:
        at: when, as the share of the polled samples that have been shown.
        to: `record` (SIGKILL), `broker` or `influxdb` (stopped in order), `disk` (filled to the last byte); on the
            wall clock also `wire` (to the Modbus device, cut off) and `device` (it answers nothing).
        away: s until it is well again.
    """

    at: float
    to: str
    away: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that a seed says.

    Attributes:
        seed: it.
        framing: `tcp` or `rtu+tcp`.
        polled: what the Modbus device shows.
        sent: what the MQTT device publishes.
        troubles: in order of `at`.
        modbus: what happens on the wire to the device.
        mqtt: what happens on the wires to the broker.
        http: what happens on the wire to InfluxDB.
        wall: whether it lives on the wall clock: the devices play in real time, and no sample comes again. Times of
            `polled` and `sent` count from when they begin.
        forgets: whether the MQTT device drops what it cannot send; else it sends it later.
        counts: whether the counter of the Modbus device is read: then a sample that is read twice is known again.
    """

    seed: int
    framing: str
    polled: Recording
    sent: Recording
    troubles: tuple[Trouble, ...]
    modbus: Ills
    mqtt: Ills
    http: Ills
    wall: bool = False
    forgets: bool = False
    counts: bool = True

    def truth(self) -> dict[str, Block]:
        """By line, every reading that must be kept, as it must be kept, in order of time."""
        return {POLLED: _block(POLLED, self.polled), SENT: _block(SENT, self.sent)}

    @property
    def fills_disk(self) -> bool:
        """Whether it needs a disk of its own."""
        return any(each.to == "disk" for each in self.troubles)


def drawn(seed: int) -> Drawn:
    """What this seed says; the same again each time."""
    if Random(f"{seed} clock").random() < WALL_SHARE:
        return _on_the_wall(seed)
    draw = Random(seed)
    framing = draw.choice(("tcp", "tcp", "rtu+tcp"))
    count, start = _SAMPLES[framing], _START + draw.randrange(0, 30) * HOUR // STEP * STEP
    return Drawn(
        seed=seed,
        framing=framing,
        polled=_room(draw, count, start, none=_NONE),
        sent=_room(draw, count, start, none=0.0),
        troubles=_troubles(draw),
        modbus=Ills(cut=0.01, delayed=0.015, doubled=0.01, spoilt=0.015, longest=GONE_LATE),
        mqtt=Ills(cut=0.006, delayed=0.02, doubled=0.05, longest=0.1, cuts=3),
        http=Ills(cut=0.05, delayed=0.1, longest=0.2, cuts=4),
    )


def _on_the_wall(seed: int) -> Drawn:
    draw = Random(f"{seed} wall")
    long = Trouble(draw.uniform(0.15, 0.4), draw.choice(("wire", "device")), draw.uniform(*OUTAGE))
    rest = _some(
        draw,
        ("record", 0.6, 0.4),
        ("broker", 0.5, 3.0),
        ("influxdb", 0.4, 0.8),
        ("disk", 0.35, 0.8),
        ("wire", 0.5, 1.5),
        ("device", 0.5, 1.5),
    )
    return Drawn(
        seed=seed,
        framing=draw.choice(("tcp", "tcp", "rtu+tcp")),
        polled=_in_real_time(_room(draw, _POLLED_SAMPLES, _START, none=_NONE), POLLED_STEP),
        sent=_in_real_time(_room(draw, _SENT_SAMPLES, _START, none=0.0), SENT_STEP),
        troubles=tuple(sorted([long, *rest])),
        modbus=Ills(cut=0.01, delayed=0.03, doubled=0.01, spoilt=0.015, longest=GONE_LATE),
        mqtt=Ills(cut=0.01, delayed=0.02, doubled=0.05, longest=0.1, cuts=3),
        http=Ills(cut=0.05, delayed=0.1, longest=0.2, cuts=4),
        wall=True,
        forgets=draw.random() < 0.5,
        counts=draw.random() < 0.5,
    )


def _in_real_time(recording: Recording, step: int) -> Recording:
    return replace(recording, time=np.arange(len(recording), dtype=np.int64) * step)


def _room(draw: Random, count: int, start: int, *, none: float) -> Recording:
    """A room, its defrosts, doors and, in one of four, a compressor that fails; now and then no value."""
    failure = start + draw.randrange(count // 2, count) * STEP if draw.random() < 0.25 else None
    made = freezer(
        seed=draw.randrange(1 << 30),
        start=start,
        duration=count * STEP,
        step=STEP,
        failure=failure,
    )
    air = made.air.copy()
    for row in range(0, count, 2):  # never two in a row: a silence would be another truth
        if draw.random() < none:
            air[row] = np.nan
    return Recording((AIR,), made.time, air[:, np.newaxis])


def _troubles(draw: Random) -> tuple[Trouble, ...]:
    found = [Trouble(draw.uniform(0.1, 0.9), "record", draw.uniform(0.0, 0.4))]
    found += _some(
        draw, ("record", 0.5, 0.4), ("broker", 0.5, 0.5), ("influxdb", 0.5, 0.8), ("disk", 0.35, 0.8)
    )
    return tuple(sorted(found))


def _some(draw: Random, *kinds: tuple[str, float, float]) -> list[Trouble]:
    """Of each kind one with its chance, away for so many seconds at most."""
    return [
        Trouble(draw.uniform(0.1, 0.9), to, draw.uniform(0.0, longest))
        for to, chance, longest in kinds
        if draw.random() < chance
    ]


def _block(line: str, recording: Recording) -> Block:
    builder = BlockBuilder()
    for number, (moment, name, value) in enumerate(recording.rows(), start=1):
        sensor, _, point = name.partition("/")
        missing = math.isnan(value)
        builder.reading(
            Series(line, sensor, point),
            time=moment,
            value=value,
            reason=Reason.SENTINEL if missing else Reason.NONE,
            received=moment,
            seq=number,
        )
    return builder.build()


def excursions(recording: Recording) -> list[tuple[int, int | None]]:
    """Where the limit did not hold, read off the values alone: from the first of two readings beyond it to the first within.

    Nothing here knows the engine. A sample without a value says nothing. An excursion that has not ended has no end.
    """
    found: list[tuple[int, int | None]] = []
    run: list[int] = []
    inside = False
    for moment, _, value in recording.rows():
        if math.isnan(value):
            continue
        if inside and value <= CLEARS:
            found[-1], inside, run = (found[-1][0], moment), False, []
        elif not inside and value > LIMIT:
            run.append(moment)
            if len(run) == CONFIRM:
                found.append((run[0], None))
                inside = True
        elif not inside:
            run = []
    return found
