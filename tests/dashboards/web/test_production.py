"""The end of production, signed over the API and on the page."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import web_plant
from web_plant import WORD

from dashboards.web.shapes_entering import ProductionShape
from gateway.files import open_file
from haccpline.export import export_package, seal
from haccpline.proving import decide_again
from haccpline.recorded import readings_for
from haccpline.replay import judged
from haccpline.site import Site, load_site
from ledger.people import People
from ledger.production import enter_production
from readings.block import Block
from readings.times import MINUTE, SECOND, parse_time

LINE = "cold-3"
CALENDAR = 'calendar: {production: ["Mon-Sat 07:00-19:00"], ends: signed}'


class Filler(web_plant.Plant):
    """The same, with production hours in its plan."""

    @cached_property
    def site(self) -> Site:
        return load_site(self.folder / "examples" / "cold_store" / "site.yaml")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("production")
    example = folder / "examples" / "cold_store"
    shutil.copytree(web_plant.EXAMPLES / "cold_store", example)
    plan = example / "plan.yaml"
    text = plan.read_text(encoding="utf-8").replace("line: {unit", f"line: {{{CALENDAR}, unit", 1)
    plan.write_text(text, encoding="utf-8")
    readings = example / "short.csv"
    lines = (example / "readings.csv").read_text(encoding="utf-8").splitlines()
    readings.write_text("\n".join(lines[:2000]) + "\n", encoding="utf-8")
    site = load_site(example / "site.yaml")
    web_plant.record(site, readings)
    web_plant.let_in(site)
    return folder


@pytest.fixture
def filler(once: Path, tmp_path: Path) -> Any:
    shutil.copytree(once, tmp_path / "plant")
    return Filler(tmp_path / "plant")


@pytest.fixture
def web(filler: Any) -> Iterator[Any]:
    with web_plant.serving(filler) as url, web_plant.Client(base_url=url, timeout=30) as client:
        yield client


def sign(web: Any, step: str, **body: str) -> Any:
    return web.post(f"/api/v1/lines/{LINE}/production/{step}", json=body)


def test_an_operator_signs_and_it_stands_in_the_ledger(web, filler):
    """With a password each time; the signature is under what is recorded, and names the line."""
    assert sign(web, "end", who="olga", password=WORD).status_code == 202
    filler.hear()
    shown = ProductionShape.model_validate(web.get(f"/api/v1/lines/{LINE}/production").json())
    assert shown.hours == ["Mon-Sat 07:00-19:00"]
    assert shown.signed is not None
    assert (shown.signed.step, shown.signed.name, shown.signed.role) == ("end", "Olga Zhou", "operator")
    record = web.get(f"/api/v1/records/{shown.signed.seq}").json()
    assert (record["kind"], record["line"]) == ("production.ended", LINE)
    assert record["body"]["signature"]["meaning"] == "production ended"
    assert sign(web, "begin", who="olga", password=WORD).status_code == 202
    filler.hear()
    assert web.get(f"/api/v1/lines/{LINE}/production").json()["signed"]["step"] == "begin"


def test_who_may_not_sign_is_refused_and_nothing_is_entered(web, filler):
    """A wrong password, a role that makes nothing, a line that is not there, a session without the password."""
    assert sign(web, "end", who="olga", password="wrong").status_code == 401
    assert sign(web, "end", who="aud", password=WORD).status_code == 403
    assert (
        web.post("/api/v1/lines/other/production/end", json={"who": "olga", "password": WORD}).status_code
        == 404
    )
    token = web.sign_in("olga").json()["csrf"]
    answer = web.post(f"/api/v1/lines/{LINE}/production/end", json={}, headers={"X-CSRF-Token": token})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "the end of production is signed: give your password again",
    )
    assert filler.entered() == []


def test_sent_again_it_is_signed_once(web, filler):
    """By its key."""
    keyed = {"Idempotency-Key": "k1"}
    body = {"who": "olga", "password": WORD}
    first = web.post(f"/api/v1/lines/{LINE}/production/end", json=body, headers=keyed)
    again = web.post(f"/api/v1/lines/{LINE}/production/end", json=body, headers=keyed)
    assert first.json() == again.json()
    assert len(filler.entered()) == 1


def test_the_page_shows_the_hours_and_takes_a_signature(web, filler):
    """The form asks for the password; a wrong one is said beside it; English and Chinese."""
    shown = web.get(f"/lines/{LINE}/production?lang=en")
    assert "Monday to Saturday 07:00-19:00" in shown.text
    assert "Sign in to sign the end of production." in shown.text
    token = web.sign_in("olga").json()["csrf"]
    form = {"csrf": token, "password": "wrong", "once": "a"}
    refused = web.post(f"/lines/{LINE}/production/end", data=form)
    assert refused.status_code == 401
    assert "The password is wrong" in refused.text
    entered = web.post(f"/lines/{LINE}/production/end", data=form | {"password": WORD})
    assert (entered.status_code, entered.headers["location"]) == (303, f"/lines/{LINE}/production?before=0")
    filler.hear()
    ends = time.monotonic() + 10  # what is shown may be a second old
    while "It stands in the record." not in web.get(f"/lines/{LINE}/production?before=0").text:
        assert time.monotonic() < ends
        time.sleep(0.2)
    chinese = web.get(f"/lines/{LINE}?lang=zh").text
    assert "周一至周六 07:00-19:00" in chinese
    assert "已签字确认生产结束" in chinese
    assert "Olga Zhou" in chinese


FILLER = """
plan: filler-1
name: {zh: 灌装线, en: Filler}
site: {id: ZH-JL, name: {zh: 水厂, en: Water}, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
line:
  state: {from: mode, codes: {0: stopped, 1: running, 2: cip}}
  judged_when: running
  settle: 10 min
  while_settling: divert
  lot: {from: lot}
  produced: {from: bottles}
sensors:
  mode: {unit: code, every: 60 s, silent_after: 3 min}
  bottles: {unit: count, every: 60 s, silent_after: 3 min}
  lot: {unit: text, every: on change}
  o3: {unit: mg/L, resolution: 0.01, every: 60 s, silent_after: 3 min}
ccps:
  - id: CCP1
    name: {zh: 臭氧, en: Ozone}
    critical: [{id: o3, kind: threshold, of: o3, at_least: 0.20 mg/L}]
"""


@pytest.fixture
def contradicted(tmp_path: Path) -> Any:
    """A filler that starts at 07:10, and says `cip` from 08:00 on while it goes on counting."""
    folder = tmp_path / "plant"
    example = folder / "examples" / "cold_store"  # where Plant looks
    example.mkdir(parents=True)
    (example / "plan.yaml").write_text(FILLER, encoding="utf-8")
    (example / "site.yaml").write_text("site: ZH-JL\nplans: [plan.yaml]\n", encoding="utf-8")
    rows = ["time,sensor,point,value"]
    for minute in range(120):
        stamp = f"2026-12-01T{7 + minute // 60:02d}:{minute % 60:02d}:00+08:00"
        mode = 0 if minute < 10 else 1 if minute < 60 else 2
        bottles = 48_000 + 20 * max(0, minute - 10)
        rows += [
            f"{stamp},{name},1,{value}" for name, value in (("mode", mode), ("bottles", bottles), ("o3", 0.3))
        ]
    (example / "readings.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    plant = Filler(folder)
    web_plant.record(plant.site, example / "readings.csv")
    people = People(plant.site.data / "people.db", hasher=web_plant.QUICK)
    people.add(id="ann", name="Ann Li", roles=["qa"], password=WORD, now=1)
    people.close()
    return plant


def test_a_contradiction_is_a_case_like_any_other(contradicted):
    """It stands in the list, has a page in both languages, a report; the line's page and its record tell the start."""
    with web_plant.serving(contradicted) as url, web_plant.Client(base_url=url, timeout=60) as web:
        (case,) = web.get("/api/v1/cases").json()["cases"]
        assert (case["ccp"], case["limit"], case["kinds"]) == ("line", "state", ["instrument_fault"])
        assert case["opened"] == "2026-12-01T00:00:00Z"
        (start,) = web.get("/api/v1/lines/filler-1/production").json()["starts"]
        assert (start["from"], start["to"], start["product"]) == (
            "2026-11-30T23:10:00Z",
            "2026-11-30T23:20:00Z",
            "divert",
        )
        web.sign_in("ann")
        for tongue, says in (
            ("en", "state, which its counter contradicts"),
            ("en", "the line&#39;s state says that nothing is made, and bottles goes on counting"),
            (
                "en",
                "mode said cip from 2026-12-01 08:00:00 on; from then to 2026-12-01 08:59:00",
            ),
            ("en", "bottles went from 49000 to 50180. One of the two is at fault."),
            ("zh", "生产线状态（与计数器矛盾）"),
            ("zh", "由 49000 增至 50180。两者之一有误。"),
        ):
            page = web.get(f"/cases/{case['id']}?lang={tongue}")
            assert page.status_code == 200
            assert says in page.text
            assert 'id="s-bottles"' in page.text, "the counter's curve, with what the line said below"
        assert "diverted" in web.get("/lines/filler-1?lang=en").text
        for name in ("pdf", "json"):
            report = web.get(f"/api/v1/cases/{case['id']}/report?format={name}&lang=en")
            assert report.status_code == 200, report.text
        for name in ("pdf", "json"):
            record = web.get(f"/api/v1/lines/filler-1/days/2026-12-01?format={name}&lang=zh")
            assert record.status_code == 200, record.text
        assert [each["product"] for each in record.json()["starts"]] == ["divert"]


def silent_night(folder: Path) -> tuple[Any, Path]:
    """Stopped from 18:30 to 19:05; on again at 06:40."""
    example = folder / "examples" / "cold_store"
    example.mkdir(parents=True)
    calendar = '  calendar: {production: ["daily 07:00-19:00"], ends: signed}\nsensors:'
    (example / "plan.yaml").write_text(FILLER.replace("sensors:", calendar), encoding="utf-8")
    (example / "site.yaml").write_text("site: ZH-JL\nplans: [plan.yaml]\n", encoding="utf-8")
    for name, day, first, last in (
        ("evening", 1, 18 * 60 + 30, 19 * 60 + 5),
        ("morning", 2, 6 * 60 + 40, 7 * 60),
    ):
        rows = ["time,sensor,point,value"]
        for minute in range(first, last):
            stamp = f"2026-12-0{day}T{minute // 60:02d}:{minute % 60:02d}:00+08:00"
            rows += [
                f"{stamp},{sensor},1,{value}"
                for sensor, value in (("mode", 0), ("bottles", 500), ("o3", 0.3))
            ]
        (example / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    plant = Filler(folder)
    web_plant.record(plant.site, example / "evening.csv")
    people = People(plant.site.data / "people.db", hasher=web_plant.QUICK)
    people.add(id="olga", name="Olga Zhou", roles=["operator"], password=WORD, now=1)
    plan = plant.site.plans["filler-1"][0]
    at = parse_time("2026-12-01T19:02:00+08:00")
    act = enter_production(people, plan=plan, step="end", who="olga", password=WORD, now=at)
    people.close()
    journal = plant.store.journal()
    journal.append(Block(acts=(act,), tick=parse_time("2026-12-01T19:04:00+08:00")))
    for minute in range(5, 12 * 60, 10):  # time goes on while nothing is heard
        journal.append(Block(tick=parse_time("2026-12-01T19:00:00+08:00") + minute * MINUTE))
        if minute == 695:
            for block in open_file(example / "morning.csv", line="filler-1"):
                columns = {name: getattr(block, name) for name in ("series", "which", "time", "value", "raw")}
                columns |= {name: getattr(block, name) for name in ("quality", "reason", "received", "seq")}
                journal.append(Block(**columns, tick=int(block.time.max())))
    journal.close()
    seal(plant.site, plant.store)
    return plant, example


def test_a_signed_night_opens_nothing_and_is_proven(tmp_path):
    """No loss stands in the ledger; a package of it is decided again, signature and all, and comes out the same."""
    plant, _ = silent_night(tmp_path / "plant")
    ledger = plant.store.ledger(read_only=True)
    kinds = [record.kind for record in ledger.read(limit=1000)]
    assert "production.ended" in kinds
    assert [kind for kind in kinds if kind.startswith(("loss.", "fault.", "deviation.", "case."))] == []
    rests = [
        record.content["reason"]
        for record in ledger.read(kind="verdict")
        if "signed" in record.content["reason"]
    ]
    assert rests == ["no production: end signed by Olga Zhou at 2026-12-01T19:02:00+08:00"]
    made = export_package(plant.site, tmp_path / "night.zip", start=None, end=None, lines=None)
    assert [said for said in decide_again(made.path) if not said[1]] == []
    assert any("the same" in said for said, _ in decide_again(made.path))


def test_a_plan_is_tried_on_a_night_as_it_was_signed(tmp_path):
    """What is recorded holds the signature: the what-if opens no loss either."""
    plant, _ = silent_night(tmp_path / "plant")
    plan = plant.site.plans["filler-1"][0]
    found = readings_for([plan], plant.site.data)
    tried = judged(plan, found.blocks, start=found.start, end=found.end)
    assert tried.decisions.raised() == []
    assert "Olga Zhou" in str([line["reason"] for line in tried.decisions.lines()])


def test_a_night_at_rest_is_nothing_that_was_not_recorded(tmp_path):
    """The daily record names who signed, and finds no unrecorded time where it was shown that nothing is made."""
    plant, _ = silent_night(tmp_path / "plant")
    people = People(plant.site.data / "people.db", hasher=web_plant.QUICK)
    people.add(id="ann", name="Ann Li", roles=["qa"], password=WORD, now=1)
    people.close()
    with web_plant.serving(plant) as url, web_plant.Client(base_url=url, timeout=60) as web:
        web.sign_in("ann")
        record = web.get("/api/v1/lines/filler-1/days/2026-12-02?format=json").json()
        assert record["unrecorded"]
        (held,) = record["limits"]
        before = parse_time("2026-12-02T06:40:00+08:00") - parse_time("2026-12-02T00:00:00+08:00")
        assert float(held["seconds"]["suspended"]) >= before / SECOND
        first = web.get("/api/v1/lines/filler-1/days/2026-12-01?format=json").json()
        assert [(each["step"], each["name"]) for each in first["signed"]] == [("end", "Olga Zhou")]
        assert "monitoring_loss" not in first["findings"]
        signed = ProductionShape.model_validate(web.get("/api/v1/lines/filler-1/production").json()).signed
        assert signed is not None
        assert (signed.holds, signed.void) == (True, None)
        page = web.get("/lines/filler-1/production?lang=en").text
        assert "holds: a silent line counts as at rest" in page
        assert "until production hours begin 2026-12-02 07:00:00" in page
