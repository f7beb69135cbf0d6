"""Dead-man alerts: each series that must speak has one, none looks at a value, and no limit is judged twice."""

from __future__ import annotations

from typing import Any

from dashboards.grafana.alerting import LEAST, dead_after, folder, rules
from dashboards.grafana.shown import Shown, points_of
from readings.times import MINUTE, SECOND


def queries(rule: dict[str, Any]) -> str:
    return str(rule["data"][0]["model"]["query"])


def test_each_series_that_must_speak_has_a_rule(shown: Shown):
    """One rule for each point, and one for the site; texts and sensors that may be silent for ever have none."""
    found = rules(shown)
    expected = sum(
        len(points_of(sensor))
        for plan in shown.plans
        for sensor in plan.sensors.values()
        if dead_after(sensor)
    )
    assert len(found) == expected + 1
    assert len({rule["uid"] for rule in found}) == len({rule["title"] for rule in found}) == len(found)
    titles = " ".join(rule["title"] for rule in found)
    assert "retort-2/r/6" in titles
    assert "cold-3/air/CS1.4" in titles
    assert "lot" not in titles
    assert "recipe" not in titles


def test_no_rule_judges(shown: Shown):
    """Rules count readings of the last minutes: no value, no verdict, no limit."""
    for rule in rules(shown):
        assert queries(rule).startswith('SELECT count("received") AS "n" FROM "reading"')
        assert "verdict" not in str(rule)
        for word in ('"value"', "critical", "limit"):
            assert word not in queries(rule)


def test_silence_alerts(shown: Shown):
    """No data is an alert. A database that does not answer is told once, by the site's rule."""
    first, *others = rules(shown)
    assert {rule["noDataState"] for rule in (first, *others)} == {"Alerting"}
    assert first["execErrState"] == "Error"
    assert {rule["execErrState"] for rule in others} == {"KeepLast"}


def test_the_engine_speaks_first(shown: Shown):
    """A rule waits twice as long as the plan lets the sensor be silent, and never less than 10 min."""
    spans = {
        rule["title"].partition(":")[0]: rule["data"][0]["relativeTimeRange"]["from"] for rule in rules(shown)
    }
    assert spans["retort-2/tid/1"] == LEAST // SECOND
    assert spans["cold-3/air/CS1.1"] == 60 * MINUTE // SECOND
    for plan in shown.plans:
        for sensor in plan.sensors.values():
            assert (dead_after(sensor) or 2 * LEAST) >= 2 * sensor.silence


def test_rules_lie_in_the_folder_of_the_dashboards(shown: Shown):
    """Folder, group and site stand in each rule."""
    for rule in rules(shown):
        assert rule["folderUID"] == folder(shown)["uid"]
        assert rule["labels"]["site"] == shown.site
