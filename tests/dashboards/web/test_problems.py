"""Problems: every type has its page, in both languages, and its status."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from babel.messages.pofile import read_po
from fastapi import Request
from web_plant import free_port, serving

from dashboards import web as room
from dashboards.web.errors import WebRefusal
from dashboards.web.problems import PROBLEMS
from dashboards.web.session import may_read
from dashboards.web.settings import ServeSettings


@pytest.mark.parametrize("slug", PROBLEMS)
def test_every_type_resolves(shown, slug):
    """To a page that says it in Chinese and English."""
    page = shown.get(f"/problems/{slug}")
    assert page.status_code == 200
    assert PROBLEMS[slug].title in page.text
    assert 'lang="zh"' in page.text
    assert any("\u4e00" <= letter <= "\u9fff" for letter in page.text)


def test_no_other_type(shown):
    """A type that there is not has no page."""
    assert shown.get("/problems/none").status_code == 404


def test_every_refusal_has_its_type():
    """What the web raises is answered by its own type."""
    kinds = [WebRefusal, *WebRefusal.__subclasses__()]
    assert {kind.slug for kind in kinds} <= set(PROBLEMS)


def test_the_catalogue_is_complete():
    """Every text has its translation, and none is left from before."""
    with (Path(room.__file__).parent / "zh.po").open("rb") as file:
        catalogue = {str(each.id): str(each.string) for each in read_po(file) if each.id}
    texts = {text for kind in PROBLEMS.values() for text in (kind.title, kind.advice)}
    assert set(catalogue) == texts
    assert all(catalogue.values())


def test_pages_lead_to_the_sign_in(plant):
    """A browser is led there and back again; a program gets the problem."""

    def page(request: Request) -> str:
        may_read(request)
        return "seen"

    def change(app) -> None:
        app.get("/board", response_model=None)(page)

    settings = ServeSettings(port=free_port(), reading="signed in")
    with serving(plant, settings, change=change) as url:
        led = httpx.get(f"{url}/board?x=1", headers={"accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fboard%3Fx%3D1")
        assert httpx.get(f"{url}/board").json()["type"] == "/problems/sign-in-needed"
