"""The tree that Grafana is provisioned from: every file and its bytes, the same on every run."""

from __future__ import annotations

import io
import json
from typing import Any

from ruamel.yaml import YAML

from dashboards.grafana import alerting, data_source
from dashboards.grafana.completeness import completeness_dashboard
from dashboards.grafana.data_source import Reader
from dashboards.grafana.devices import devices_dashboard
from dashboards.grafana.line import line_dashboard
from dashboards.grafana.plant import plant_dashboard
from dashboards.grafana.readme import readme
from dashboards.grafana.shown import Shown

Json = dict[str, Any]

MOUNTED = "/var/lib/grafana/haccpline/dashboards"


def dashboards(shown: Shown) -> dict[str, Json]:
    """All dashboards, by file name."""
    lines = {f"line-{plan.line_id}.json": line_dashboard(shown, plan) for plan in shown.plans}
    return {
        "plant.json": plant_dashboard(shown),
        **lines,
        "completeness.json": completeness_dashboard(shown),
        "devices.json": devices_dashboard(shown),
    }


def tree(shown: Shown, reader: Reader, *, mounted: str = MOUNTED) -> dict[str, bytes]:
    """All files, by path.

    Args:
        shown: the site.
        reader: how Grafana comes at InfluxDB.
        mounted: where Grafana finds the folder `dashboards` of the tree.
    """
    files = {f"dashboards/{name}": _json(each) for name, each in dashboards(shown).items()}
    provisioning = {
        "datasources": data_source.provisioned(reader),
        "dashboards": _provider(shown, mounted),
        "alerting": alerting.provisioned(shown),
    }
    for what, content in provisioning.items():
        files[f"provisioning/{what}/haccpline.yaml"] = _yaml(_without_variables(content, reader.variables))
    files["README.txt"] = readme(shown, reader, mounted).encode()
    return dict(sorted(files.items()))


def _provider(shown: Shown, mounted: str) -> Json:
    folder = alerting.folder(shown)
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": f"haccpline {shown.site}",
                "orgId": 1,
                "folder": folder["title"],
                "folderUid": folder["uid"],
                "type": "file",
                "disableDeletion": False,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 60,
                "options": {"path": mounted},
            }
        ],
    }


def _without_variables(content: Any, variables: tuple[str, ...]) -> Any:
    """Grafana takes a dollar in these files for a variable of its environment: all but ours are doubled."""
    if isinstance(content, dict):
        return {key: _without_variables(each, variables) for key, each in content.items()}
    if isinstance(content, list):
        return [_without_variables(each, variables) for each in content]
    if isinstance(content, str) and not any(f"${{{name}}}" in content for name in variables):
        return content.replace("$", "$$")
    return content


def _json(content: Json) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _yaml(content: Json) -> bytes:
    yaml = YAML()
    yaml.width = 10_000
    text = io.BytesIO()
    yaml.dump(content, text)
    return text.getvalue()
