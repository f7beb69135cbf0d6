"""Pages show what holds by the plan that judged it: bounds of that time, a look-back, a plan that waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shared import shared

from dashboards.web.shapes import Lines
from dashboards.web.shapes_cases import CaseHistory, ProblemList

web_plant = shared(Path(__file__).parents[1] / "web" / "web_plant.py")
plan_plant = shared(Path(__file__).with_name("plan_plant.py"))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a server over the site; it only reads."""
    folder = tmp_path_factory.mktemp("plans")
    plan_plant.record(folder)
    plant = plan_plant.PlanPlant(folder)
    with web_plant.serving(plant) as url, web_plant.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def look_back(web: Any) -> str:
    """The case that the failed calibration opened."""
    cases = web.get("/api/v1/cases", params={"line": "room"}).json()["cases"]
    return str(next(each["id"] for each in cases if each["kinds"] == ["instrument_fault"]))


def text_of(page: str) -> str:
    """What a reader sees, tags taken out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def lines_of(page: str, label: str) -> list[tuple[float, float, float]]:
    """Left, right and height of the limit lines with this label, in each wide chart."""
    pattern = (
        r'<line class="limit critical" x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)"[^>]*/>'
        rf'<text class="limit-label critical"[^>]*>{label}</text>'
    )
    return [(float(a), float(b), float(c)) for a, b, c in re.findall(pattern, page)]


def test_a_chart_draws_each_bound_while_its_plan_was_in_force(web):
    """5 °C up to minute 100, 7 °C from then on; no bound of the plan that waits."""
    page = web.get("/lines/room/charts?range=8h&lang=en").text
    ((_, end, low), *_) = lines_of(page, "≤ 5.0 °C")
    ((begin, _, high), *_) = lines_of(page, "≤ 7.0 °C")
    assert end == begin
    assert low > high
    assert lines_of(page, "≤ 6.0 °C") == []


def test_a_look_back_says_which_calibration_failed_and_what_rests_on_it(web, look_back):
    """The case names certificate, instrument, error, tolerance, span, and the bounds of that time, in both languages."""
    page = web.get(f"/cases/{look_back}?lang=en").text
    said = text_of(page)
    assert "Look-back: calibration K-2026-9 of Air: off by −0.5 K, allowed 0.3 K" in said
    assert "showed −0.5 K against PT-7; allowed: 0.3 K; left at 0.0 K" in said
    assert "≤ 5.0 °C" in said
    assert "≤ 7.0 °C" in said
    assert "Everything that rests on the instrument was decided again." in said
    zh = text_of(web.get(f"/cases/{look_back}?lang=zh").text)
    assert "校准回溯：库温 校准 K-2026-9：误差 −0.5 K，允许 0.3 K" in zh
    assert "Look-back: calibration K-2026-9" in text_of(web.get("/cases?lang=en").text)


def test_a_look_back_shows_what_was_decided_then_and_is_now(web, look_back):
    """It read 0.5 K low: 4.8 °C under 5.0 °C and 6.8 °C under 7.0 °C held, and can be shown no more; the chart has both."""
    page = web.get(f"/cases/{look_back}?lang=en").text
    table = re.search(r'<table class="list changes">.*?</table>', page, re.DOTALL)
    assert table is not None
    rows = [text_of(row) for row in re.findall(r"<tr><td>.*?</tr>", table[0], re.DOTALL)]
    assert [re.sub(r"2026-\d\d-\d\d ", "", row).strip() for row in rows] == [
        "09:00:00 09:40:00 holds cannot be judged",
        "09:50:00 10:00:00 holds cannot be judged",
    ]
    assert "Air: decided then" in page
    assert "Air: decided now" in page
    assert lines_of(page, "≤ 5.0 °C")
    assert lines_of(page, "≤ 7.0 °C")


def test_the_api_names_the_calibration(web, look_back):
    """With the limits concerned, and that it is done."""
    case = CaseHistory.model_validate(web.get(f"/api/v1/cases/{look_back}").json())
    (found,) = case.look_backs
    assert (found.calibration, found.certificate, found.series) == ("k130", "K-2026-9", "room/air/1")
    assert (found.error, found.tolerance, found.limits) == ("-0.5 K", "0.3 K", [["C", "a", "room"]])
    assert (found.done, found.spans) == (True, 2)


def test_the_last_batch_stands_beside_the_bound_that_it_was_judged_by(web):
    """It was held for 10 min by the plan of its start, whatever the next one asks; and the page says by which plan."""
    said = text_of(web.get("/lines/retort?lang=en").text)
    assert "72.0 °C for 15 min" in said
    assert "asked: 10 min; by the plan then in force, retort-1" in said
    assert "asked: 15 min" not in said
    assert "按当时有效的计划 retort-1" in text_of(web.get("/?lang=zh").text)


def test_a_plan_that_waits_is_shown_with_what_it_waits_for(web):
    """One for its time, one for the end of the batch: on the line's page, the plan's page, and over the API."""
    lines = {each.id: each for each in Lines.model_validate(web.get("/api/v1/lines").json()).lines}
    room, retort = lines["room"].waiting_plan, lines["retort"].waiting_plan
    assert room is not None
    assert (room.plan, room.waits_for, room.effective_from) == ("room-3", "its time", "2026-12-01T10:00:00Z")
    assert retort is not None
    assert (retort.plan, retort.waits_for, retort.hash) == (
        "retort-3",
        "the end of a batch",
        lines["retort"].waiting,
    )
    for path in ("/lines/room", "/lines/room/plan"):
        said = text_of(web.get(f"{path}?lang=en").text)
        assert "room-3" in said
        assert "from 2026-12-01 18:00:00 on" in said
    for path in ("/lines/retort", "/lines/retort/plan"):
        said = text_of(web.get(f"{path}?lang=en").text)
        assert "due since 2026-12-01 10:35:00; it waits for the end of the batch that is under way" in said
        assert "等待进行中的锅次结束" in text_of(web.get(f"{path}?lang=zh").text)


def test_a_case_names_the_plans_that_held_meanwhile(web, look_back):
    """Both, with when the second took over."""
    said = text_of(web.get(f"/cases/{look_back}?lang=en").text)
    assert re.search(r"room-1 \w{12} room-2 \w{12} from 2026-12-01 09:40:00 on", said)


def test_the_list_of_the_api_names_limits_and_since_when(web):
    """So that each case is told apart."""
    rows = ProblemList.model_validate(web.get("/api/v1/problems").json()).problems
    assert all(row.limits and row.since for row in rows)
