"""A span of the plant as the journal would hold it: blocks in the order in which they became known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from readings.block import Block
from readings.inputs import Series, State
from readings.quality import Quality, Reason
from readings.times import MINUTE, MS, US
from simulators.plant import DELAY, Plant
from simulators.register_map import MODBUS, raw_of
from simulators.signals import F64, I64, Played


def blocks(  # noqa: PLR0913 - what a history can be told
    plant: Plant,
    start: int,
    end: int,
    *,
    lines: Sequence[str] | None = None,
    per: int = 10 * MINUTE,
    clock_within: int | None = None,
) -> Iterator[Block]:
    """The history of a span, block by block, as the gateway would have heard it.

    Args:
        plant: what is played.
        start: ns UTC of the first sample, or before it.
        end: ns UTC, not included.
        lines: which ones; all that run, if left out.
        per: ns of a block; a smaller one makes more of them and changes nothing.
        clock_within: how far the clock of a polled device may be wrong before its readings are uncertain, ns; as in
            `register_map.sources_yaml`.

    Yields:
        Blocks with ascending ticks; each holds texts and readings of all lines received in its span, if any.
    """
    spans = [plant.played(line, start, end) for line in lines or plant.lines]
    columns = _columns(spans, 2**62 if clock_within is None else clock_within)
    if columns is None:
        return
    series, order, table = columns
    states = [(text.time, played.line, text) for played in spans for text in played.texts]
    waiting = sorted(
        (
            State(time, line, text.sensor, text.text, received=max(time, start) + DELAY)
            for time, line, text in states
        ),
        key=lambda state: (state.received, state.line, state.name),
    )
    received = table["received"]
    at, row = start, 0
    while at < end or row < len(received) or waiting:
        stop = int(np.searchsorted(received, at + per))
        heard = [state for state in waiting if state.received < at + per]
        waiting = waiting[len(heard) :]
        rows = {name: column[row:stop] for name, column in table.items()}
        tick = max(
            [min(at + per, end), *(state.received for state in heard), *received[row:stop][-1:].tolist()]
        )
        yield _block(series, order[row:stop], rows, tuple(heard), tick)
        at, row = at + per, stop


def _columns(spans: Sequence[Played], within: int) -> tuple[list[Series], I64, dict[str, F64 | I64]] | None:
    """All readings of all lines, in the order in which they were received."""
    series: list[Series] = []
    which, parts = [], []
    for played in spans:
        for (sensor, point), samples in played.series.items():
            which.append(np.full(len(samples), len(series), np.int64))
            series.append(Series(played.line, sensor, point))
            wrong = np.abs(samples.time - samples.received) > (within if played.line in MODBUS else 2**62)
            parts.append(
                {
                    "time": samples.time,
                    "value": samples.value,
                    "raw": raw_of(played.line, samples),
                    "received": samples.received // MS * MS,
                    "seq": samples.seq,
                    "reason": np.where(wrong, Reason.CLOCK, Reason.NONE),
                }
            )
    if not parts:
        return None
    table = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(table["received"], kind="stable")
    return series, np.concatenate(which)[order], {name: column[order] for name, column in table.items()}


def _block(
    series: Sequence[Series],
    which: I64,
    rows: Mapping[str, F64 | I64],
    states: tuple[State, ...],
    tick: int,
) -> Block:
    used, codes = np.unique(which, return_inverse=True)
    doubted = rows["reason"] == Reason.CLOCK
    return Block(
        series=tuple(series[number] for number in used),
        which=codes.astype(np.int32),
        time=rows["time"].astype(np.int64),
        value=rows["value"].astype(np.float64),
        raw=rows["raw"].astype(np.float64),
        quality=np.where(doubted, Quality.UNCERTAIN, Quality.GOOD).astype(np.uint8),
        reason=rows["reason"].astype(np.uint8),
        received=rows["received"].astype(np.int64),
        seq=rows["seq"].astype(np.int64),
        states=states,
        tick=tick - tick % US,
    )
