"""What somebody fills in on a phone is not lost where there is no connection, and is entered once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.pages import entered

pytestmark = pytest.mark.server
web_plant: Any = sys.modules["web_plant"]
PHONE = 390


@pytest.fixture
def water(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A line with two values by hand; no record process takes what is entered."""
    monkeypatch.setattr(entered, "PATIENCE", 0.1)
    web_plant.record_water(tmp_path)
    return web_plant.Water(tmp_path)


@pytest.fixture
def address(water: Any) -> Iterator[str]:
    """Of a server over it."""
    with web_plant.serving(water) as url:
        yield url


def in_sight(page: Any, where: str) -> bool:
    """Whether an element is within the window."""
    box = page.locator(where).bounding_box()
    height = page.viewport_size["height"]
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


def test_a_number_entered_without_a_connection_stays_and_is_entered_once(address, water, pages):
    """It is said on the card, survives a reload, and goes out with the same key when there is a connection again."""
    page = pages(address, PHONE, "en", who="olga")
    page.goto("/enter")
    card = page.locator("article", has_text="Indigo test")
    card.locator("[name=value]").fill("0.35")
    key = card.locator("[name=once]").input_value()
    page.context.set_offline(True)
    card.get_by_role("button", name="Enter").click()
    said = card.locator(".told.bad")
    said.wait_for()
    assert "NOT SENT at" in said.inner_text()
    assert "it is taken once" in said.inner_text()
    assert (card.locator("[name=value]").input_value(), water.entered()) == ("0.35", [])
    page.context.set_offline(False)
    page.reload()
    assert card.locator(".told.bad").is_visible()
    assert (card.locator("[name=value]").input_value(), card.locator("[name=once]").input_value()) == (
        "0.35",
        key,
    )
    card.get_by_role("button", name="Enter").click()
    page.wait_for_url("**/enter?done=*")
    assert [act.body["value"] for act in water.entered()] == ["0.35"]
    page.goto("/enter")
    assert page.locator(".told.bad").count() == 0
    assert card.locator("[name=value]").input_value() == ""


def test_an_answer_that_is_lost_on_its_way_enters_nothing_twice(address, water, pages):
    """The server has taken it; the phone does not know, sends it again, and hears the same."""
    page = pages(address, PHONE, "zh", who="olga")
    page.goto("/enter")
    card = page.locator("article", has_text="靛蓝法")
    card.locator("[name=value]").fill("0.35")

    def lose(route: Any) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    page.route("**/enter", lose, times=1)
    button = card.locator("form > button")
    button.click()
    card.locator(".told.bad").wait_for()
    assert "只会写入一次" in card.locator(".told.bad").inner_text()
    assert len(water.entered()) == 1
    button.click()
    page.wait_for_url("**/enter?done=*")
    assert len(water.entered()) == 1


def test_the_confirmation_is_in_sight_and_focused(address, pages):
    """However far down the card was; a refusal is, too, with what was typed."""
    page = pages(address, PHONE, "en", who="olga")
    page.set_viewport_size({"width": PHONE, "height": 420})
    page.goto("/enter")
    last = page.locator("article").last
    last.locator("[name=value]").fill("many")
    last.locator("form > button").click()
    page.locator("article .told.bad").wait_for()
    assert in_sight(page, "article .told.bad")
    assert page.evaluate("document.activeElement.className") == "told bad"
    assert page.locator("article").last.locator("[name=value]").input_value() == "many"
    page.locator("article").last.locator("[name=value]").fill("25")
    page.locator("article").last.locator("form > button").click()
    page.wait_for_url("**/enter?done=*")
    page.locator("#told").wait_for()
    assert in_sight(page, "#told")
    assert page.evaluate("document.activeElement.id") == "told"
