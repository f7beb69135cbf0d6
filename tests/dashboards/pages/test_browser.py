"""The pages in Chromium, with the real record process behind them: on a phone and on a desk, in both languages."""

from __future__ import annotations

import signal
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.server

CASE = "48d3a34f03222fcd"
PHONE, DESK = 390, 1280
PAGES = [
    "/",
    "/lines/cold-3",
    "/cases",
    f"/cases/{CASE}",
    "/health",
    "/completeness",
    "/export",
    "/sign-in",
    "/nothing",
]

# elements that may not lie on one another, and those that fingers must hit (WCAG 2.2, 2.5.8; 44 px as for gloves)
OVERLAPS = """() => {
  const found = [];
  for (const parent of document.querySelectorAll('.row, .top, nav, .state, .problem, .form, .stages, .facts')) {
    const boxes = [...parent.children].map(each => [each, each.getBoundingClientRect()])
      .filter(([each, box]) => box.width > 1 && box.height > 1 && getComputedStyle(each).position !== 'absolute');
    for (let a = 0; a < boxes.length; a++) for (let b = a + 1; b < boxes.length; b++) {
      const [one, other] = [boxes[a][1], boxes[b][1]];
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const tall = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 2 && tall > 2) found.push(`${boxes[a][0].outerHTML.slice(0, 60)} / ${boxes[b][0].outerHTML.slice(0, 60)}`);
    }
  }
  return found;
}"""
SMALL = """() => [...document.querySelectorAll(
    'nav a, .who a, .who button, .button, .choice, summary, .ranges a, .row .case a, a.problem, .tile, main input, textarea'
  )].filter(each => each.offsetParent && !['checkbox', 'radio', 'hidden'].includes(each.type))
  .map(each => [each.getBoundingClientRect(), each])
  .filter(([box]) => box.height < 43.5 || box.width < 30)
  .map(([box, each]) => `${Math.round(box.width)}x${Math.round(box.height)} ${each.outerHTML.slice(0, 80)}`)"""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_page_fits(shown: str, pages: Any, width: int, lang: str) -> None:
    """Nothing sticks out, nothing lies on anything else, everything can be hit with a glove."""
    page = pages(shown, width, lang)
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(OVERLAPS) == [], path
        assert page.evaluate(SMALL) == [], path


def test_the_board_on_a_wall_fits_without_scrolling(shown: str, pages: Any) -> None:
    """At 1920 by 1080, also in the dark."""
    page = pages(shown, 1920, "zh", scheme="dark")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/?wall")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1920
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    assert page.locator("nav a").first.is_hidden()


def test_chinese_can_be_read_where_no_font_has_it(shown: str, pages: Any) -> None:
    """The font comes from this site, and what was drawn before it came is drawn again."""
    page = pages(shown, PHONE, "zh")
    page.goto("/")
    page.wait_for_selector("html.with-font")
    loaded = page.evaluate("[...document.fonts].map(each => each.status)")
    assert loaded == ["loaded"]


def test_a_case_is_walked_to_its_end_by_tapping(recording: Any, pages: Any) -> None:
    """An operator, an officer and another who verifies; in Chinese, on a phone, each step recorded before the next page."""
    apps: list[Any] = []
    with sys.modules["web_plant"].serving(recording, change=apps.append) as url:
        operator = pages(url, PHONE, "zh", who="olga")
        operator.goto("/cases")
        operator.locator(f"a.problem[href='/cases/{CASE}']").tap()
        operator.tap("#f-acknowledge .button")
        operator.wait_for_url("**done=acknowledge&*")
        operator.wait_for_selector(".told.good")
        operator.fill("#contain-lots", "L7")
        operator.locator("#f-contain .phrases .choice").first.tap()
        operator.reload()
        assert operator.input_value("#contain-lots") == "L7", "a draft survives a reload"
        operator.tap("#f-contain .button")
        operator.wait_for_url("**done=contain&*")
        operator.wait_for_selector(".told.good")
        assert "产品已隔离并标识" in operator.inner_text("#case-history")

        officer = pages(url, PHONE, "zh", who="ann")
        officer.goto(f"/cases/{CASE}")
        for name in ("cause", "control", "recurrence", "product"):
            officer.locator(f"#f-correct input[name='{name}.phrase']").first.check()
        officer.tap("#f-correct .button")
        officer.wait_for_url("**done=correct&*")
        officer.wait_for_selector(".told.good")
        operator.wait_for_selector("#moved:not([hidden])")  # live: who still looks at it is told
        officer.locator("#f-dispose input[name='disposition']").first.check()
        officer.locator("#f-dispose input[name='evaluation.phrase']").first.check()
        officer.fill("#dispose-password", sys.modules["web_plant"].WORD)
        officer.tap("#f-dispose .button")
        officer.wait_for_url("**done=dispose&*")
        officer.wait_for_selector(".told.good")
        assert "须由他人验证" in officer.inner_text("section.do")

        other = pages(url, DESK, "en", who="bob")
        other.goto(f"/cases/{CASE}")
        other.locator("#f-close input[name='verification.phrase']").first.check()
        other.fill("#close-password", sys.modules["web_plant"].WORD)
        other.tap("#f-close .button")
        other.wait_for_url("**done=close&*")
        other.wait_for_selector(".told.good")
        assert "Nothing more is to be done" in other.inner_text("section.do")
        assert other.inner_text("#case-history").count("signed") == 2
        other.goto("/cases")
        assert other.locator("a.problem.over").count() == 1
        apps[-1].state.stopping = True


def test_a_page_lives_and_says_when_it_does_not(recording: Any, pages: Any) -> None:
    """A step of somebody else appears by itself; the record falls silent, then the server; each is said at once."""
    made = sys.modules["web_plant"]
    settings = made.ServeSettings(port=made.free_port())
    apps: list[Any] = []
    with made.serving(recording, settings, change=apps.append) as url:
        page = pages(url, PHONE, "en")
        page.goto("/cases")
        page.wait_for_selector(".live.on")
        assert "Acknowledge" not in page.inner_text("#problems").replace("acknowledge:", "")
        with made.Client(base_url=url, timeout=30) as client:
            client.sign_in("olga")
            client.act("acknowledge", text="on my way")
        page.wait_for_selector("text=acknowledged")
        page.goto("/")
        page.wait_for_selector(".live.on")
        assert page.locator("#calm .row").count() == 2
        recording.process.send_signal(signal.SIGSTOP)
        page.wait_for_selector(".state.old", timeout=20_000)
        assert page.locator("#trouble .row.old").count() == 2
        recording.process.send_signal(signal.SIGCONT)
        page.wait_for_selector(".state.warn")  # all limits hold, and a case waits
        assert page.locator("#calm .row.ok").count() == 2, (
            "a row that moves from one list to the other is not lost"
        )
        apps[-1].state.stopping = True
    page.wait_for_selector("#cut:not([hidden])")
    assert "NOT LIVE since" in page.inner_text("#cut")
    assert page.locator("html.is-cut").count() == 1
    with made.serving(recording, settings, change=apps.append):
        page.wait_for_selector("#cut", state="hidden")
        page.wait_for_selector(".live.on")
        apps[-1].state.stopping = True
