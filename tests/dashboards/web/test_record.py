"""What can be read: the site, lines, verdicts, records, the checkpoint, health."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from web_plant import Client, Plant, serving

from dashboards.views.standing import Doubt
from dashboards.web.api_record import DOUBTS
from dashboards.web.app import make_app
from dashboards.web.settings import ServeSettings
from dashboards.web.shapes import CheckpointShape, Lines, Records, SiteShape, Verdicts
from readings.times import format_time, parse_time

UNIT = {"unit": 3, "connected": True, "until": 1_800_000_030_000_000_000}
SOURCE = {
    "name": "controller",
    "connected": True,
    "readings": 9,
    "missed": 0,
    "errors": {},
    "last_good": 1_800_000_000_123_000_000,
    "failure": "",
    "units": [UNIT],
}
BOOKS = dict.fromkeys(("acquired", "duplicate", "stored", "waiting", "quarantined", "balance"), 0)
HEALTH = {
    "at": "2027-01-15T08:00:00Z",
    "started": "2027-01-15T08:00:00Z",
    "trouble": [],
    "books": BOOKS,
    "journal": {"last": 9, "clerk": 9, "too_late_to_decide": 0},
    "ledger": {"records": 3},
    "sources": [SOURCE],
    "influxdb": None,
}


def speak(plant, **more):
    """What a record process that is well writes each second."""
    said = HEALTH | {"at": format_time(time.time_ns())} | more
    plant.store.health.write_text(json.dumps(said))


def test_the_site_and_its_lines(shown):
    """With names in both languages, the plan that judges, series with their instruments, limits with their bounds."""
    site = SiteShape.model_validate(shown.get("/api/v1/site").json())
    assert (site.id, site.lines, site.records > 10) == ("ZH-FZ", ["cold-3"], True)
    (line,) = Lines.model_validate(shown.get("/api/v1/lines").json()).lines
    assert len(line.hash) == 64
    air = next(series for series in line.series if series.sensor == "air")
    assert (air.series, air.unit) == ("cold-3/air/CS1.1", "degC")
    assert air.instrument is not None
    assert air.instrument["id"] == "TE-301"
    assert {"word": "at_most", "value": "-15.0 degC"} in [
        bound for limit in line.limits for bound in limit.bounds
    ]
    assert {(limit.judged_unit, limit.per_cycle) for limit in line.limits} == {("degC", False)}


def test_present_verdicts(shown):
    """One span for each limit and unit, open, with its evidence."""
    spans = Verdicts.model_validate(shown.get("/api/v1/verdicts").json()).verdicts
    (span,) = [each for each in spans if each["limit"] == "air"]
    assert (span["line"], span["ccp"], span["verdict"], span["to"]) == ("cold-3", "CCP1", "ok", None)
    assert span["evidence"]["digest"]
    assert shown.get("/api/v1/verdicts", params={"ccp": "CCP9"}).json()["verdicts"] == []


def test_verdicts_of_a_time(shown):
    """All spans that reach into it, without a hole, page by page."""
    period = {"from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"}
    spans = shown.get("/api/v1/verdicts", params=period).json()["verdicts"]
    assert {"ok", "deviation"} <= {span["verdict"] for span in spans}
    air = [span for span in spans if span["limit"] == "air"]
    assert [span["to"] for span in air[:-1]] == [span["from"] for span in air[1:]]
    worst = next(span for span in spans if span["verdict"] == "deviation")
    assert worst["worst"] == "-4.4"
    paged, after = [], None
    while True:
        page = shown.get(
            "/api/v1/verdicts", params=period | {"limit": 2} | ({"after": after} if after else {})
        ).json()
        paged += page["verdicts"]
        after = page["next"]
        if after is None:
            break
    assert paged == spans


def test_verdicts_as_they_were_known(shown):
    """Before it could be known there was no deviation."""
    spans = shown.get("/api/v1/verdicts", params={"from": "2026-11-30T00:00:00Z"}).json()["verdicts"]
    deviation = next(span for span in spans if span["verdict"] == "deviation")
    before = format_time(parse_time(deviation["known"]) - 1)
    known = {"from": "2026-11-30T00:00:00Z", "known": before}
    then = shown.get("/api/v1/verdicts", params=known).json()["verdicts"]
    assert then[0]["verdict"] == "ok"
    assert deviation["seq"] not in [span["seq"] for span in then]


def test_records(shown):
    """All of them, by cursor, as they were hashed; by kind, family and line."""
    found, after = [], 0
    while page := Records.model_validate(
        shown.get("/api/v1/records", params={"after": after, "limit": 5}).json()
    ).records:
        found += page
        after = page[-1]["seq"]
    assert [record["seq"] for record in found] == list(range(1, len(found) + 1))
    assert shown.get("/api/v1/records/3").json() == found[2]
    family = shown.get("/api/v1/records", params={"kind": "case."}).json()["records"]
    assert {record["kind"] for record in family} == {"case.opened", "case.returned"}
    site = shown.get("/api/v1/records", params={"line": ""}).json()["records"]
    assert {record["line"] for record in site} <= {""}
    assert shown.get("/api/v1/records/999").status_code == 404
    assert shown.get("/api/v1/records", params={"limit": 1001}).status_code == 422


def test_the_checkpoint(web, plant):
    """The root as signed last: what a witness keeps."""
    shown = CheckpointShape.model_validate(web.get("/api/v1/checkpoint").json())
    ledger = plant.store.ledger(read_only=True)
    try:
        assert (shown.size, shown.root) == (ledger.last_seq(), ledger.root().hex())
    finally:
        ledger.close()
    plant.store.key().public.open(shown.note)


def test_what_did_not_change_is_not_sent_again(web, plant):
    """Until the ledger grows."""
    for path in ("verdicts", "cases", "records"):
        etag = web.get(f"/api/v1/{path}").headers["etag"]
        same = web.get(f"/api/v1/{path}", headers={"if-none-match": etag})
        assert (same.status_code, same.content) == (304, b"")
    etag = web.get("/api/v1/cases").headers["etag"]
    web.sign_in("ann")
    web.act("acknowledge")
    plant.hear()
    changed = web.get("/api/v1/cases", headers={"if-none-match": etag})
    assert changed.status_code == 200
    assert "acknowledged" in [each["stage"] for each in changed.json()["cases"]]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"trouble": [{"kind": "commit", "words": "disk full"}]}, 503),
        ({"books": BOOKS | {"balance": 1}}, 503),
        ({"sources": [SOURCE | {"connected": False, "last_good": None}]}, 503),
        ({"sources": [SOURCE | {"units": [UNIT | {"connected": False}]}]}, 503),
        ({"sources": 5}, 503),
    ],
)
def test_health(web, plant, change, status):
    """200 when all is well; its times are RFC 3339 too."""
    speak(plant, **change)
    answer = web.get("/api/v1/health")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["well"]
        assert answer.json()["sources"][0]["last_good"] == "2027-01-15T08:00:00.123Z"
        assert answer.json()["sources"][0]["units"][0]["until"] == "2027-01-15T08:00:30Z"
    else:
        assert answer.headers["content-type"] == "application/problem+json"


def test_health_of_a_full_disk(web, plant, monkeypatch):
    """Whatever the record process still says, and it says why. Every disk is full here."""
    speak(plant)
    monkeypatch.setattr("dashboards.views.disk.FULL", 2**62)
    answer = web.get("/api/v1/health")
    assert (answer.status_code, answer.json()["well"]) == (503, False)
    assert answer.json()["detail"] == "the disk is full: nothing can be recorded until there is room"


def test_health_of_a_disk_that_the_record_process_says_is_full(web, plant):
    """It is named before what follows from it; a source of that name is none."""
    speak(plant, trouble=[{"kind": "commit", "words": "x"}, {"kind": "disk", "words": "it is full"}])
    assert web.get("/api/v1/health").json()["detail"].startswith("the disk is full")
    speak(plant, sources=[SOURCE | {"name": "disk", "connected": False}])
    assert web.get("/api/v1/health").json()["detail"] == "something is not well"


def test_health_of_a_record_that_is_silent(web, plant):
    """Old words are not of now; no words at all are worse."""
    assert web.get("/api/v1/health").status_code == 503
    speak(plant)
    os.utime(plant.store.health, (1, 1))
    answer = web.get("/api/v1/health")
    assert (answer.status_code, answer.json()["well"]) == (503, False)


def test_what_is_not_of_now_says_so(web, plant):
    """`ok` without an end is no promise: how far it is known stands beside it, and an ETag does not hide that it ended."""
    known = format_time(plant.store.journal().tick())
    speak(plant)
    names = {}
    for path in ("verdicts", "site", "lines"):
        alive = web.get(f"/api/v1/{path}")
        assert (alive.json()["known_to"], alive.json()["current"]) == (known, True)
        assert alive.headers["haccpline-known-to"] == known
        assert alive.headers["haccpline-current"] == "true"
        names[path] = alive.headers.get("etag", "")
    etag = names["verdicts"]
    assert web.get("/api/v1/verdicts", headers={"if-none-match": etag}).status_code == 304
    plant.store.health.unlink()
    for path in ("verdicts", "site", "lines"):
        dead = web.get(f"/api/v1/{path}", headers={"if-none-match": names[path]})
        assert dead.status_code == 200
        assert (dead.json()["known_to"], dead.json()["current"]) == (known, False)
    again = web.get("/api/v1/verdicts", headers={"if-none-match": dead.headers.get("etag", etag)})
    assert again.headers["haccpline-current"] == "false"
    assert web.get("/api/v1/cases", headers={"if-none-match": etag}).headers["haccpline-current"] == "false"


def test_health_while_nothing_is_recorded(plant):
    """The record process says that it lives; its journal says since when it does not."""
    view = replace(plant.view, clock="wall")
    app = make_app(view, ServeSettings())
    speak(plant)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        answer = client.get("/api/v1/health")
    assert answer.status_code == 503
    told = answer.json()
    assert (told["well"], told["current"]) == (False, False)
    assert told["detail"] in (DOUBTS[Doubt.STUCK], DOUBTS[Doubt.CLOCK])


@pytest.mark.parametrize("text", ['{"at": 3}', "[]", '{"at": "\\ud800"}'])
def test_health_that_is_nonsense(web, plant, text):
    """No answer and no page breaks on it."""
    plant.store.health.write_text(text)
    assert web.get("/api/v1/health").json()["type"] == "/problems/not-well"
    for path in ("/", "/cases", "/health", "/lines/cold-3", "/api/v1/verdicts"):
        assert web.get(path).status_code == 200, path


def test_a_site_that_was_never_recorded(plant, tmp_path):
    """Says so, with 503, wherever it is asked; nothing is made that would look like a record."""
    bare = Plant(plant.folder)
    shutil.rmtree(plant.site.data)
    with serving(bare) as url, Client(base_url=url, timeout=30) as client:
        for path in (
            "site",
            "lines",
            "verdicts",
            "cases",
            "problems",
            "records",
            "records/1",
            "checkpoint",
            "health",
        ):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code == 503, path
            assert answer.json()["type"] in ("/problems/not-available", "/problems/not-well")
    assert not (plant.site.data / "ledger.db").exists()
    assert not (plant.site.data / "journal.db").exists()
