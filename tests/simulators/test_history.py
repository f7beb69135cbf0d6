"""History is what the gateway would have heard, in the order in which it became known."""

from __future__ import annotations

import numpy as np
import pytest

from readings.block import Block, join
from readings.quality import Quality, Reason
from readings.times import DAY, HOUR, MINUTE, SECOND, parse_time
from simulators.faults import RETORT, STORE, WATER, Fault
from simulators.history import blocks
from simulators.plant import Plant, plant

AT = parse_time("2026-12-07T00:00:00+08:00")


@pytest.fixture(scope="module")
def made() -> Plant:
    """A plant with a late upload, a wrong clock and a plug that was out."""
    return plant(
        seed=4,
        faults=[
            Fault("late_upload", STORE, AT + 2 * HOUR, AT + 3 * HOUR),
            Fault("clock_step", RETORT, AT + HOUR, AT + 2 * HOUR, size=-600),
            Fault("unplugged", WATER, AT + 2 * HOUR, AT + 4 * HOUR),
        ],
    )


def test_all_that_was_played_is_there_once(made: Plant) -> None:
    """Every sample of every line, with its value, counts and counter; raw is what the wire carries."""
    whole = join(blocks(made, AT, AT + 6 * HOUR))
    for number, series in enumerate(whole.series):
        samples = made.played(series.line, AT, AT + 6 * HOUR).series[series.sensor, series.point]
        rows = whole.which == number
        order = np.argsort(whole.seq[rows])
        assert np.array_equal(whole.seq[rows][order], samples.seq)
        assert np.array_equal(whole.time[rows][order], samples.time)
        assert np.array_equal(whole.value[rows][order], samples.value)
        wire = samples.value if series.line == STORE else samples.raw
        assert np.array_equal(whole.raw[rows][order], wire)
    assert len(whole.series) == sum(len(process.signals) for process in made.lines.values())


def test_in_the_order_in_which_it_became_known(made: Plant) -> None:
    """Received times ascend over all blocks and lines; a block's tick is not before what it holds, nor after the next."""
    found = list(blocks(made, AT, AT + 6 * HOUR))
    received = np.concatenate([block.received for block in found])
    assert (np.diff(received) >= 0).all()
    ticks = [block.tick or 0 for block in found]
    assert ticks == sorted(ticks)
    for block, after in zip(found, [*found[1:], None], strict=True):
        if len(block):
            assert block.received.max() <= (block.tick or 0)
        if after is not None and len(after):
            assert after.received.min() >= (block.tick or 0) - 1


def test_time_passes_where_nothing_is_heard(made: Plant) -> None:
    """While the only line is unplugged there are blocks with nothing but the time, so that its silence is heard."""
    found = list(blocks(made, AT, AT + 6 * HOUR, lines=[WATER]))
    silent = [block for block in found if not len(block)]
    assert len(silent) == 12
    assert all(block.tick is not None for block in silent)


def test_cut_as_you_like(made: Plant) -> None:
    """Larger and smaller blocks, and a span in two parts, say the same."""
    whole = join(blocks(made, AT, AT + 5 * HOUR))
    for per in (MINUTE, DAY):
        other = join(blocks(made, AT, AT + 5 * HOUR, per=per))
        assert rows(other) == rows(whole)
    parts = join([*blocks(made, AT, AT + HOUR), *blocks(made, AT + HOUR, AT + 5 * HOUR)])
    assert rows(parts) == rows(whole)


def rows(block: Block) -> set[tuple[object, ...]]:
    """Readings as a set; series by name."""
    names = [str(series) for series in block.series]
    return set(
        zip(
            [names[which] for which in block.which],
            block.time.tolist(),
            block.value.tolist(),
            block.seq.tolist(),
            block.received.tolist(),
            strict=True,
        )
    )


def test_late_samples_come_late_with_their_own_times(made: Plant) -> None:
    """An hour of a logger stands behind everything that was heard in that hour, and is good."""
    found = list(blocks(made, AT, AT + 6 * HOUR, lines=[STORE]))
    burst = next(block for block in found if len(block) > 14 * 50)
    assert burst.time.min() == AT + 2 * HOUR
    assert burst.received.min() >= AT + 3 * HOUR
    assert (burst.quality == Quality.GOOD).all()


def test_a_wrong_clock_is_doubted_where_it_is_polled(made: Plant) -> None:
    """As the gateway doubts it: farther away than it may be, uncertain, by the clock; its values stay."""
    whole = join(blocks(made, AT, AT + 3 * HOUR, lines=[RETORT], clock_within=2 * MINUTE))
    doubted = whole.reason == Reason.CLOCK
    assert doubted.sum() == 11 * 3600
    assert (whole.quality[doubted] == Quality.UNCERTAIN).all()
    assert not np.isnan(whole.value).any()
    assert (whole.received[doubted] - whole.time[doubted] == 600 * SECOND + 200_000_000).all()
    trusting = join(blocks(made, AT, AT + 3 * HOUR, lines=[RETORT]))
    assert (trusting.quality == Quality.GOOD).all()


def test_texts_stand_first(made: Plant) -> None:
    """The first block says what holds already, with the time from which it has held."""
    first = next(blocks(made, AT + 9 * HOUR, AT + 10 * HOUR))
    assert {(state.line, state.name) for state in first.states} == {
        (WATER, "filler_product"),
        (WATER, "filler_lot"),
        (RETORT, "cycle_id"),
        (RETORT, "recipe"),
        (RETORT, "basket_scan"),
        (STORE, "lot"),
    }
    assert all(state.time <= AT + 9 * HOUR <= state.received for state in first.states)
