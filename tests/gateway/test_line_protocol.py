"""Line protocol is read as InfluxDB's reference says, and a line that is none takes no other with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.line_protocol import LinePoint, NoPoint, read_points


def one(text: str) -> LinePoint:
    (point,) = read_points(text)
    assert isinstance(point, LinePoint)
    return point


def test_every_kind_of_value() -> None:
    """Floats, integers with i and u, truth values, texts; what is none of them is told with its text."""
    point = one('m a=1,b=-2.5e-3,c=3i,d=4u,e=t,f=FALSE,g="x",h=1..2,i=nan,j=.5 17')
    assert dict(point.fields) == {
        "a": 1.0,
        "b": -0.0025,
        "c": 3,
        "d": 4,
        "e": True,
        "f": False,
        "g": "x",
        "j": 0.5,
    }
    assert point.wrong == {"h": "1..2", "i": "nan"}
    assert point.time == 17
    assert isinstance(dict(point.fields)["c"], int)


def test_escapes() -> None:
    """Commas, spaces and equals signs in names, quotes, backslashes and line breaks in texts."""
    point = one(r'my\ m\,x,ta\=g=a\ b\,c fi\ eld="say \"hi\", \\o=k" 5')
    assert (point.measurement, point.tags) == ("my m,x", {"ta=g": "a b,c"})
    assert point.fields == (("fi eld", 'say "hi", \\o=k'),)
    assert one('m a="two\nlines" 5').fields == (("a", "two\nlines"),)


def test_lines_are_counted() -> None:
    """Comments, empty lines, carriage returns and texts of two lines; each point says where it begins."""
    found = list(read_points('# made by hand\n\na v=1 1\r\nb v="x\ny" 2\nc\n d v=1\ne v=2'))
    assert [(point.line, type(point)) for point in found] == [
        (3, LinePoint),
        (4, LinePoint),
        (6, NoPoint),
        (7, NoPoint),
        (8, LinePoint),
    ]
    assert [point.text for point in found] == ["a v=1 1", 'b v="x\ny" 2', "c", " d v=1", "e v=2"]
    assert found[-1].time is None


def test_no_time_that_no_clock_says() -> None:
    """A time of more digits than 64 bits hold makes the line none; a negative one is a time."""
    assert isinstance(next(iter(read_points("m v=1 " + "9" * 20))), NoPoint)
    assert one("m v=1 -5").time == -5


@given(st.text(alphabet='ab,= "\\\n#1it.', max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    """Whatever comes: no failure, and each letter that is no blank is in one part."""
    parts = list(read_points(text))
    assert sum(len(part.text) for part in parts) <= len(text)
    assert [part.line for part in parts] == sorted(part.line for part in parts)
