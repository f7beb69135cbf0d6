"""Dashboards and rules hold against Grafana's own JSON schemas, which are not part of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dashboards.grafana.alerting import rule_group
from dashboards.grafana.dashboard import SCHEMA_VERSION
from dashboards.grafana.shown import Shown

pytestmark = pytest.mark.recorded

PER_PANEL = {
    "stat": "stat",
    "state-timeline": "statetimeline",
    "status-history": "statushistory",
    "table": "table",
    "timeseries": "timeseries",
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """Schemas by name; skips where they are not there."""
    import os

    folder = (
        Path(os.environ.get("HACCPLINE_DATA") or Path(__file__).parents[4] / "shared" / "data") / "schemas"
    )
    if not folder.is_dir():
        pytest.skip(f"no schemas of Grafana in {folder}; set HACCPLINE_DATA")
    found = {
        path.name.removeprefix("grafana_").removesuffix(".schema.json"): json.loads(path.read_text("utf-8"))
        for path in folder.glob("grafana_*.schema.json")
    }
    # The schema says `object` where Grafana takes anything: a column's name and its unit are texts.
    for definition, key in (("DynamicConfigValue", "value"), ("MatcherConfig", "options")):
        found["dashboard"]["definitions"][definition]["properties"][key] = {}
    return found


def faults(schema: dict[str, Any], definition: str, given: Any) -> list[str]:
    """What a definition of a schema has against something."""
    validator = jsonschema.Draft7Validator({**schema, "$ref": f"#/definitions/{definition}"})
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(given)]


def test_dashboards(built: dict[str, Any], schemas: dict[str, Any]):
    """Every dashboard is one that the schema allows."""
    for name, dashboard in built.items():
        assert faults(schemas["dashboard"], "Dashboard", dashboard) == [], name


def test_panels(built: dict[str, Any], schemas: dict[str, Any]):
    """Options and field settings of each panel, overrides too, are those of its kind."""
    for name, dashboard in built.items():
        for panel in dashboard["panels"]:
            if panel["type"] == "row":
                continue
            schema, what = schemas[PER_PANEL[panel["type"]]], f"{name}: {panel['title']}"
            assert faults(schema, "Options", panel["options"]) == [], what
            custom = panel["fieldConfig"]["defaults"].get("custom", {})
            if "FieldConfig" in schema["definitions"]:
                assert faults(schema, "FieldConfig", custom) == [], what
            else:
                assert custom == {}, what
            for override in panel["fieldConfig"]["overrides"]:
                given = {each["id"]: each["value"] for each in override["properties"]}
                settings = {key: value for key, value in given.items() if not key.startswith("custom.")}
                assert faults(schemas["dashboard"], "FieldConfig", settings) == [], what
                changed = {
                    key.removeprefix("custom."): given[key] for key in given if key.startswith("custom.")
                }
                assert faults(schema, "FieldConfig", custom | changed) == [], what


def test_rules(shown: Shown, schemas: dict[str, Any]):
    """The group of rules is what the API takes."""
    assert faults(schemas["alerting"], "RuleGroup", rule_group(shown)) == []


def test_the_schema_version_is_one_that_grafana_migrates_forward(schemas: dict[str, Any]):
    """Not above the schemas' own: 10.4 writes 39, later releases read it."""
    newest = schemas["dashboard"]["definitions"]["Dashboard"]["properties"]["schemaVersion"]["default"]
    assert 39 == SCHEMA_VERSION <= newest


def test_the_schemas_find_faults(built: dict[str, Any], schemas: dict[str, Any]):
    """A misspelt key, a colour mode that there is not, an unknown option: each is found."""
    dashboard = json.loads(json.dumps(built["plant.json"]))
    dashboard["panels"][0]["gridpos"] = {}
    assert faults(schemas["dashboard"], "Dashboard", dashboard)
    assert faults(schemas["stat"], "Options", dashboard["panels"][0]["options"] | {"colorMode": "loud"})
    assert faults(schemas["timeseries"], "FieldConfig", {"spanNull": True})
