"""Pages that stay up to date: what is sent, to whom, and that nothing queues up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from dashboards.pages import live as live_pages
from dashboards.pages import seats
from dashboards.pages.live import Live
from dashboards.pages.screens import Screen
from dashboards.pages.seats import Seats
from dashboards.pages.words import Words
from dashboards.views.plant import Plant
from dashboards.views.standing import Standing
from dashboards.web.errors import TooManyOpen


@pytest.fixture
async def live(plant: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    """Streams over a plant that does not change; quick."""
    monkeypatch.setattr(live_pages, "EVERY", 0.05)
    monkeypatch.setattr(live_pages, "QUIET", 0.2)
    known = Plant(plant.view)
    made = Live(known)
    yield made
    for _ in range(100):
        if made._task is None or made._task.done():
            break
        await asyncio.sleep(0.02)
    known.close()


async def take(live: Live, count: int, *, screen: str = "board", seen: int = 0) -> list[Any]:
    found = []
    stream = live.stream(screen, "en", seen=seen)
    async with asyncio.timeout(10):
        async for event in stream:
            found.append(event)
            if len(found) == count:
                break
    await stream.aclose()
    return found


async def test_who_knows_nothing_gets_everything(live: Live) -> None:
    """All parts and rows, and the id from which to go on."""
    (event,) = await take(live, 1)
    assert event.event == "patch"
    assert {"state-box", "open-box", "lines"} <= set(event.data["inner"])
    assert len(event.data["lists"]["calm"]) == 2
    assert set(event.data["lists"]["calm"]) <= set(event.data["whole"])
    assert live.number_of(event.id) > 0


async def test_who_has_seen_it_all_gets_a_word_now_and_then(live: Live) -> None:
    """Silence must be told from a broken line: nothing new is said, too."""
    first, second = await take(live, 2)
    assert first.data["whole"]
    assert not second.data["whole"]
    assert second.data["now"] >= first.data["now"]


async def test_who_comes_back_gets_what_has_changed_since(live: Live) -> None:
    """The id of the last event says where they were; of another process, everything."""
    keep = asyncio.create_task(take(live, 6))
    await asyncio.sleep(0.2)
    (again,) = await take(live, 1, seen=10_000)
    assert not again.data["whole"]
    (fresh,) = await take(live, 1, seen=live.number_of("other-77"))
    assert fresh.data["whole"]
    await keep


async def test_one_refresh_serves_everybody(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many look, the record is read once each time."""
    count = 0
    plant = live._plant
    real = plant.refresh

    def counted() -> Any:
        nonlocal count
        count += 1
        return real()

    monkeypatch.setattr(plant, "refresh", counted)
    await asyncio.gather(*(take(live, 2) for _ in range(20)))
    assert count < 20


async def test_nothing_runs_while_nobody_looks(live: Live) -> None:
    """The last one who leaves turns off the light."""
    await take(live, 1)
    task = live._task
    assert task is not None
    async with asyncio.timeout(5):
        await task
    assert not live._screens
    assert not live._readers


async def test_a_slow_reader_gets_the_latest_state_not_all_between(live: Live) -> None:
    """What is sent is made when it is asked for."""
    stream = live.stream("board", "en", seen=0)
    await anext(stream)
    numbers = []
    for _ in range(2):
        await asyncio.sleep(0.5)
        numbers.append(live.number_of((await anext(stream)).id))
    await stream.aclose()
    assert numbers[1] - numbers[0] > 3


async def test_a_page_that_cannot_be_drawn_falls_silent_and_leaves_the_others_alive(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets no word, so its reader is told that it is not live."""
    real = Screen._draw

    def broken(self: Screen, snap: Any) -> None:
        if self.name == "health":
            raise RuntimeError("no")
        real(self, snap)

    monkeypatch.setattr(Screen, "_draw", broken)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.6):
            await take(live, 1, screen="health")
            pytest.fail("a word was sent")
    assert len(await take(live, 2)) == 2


async def test_a_server_that_stops_ends_its_streams(plant: Any) -> None:
    """With a word, so that the page asks again."""
    known = Plant(plant.view)
    stopping = Live(known, stopping=lambda: True)
    (event,) = await take(stopping, 1)
    assert event.event == "again"
    known.close()


async def test_a_stream_ends_when_its_reader_may_not_read_any_more(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed out, removed, a new password: within seconds, with a word, so that the page asks again and is refused."""
    monkeypatch.setattr(live_pages, "LOOK", 0.1)
    allowed = [True, True, False]
    stream = live.stream("board", "en", seen=0, may=lambda: allowed.pop(0))
    async with asyncio.timeout(5):
        events = [event.event async for event in stream]
    assert allowed == []
    assert events[-1] == "again"


def test_a_row_is_sent_again_only_when_it_changed(plant: Any) -> None:
    """Two snapshots alike: nothing; and what is new is read out."""
    known = Plant(plant.view)
    screen = Screen("board", Words("en", "Asia/Shanghai"), known)
    first = known.refresh()
    screen.draw(first)
    assert screen.since(0).whole
    second = known.refresh()
    screen.draw(second)
    assert not screen.since(first.number).whole
    known.close()


def test_a_case_that_opens_or_closes_is_told_while_nothing_else_changes(plant: Any) -> None:
    """The sentence on top counts the cases that wait, also when every limit holds as it did."""
    known = Plant(plant.view)
    first = known.refresh()
    waits = replace(first, standing=Standing(None, None, first.known))
    assert any(not each.over for each in waits.problems)
    screen = Screen("board", Words("en", "Asia/Shanghai"), known)
    screen.draw(waits)
    screen.draw(replace(waits, number=waits.number + 1, problems=()))
    assert "wait for people" not in screen.since(waits.number).inner["state-box"]
    screen.draw(replace(waits, number=waits.number + 2))
    assert "wait for people" in screen.since(waits.number + 1).inner["state-box"]
    known.close()


def test_only_pages_that_there_are_are_kept_up_to_date(shown: str) -> None:
    """Each costs something each second."""
    for screen in ("nothing", "line:none", "case:none", "line:", "board:x"):
        assert httpx.get(f"{shown}/live", params={"screen": screen}).status_code == 404, screen
    for screen in ("board", "cases", "health", "line:cold-3", "case:48d3a34f03222fcd"):
        with httpx.stream("GET", f"{shown}/live", params={"screen": screen}) as answer:
            assert answer.status_code == 200


def test_who_finds_no_seat_is_told_before_anything_else(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 503 and when to come again, not with an answer that breaks off; a seat that is left is free."""
    made = sys.modules["web_plant"]
    monkeypatch.setattr(seats, "EACH", 2)
    with made.serving(plant) as url, contextlib.ExitStack() as held:
        first = held.enter_context(contextlib.ExitStack())
        for stack in (first, held):
            stack.enter_context(httpx.stream("GET", f"{url}/live?screen=board"))
        refused = httpx.get(f"{url}/live?screen=board")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        first.close()
        for _ in range(100):
            with httpx.stream("GET", f"{url}/live?screen=board") as answer:
                if answer.status_code == 200:
                    break
            time.sleep(0.05)
        assert answer.status_code == 200


def test_seats_are_counted_for_everybody_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is left is forgotten."""
    monkeypatch.setattr(seats, "MOST", 2)
    taken = Seats()
    taken.take("10.0.0.1")
    taken.take("10.0.0.2")
    with pytest.raises(TooManyOpen):
        taken.take("10.0.0.3")
    taken.leave("10.0.0.1")
    taken.take("10.0.0.3")


def test_a_stream_ends_when_its_reader_signs_out(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where reading needs a sign-in, by the session that it was opened with."""
    made = sys.modules["web_plant"]
    monkeypatch.setattr(live_pages, "LOOK", 0.2)
    monkeypatch.setattr(live_pages, "QUIET", 0.2)
    settings = made.ServeSettings(port=made.free_port(), reading="signed in")
    with made.serving(plant, settings) as url, made.Client(base_url=url, timeout=10) as client:
        client.sign_in("ann")
        with client.stream("GET", "/live?screen=board") as stream:
            parts = stream.iter_text()
            assert "event: patch" in next(parts)
            assert client.delete("/api/v1/session").status_code == 204
            assert "event: again" in "".join(parts)
        assert client.get("/live?screen=board").status_code == 401


def test_the_stream_over_http(shown: str) -> None:
    """Server-sent events, never stored by anybody, with an id and what has changed."""
    lines = []
    headers = {"accept": "text/event-stream"}
    with httpx.stream("GET", f"{shown}/live?screen=board&lang=zh", headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "no-" in answer.headers["cache-control"]
        for line in answer.iter_lines():
            if line:
                lines.append(line)
            elif any(part.startswith("data:") for part in lines):
                break
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    assert fields["event"] == "patch"
    patch = json.loads(fields["data"])
    with httpx.stream(
        "GET",
        f"{shown}/live?screen=board&lang=zh",
        headers=headers | {"last-event-id": fields["id"]},
        timeout=20,
    ) as answer:
        assert answer.status_code == 200
    assert "符合" in json.dumps(patch, ensure_ascii=False)
