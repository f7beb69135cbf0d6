"""The pages over HTTP, as a browser without script sees them."""

from __future__ import annotations

import re
import shutil
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from dashboards.pages import desk, entered
from dashboards.pages.charts import Period, _mark, _strip
from dashboards.pages.sign_routes import own_path
from dashboards.pages.words import Words
from dashboards.views.board import Level
from dashboards.views.plant import Plant
from readings.times import HOUR

CASE = "48d3a34f03222fcd"
PAGES = [
    "/",
    "/?wall",
    "/lines/cold-3",
    "/lines/cold-3?range=7d",
    "/lines/cold-3/plan",
    "/cases",
    f"/cases/{CASE}",
    "/health",
    "/completeness",
    "/export",
    "/sign-in",
]


class Seen(HTMLParser):
    """What a page consists of."""

    VOID = frozenset(["col", "meta", "link", "input", "img", "br", "path", "circle", "rect", "line", "hr"])

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.depth: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.depth.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.depth or self.depth.pop() != tag:
            self.wrong.append(f"{tag} at {self.getpos()}")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def get(url: str, path: str, lang: str = "en") -> httpx.Response:
    headers = {"accept": "text/html", "accept-language": lang}
    return httpx.get(url + path, headers=headers, timeout=30)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made(shown: str, path: str, lang: str) -> None:
    """Elements close, ids are unique, landmarks and language are named, everything that is asked has a label."""
    answer = get(shown, path, lang)
    assert answer.status_code == 200
    seen = Seen(answer.text)
    assert seen.wrong == []
    assert seen.depth == []
    assert seen.all("html")[0]["lang"] == ("zh-CN" if lang == "zh" else "en")
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert sorted(ids, key=str) == sorted(set(ids), key=str)
    assert (
        len(seen.all("main"))
        == len(seen.all("h1"))
        == len(seen.all("header"))
        == len(seen.all("footer"))
        == 1
    )
    labelled = {attrs.get("for") for attrs in seen.all("label")}
    for tag in ("input", "textarea"):
        for field in seen.all(tag):
            boxed = field.get("type") in ("hidden", "checkbox", "radio") or "hidden" in field
            assert boxed or field.get("id") in labelled, field
    for picture in seen.all("svg"):
        assert "aria-hidden" in picture or "aria-label" in picture or "aria-labelledby" in picture
    assert all("alt" in picture for picture in seen.all("img"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_nothing_that_its_policy_forbids(shown: str, path: str) -> None:
    """No style, no script inside; everything comes from this site."""
    answer = get(shown, path)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<[^>]+\sstyle=|<style|<[^>]+\son[a-z]+=", answer.text)
    for tag, attrs in Seen(answer.text).tags:
        for name in ("src", "href", "action"):
            link = attrs.get(name) or ""
            assert not link.startswith(("http", "//")), (tag, link)


def test_the_board_says_everything_of_a_limit(shown: str) -> None:
    """Value, limit, margin, verdict, since when, how old, 24 hours; and the case."""
    text = get(shown, "/").text
    for said in (
        "−20.2",
        "°C",
        "≤ −15.0 °C",
        "5.2 °C to the limit",
        "holds",
        "since",
        "Last 24 hours",
        "Case: open",
    ):
        assert said in text
    assert 'class="row ok critical"' in text
    assert "A recording is played back" in text
    assert "no safety interlock" in text
    assert "Asia/Shanghai" in text


def test_the_board_in_chinese_is_chinese(shown: str) -> None:
    """With the plan's Chinese names; what is left in Latin letters is units, ids and the program's name."""
    text = get(shown, "/", "zh").text
    body = re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main")])
    assert "距限值 5.2 °C" in body
    words = set(re.findall(r"[A-Za-z]{3,}", body))
    assert words <= {"CCP", "min"}


def test_a_record_that_is_silent_is_said_loudly(plant: Any) -> None:
    """Nothing is green any more; what is shown is called the last that is known."""
    (plant.site.data / "health.json").unlink()
    with sys.modules["web_plant"].serving(plant) as url:
        text = get(url, "/").text
    assert "Nothing here is current" in text
    assert "last known" in text
    assert 'class="row old' in text
    assert 'class="row ok' not in text
    assert text.index('id="calm"') > text.rindex('<article id="r-'), "none is called calm"
    assert "state good" not in text


def test_a_site_without_a_record_says_so(plant: Any) -> None:
    """Every limit of its plan is unknown; no page breaks."""
    shutil.rmtree(plant.site.data)
    plant.site.data.mkdir()
    with sys.modules["web_plant"].serving(plant) as url:
        for path in ("/", "/lines/cold-3", "/cases", "/health", "/export"):
            answer = get(url, path)
            assert answer.status_code == 200, path
        text = get(url, "/").text
    assert "There is no record of this site yet." in text
    assert text.count('class="row old') == 2
    assert "no verdict yet" in text


def test_the_language_is_chosen_and_kept(shown: str) -> None:
    """Once chosen it holds, whatever the browser asks for."""
    with httpx.Client(base_url=shown, headers={"accept-language": "zh"}, timeout=30) as client:
        assert 'lang="zh-CN"' in client.get("/").text
        assert '<html lang="en"' in client.get("/?lang=en").text
        assert '<html lang="en"' in client.get("/cases").text
        assert 'href="/cases?lang=zh"' in client.get("/cases").text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing", 404), ("/lines/none", 404), ("/cases/none", 404), ("/static/none.css", 404)],
)
@pytest.mark.parametrize(
    ("lang", "title"), [("zh", "此处没有该内容。"), ("en", "There is no such thing here.")]
)
def test_errors_are_pages_in_the_reader_s_language(
    shown: str, path: str, status: int, lang: str, title: str
) -> None:
    """With the way back."""
    answer = get(shown, path, lang)
    assert answer.status_code == status
    assert title in answer.text
    assert 'href="/"' in answer.text
    assert Seen(answer.text).wrong == []


def test_files_are_kept_by_browsers_and_change_their_address_when_they_change(shown: str) -> None:
    """So that a page costs one request after the first."""
    text = get(shown, "/").text
    style = re.search(r'href="(/static/site\.css\?[0-9a-f]{12})"', text)
    assert style
    answer = get(shown, style[1])
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    font = httpx.get(shown + "/font/noto-sans-sc.ttf", timeout=30)
    assert font.headers["content-type"] == "font/ttf"
    assert len(font.content) > 5_000_000


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/cases", "/cases"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("", "/"),
        ("/a\nb", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(path: str, own: str) -> None:
    """Nobody is led elsewhere by a link."""
    assert own_path(path) == own


def test_signing_in_and_out(reader: Any) -> None:
    """With the page one came from; a wrong password says no more than that."""
    wrong = reader.sign_in("ann", "not the password")
    assert wrong.status_code == 401
    assert "id or password is wrong" in wrong.text
    assert 'value="ann"' in wrong.text
    answer = reader.post("/sign-in", data={"who": "ann", "password": _word(), "next": "/cases"})
    assert answer.url.path == "/cases"
    assert "Ann Li" in answer.text
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)
    assert csrf
    assert reader.post("/sign-out", data={"csrf": "another"}).status_code == 403
    assert "Ann Li" not in reader.post("/sign-out", data={"csrf": csrf[1]}).text


def test_where_reading_needs_a_sign_in_every_page_asks_for_it(plant: Any) -> None:
    """And leads back to where one wanted to go."""
    made = sys.modules["web_plant"]
    settings = made.ServeSettings(port=made.free_port(), reading="signed in")
    with made.serving(plant, settings) as url:
        for path in ("/", "/lines/cold-3", "/cases", f"/cases/{CASE}", "/health", "/export"):
            answer = get(url, path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?next=")
        assert get(url, "/sign-in").status_code == 200
        assert get(url, "/live?screen=board").status_code in (303, 401)
        assert get(url, "/lines/cold-3/charts").status_code == 303


def test_a_stranger_learns_nothing_of_the_site_from_a_refusal(
    plant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither how many cases are open, nor what the plans of which lines are marked with."""
    monkeypatch.setattr(desk, "_marks", lambda *_args: [("demo times", ["Frozen store"])])
    made = sys.modules["web_plant"]
    settings = made.ServeSettings(port=made.free_port(), reading="signed in")
    with made.serving(plant, settings) as url:
        told = ('class="count"', "Frozen store", "A recording is played back")
        for path in ("/sign-in", "/nothing"):
            assert not [each for each in told if each in get(url, path).text], path
        with made.Client(base_url=url, headers={"accept": "text/html"}, timeout=30) as client:
            client.sign_in("ann")
            for path in ("/sign-in", "/nothing"):
                text = client.get(path, headers={"accept-language": "en"}).text
                assert all(each in text for each in told), path


def test_a_limit_that_is_not_judged_or_excused_shows_no_red(plant: Any) -> None:
    """Whatever the value is; and where nothing is current neither."""
    known = Plant(plant.view)
    row = next(row for row in known.refresh().rows if row.watch.limit == "air")
    known.close()
    words = Words("en", "UTC")
    beyond = replace(row, now=replace(row.now, value=-3.0, margin=-12.0), level=Level.DEVIATION, reason="")
    assert words.margin(beyond) == ("12.0 °C beyond the limit", "beyond")
    for level in (Level.SUSPENDED, Level.WAITING, Level.UNKNOWN):
        assert words.margin(replace(beyond, level=level)) == ("", "")
    excused = replace(beyond, level=Level.OK, reason="exception: defrost")
    assert words.margin(excused) == ("12.0 °C beyond, excused", "excused")


def test_what_people_entered_stands_apart_from_what_stands_around_it(
    reader: Any, plant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its direction is its own; what turns the direction of a text is refused."""
    monkeypatch.setattr(entered, "PATIENCE", 0.2)
    reader.sign_in("olga")
    hidden = _form(reader.get(f"/cases/{CASE}").text, "note")
    for text in ("\u202egnol", "a\x00b", "a\x1b[31m"):
        refused = reader.post(f"/cases/{CASE}/note", data=hidden | {"text": text})
        assert refused.status_code == 409
        assert "holds characters that nobody sees" in refused.text
    reader.post(f"/cases/{CASE}/note", data=hidden | {"text": "שלום <b>"})
    plant.hear()
    time.sleep(1)
    assert "<bdi>שלום &lt;b&gt;</bdi>" in reader.get(f"/cases/{CASE}").text


def test_verdicts_are_painted_as_far_as_they_are_known(plant: Any) -> None:
    """Not to now: a record that is dead judges nothing."""
    known = Plant(plant.view)
    snap = known.refresh()
    row = next(row for row in snap.rows if row.watch.limit == "air")
    spans = known.between(row.watch.key, 0, snap.at)
    late = snap.at + HOUR
    period = Period(snap.at - HOUR, late, late, snap.at)
    painted = _strip(row.watch, spans, period, Words("en", "UTC"))
    known.close()
    assert max(span.end for span in painted.spans) == snap.at
    assert _mark(replace(spans[-1], end=None), period, "").end == snap.at


def _word() -> str:
    return str(sys.modules["web_plant"].WORD)


def _form(text: str, action: str) -> dict[str, str]:
    form = text[text.index(f'id="f-{action}"') :]
    form = form[: form.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_who_is_not_signed_in_is_asked_to(shown: str) -> None:
    """The case is shown, its forms are not."""
    text = get(shown, f"/cases/{CASE}").text
    assert "Sign in to answer this case." in text
    assert "<textarea" not in text
    for said in (
        "−4.4 °C",
        "Deviation",
        "CCP1 Frozen storage",
        "close the door or stop the defrost",
        "cold-3/air/CS1.1",
        "Case opened",
    ):
        assert said in text


def test_a_step_with_something_missing_is_said_on_its_form_and_nothing_typed_is_lost(reader: Any) -> None:
    """In the same answer, with the status of the refusal."""
    reader.sign_in("olga")
    hidden = _form(reader.get(f"/cases/{CASE}").text, "contain")
    answer = reader.post(f"/cases/{CASE}/contain", data=hidden | {"lots.other": "L7, L8"})
    assert answer.status_code == 409
    assert "contain needs correction" in answer.text
    assert 'value="L7, L8"' in answer.text
    assert 'role="alert"' in answer.text


def test_a_step_is_entered_once_and_shown_when_it_is_recorded(
    reader: Any, plant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent twice by an impatient finger, it is one step."""
    monkeypatch.setattr(entered, "PATIENCE", 0.2)
    reader.sign_in("olga")
    hidden = _form(reader.get(f"/cases/{CASE}").text, "acknowledge")
    waiting = reader.post(f"/cases/{CASE}/acknowledge", data=hidden | {"text": "seen"})
    assert waiting.url.path == f"/cases/{CASE}"
    assert "has not taken it yet" in waiting.text
    reader.post(f"/cases/{CASE}/acknowledge", data=hidden | {"text": "seen"})
    assert [act.kind for act in plant.entered()] == ["case.acknowledge"]
    plant.hear()
    time.sleep(1)
    text = reader.get(f"/cases/{CASE}?done=acknowledge&before=0").text
    assert "Acknowledged: it stands in the record." in text
    assert "<bdi>Olga Zhou</bdi> (operator)" in text
    assert "seen" in text


def test_a_signature_asks_for_the_password(reader: Any) -> None:
    """A wrong one is said, and signs nothing."""
    reader.sign_in("bob")
    page = reader.get(f"/cases/{CASE}").text
    hidden = _form(page, "void")
    assert 'id="void-password" name="password" type="password"' in page
    for given in ({}, {"password": "wrong password"}):
        answer = reader.post(f"/cases/{CASE}/void", data=hidden | {"reason": "test"} | given)
        assert answer.status_code in (401, 409)
        assert 'role="alert"' in answer.text
        assert "wrong password" not in answer.text


def test_a_form_of_another_session_is_refused(reader: Any) -> None:
    """The token belongs to who is signed in."""
    reader.sign_in("olga")
    answer = reader.post(f"/cases/{CASE}/note", data={"csrf": "0" * 64, "text": "x"})
    assert answer.status_code == 403


def test_who_has_no_role_for_it_is_told_who_has(reader: Any) -> None:
    """And gets no form."""
    reader.sign_in("aud")
    text = reader.get(f"/cases/{CASE}").text
    assert "This step is for: operator or quality (QA) or engineer." in text
    assert 'id="f-acknowledge"' not in text


def test_a_package_is_asked_for_made_and_taken_away(reader: Any) -> None:
    """By who may; the page comes again until it is ready."""
    assert "Sign in to export" in reader.get("/export").text
    reader.sign_in("olga")
    assert "Your role does not export packages." in reader.get("/export").text
    reader.sign_in("aud")
    page = reader.get("/export").text
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)">\s*<fieldset', page)
    assert csrf
    wrong = reader.post(
        "/export",
        data={"csrf": csrf[1], "from": "2026-12-02T00:00", "to": "2026-12-01T00:00", "line": "cold-3"},
    )
    assert (wrong.status_code, "ends before it begins" in wrong.text) == (400, True)
    text = reader.post("/export", data={"csrf": csrf[1], "line": "cold-3"}).text
    deadline = time.monotonic() + 30
    while "Download" not in text:
        assert time.monotonic() < deadline
        assert "data-again" in text, text
        time.sleep(0.2)
        text = reader.get("/export").text
    link = re.search(r'href="(/api/v1/exports/[0-9a-f]+/package)"', text)
    assert link
    assert reader.get(link[1]).content[:2] == b"PK"
