"""Brings what is built to a Grafana over its API, through grafana-client.

It runs as a script in an environment of its own (`haccpline grafana environment`): grafana-client brings a fork of
urllib3 along that takes urllib3's place under every other library. So it imports nothing of haccpline. It reads one JSON
document from standard input: `url`, `token`, `source`, `folder`, `dashboards`, `group`; and says line by line what it
did. Run twice, it changes nothing the second time.
"""

# ruff: noqa: T201 - a script: it prints

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]

TIMEOUT = 30.0  # seconds


def main() -> int:
    """Push what standard input says; 1 if Grafana refuses or does not answer."""
    from grafana_client import GrafanaApi  # type: ignore[import-not-found] # lives in its own environment
    from grafana_client.client import GrafanaException  # type: ignore[import-not-found] # as above
    from niquests.exceptions import RequestException  # type: ignore[import-not-found] # as above

    given: Json = json.load(sys.stdin)
    url = given["url"] if given["url"].endswith("/") else given["url"] + "/"
    try:
        api = GrafanaApi.from_url(url, given["token"], timeout=TIMEOUT)
        print(f"Grafana {api.version} at {given['url']}")
        for said in push(api, given):
            print(said, flush=True)
    except GrafanaException as error:
        return _fail(f"{given['url']} refuses ({error.status_code}): {error.message}")
    except RequestException as error:
        return _fail(f"{given['url']} does not answer: {error}")
    return 0


def push(api: Any, given: Json) -> Iterator[str]:
    """Bring data source, folder, dashboards and rules; what became of each, in words.

    Args:
        api: a `GrafanaApi`.
        given: the document.
    """
    yield _source(api, given["source"])
    yield _folder(api, given["folder"])
    for each in given["dashboards"]:
        yield _dashboard(api, each, given["folder"]["uid"])
    yield _rules(api, given["group"])


def _source(api: Any, source: Json) -> str:
    name = f"data source {source['name']}"
    there = _found(lambda: api.datasource.get_datasource_by_uid(source["uid"]))
    if there is None:
        api.datasource.create_datasource(source)
        return f"created {name}"
    if "secureJsonData" not in source and holds(there, source):
        return f"unchanged {name}"
    api.datasource.update_datasource_by_uid(source["uid"], source)
    return f"updated {name}"


def _folder(api: Any, folder: Json) -> str:
    name = f"folder {folder['title']}"
    if _found(lambda: api.folder.get_folder(folder["uid"])) is not None:
        return f"unchanged {name}"
    api.folder.create_folder(folder["title"], folder["uid"])
    return f"created {name}"


def _dashboard(api: Any, dashboard: Json, folder: str) -> str:
    name = f"dashboard {dashboard['title']}"
    there = _found(lambda: api.dashboard.get_dashboard(dashboard["uid"]))
    ours = {key: value for key, value in dashboard.items() if key != "id"}
    in_folder = there is not None and there.get("meta", {}).get("folderUid") == folder
    if there is not None and in_folder and holds(there["dashboard"], ours):
        return f"unchanged {name}"
    api.dashboard.update_dashboard(
        {"dashboard": dashboard, "folderUid": folder, "overwrite": True, "message": "haccpline grafana push"}
    )
    return f"{'created' if there is None else 'updated'} {name}"


def _rules(api: Any, group: Json) -> str:
    name = f"{len(group['rules'])} alert rules, group {group['title']}"
    place = group["folderUid"], group["title"]
    there = _found(lambda: api.alertingprovisioning.get_rule_group(*place))
    if there is not None and holds(there, group):
        return f"unchanged {name}"
    api.alertingprovisioning.update_rule_group(*place, group)
    return f"{'created' if there is None else 'updated'} {name}"


def _found(ask: Callable[[], Any]) -> Any:
    """The answer; None where Grafana knows no such thing."""
    from grafana_client.client import GrafanaClientError

    try:
        return ask()
    except GrafanaClientError as error:
        if error.status_code == 404:
            return None
        raise


def holds(there: Any, ours: Any) -> bool:
    """Whether what is there says all that ours says; Grafana adds fields of its own."""
    if isinstance(ours, dict):
        return isinstance(there, dict) and all(
            key in there and holds(there[key], value) for key, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(there, list)
            and len(there) == len(ours)
            and all(holds(one, other) for one, other in zip(there, ours, strict=True))
        )
    return bool(there == ours)


def _fail(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
