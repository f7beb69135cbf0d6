"""The four desks, at which people take steps, calibrate, sign production and enter values: one rule for all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import web_plant
from typer.testing import CliRunner
from web_plant import CASE, WORD

from haccpline.cli import app
from haccpline.site import Site, load_site

CALENDAR = 'calendar: {production: ["Mon-Sat 07:00-19:00"], ends: signed}'
VALUE = "by_hand:\n  probe: {zones: [CS1], unit: degC, resolution: 0.1, range: [-40, 40], every: 2 h}\n"
LIMIT = "      - {id: probe, kind: threshold, of: probe, at_most: 0.0 degC}\n"


class Store(web_plant.Plant):  # type: ignore[misc, name-defined]
    """The example's cold store, with production hours and a value by hand."""

    @cached_property
    def site(self) -> Site:
        return load_site(self.folder / "examples" / "cold_store" / "site.yaml")


@dataclass(frozen=True)
class Desk:
    """What is sent to one of them, and what makes it another request."""

    path: str
    body: dict[str, Any]
    other: dict[str, Any]
    stranger: str
    signed: bool = True
    key: dict[str, str] = field(default_factory=lambda: {"Idempotency-Key": "k"})


DESKS = {
    "acting": Desk(
        f"cases/{CASE}/void", {"entered": {"reason": "a trial"}}, {"entered": {"reason": "another"}}, "olga"
    ),
    "calibrating": Desk(
        "lines/cold-3/calibrations",
        {"sensor": "air", "point": "CS1.1", "found": "0.1", "reference": "PT-7"},
        {"found": "0.2"},
        "olga",
    ),
    "producing": Desk("lines/cold-3/production/end", {}, {"role": "operator"}, "aud"),
    "measuring": Desk(
        "lines/cold-3/by-hand/probe",
        {"value": "-20.5", "zone": "CS1"},
        {"value": "-20.4"},
        "aud",
        signed=False,
    ),
}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desks")
    example = folder / "examples" / "cold_store"
    shutil.copytree(web_plant.EXAMPLES / "cold_store", example)
    plan = example / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    text = text.replace("line: {unit", f"line: {{{CALENDAR}, unit", 1).replace("ccps:", f"{VALUE}ccps:", 1)
    plan.write_text(text.replace("    critical:\n", f"    critical:\n{LIMIT}", 1), encoding="utf-8")
    readings = example / "short.csv"
    lines = (example / "readings.csv").read_text(encoding="utf-8").splitlines()
    readings.write_text("\n".join(lines[:2500]) + "\n", encoding="utf-8")
    site = load_site(example / "site.yaml")
    web_plant.record(site, readings)
    web_plant.let_in(site)
    return folder


@pytest.fixture
def plant(once: Path, tmp_path: Path) -> Any:
    shutil.copytree(once, tmp_path / "plant")
    return Store(tmp_path / "plant")


@pytest.fixture
def web(plant: Any) -> Iterator[Any]:
    with web_plant.serving(plant) as url, web_plant.Client(base_url=url, timeout=30) as client:
        yield client


def send(web: Any, desk: Desk, **more: Any) -> Any:
    headers = more.pop("headers", {})
    return web.post(f"/api/v1/{desk.path}", json=desk.body | more, headers=headers)


@pytest.mark.parametrize("desk", DESKS.values(), ids=DESKS)
def test_sent_again_with_its_key_it_is_entered_once(web, plant, desk):
    """The same words get the same answer, also of who signs in again; other words are refused; one act waits."""
    person = {"who": "ann", "password": WORD}
    first = send(web, desk, headers=desk.key, **person)
    assert first.status_code == 202, first.text
    assert send(web, desk, headers=desk.key, **person).json() == first.json()
    other = send(web, desk, headers=desk.key, **person | desk.other)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-used")
    assert len(plant.entered()) == 1


@pytest.mark.parametrize("desk", DESKS.values(), ids=DESKS)
def test_what_is_signed_asks_for_the_password_each_time(web, plant, desk):
    """In a session too, and although it was taken before; a value is no signature."""
    web.sign_in("ann")
    assert send(web, desk, headers=desk.key, password=WORD).status_code == 202
    again = send(web, desk, headers=desk.key, password="wrong password")
    assert again.status_code == (401 if desk.signed else 202)
    assert len(plant.entered()) == 1


@pytest.mark.parametrize("desk", DESKS.values(), ids=DESKS)
def test_who_may_not_is_refused_in_one_way(web, plant, desk):
    """Another's role, and a program's key: not allowed; nobody: sign in. Nothing waits."""
    assert send(web, desk).status_code == 401
    stranger = send(web, desk, who=desk.stranger, password=WORD)
    assert (stranger.status_code, stranger.json()["type"]) == (403, "/problems/not-allowed")
    bearer = {"Authorization": f"Bearer {plant.key('read')}"}
    assert send(web, desk, headers=bearer).status_code == 403
    assert plant.entered() == []


def command(plant: Any, *words: str) -> Any:
    """What a command answers, with Olga's or Eve's password on its standard input."""
    site = ["--site", str(plant.site.path), "--password-stdin"]
    return CliRunner().invoke(app, [*words, *site], input=WORD)


@pytest.mark.parametrize("typed", ["-20.5", "\uff0d\uff12\uff10\uff0e\uff15"], ids=ascii)
def test_the_command_takes_a_number_below_zero_as_people_type_it(plant, typed):
    """Without `--` before it; the page and the API read it in the same way."""
    said = command(plant, "enter", "cold-3/probe/CS1", typed, "--who", "olga")
    assert said.exit_code == 0, said.output
    assert "cold-3/probe/CS1 -20.5 degC is entered" in said.output
    (act,) = plant.entered()
    assert act.body["value"] == "-20.5"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-1,234"], "-1,234 may be -1.234 or -1234: write the one that is meant"),
        (["-20.5", "--note", "left\u202eright"], "note holds characters that nobody sees"),
        (["--nothing"], "there is no option --nothing"),
    ],
    ids=["ambiguous", "hidden letters", "no option"],
)
def test_the_command_refuses_what_is_not_clear(plant, words, says):
    """And nothing is entered."""
    said = command(plant, "enter", "cold-3/probe/CS1", *words, "--who", "olga")
    assert said.exit_code != 0
    assert says in str(said.exception) + said.output
    assert plant.entered() == []


@pytest.mark.parametrize(
    ("performed", "says"),
    [
        ("2200-01-01T00:00:00Z", "it was performed at 2200-01-01T00:00:00Z, and it is"),
        ("2020-01-01T00:00:00Z", ""),
    ],
    ids=["to come", "past"],
)
def test_a_calibration_that_is_to_come_is_refused_at_once(plant, performed, says):
    """Before anything is said to be entered."""
    words = ["--found", "0,1", "--reference", "PT-7", "--performed", performed]
    said = command(plant, "calibration", "enter", "cold-3/air/CS1.1", "--who", "eve", *words)
    assert ("is entered" in said.output) == (not says)
    assert says in str(said.exception)
    assert [act.body["found"] for act in plant.entered()] == ([] if says else ["0.1 K"])


def test_a_calibration_before_the_last_one_is_refused_at_once(plant, web):
    """By the command and over the API: the record would not take it."""
    command(
        plant,
        "calibration",
        "enter",
        "cold-3/air/CS1.1",
        "--who",
        "eve",
        "--found",
        "0.1",
        "--reference",
        "PT-7",
    )
    plant.hear()
    words = ["--found", "0.1", "--reference", "PT-7", "--performed", "2020-01-01T00:00:00Z"]
    said = command(plant, "calibration", "enter", "cold-3/air/CS1.1", "--who", "eve", *words)
    assert "which is not before this one" in str(said.exception)
    body = DESKS["calibrating"].body | {"performed": "2020-01-01T00:00:00Z", "who": "eve", "password": WORD}
    answer = web.post("/api/v1/lines/cold-3/calibrations", json=body)
    assert (answer.status_code, plant.entered()) == (409, [])
    assert "which is not before this one" in answer.json()["detail"]
