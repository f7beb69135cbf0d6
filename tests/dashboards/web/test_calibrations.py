"""Calibrations over the API, on the page and from the command line."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner
from web_plant import WORD

from haccpline.cli import app
from readings.times import DAY, parse_time

LINE = "cold-3"
RESULT = {"sensor": "air", "point": "CS1.1", "found": "0.1", "reference": "PT-7", "certificate": "K-1"}


def enter(web: Any, **body: str) -> Any:
    return web.post(f"/api/v1/lines/{LINE}/calibrations", json=RESULT | body)


def test_what_is_entered_is_listed_with_when_the_next_is_due(web, plant):
    """Signed by QA; a plain number is in the sensor's unit, of a temperature in K; a year later the next is due."""
    [before] = web.get("/api/v1/calibrations").json()["calibrations"]
    assert (before["last"], before["due"], before["tolerance"], before["unit"]) == (None, None, "0.5 K", "K")
    answer = enter(web, who="ann", password=WORD)
    assert answer.status_code == 202, answer.text
    plant.hear()
    [now] = web.get("/api/v1/calibrations").json()["calibrations"]
    assert (now["last"]["calibration"], now["last"]["found"]) == (answer.json()["calibration"], "0.1 K")
    assert (now["last"]["passed"], now["last"]["name"], now["overdue"]) == (True, "Ann Li", False)
    assert parse_time(now["due"]) - parse_time(now["last"]["performed"]) == 366 * DAY


def test_the_same_request_is_entered_once(web, plant):
    """With an idempotency key; other words under it are refused."""
    key = {"Idempotency-Key": "once"}
    said = RESULT | {"who": "eve", "password": WORD}
    first, again = (web.post(f"/api/v1/lines/{LINE}/calibrations", json=said, headers=key) for _ in range(2))
    assert first.json() == again.json()
    other = web.post(f"/api/v1/lines/{LINE}/calibrations", json=said | {"found": "0.2"}, headers=key)
    assert other.status_code == 422
    assert len(plant.entered()) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"who": "olga", "password": WORD}, 403),
        ({"who": "ann", "password": "wrong"}, 401),
        ({"who": "ann", "password": WORD, "sensor": "humidity"}, 409),
        ({"who": "ann", "password": WORD, "found": "a little"}, 409),
        ({"who": "ann", "password": WORD, "found": "0.9", "left": "0.8"}, 409),
        ({"who": "ann", "password": WORD, "found": "0.9", "left": "0.9"}, 409),
        ({"who": "ann", "password": WORD, "reference": " "}, 409),
        ({}, 401),
    ],
)
def test_what_cannot_be_entered_is_refused(web, plant, body, status):
    """Another role, a wrong password, no such sensor, no number, left beyond the tolerance, no reference, nobody."""
    assert enter(web, **body).status_code == status
    assert plant.entered() == []


def test_the_page_takes_one_and_keeps_what_was_typed(web, plant, monkeypatch):
    """A form for each instrument; what is wrong is said on it, and the password signs."""
    monkeypatch.setattr("dashboards.pages.entered.PATIENCE", 0.1)  # nobody takes it here
    token = web.sign_in("ann").json()["csrf"]
    page = web.get("/calibrations?lang=en").text
    assert "none entered yet" in page
    form = {
        "series": f"{LINE}/air/CS1.1",
        "found": "x1",
        "reference": "PT-7",
        "csrf": token,
        "password": WORD,
    }
    refused = web.post("/calibrations?lang=en", data=form)
    assert refused.status_code == 409
    assert 'value="x1"' in refused.text
    web.post("/calibrations", data=form | {"found": "-0.8 K", "left": "0.0"}, follow_redirects=False)
    plant.hear()
    page = web.get("/calibrations?lang=en").text
    assert "did not pass" in page
    assert "being decided again" in page
    assert "正在重新判定" in web.get("/calibrations?lang=zh").text


def test_the_command_enters_and_lists(plant):
    """`calibration enter` says whether it passed; `calibration list` when the next is due."""
    site = str(plant.site.path)
    run = CliRunner()
    entered = run.invoke(
        app,
        [
            *(
                "calibration",
                "enter",
                f"{LINE}/air/CS1.1",
                "--who",
                "ann",
                "--found",
                "-0.8 K",
                "--left",
                "0.0",
            ),
            *("--reference", "PT-7", "--site", site, "--password-stdin"),
        ],
        input=WORD,
    )
    assert entered.exit_code == 0, entered.output
    assert "it failed: every verdict since the last pass is decided again" in entered.output
    plant.hear()
    listed = run.invoke(app, ["calibration", "list", "--site", site])
    assert "failed at -0.8 K, looking back" in listed.output
