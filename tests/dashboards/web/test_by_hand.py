"""Values by hand over the API and on the page: due, entered, judged, and in the record under a name."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import web_plant

from dashboards.pages import entering_routes
from dashboards.web.shapes import ByHandList
from haccpline.export import seal
from haccpline.site import Site, load_site
from ledger.people import People
from readings.block import Block
from readings.inputs import Act, Series
from readings.times import MINUTE, SECOND

PLAN = """
plan: water
name: {zh: 灌装线, en: Filling line}
site: {id: ZH, name: {zh: 水厂, en: Water plant}, timezone: Asia/Shanghai}
effective_from: 2024-01-01T00:00:00+08:00
sensors:
  o3: {name: {zh: 臭氧, en: Ozone}, unit: mg/L, resolution: 0.01, every: 5 s, silent_after: 15 s}
by_hand:
  indigo: {name: {zh: 靛蓝法, en: Indigo test}, unit: mg/L, resolution: 0.05, range: [0, 2], every: 15 min}
  seal: {unit: count, every: 1 h}
ccps:
  - id: CCP1
    critical:
      - {id: residual, kind: threshold, of: o3, at_most: 0.40 mg/L}
      - {id: seal, kind: threshold, of: seal, at_least: 20 count}
    silence: {by_hand: {of: indigo}}
"""


class Water(web_plant.Plant):  # type: ignore[misc, name-defined]
    """A filling line whose ozone sensor fell silent two minutes ago."""

    @cached_property
    def site(self) -> Site:
        return load_site(self.folder / "site.yaml")

    @property
    def view(self) -> Any:
        return replace(super().view, clock="wall")


@pytest.fixture(scope="module")
def water_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The line, recorded."""
    folder = tmp_path_factory.mktemp("water")
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "site.yaml").write_text("site: ZH\nplans: [plan.yaml]\n", encoding="utf-8")
    site = load_site(folder / "site.yaml")
    store = Water(folder).store
    store.make()
    store.ledger().close()
    journal = store.journal()
    store.archive(journal)
    now = time.time_ns()
    text = PLAN
    act = Act(
        time=now - 10 * MINUTE,
        kind="plan.adopt",
        line="water",
        body={"file": "plan.yaml", "text": text},
        id="p",
    )
    journal.append(Block(acts=(act,)))
    at = np.arange(now - 8 * MINUTE, now - 2 * MINUTE, 5 * SECOND)
    journal.append(
        Block(
            series=(Series("water", "o3"),),
            which=np.zeros(at.size, np.int32),
            time=at,
            value=np.full(at.size, 0.3),
            raw=np.full(at.size, np.nan),
            quality=np.zeros(at.size, np.uint8),
            reason=np.zeros(at.size, np.uint8),
            received=at,
            seq=np.full(at.size, -1, np.int64),
            tick=now,
        )
    )
    journal.close()
    seal(site, store)
    people = People(site.data / "people.db", hasher=web_plant.QUICK)
    for who, (name, roles) in web_plant.PEOPLE.items():
        people.add(id=who, name=name, roles=roles, password=web_plant.WORD, now=1)
    people.close()
    return folder


@pytest.fixture
def water(water_once: Path, tmp_path: Path) -> Water:
    """A line that the test may change."""
    import shutil

    shutil.copytree(water_once, tmp_path / "water")
    return Water(tmp_path / "water")


@pytest.fixture
def client(water: Water) -> Iterator[Any]:
    """A client of a server over it."""
    with web_plant.serving(water) as url, web_plant.Client(base_url=url, timeout=30) as made:
        yield made


def values(client: Any) -> dict[str, Any]:
    """What is due, by name."""
    found = ByHandList.model_validate(client.get("/api/v1/by-hand").json())
    return {each.name: each for each in found.values}


def test_what_is_due_says_for_which_limit_and_instead_of_what(client):
    """The ozone sensor is silent: the indigo test stands in for it, and its bound is said."""
    due = values(client)["indigo"]
    assert (due.turn, due.instead, due.last) == ("due", ["o3"], None)
    assert [(limit.limit, limit.verdict, limit.bounds) for limit in due.limits] == [
        ("residual", "indeterminate", [{"word": "at_most", "value": "0.40 mg/L"}])
    ]


def test_a_value_entered_is_judged_and_stands_in_the_record(client, water):
    """From the form over inbox, journal and engine into the ledger: ok by hand, entered by Olga."""
    client.sign_in("olga")
    answer = client.post("/api/v1/lines/water/by-hand/indigo", json={"value": "0.35", "note": "filler 2"})
    assert answer.status_code == 202
    water.hear()
    due = values(client)["indigo"]
    assert (due.turn, due.last.value, due.last.name, due.last.late) == ("later", "0.35", "Olga Zhou", False)
    verdicts = client.get("/api/v1/verdicts", params={"limit": 100}).json()["verdicts"]
    now = next(each for each in verdicts if each["to"] is None and "by hand" in each["reason"])
    assert (now["verdict"], now["reason"], now["worst"]) == ("ok", "by hand (indigo)", "0.35")
    (record,) = client.get("/api/v1/records", params={"kind": "value.entered"}).json()["records"]
    assert record["body"]["note"] == "filler 2"
    rows = client.get(
        "/api/v1/readings",
        params={"series": "water/indigo", "from": "2024-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"},
    )
    assert rows.status_code == 200


def test_a_breach_by_hand_is_a_deviation(client, water):
    """0.45 mg/L while the sensor is silent opens a case."""
    client.sign_in("olga")
    client.post("/api/v1/lines/water/by-hand/indigo", json={"value": "0.45"})
    water.hear()
    kinds = [each["kinds"] for each in client.get("/api/v1/cases").json()["cases"]]
    assert ["deviation"] in kinds


def test_sent_again_it_is_entered_once(client, water):
    """The same key, the same answer; with another value it is refused."""
    client.sign_in("olga")
    where, key = "/api/v1/lines/water/by-hand/indigo", {"Idempotency-Key": "k1"}
    first = client.post(where, json={"value": "0.35"}, headers=key)
    again = client.post(where, json={"value": "0.35"}, headers=key)
    assert first.json() == again.json()
    assert client.post(where, json={"value": "0.40"}, headers=key).status_code == 422
    assert len(water.entered()) == 1


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (None, "water/by-hand/indigo", 401),
        ("aud", "water/by-hand/indigo", 403),
        ("olga", "nope/by-hand/indigo", 404),
        ("olga", "water/by-hand/nope", 409),
    ],
)
def test_who_may_not_and_what_is_not_there(client, water, who, path, status):
    """Nobody, an auditor, a line that is none, a value that is none: nothing is entered."""
    if who is not None:
        client.sign_in(who)
    assert client.post(f"/api/v1/lines/{path}", json={"value": "0.35"}).status_code == status
    assert water.entered() == []


def test_the_page_takes_a_value_and_keeps_what_was_typed_wrong(client, water, monkeypatch):
    """A form without script: refused it stands as typed, with the reason; the board says what is due."""
    monkeypatch.setattr(entering_routes, "PATIENCE", 0.1)  # no record process takes it here
    client.sign_in("olga")
    page = client.get("/enter?lang=en").text
    assert "Indigo test" in page
    assert "≤ 0.40 mg/L" in page
    form = dict(re.findall(r'type="hidden" name="(csrf|once)" value="([^"]*)"', page))
    given = form | {"line": "water", "name": "indigo", "value": "0,35", "ago": "5"}
    refused = client.post("/enter", data=given)
    assert refused.status_code == 409
    assert 'value="0,35"' in refused.text
    assert "is no number" in refused.text
    taken = client.post("/enter", data=given | {"value": "0.35"}, follow_redirects=False)
    assert (taken.status_code, taken.headers["location"]) == (303, "/enter?done=water%2Findigo")
    (act,) = water.entered()
    assert (act.body["value"], act.body["who"], act.body["late"]) == ("0.35", "olga", False)
    board = client.get("/?lang=en").text
    assert 'href="/enter"' in board
    assert "due now" in board
    assert "手工测量值" in client.get("/?lang=zh").text


def test_a_form_of_another_session_is_refused(client, water):
    """Without the session's token nothing is entered."""
    client.sign_in("olga")
    answer = client.post("/enter", data={"line": "water", "name": "indigo", "value": "0.35", "csrf": "no"})
    assert answer.status_code == 403
    assert water.entered() == []
