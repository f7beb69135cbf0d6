"""Line protocol: every reading a line that an InfluxDB can read, or a refusal before it is sent."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ingest.errors import LineProtocolError
from ingest.lineprotocol import reading_lines, tag, text, verdict_line
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.quality import Quality, Reason

AIR = Series("cs1", "air")


def lines(series: Series = AIR, **reading: float) -> bytes:
    builder = BlockBuilder()
    builder.reading(series, **({"time": 5, "value": -18.0, "received": 7} | reading))
    (line,) = reading_lines(builder.build(), "plant")
    return line


def test_a_good_reading() -> None:
    """Tags in order of their names, floats as floats, no counter where there is none."""
    assert lines() == (
        b'reading,line=cs1,point=1,sensor=air,site=plant value=-18.0,quality="good",reason="",received=7i 5'
    )


def test_with_raw_and_counter() -> None:
    """The raw number is a float too, whatever it was on the wire; the counter an integer."""
    assert lines(raw=62_000, seq=3).endswith(
        b' value=-18.0,raw=62000.0,quality="good",reason="",received=7i,seq=3i 5'
    )


def test_a_bad_reading_has_no_value() -> None:
    """Its quality and reason are recorded; a number that is none is never written."""
    assert lines(reason=Reason.LOOP_LOW, raw=3.2).endswith(
        b' raw=3.2,quality="bad",reason="loop low",received=7i 5'
    )
    assert lines(value=math.nan).endswith(b' quality="bad",reason="not a number",received=7i 5')
    assert b"value" not in lines(value=math.inf)


def test_whatever_a_block_says_no_nan_is_written() -> None:
    """A block that was not built by the builder cannot smuggle in infinity, or a value of a bad reading."""
    one = np.ones(1)
    block = Block(
        series=(Series("l", "s"),),
        which=np.zeros(1, np.int32),
        time=np.ones(1, np.int64),
        value=one,
        raw=one * np.inf,
        quality=np.full(1, Quality.BAD, np.uint8),
        reason=np.full(1, 200, np.uint8),
        received=np.ones(1, np.int64),
        seq=-np.ones(1, np.int64),
    )
    assert reading_lines(block, "p") == [
        b'reading,line=l,point=1,sensor=s,site=p quality="bad",reason="reason 200",received=1i 1'
    ]


def test_names_are_escaped() -> None:
    """Commas, equals signs and spaces in tags; quotes and backslashes in texts."""
    assert lines(Series("a b", "c,d=e", "CS1.2")).startswith(
        rb"reading,line=a\ b,point=CS1.2,sensor=c\,d\=e,site=plant "
    )
    assert tag("冷库") == "冷库"
    assert text('say "no" \\ twice\nplease') == r'"say \"no\" \\ twice please"'


@pytest.mark.parametrize("name", ["", "ends in\\", "two\nlines", "tab\there"])
def test_names_no_server_reads_are_refused(name: str) -> None:
    """An empty tag, a backslash at the end, a line break: refused before anything is sent."""
    with pytest.raises(LineProtocolError, match="cannot be a tag"):
        tag(name)


def test_a_verdict() -> None:
    """The schema of verdicts: revision an integer, worst left out where there is none."""
    given = {"site": "p", "line": "cs1", "ccp": "CCP 1", "limit": "core", "unit": "-", "time": 9}
    assert verdict_line(**given, verdict="deviation", revision=2, worst=-12.5, reason="above -15") == (
        rb"verdict,ccp=CCP\ 1,limit=core,line=cs1,site=p,unit=-"
        b' verdict="deviation",revision=2i,worst=-12.5,reason="above -15" 9'
    )
    assert b"worst" not in verdict_line(**given, verdict="ok", revision=0)
    assert b"worst" not in verdict_line(**given, verdict="ok", revision=0, worst=math.nan)
