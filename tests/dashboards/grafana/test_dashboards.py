"""What the dashboards are made of: places, names, limits, links; the same bytes on every run."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.data_source import Reader
from dashboards.grafana.limit_lines import CRITICAL, OPERATING, limit_lines
from dashboards.grafana.panel import SOURCE_UID
from dashboards.grafana.reading_queries import REASONS
from dashboards.grafana.shown import RANKS, Shown, uid
from dashboards.grafana.tree import tree
from dashboards.grafana.verdicts import LOOKS, NO_DATA, NUMBER
from dashboards.language import language
from readings.quality import Quality, Reason
from readings.units import unit_named
from rules.plan import limits_of
from rules.plan_check import load_plan
from rules.timeline import Verdict

KINDS = {"row", "stat", "state-timeline", "status-history", "table", "timeseries"}


def test_the_same_plans_give_the_same_bytes(shown: Shown):
    """Two builds do not differ in a byte, whatever the order in which Python hashes."""
    reader = Reader("haccpline")
    assert tree(shown, reader) == tree(replace(shown), reader)
    other = tree(replace(shown, tongue="zh"), reader)
    assert {json.loads(other[path])["uid"] for path in other if path.startswith("dashboards/")} == {
        json.loads(each)["uid"]
        for path, each in tree(shown, reader).items()
        if path.startswith("dashboards/")
    }


def test_ids_stay_and_fit():
    """An id comes from names alone, is of the signs that Grafana takes, and no two names share one."""
    assert uid("line", "S", "a") == "line-c10d163a310abccab8cc"
    assert uid("line", "S", "ab", "c") != uid("line", "S", "a", "bc")
    assert len(uid("dead-site", "厂" * 60)) <= 40
    assert uid("dead", "厂").replace("-", "").isascii()


def test_panels_lie_side_by_side(built: dict[str, Any]):
    """No panel lies over another or beyond the 24 columns; numbers are given once."""
    for name, dashboard in built.items():
        panels = dashboard["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        for panel in panels:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24, name
        for one, other in combinations([panel["gridPos"] for panel in panels], 2):
            apart = (
                one["x"] + one["w"] <= other["x"]
                or other["x"] + other["w"] <= one["x"]
                or one["y"] + one["h"] <= other["y"]
                or other["y"] + other["h"] <= one["y"]
            )
            assert apart, (name, one, other)


def test_every_query_goes_to_our_data_source(built: dict[str, Any]):
    """Panels are of known kinds, all ask the one data source in raw InfluxQL, and letters are not used twice."""
    for dashboard in built.values():
        for panel in dashboard["panels"]:
            assert panel["type"] in KINDS
            names = [target["refId"] for target in panel.get("targets", [])]
            assert len(set(names)) == len(names)
            for target in panel.get("targets", []):
                assert target["datasource"]["uid"] == SOURCE_UID
                assert target["rawQuery"]


def test_each_limit_is_shown(built: dict[str, Any], shown: Shown):
    """Each limit of each plan has its timeline, and its sensor a chart with a line at each bound."""
    for plan in shown.plans:
        panels = built[f"line-{plan.line_id}.json"]["panels"]
        timelines = [
            target["query"]
            for panel in panels
            if panel["type"] == "state-timeline"
            for target in panel["targets"]
        ]
        charts = [panel for panel in panels if panel["type"] == "timeseries"]
        for point, _, limit in limits_of(plan):
            mine = f"\"ccp\" = '{point.id}' AND \"limit\" = '{limit.id}'"
            assert sum(mine in query for query in timelines) == 1
            if limit.derived is None:
                unit, held, source = plan.sensors[limit.of].unit, limit.held, f"\"sensor\" = '{limit.of}'"
            else:
                unit, held, source = limit.scale(plan.sensors)[0], limit.held, mine
            bounds = {float(getattr(held, name).in_unit(unit)) for name in held.given}
            drawn = [
                {step["value"] for step in chart["fieldConfig"]["defaults"]["thresholds"]["steps"]}
                for chart in charts
                if source in chart["targets"][0]["query"]
            ]
            assert any(bounds <= steps for steps in drawn), limit.id


def test_a_chart_of_readings_has_no_line_of_what_is_no_reading(built: dict[str, Any], shown: Shown):
    """Seconds held, minutes of F0, kelvin between points are no level of a thermometer; the temperature held at is."""
    (plan,) = [each for each in shown.plans if each.plan == "retort-2"]
    panels = {panel["title"]: panel for panel in built["line-retort-2.json"]["panels"]}

    def lines(title: str) -> list[float]:
        steps = panels[title]["fieldConfig"]["defaults"]["thresholds"]["steps"]
        return [step["value"] for step in steps if step["value"] is not None]

    assert lines(plan.sensors["r"].name["en"]) == [121.0]
    assert lines("F0 in the retort (operating limit): each batch") == [45.0]
    assert lines("Time held (operating limit): each batch") == [3300.0]
    units = {
        title: panel["fieldConfig"]["defaults"].get("unit")
        for title, panel in panels.items()
        if "targets" in panel
    }
    assert units["F0 in the retort (operating limit): each batch"] == "m"
    assert units["Spread between the points (operating limit): the worst of each span"] == "suffix:K"
    assert "Phase" not in panels  # a code is no curve


def test_a_chart_never_averages(built: dict[str, Any]):
    """Of an interval the chart takes the extreme that could be beyond a limit, so that no excursion disappears."""
    for name, dashboard in built.items():
        if name.startswith("line-"):
            for panel in dashboard["panels"]:
                if panel["type"] == "timeseries":
                    queries = [target["query"] for target in panel["targets"]]
                    assert not any("mean(" in query for query in queries)
                    assert all("max(" in query or "min(" in query for query in queries)


def test_gaps_stay_gaps(built: dict[str, Any], shown: Shown):
    """A curve is drawn on only over what the plan allows a sensor to be silent."""
    (chart,) = [
        panel
        for panel in built["line-retort-2.json"]["panels"]
        if panel["type"] == "timeseries" and "'tid'" in panel["targets"][0]["query"]
    ]
    assert chart["fieldConfig"]["defaults"]["custom"]["spanNulls"] == 10_000
    assert "fill(null)" in chart["targets"][0]["query"]


def test_limit_lines_have_the_colour_of_their_limit():
    """Beyond a critical limit lies its colour, between it and an operating limit that one's, and nothing within."""
    plan = load_plan(
        """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2023-01-01T00:00:00Z
sensors: {p: {unit: kPa, resolution: 1, every: 60 s, silent_after: 3 min}}
ccps:
  - id: C
    critical: [{id: a, kind: band, of: p, at_least: 0.6 bar, at_most: 120 kPa}]
    operating: [{id: b, kind: threshold, of: p, at_most: 110 kPa}]
""",
        "plan.yaml",
    )
    limits = [(rank, limit) for _, rank, limit in limits_of(plan)]
    assert limit_lines(limits, unit_named("kPa"))["steps"] == [
        {"value": None, "color": CRITICAL},
        {"value": 60.0, "color": "transparent"},
        {"value": 110.0, "color": OPERATING},
        {"value": 120.0, "color": CRITICAL},
    ]
    assert limit_lines(limits, unit_named("degC"))["steps"] == [{"value": None, "color": "transparent"}]


def test_every_verdict_has_its_own_look(built: dict[str, Any]):
    """All verdicts and `no data` differ in text and in colour; what is unknown is neither well nor a warning."""
    assert set(LOOKS) == set(Verdict)
    looks = [*LOOKS.values(), NO_DATA]
    assert len({text for text, _ in looks}) == len({colour for _, colour in looks}) == len(looks)
    assert NUMBER[Verdict.INDETERMINATE] > NUMBER[Verdict.OPERATING] > NUMBER[Verdict.OK]
    shows = [
        panel
        for dashboard in built.values()
        for panel in dashboard["panels"]
        if any("verdict" in target["query"] for target in panel.get("targets", []))
        and panel["type"] != "table"
    ]
    for panel in shows:
        defaults = panel["fieldConfig"]["defaults"]
        special = [each for each in defaults.get("mappings", []) if each["type"] == "special"]
        assert special or defaults["noValue"] == NO_DATA[0], panel["title"]


def test_every_bad_reason_is_counted_once():
    """Reasons are grouped without one left out, and none twice."""
    grouped = [reason for reasons in REASONS.values() for reason in reasons]
    assert sorted(grouped) == sorted(reason for reason in Reason if reason.quality is Quality.BAD)


def test_links_lead_to_our_pages(built: dict[str, Any], shown: Shown):
    """Where an address is given there is a link on every dashboard and every line; otherwise none."""
    assert all("https://haccp.plant.example" in json.dumps(each) for each in built.values())
    without = tree(replace(shown, pages=""), Reader("haccpline"))
    assert b"plant.example" not in b"".join(without.values())


def test_a_mark_of_the_plan_stands_on_its_dashboard(shown: Shown):
    """What warns on every page of a line (demo times) warns here too."""
    plan = shown.plans[0].model_copy(update={"marked": {"en": "demo times", "zh": "演示时间"}})
    for tongue, mark in (("en", "demo times"), ("zh", "演示时间")):
        built = tree(replace(shown, plans=(plan,), tongue=tongue), Reader("haccpline"))
        assert mark in json.loads(built["dashboards/line-bottled-water.json"])["title"]
        assert mark in built["dashboards/plant.json"].decode()


def test_in_chinese_all_is_chinese(shown: Shown):
    """The catalogue has every text that is said, and no other."""
    folder = Path(__file__).parents[3] / "dashboards" / "grafana"
    catalogue = language("zh", folder).texts
    said: set[str] = set()

    class Listening(Shown):
        def say(self, text: str, /, **values: object) -> str:
            said.add(text)
            return super().say(text, **values)

    tree(Listening(shown.site, shown.plans, "zh", shown.pages), Reader("haccpline"))
    assert said | set(RANKS.values()) == set(catalogue)


@pytest.mark.parametrize("tongue", ["en", "zh"])
def test_titles_are_in_one_language(shown: Shown, tongue: Any):
    """Headings are in the language asked for."""
    built = tree(replace(shown, tongue=tongue), Reader("haccpline"))
    for path, content in built.items():
        if path.startswith("dashboards/"):
            titles = [panel["title"] for panel in json.loads(content)["panels"]]
            chinese = [any("\u4e00" <= sign <= "\u9fff" for sign in title) for title in titles]
            assert all(chinese) if tongue == "zh" else not any(chinese)
