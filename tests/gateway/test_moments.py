"""The time of a reading, and what reading times costs."""

from __future__ import annotations

import tracemalloc

from gateway.moments import Moments
from gateway.topic_settings import Topic
from readings.quality import Reason
from readings.times import MS, SECOND, format_time, parse_time

NOW = parse_time("2026-12-01T12:00:00Z")


def moments(name: str, **more: str) -> Moments:
    """Of a topic, as each topic that is heard has them."""
    said = {"topic": name, "reads": "c/air", "value": "v", "unit": "degC", "time": "ts"}
    return Moments(Topic.model_validate(said | more))


def test_many_topics_remember_times_once():
    """20 devices send the same 500 times to the ms: remembered are 500 short texts (0.1 MB), not 10,000 (1.5 MB)."""
    devices = [moments(f"plant/{number}") for number in range(20)]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(500):
            time = NOW + number * (SECOND + MS)
            for each in devices:
                assert each.of(format_time(time), False, NOW) == (time, Reason.NONE)
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()


def test_what_is_remembered_is_of_one_zone():
    """The same text is another time where the clock of the device is another; eight hours earlier in Shanghai."""
    text = "2026-12-01T20:00:00"
    there, here = moments("a", zone="Asia/Shanghai"), moments("b", zone="UTC")
    for _ in range(2):
        assert there.of(text, False, NOW) == (NOW, Reason.NONE)
        assert here.of(text, False, NOW) == (NOW + 8 * 3600 * SECOND, Reason.NONE)
