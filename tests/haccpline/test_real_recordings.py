"""What the docs say of recordings of others is what comes out."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gateway.filemap import FileMap
from gateway.files import open_file
from haccpline.replay import Judge, Judged
from readings.block import Block
from readings.inputs import Series
from readings.times import DAY, HOUR, MINUTE, parse_time
from rules.plan_check import load_plan

PAGE = Path(__file__).parents[2] / "docs" / "real-recordings.md"
HEAD = """
plan: x
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2016-01-01T00:00:00+08:00
"""
pytestmark = pytest.mark.recorded


def rows(*head: str) -> list[list[str]]:
    """The rows of the table of the page with this head."""
    found: list[list[str]] = []
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if tuple(cells) == head:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and set(line) - set("|-"):
            found.append(cells)
    assert found
    return found


def column(time: np.ndarray, value: np.ndarray) -> Block:
    """Readings of one sensor; those that are NaN were not made."""
    kept = ~np.isnan(value)
    time, value = time[kept], value[kept]
    size = time.size
    return Block(
        series=(Series("x", "s"),),
        which=np.zeros(size, np.int32),
        time=time,
        value=value,
        raw=value,
        quality=np.zeros(size, np.uint8),
        reason=np.zeros(size, np.uint8),
        received=time,
        seq=np.full(size, -1, np.int64),
    )


def judged(sensor: str, limits: str, block: Block, *, start: int | None = None) -> Judged:
    """What these limits decide."""
    text = f"{HEAD}sensors:\n  s: {{{sensor}}}\nccps:\n  - id: C\n{limits}"
    judge = Judge(load_plan(text, "plan.yaml"), **({} if start is None else {"start": start}))
    judge.hear(block)
    return judge.finish()


@dataclass(frozen=True)
class Spans:
    """Of one limit: (from, to) of its warnings, and for how long something could be said, ns."""

    warned: list[tuple[int, int]]
    known: int

    @classmethod
    def of(cls, decided: Judged, name: str, end: int) -> Spans:
        [limit] = [each for each in decided.program.limits if each.limit == name]
        points = decided.decisions.timeline(limit)
        ends = [*(point.start for point in points[1:]), end]
        spans = [(str(point.verdict), point.start, to) for point, to in zip(points, ends, strict=True)]
        known = sum(to - begin for verdict, begin, to in spans if verdict in ("ok", "operating"))
        return cls([(begin, to) for verdict, begin, to in spans if verdict == "operating"], known)

    def besides(self, events: list[tuple[int, int]], *, before: int, behind: int) -> list[tuple[int, int]]:
        """Warnings that begin and end near none of these."""
        return [
            (begin, to)
            for begin, to in self.warned
            if not any(begin <= end + behind and to >= start - before for start, end in events)
        ]


def told(minutes: list[int]) -> str:
    """From the least to the most."""
    return f"{min(minutes)} to {max(minutes)}" if minutes else "none"


class Freezer:
    """The freezer and its excursions."""

    def __init__(self, folder: Path) -> None:
        with (folder / "freezer_1min.csv").open() as file:
            read = [(parse_time(row["ts"]), float(row["Temperature"])) for row in csv.DictReader(file)]
        self.block = column(np.array([at for at, _ in read]), np.array([air for _, air in read]))
        self.end = read[-1][0]
        with (folder / "excursions_above_-15C.csv").open() as file:
            self.excursions = [
                (parse_time(row["start"]), parse_time(row["end"])) for row in csv.DictReader(file)
            ]

    def judged(self, operating: str) -> Judged:
        """Beside the limit of -15 degC."""
        limits = "    critical: [{id: a, kind: threshold, of: s, at_most: -15.0 degC}]\n"
        sensor = "unit: degC, resolution: 0.1, range: [-50, 60], every: 60 s, silent_after: 5 min"
        return judged(sensor, f"{limits}    operating: [{{id: w, of: s, {operating}}}]\n", self.block)


def test_a_forecast_foresees_no_door(recordings):
    """How many of the 13 excursions it warned before, how long before, and how often in vain."""
    store = Freezer(recordings / "timeseries" / "freezer")
    head = ("trend_over", "mean_over", "warns_within", "warned of", "minutes before", "warnings besides")
    for trend, mean, within, *shown in rows(*head):
        words = (
            f"kind: time_to_breach, limit: {{at_most: -15.0 degC}}, warns_within: {within},"
            f" trend_over: {trend}, mean_over: {mean}"
        )
        spans = Spans.of(store.judged(words), "w", store.end)
        before = []
        for start, end in store.excursions:
            on = [begin for begin, to in spans.warned if begin <= end and to >= start - MINUTE]
            lead = round((start - on[0]) / MINUTE) if on else 0
            before += [lead] if lead >= 1 else []
        besides = [
            (begin, to)
            for begin, to in spans.warned
            if not any(start - 2 * HOUR <= begin <= end + 3 * HOUR for start, end in store.excursions)
        ]
        assert [f"{len(before)} of 13", told(before), str(len(besides))] == shown, trend


def test_sums_see_what_a_bound_does_not(recordings):
    """How often they warn, and when first."""
    store = Freezer(recordings / "timeseries" / "freezer")
    for words, spans, first in rows("limit", "spans in which it warns", "first after"):
        kind, _, bound = words.partition(" ")
        limit = (
            bound.replace("at most", "at_most:").replace(" in ", ", window: ").replace("above -", "above: -")
        )
        found = Spans.of(store.judged(f"kind: {kind}, {limit}"), "w", store.end)
        after = (found.warned[0][0] - int(store.block.time[0])) / HOUR
        assert (str(len(found.warned)), f"{after:.1f} h") == (spans, first), words


WATER = {
    "nelson rule 1 on turbidity, 5 min means": (
        "Trueb",
        "NTU, resolution: 0.001",
        "kind: nelson, target: 0.020 NTU, sigma: 0.0045 NTU, rules: [1], mean_over: 5 min",
    ),
    "ewma of turbidity, 5 min means": (
        "Trueb",
        "NTU, resolution: 0.001",
        "kind: ewma, target: 0.020 NTU, sigma: 0.0045 NTU, lambda: 0.2, width: 2.7, mean_over: 5 min",
    ),
    "ewma of redox, 5 min means": (
        "Redox",
        "mV, resolution: 1",
        "kind: ewma, target: 762 mV, sigma: 2.2 mV, lambda: 0.2, width: 2.7, mean_over: 5 min",
    ),
    "nelson on redox, 5 min means": (
        "Redox",
        "mV, resolution: 1",
        "kind: nelson, target: 762 mV, sigma: 2.2 mV, mean_over: 5 min",
    ),
    "rate of redox, 1 mV/min over 10 min": (
        "Redox",
        "mV, resolution: 1",
        "kind: rate, at_most: 1 mV/min, at_least: -1 mV/min, over: 10 min",
    ),
    "rate of conductivity, 1 uS/cm per min over 10 min": (
        "Leit",
        "uS/cm, resolution: 1",
        "kind: rate, at_most: 1 uS/cm/min, at_least: -1 uS/cm/min, over: 10 min",
    ),
    "rate of pH, 0.01 pH/min over 10 min": (
        "pH",
        "pH, resolution: 0.01",
        "kind: rate, at_most: 0.01 pH/min, at_least: -0.01 pH/min, over: 10 min",
    ),
}


def test_events_in_drinking_water_are_found_by_what_moves(recordings):
    """Of the 18 labelled events, how many each limit finds, how soon, and how often it warns besides."""
    folder = recordings / "timeseries" / "gecco2018"
    with gzip.open(folder / "gecco2018_first_half.csv.gz", "rt") as file:
        read = list(csv.DictReader(file))
    time = np.array([parse_time(row["Time"]) for row in read])
    windows = json.loads((folder / "event_windows_first_half.json").read_text(encoding="utf-8"))
    events = [(parse_time(each["start"]), parse_time(each["end"])) for each in windows]
    found_by_rate: set[int] = set()
    shown = rows(
        "limit",
        "events found",
        "minutes after its beginning",
        "other warnings a day",
        "share of the time warned besides",
    )
    assert [row[0] for row in shown] == list(WATER)
    for name, *figures in shown:
        label, sensor, limit = WATER[name]
        values = np.array([float(row[label]) if row[label] not in ("", "NA") else np.nan for row in read])
        unit = sensor.partition(",")[0]
        limits = (
            f"    critical: [{{id: a, kind: threshold, of: s, at_least: 0 {unit}}}]\n"
            f"    operating: [{{id: w, of: s, {limit}}}]\n"
        )
        decided = judged(f"unit: {sensor}, every: 60 s, silent_after: 5 min", limits, column(time, values))
        spans = Spans.of(decided, "w", int(time[-1]))
        delays = {}
        for number, (start, end) in enumerate(events):
            on = [max(begin - start, 0) for begin, to in spans.warned if begin <= end and to >= start]
            if on:
                delays[number] = round(min(on) / MINUTE)
        besides = spans.besides(events, before=30 * MINUTE, behind=30 * MINUTE)
        found_by_rate |= set(delays) if name.startswith("rate") else set()
        assert [
            f"{len(delays)} of 18",
            told(list(delays.values())),
            f"{len(besides) / (spans.known / DAY):.2f}",
            f"{sum(to - begin for begin, to in besides) / spans.known:.3f}",
        ] == figures, name
    assert len(found_by_rate) == 18, "the three rates together"


def test_strange_rows_of_a_pasteuriser_are_not_believed(recordings):
    """As they stand they are deviations; confirmed by a second reading they are none."""
    tanks = {f"MIX{tank}_PASTEUR_TEMP": {"reads": f"s/{n}", "scale": 0.1} for n, tank in ((1, "A"), (2, "B"))}
    mapping = FileMap.model_validate(
        {"time": {"column": "STD_DT", "format": "%Y-%m-%d %H:%M", "zone": "Asia/Seoul"}, "columns": tanks}
    )
    path = recordings / "timeseries" / "pasteuriser_kamp" / "pasteurizer_4days.csv"
    [block] = open_file(path, line="x", mapping=mapping)
    sensor = (
        "unit: degC, resolution: 0.1, points: 2 points, every: 60 s, silent_after: 5 min, range: [0, 100]"
    )
    start = parse_time("2020-04-08T20:45:00+09:00")
    for words, shown in rows("limit", "deviations"):
        limit = words.replace("at_least ", "at_least: ").replace("_than ", "_than: ")
        limit = limit.replace("confirm 2", "confirm: 2")
        limits = f"    critical: [{{id: w, kind: threshold, of: s, {limit}}}]\n"
        events = judged(sensor, limits, block, start=start).decisions.events()
        assert sum(event.kind == "deviation" for event in events) == int(shown), words
    for hold in ("dwell, at_least: 63.0 degC, for: 30 min", "table_dwell, table: pmo_milk"):
        decided = judged(sensor, f"    critical: [{{id: w, of: s, kind: {hold}}}]\n", block, start=start)
        [limit_unit] = decided.program.limits
        assert {point.verdict for point in decided.decisions.timeline(limit_unit)} == {"indeterminate"}
