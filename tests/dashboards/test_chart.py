"""Charts as plain SVG."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest

from dashboards.axes import number_ticks, time_ticks
from dashboards.chart import Chart, LimitLine, Span, Strip, Trace, line_chart
from dashboards.strip import strip
from readings.times import HOUR, MINUTE, parse_time

START = parse_time("2026-12-01T00:00:00+08:00")
SVG = "{http://www.w3.org/2000/svg}"


def say(text: str, /, **values: object) -> str:
    return text.format(**values)


def chart(values: list[float], **more: object) -> Chart:
    """A chart with a value a minute."""
    times = [START + number * MINUTE for number in range(len(values))]
    trace = Trace("CS1.1", times, values, values, values, MINUTE)
    given = {"traces": (trace,), "start": START, "end": START + len(values) * MINUTE} | more
    return Chart(title="Air", unit="°C", timezone="Asia/Shanghai", **given)  # type: ignore[arg-type]


def drawn(what: Chart) -> ET.Element:
    return ET.fromstring(line_chart(what, width=640, height=240, say=say))


def lines(svg: ET.Element) -> list[str]:
    return [each.attrib["d"] for each in svg.iter(f"{SVG}path") if "line" in each.attrib.get("class", "")]


def test_a_line_is_broken_where_there_is_a_gap() -> None:
    """What was not measured is never drawn as if it had been."""
    values = [-20.0] * 10 + [math.nan] * 10 + [-19.0] * 10
    whole = drawn(chart(values))
    gap = Span(START + 10 * MINUTE, START + 20 * MINUTE, "gap")
    broken = drawn(chart(values, gaps=(gap,)))
    assert len(lines(whole)) == 1
    assert len(lines(broken)) == 2
    hatched = [each for each in broken.iter(f"{SVG}rect") if each.attrib.get("class") == "gap"]
    assert len(hatched) == 1
    assert "no reading" in "".join(broken.itertext())


def test_a_gap_of_one_point_breaks_that_point_alone() -> None:
    """Each trace has gaps of its own; only what all of them miss is hatched."""
    times = [START + number * MINUTE for number in range(30)]
    gone = [-20.0] * 10 + [math.nan] * 10 + [-20.0] * 10
    lost = (Span(times[10], times[20], "gap"),)
    traces = (
        Trace("a", times, gone, gone, gone, MINUTE, lost),
        Trace("b", times, [-21.0] * 30, [-21.0] * 30, [-21.0] * 30, MINUTE),
    )
    svg = drawn(chart([-20.0] * 30, traces=traces))
    assert len(list(lines(svg))) == 3
    assert not [each for each in svg.iter(f"{SVG}rect") if each.attrib.get("class") == "gap"]


def test_a_bucket_shows_its_least_and_greatest_value() -> None:
    """Many readings in one bucket are a band, so that no peak is lost between two buckets."""
    times = [START, START + MINUTE, START + 2 * MINUTE]
    trace = Trace("1", times, [-20.0, -20.0, -20.0], [-10.0, -19.0, -19.0], [-19.0, -19.5, -19.5], MINUTE)
    svg = drawn(chart([0.0] * 3, traces=(trace,)))
    band = next(each for each in svg.iter(f"{SVG}polygon"))
    heights = [float(point.split(",")[1]) for point in band.attrib["points"].split()]
    assert min(heights) < max(heights) - 50


@pytest.mark.parametrize("rank", ["critical", "operating", "criterion"])
def test_limits_stand_with_their_names_inside_the_picture(rank: str) -> None:
    """A limit far away from the readings still belongs to the axis."""
    svg = drawn(chart([-20.0] * 5, limits=(LimitLine(-15.0, rank, "≤ −15.0 °C", upper=True),)))
    limit = next(each for each in svg.iter(f"{SVG}line") if each.attrib.get("class") == f"limit {rank}")
    assert 0 < float(limit.attrib["y1"]) < 240
    assert "≤ −15.0 °C" in "".join(svg.itertext())


def test_labels_of_near_limits_do_not_lie_on_one_another() -> None:
    """They make room."""
    limits = tuple(LimitLine(-15.0 - number / 50, "critical", str(number), upper=True) for number in range(4))
    svg = drawn(chart([-30.0, -10.0], limits=limits))
    at = [float(t.attrib["y"]) for t in svg.iter(f"{SVG}text") if "limit-label" in t.attrib.get("class", "")]
    assert all(b - a >= 14 for a, b in zip(sorted(at), sorted(at)[1:], strict=False))


def test_a_chart_can_be_read_out_and_its_texts_are_escaped() -> None:
    """Title and description name what, when and where; names from a plan break nothing."""
    svg = drawn(chart([1.0, 2.0], strips=(Strip("<limit> & unit", (Span(START, START + MINUTE, "ok"),)),)))
    assert svg.find(f"{SVG}title").text == "Air"  # type: ignore[union-attr]
    told = svg.find(f"{SVG}desc").text or ""  # type: ignore[union-attr]
    assert "2026-12-01 00:00" in told
    assert "Asia/Shanghai" in told
    assert "<limit> & unit" in "".join(svg.itertext())


def test_charts_hold_no_style_and_no_script() -> None:
    """So they may stand in a page whose policy allows neither."""
    text = line_chart(chart([1.0, 2.0]), width=640, height=240, say=say)
    assert not re.search(r"style=|<style|<script|javascript:|on\w+=", text)


def test_an_empty_chart_is_a_chart() -> None:
    """Nothing was measured: the frame stands, with its gap."""
    svg = drawn(chart([math.nan] * 3, gaps=(Span(START, START + 3 * MINUTE, "gap"),)))
    assert lines(svg) == []


def test_verdicts_of_a_strip_differ_without_colour() -> None:
    """Height and hatching tell them apart."""
    kinds = ("ok", "operating", "deviation", "indeterminate", "suspended", "starting")
    spans = [Span(START + n * HOUR, START + (n + 1) * HOUR, kind) for n, kind in enumerate(kinds)]
    text = strip(spans, start=START, end=START + 6 * HOUR, width=240, height=20, name="x", label="a day")
    svg = ET.fromstring(text)
    looks = {
        each.attrib["class"]: (each.attrib["height"], each.attrib["fill"].startswith("url"))
        for each in svg.iter(f"{SVG}rect")
        if each.attrib.get("class", "").startswith("v-")
    }
    assert len(looks) == 6
    assert len(set(looks.values())) == 6
    assert svg.attrib["aria-label"] == "a day"


def _bars(spans: list[Span]) -> list[ET.Element]:
    svg = ET.fromstring(
        strip(spans, start=START, end=START + 24 * HOUR, width=240, height=20, name="x", label="")
    )
    return [each for each in svg.iter(f"{SVG}rect") if each.attrib.get("class", "").startswith("v-")]


@pytest.mark.parametrize("after", ["ok", "operating", "indeterminate", "suspended"])
@pytest.mark.parametrize("begin", [0, 12 * HOUR, 24 * HOUR - 1_000_000_000])
def test_a_short_deviation_is_never_too_narrow_to_see(after: str, begin: int) -> None:
    """A second in a day still is a mark within the picture, on top of whatever follows it."""
    end = START + begin + 1_000_000_000
    spans = [Span(START, START + begin, "ok"), Span(START + begin, end, "deviation")]
    found = _bars([*spans, Span(end, START + 24 * HOUR, after)])
    bar = found[-1]
    assert bar.attrib["class"] == "v-deviation"
    x, width = float(bar.attrib["x"]), float(bar.attrib["width"])
    assert width >= 3
    assert 0 <= x <= 240 - width


def test_a_short_loss_stands_on_top_of_what_holds() -> None:
    """And below a deviation."""
    middle = START + 12 * HOUR
    short = Span(middle, middle + 1_000_000_000, "indeterminate")
    found = _bars([short, Span(START, middle, "deviation"), Span(middle, START + 24 * HOUR, "ok")])
    assert [each.attrib["class"] for each in found] == ["v-ok", "v-indeterminate", "v-deviation"]
    assert float(found[1].attrib["width"]) >= 2


def test_ticks_are_round_and_within() -> None:
    """Numbers a person would choose."""
    assert [tick.label for tick in number_ticks(-23.1, -14.2, 5)] == ["-22", "-20", "-18", "-16"]
    assert [tick.label for tick in number_ticks(0.02, 0.41, 4)] == ["0.1", "0.2", "0.3", "0.4"]
    assert [tick.label for tick in number_ticks(5, 5, 4)] == ["5"]


def test_times_are_round_in_the_zone_of_the_site() -> None:
    """Hours of the plant's clock, and the day where it begins."""
    ticks = time_ticks(START - 2 * HOUR, START + 2 * HOUR, 5, "Asia/Shanghai")
    assert [tick.label for tick in ticks] == ["22:00", "23:00", "12-01", "01:00", "02:00"]
    assert [tick.strong for tick in ticks] == [False, False, True, False, False]


def test_times_stay_round_when_clocks_change() -> None:
    """An hour later in Berlin is not an hour later on the wall."""
    start = parse_time("2026-10-24T22:00:00+02:00")
    labels = [tick.label for tick in time_ticks(start, start + 12 * HOUR, 6, "Europe/Berlin")]
    assert all(label.endswith(":00") or "-" in label for label in labels)
