"""What the tests of the pages share: a recorded cold store, a server over it, and the real record process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import servers
from playwright.sync_api import Browser, Page, sync_playwright
from shared import shared

from haccpline.site import load_site
from readings.times import format_time

web_plant = shared(Path(__file__).parents[1] / "web" / "web_plant.py")


def speak(folder: Path) -> None:
    """What a record process that is well writes each second."""
    said = {
        "at": format_time(time.time_ns()),
        "started": format_time(time.time_ns()),
        "books": {"acquired": 9, "duplicate": 1, "stored": 8, "waiting": 0, "quarantined": 0, "balance": 0},
        "journal": {"last": 9, "clerk": 9, "too_late_to_decide": 0},
        "ledger": {"records": 3},
        "trouble": [],
        "sources": [
            {
                "name": "cs1-controller",
                "connected": True,
                "polls": 9,
                "missed": 0,
                "readings": 9,
                "quarantined": 0,
                "errors": {"no answer": 2},
                "last_good": time.time_ns(),
                "restarts": 0,
                "failure": "",
                "units": [
                    {
                        "unit": 1,
                        "connected": True,
                        "polls": 9,
                        "missed": 0,
                        "round_trip_mean": 1.25,
                        "since": None,
                    },
                    {
                        "unit": 12,
                        "connected": True,
                        "polls": 9,
                        "missed": 0,
                        "round_trip_mean": 3.5,
                        "since": None,
                    },
                ],
                "nodes": [
                    {
                        "node": "cold stores/gateway-3",
                        "connected": True,
                        "read": True,
                        "born": True,
                        "births": 2,
                        "deaths": 1,
                        "lost": 1,
                        "asked": 3,
                        "last_heard": time.time_ns(),
                        "since": None,
                        "devices": [
                            {
                                "device": "CS1",
                                "connected": False,
                                "read": False,
                                "births": 1,
                                "deaths": 1,
                                "last_heard": time.time_ns(),
                                "since": time.time_ns(),
                            }
                        ],
                    }
                ],
            }
        ],
        "influxdb": None,
    }
    draft = folder / "health.draft"
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(folder / "health.json")


@pytest.fixture(scope="session")
def recorded_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of the example, decided; people who may sign in."""
    folder = tmp_path_factory.mktemp("pages") / "plant"
    example = folder / "examples" / "cold_store"
    shutil.copytree(web_plant.EXAMPLES / "cold_store", example)
    site_file = example / "site.yaml"
    port = str(web_plant.free_port())
    site_file.write_text(site_file.read_text(encoding="utf-8").replace(":5020", f":{port}"), encoding="utf-8")
    site = load_site(site_file)
    web_plant.record(site, example / "readings.csv")
    web_plant.let_in(site)
    return folder


@pytest.fixture
def plant(recorded_pages: Path, tmp_path: Path) -> Any:
    """A plant that the test may change; its record process seems well."""
    shutil.copytree(recorded_pages, tmp_path / "plant")
    made = web_plant.Plant(tmp_path / "plant")
    made.__dict__["site"] = load_site(tmp_path / "plant" / "examples" / "cold_store" / "site.yaml")
    speak(made.site.data)
    return made


@pytest.fixture
def served(plant: Any) -> Iterator[str]:
    """The address of a server over it, where reading is open."""
    with web_plant.serving(plant) as url:
        yield url


@pytest.fixture(scope="session")
def shown(recorded_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for tests that only read."""
    folder = tmp_path_factory.mktemp("shown") / "plant"
    shutil.copytree(recorded_pages, folder)
    made = web_plant.Plant(folder)
    over = threading.Event()

    def speaking() -> None:
        while not over.is_set():
            speak(made.site.data)
            over.wait(2)

    thread = threading.Thread(target=speaking)
    thread.start()
    try:
        with web_plant.serving(made) as url:
            yield url
    finally:
        over.set()
        thread.join()


class Reader(httpx.Client):
    """A browser without script."""

    def sign_in(self, who: str, password: str = "") -> httpx.Response:
        """Fill in the form."""
        form = {"who": who, "password": password or web_plant.WORD}
        return self.post("/sign-in", data=form)


@pytest.fixture
def reader(served: str) -> Iterator[Reader]:
    """Reads English; may change things."""
    headers = {"accept": "text/html", "accept-language": "en"}
    with Reader(base_url=served, headers=headers, follow_redirects=True, timeout=30) as client:
        yield client


@pytest.fixture
def recording(plant: Any) -> Iterator[Any]:
    """The plant with the real record process running; its device does not answer."""
    command = [sys.executable, "-m", "haccpline", "record", "--site", str(plant.site.path)]
    (plant.site.data / "health.json").unlink()
    with (plant.folder / "record.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + 30
    while not (plant.site.data / "health.json").exists():
        assert process.poll() is None, (plant.folder / "record.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    plant.process = process
    yield plant
    if process.poll() is None:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")  # its loop runs in this thread: other modules have loops of their own
def chromium() -> Iterator[Browser]:
    path = servers.binary("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def pages(chromium: Browser) -> Iterator[Any]:
    """Opens a page of a width in a language; what its console complains of is an error at the end."""
    contexts, complaints = [], []

    def make(url: str, width: int, lang: str, *, who: str = "", scheme: Any = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            has_touch=True,
            locale="zh-CN" if lang == "zh" else "en-GB",
            color_scheme=scheme,
            base_url=url,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if who:
            page.goto("/sign-in")
            page.fill("#who", who)
            page.fill("#password", web_plant.WORD)
            page.tap("main button")
            page.wait_for_selector(".person")
        return page

    yield make
    for context in contexts:
        context.close()
    # what is not there was asked for, what cannot be was sent, servers were stopped: the browser says so of itself
    told = ("status of 404", "status of 409", "net::ERR_")
    assert [each for each in complaints if not any(text in each for text in told)] == []
