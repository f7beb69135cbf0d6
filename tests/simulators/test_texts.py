"""Texts of the lines: lots, batches, products."""

from __future__ import annotations

from readings.times import DAY, HOUR, MINUTE, format_time, parse_time
from simulators.clock import LOCAL
from simulators.faults import RETORT, STORE, WATER
from simulators.plant import plant

MONDAY = parse_time("2026-12-07T00:00:00+08:00")


def test_texts_say_what_holds_at_the_beginning() -> None:
    """The first texts of a span are those that hold when it begins, with the times from which they have held."""
    made = plant(seed=1)
    for line, sensors in (
        (WATER, {"filler_product", "filler_lot"}),
        (RETORT, {"cycle_id", "recipe", "basket_scan"}),
        (STORE, {"lot"}),
    ):
        for hour in range(0, 24 * 8, 5):
            start = MONDAY + hour * HOUR + 1
            texts = made.played(line, start, start + MINUTE).texts
            held = [text for text in texts if text.time <= start]
            assert {text.sensor for text in held} == sensors
            assert len(held) == len(sensors)
            assert all(text.time < start + MINUTE for text in texts)


def test_lots_are_named_by_local_dates() -> None:
    """A lot of the store begins at 06:00 local time and carries that day's date; a batch counts within its day."""
    made = plant(seed=1)
    (lot,) = made.played(STORE, MONDAY + 7 * HOUR, MONDAY + 8 * HOUR).texts
    assert (lot.text, format_time(lot.time + LOCAL)) == ("D20261207", "2026-12-07T06:00:00Z")
    batches = [
        text.text for text in made.played(RETORT, MONDAY, MONDAY + DAY).texts if text.sensor == "cycle_id"
    ]
    assert batches[1:4] == ["R2-20261207-01", "R2-20261207-02", "R2-20261207-03"]
