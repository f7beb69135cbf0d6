"""Programs hand in readings over real HTTP: durable before the answer, all or nothing, and nothing else with that key."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from web_plant import CASE, Client, serving

from dashboards.reports import offer
from dashboards.web.posting import UNPACKED
from dashboards.web.shapes_evidence import EvidenceList
from gateway.posted import Posts
from gateway.settings import Sources
from haccpline.export import export_package
from ingest.posted import Batch
from readings.block import Block
from readings.inputs import Act, Series

PATH = "/api/v1/readings"
SOURCE = {
    "name": "mes",
    "http": [
        {"reads": "cold-3/air/CS1.1", "unit": "degC"},
        {"reads": "cold-3/defrost/CS1.1", "name": "plc/defrost", "tags": {"unit": "1"}, "unit": "bool"},
    ],
}
AIR = {"name": "cold-3/air/CS1.1", "time": "2026-12-02T00:00:00Z"}
LINE = "plc,unit=1 defrost=t 1796169600"


class Handing(Client):
    """A program with a key."""

    token = ""

    def give(self, body: Any, **how: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        if isinstance(body, list):
            return self.post(PATH, json={"readings": body}, headers=headers, **how)
        headers = {"content-type": "text/plain; charset=utf-8"} | headers
        return self.post(PATH, content=body, headers=headers, **how)


@pytest.fixture
def program(plant: Any) -> Iterator[Handing]:
    poster = Posts(TypeAdapter(Sources).validate_python((SOURCE,)), plant.site.units())
    with serving(plant, poster=poster) as url, Handing(base_url=url, timeout=30) as client:
        client.token = plant.key("ingest", "mes")
        yield client


def waiting(plant: Any) -> list[Batch]:
    posted = plant.store.posted()
    try:
        return [batch for _, batch in posted.next()]
    finally:
        posted.close()


def test_json_and_lines_are_durable_when_answered(program: Handing, plant: Any) -> None:
    """202 with what became of it, and it waits for the record process as a block."""
    answer = program.give([AIR | {"value": -20.5}, AIR | {"value": None, "time": "2026-12-02T00:01:00Z"}])
    assert (answer.status_code, answer.json()["readings"], answer.json()["set_aside"]) == (202, 2, 0)
    packed = gzip.compress(LINE.encode())
    answer = program.give(packed, params={"precision": "s"}, headers={"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["readings"]) == (202, 1)
    first, second = waiting(plant)
    assert first.source == second.source == "mes"
    assert first.block.value.tolist()[0] == -20.5
    assert second.block.series == (Series("cold-3", "defrost", "CS1.1"),)
    assert second.block.time.tolist() == [1796169600 * 10**9]


def test_all_or_nothing(program: Handing, plant: Any) -> None:
    """One bad part, and nothing of the post is taken; each is named, with its place."""
    refused = program.give([AIR | {"value": -20}, AIR | {"value": "warm"}, {"name": "x", "value": 1}])
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert [each["at"] for each in refused.json()["errors"]] == ["readings[1].value", "readings[2].name"]
    assert "nothing was taken" in refused.json()["detail"]
    lines = program.give(f"{LINE}\nplc,unit=1 defrost=2..0 5", params={"precision": "s"})
    assert (lines.status_code, lines.json()["errors"][0]["at"]) == (400, "line 2, field defrost")
    assert waiting(plant) == []


def test_partial(program: Handing, plant: Any) -> None:
    """Asked for so, what can be read is taken and the rest set aside, whole, with its reason."""
    taken = program.give(f"{LINE}\nplc,unit=2 defrost=t 5", params={"precision": "s", "partial": "true"})
    assert taken.status_code == 202
    assert (taken.json()["readings"], taken.json()["set_aside"]) == (1, 1)
    (batch,) = waiting(plant)
    assert batch.aside is not None
    assert batch.aside.payload == b"plc,unit=2 defrost=t 5"
    assert "line 2, field defrost: 'plc/defrost' is not read with these tags" in batch.aside.reason


def test_sent_again(program: Handing, plant: Any) -> None:
    """With the same key it is taken once and answered alike; the same key with other words is refused."""
    once = {"idempotency-key": "k1"}
    first = program.give([AIR | {"value": -20}], headers=once)
    again = program.give([AIR | {"value": -20}], headers=once)
    assert (first.status_code, again.status_code, first.content) == (202, 202, again.content)
    other = program.give([AIR | {"value": -21}], headers=once)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-used")
    assert len(waiting(plant)) == 1


def test_who_may(program: Handing, plant: Any) -> None:
    """A key of scope ingest that is bound to a source, and nobody else; it reads nothing, and acts in nothing."""
    body = [AIR | {"value": -20}]
    mine = program.token
    for token, status in (("x", 401), (mine[:-1], 401), (plant.key("read"), 403), (plant.key("ingest"), 403)):
        program.token = token
        assert program.give(body).status_code == status, token
    program.token = plant.key("ingest", "gone")
    assert (program.give(body).status_code, program.give(body).json()["type"]) == (
        400,
        "/problems/bad-request",
    )
    program.sign_in("ann")
    assert program.post(PATH, json={"readings": body}).status_code == 403
    assert waiting(plant) == []
    bearer = {"authorization": f"Bearer {mine}"}
    for path in ("site", "lines", "cases", "records", "readings"):
        asked = {"series": "cold-3/air/CS1.1", "from": "2026-12-01T00:00:00Z", "to": "2026-12-01T01:00:00Z"}
        assert program.get(f"/api/v1/{path}", params=asked, headers=bearer).status_code == 403
    as_influx_says_it = program.post(
        PATH, json={"readings": body}, headers={"authorization": f"Token {mine}"}
    )
    assert as_influx_says_it.status_code == 202


@pytest.mark.parametrize(
    ("content", "kind", "encoding"),
    [(b"{", "application/json", ""), (b'{"readings": 1}', "application/json", ""), (b"\xff\xfe", "text/plain", ""),
     (b"<a/>", "application/xml", ""), (b"no gzip", "text/plain", "gzip"), (b"x", "text/plain", "br"),
     (gzip.compress(b"a v=1")[:-3], "text/plain", "gzip"),
     (gzip.compress(b" " * (UNPACKED + 1)), "text/plain", "gzip")],
)  # fmt: skip
def test_a_body_that_is_none(program: Handing, plant: Any, content: bytes, kind: str, encoding: str) -> None:
    """Is refused as a problem, unpacked no farther than the limit; nothing is taken."""
    headers = {"content-type": kind} | ({"content-encoding": encoding} if encoding else {})
    refused = program.give(content, headers=headers, params={"partial": "true"})
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/bad-request")
    assert waiting(plant) == []


def test_sizes(program: Handing) -> None:
    """A body is as large as any other may be."""
    assert program.give(b"a" * ((1 << 20) + 1)).status_code == 413
    refused = program.give("no line\n" * 5000)
    assert (refused.status_code, len(refused.json()["errors"])) == (400, 100)


SHA = hashlib.sha256(b"a snapshot").hexdigest()


def test_an_event_with_evidence(program: Handing, plant: Any, tmp_path: Path) -> None:
    """Its address and hash stand in the ledger, in the package, and on the pages of the line and of the case that it falls
    into; an address that is none for browsers is shown and leads nowhere."""
    event = AIR | {"value": -4.4, "time": "2026-12-01T03:25:30Z"}
    near = {"url": "https://nvr.plant.example/1.jpg", "sha256": SHA, "note": "<b>door open"}
    far = {"url": "javascript:alert(1)", "sha256": "ab" * 32}
    answer = program.give(
        [event | {"evidence": near}, AIR | {"value": -20, "time": "2026-12-02T15:00:00Z", "evidence": far}]
    )
    assert (answer.status_code, answer.json()["evidence"]) == (202, 2)
    plant.hear()
    ledger = plant.store.ledger(read_only=True)
    records = ledger.read(0, kind="evidence.given")
    ledger.close()
    assert [record.content["sha256"] for record in records] == [SHA, "ab" * 32]
    case = program.get(f"/cases/{CASE}").text
    assert f'title="{SHA}"' in case
    assert 'href="https://nvr.plant.example/1.jpg" rel="noreferrer noopener"' in case
    assert "&lt;b&gt;door open" in case
    assert "ab" * 32 not in case
    line = program.get("/lines/cold-3").text
    assert line.index("ab" * 32) < line.index(SHA)
    assert 'href="javascript' not in line
    period = {"from": "2026-12-01T00:00:00Z", "to": "2026-12-03T00:00:00Z"}
    listed = EvidenceList.model_validate(program.get("/api/v1/evidence", params=period).json())
    assert [(each.at, each.url, each.sha256, each.note) for each in listed.evidence] == [
        ("2026-12-01T03:25:30Z", near["url"], SHA, "<b>door open"),
        ("2026-12-02T15:00:00Z", far["url"], far["sha256"], ""),
    ]
    page = program.get("/api/v1/evidence", params=period | {"limit": 1, "line": "cold-3"}).json()
    assert (len(page["evidence"]), page["next"]) == (1, "1")
    assert not program.get("/api/v1/evidence", params=period | {"sensor": "other"}).json()["evidence"]
    early = period | {"to": "2026-12-01T03:25:30Z"}
    assert not program.get("/api/v1/evidence", params=early).json()["evidence"]
    (told,) = offer.deviation(plant.site.view(), CASE).handed_in
    assert (told.url, told.sha256, told.record) == (near["url"], SHA, records[0].seq)
    export_package(plant.site, tmp_path / "p.zip", start=None, end=None, lines=None)
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        assert (
            SHA in package.read(next(n for n in package.namelist() if n.endswith("records.jsonl"))).decode()
        )


def test_where_nothing_can_be_handed_in(web: Any, plant: Any) -> None:
    """A site without an HTTP source says so."""
    refused = web.post(
        PATH, json={"readings": []}, headers={"authorization": f"Bearer {plant.key('ingest', 'mes')}"}
    )
    assert refused.status_code == 400
    assert "nothing can be handed in" in refused.json()["detail"]


def test_too_much_that_waits(program: Handing, plant: Any) -> None:
    """503, with which whoever hands in keeps it; what was sent is not taken."""
    store = plant.store.posted()
    store.put(Batch("mes", Block(acts=(Act(1, "x"),))), b"")
    with store._database.write() as connection:
        connection.execute("UPDATE batch SET size = ?", (1 << 40,))
    store.close()
    refused = program.give([AIR | {"value": -20}])
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/not-available")
    assert json.loads(refused.text)["detail"].endswith("see `haccpline health`")
