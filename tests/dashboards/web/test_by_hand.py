"""Values by hand over the API and on the page: due, entered, judged, and in the record under a name."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import web_plant

from dashboards.pages import desk, entered
from dashboards.web.shapes_entering import ByHandList
from readings.times import SECOND, parse_time


@pytest.fixture(scope="module")
def water_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The line, recorded."""
    folder = tmp_path_factory.mktemp("water")
    web_plant.record_water(folder)
    return folder


@pytest.fixture
def water(water_once: Path, tmp_path: Path) -> Any:
    """A line that the test may change."""
    import shutil

    shutil.copytree(water_once, tmp_path / "water")
    return web_plant.Water(tmp_path / "water")


@pytest.fixture
def client(water: Any) -> Iterator[Any]:
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
    monkeypatch.setattr(entered, "PATIENCE", 0.1)  # no record process takes it here
    client.sign_in("olga")
    page = client.get("/enter?lang=en").text
    assert "Indigo test" in page
    assert "≤ 0.40 mg/L" in page
    form = dict(re.findall(r'type="hidden" name="(csrf|once)" value="([^"]*)"', page))
    given = form | {"line": "water", "name": "indigo", "value": "1,234", "ago": "5"}
    refused = client.post("/enter", data=given)
    assert refused.status_code == 409
    assert 'value="1,234"' in refused.text
    assert "1,234 may be 1.234 or 1234" in refused.text
    taken = client.post("/enter", data=given | {"value": "0,35"}, follow_redirects=False)
    where = "/enter?done=water%2Findigo&before=0#told"
    assert (taken.status_code, taken.headers["location"]) == (303, where)
    (act,) = water.entered()
    assert (act.body["value"], act.body["who"], act.body["late"]) == ("0.35", "olga", False)
    board = client.get("/?lang=en").text
    assert 'href="/enter"' in board
    assert "due now" in board
    assert "手工测量值" in client.get("/?lang=zh").text


def test_a_form_sent_again_is_entered_once_with_the_time_of_the_first_try(client, water, monkeypatch):
    """The answer was lost; the same key a while later is the same value, measured when it was first sent."""
    monkeypatch.setattr(entered, "PATIENCE", 0.1)
    token = client.sign_in("olga").json()["csrf"]
    given = {"line": "water", "name": "indigo", "value": "0.35", "ago": "5", "csrf": token, "once": "k"}
    for waited in ("0", "240"):
        taken = client.post("/enter", data=given | {"waited": waited}, follow_redirects=False)
        assert taken.status_code == 303
    late = client.post("/enter", data=given | {"once": "l", "waited": "240"}, follow_redirects=False)
    assert late.status_code == 303
    first, second = (parse_time(act.body["measured"]) for act in water.entered())
    assert 239 * SECOND < first - second < 250 * SECOND


def test_what_was_entered_is_told_only_of_what_stands_in_the_record(client, water, monkeypatch):
    """Before it is taken the page says so, and names no earlier value in its place."""
    monkeypatch.setattr(entered, "PATIENCE", 0.1)
    token = client.sign_in("olga").json()["csrf"]
    client.headers["accept-language"] = "en"
    given = {"line": "water", "name": "indigo", "csrf": token}
    client.post("/enter", data=given | {"value": "0.35"})
    water.hear()
    waits = client.post("/enter", data=given | {"value": "0.30"}, follow_redirects=True).text
    assert "has not taken it yet" in waits
    assert "0.35 mg/L: it stands" not in waits
    water.hear()
    seq = client.get("/api/v1/records", params={"kind": "value.entered"}).json()["records"][0]["seq"]
    time.sleep(desk.FRESH)  # what is shown may be so old
    said = client.get(f"/enter?done=water/indigo&before={seq}").text
    assert "Indigo test, 0.3 mg/L: it stands in the record." in said


def test_a_form_of_another_session_is_refused(client, water):
    """Without the session's token nothing is entered."""
    client.sign_in("olga")
    answer = client.post("/enter", data={"line": "water", "name": "indigo", "value": "0.35", "csrf": "no"})
    assert answer.status_code == 403
    assert water.entered() == []
