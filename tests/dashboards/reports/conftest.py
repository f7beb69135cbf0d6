"""A cold store, really recorded: two days, two deviations and a loss, one case walked to its end by people who sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from dashboards.reports.enterprise import Enterprise
from dashboards.views.site import SiteView
from gateway.files import open_file
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.checkpoint import SigningKey
from ledger.clerk import Clerk
from ledger.entering import enter_action
from ledger.people import People
from ledger.store import Ledger
from readings.block import Block
from readings.inputs import Act, State
from readings.times import MINUTE, SECOND, parse_time
from rules.plan_check import load_plan

EXAMPLE = Path(__file__).parents[3] / "examples" / "cold_store"
LINE = "cold-3"
KEY = SigningKey("plant.example/fz", bytes(range(32)))
GAP = (parse_time("2026-12-02T08:00:00Z"), parse_time("2026-12-02T09:10:00Z"))
HOSTILE = '#import "x": * $x^2$ \\ #sys.exit() </svg> `raw` *bold* _it_ @ref <label> // /* 😀 ' + "W" * 300
INSTRUMENTS = {
    "cold-3/air/CS1.1": {
        "id": "TE-301",
        "serial": "88-1204",
        "calibration": "K-2026-118",
        "calibrated": "2026-05-04",
        "due": "2026-12-20",
    }
}
ENTERPRISE = {
    "name": {"zh": "福州速冻食品有限公司", "en": "Fuzhou Frozen Foods Ltd"},
    "credit_code": "91350100M000100Y43",
    "licence": "SC11334160230808",
    "address": {"zh": "福州市仓山区一号路 1 号", "en": "1 First Road, Fuzhou"},
    "contact": "陈静",
    "phone": "0591-0000 0000",
    "director": "王敏",
}


@dataclass
class Plant:
    """What was recorded.

    Attributes:
        site: as reports are told of it.
        cases: ids, in the order in which they opened: closed, contained, open (a monitoring loss).
    """

    site: SiteView
    ledger: Ledger
    journal: SqliteJournal
    archive: ParquetArchive
    cases: list[str]


class Recorder:
    """The record process, without its sources: journal, clerk, signed ledger."""

    def __init__(self, folder: Path, plan_text: str) -> None:
        folder.mkdir(parents=True)
        self.journal = SqliteJournal(folder / "journal.db")
        self.archive = ParquetArchive(folder / "segments", self.journal)
        self.ledger = Ledger(folder / "ledger.db")
        self.people = People(
            folder / "people.db", hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        plan = load_plan(plan_text, "plan.yaml")
        self.now = self.heard = plan.effective_from
        self.put(
            Act(self.now, "site.bound", body={"instruments": INSTRUMENTS}, id="bound"),
            Act(self.now, "plan.adopt", LINE, body={"file": "plan.yaml", "text": plan_text}, id=plan.hash),
        )
        self.clerk = Clerk("ZH-FZ", self.ledger, self.journal, self.archive)
        self.clerk.resume()
        for who, name, role in (("li", "李 伟", "operator"), ("ann", "陈静", "qa"), ("bob", "王敏", "qa")):
            person = self.people.add(
                id=who, name=name, roles=[role], password=f"password of {who}", now=self.now
            )
            body = {"id": who, "name": person.name, "roles": [role]}
            self.put(Act(self.now, "person.added", who=who, body=body, id=f"person-{who}"))

    def put(self, *acts: Act) -> None:
        """Put acts into the journal."""
        self.journal.append(Block(acts=acts))

    def readings(self, until: int) -> None:
        """Put the recording into the journal up to a time, half an hour a block, but for the gap."""
        for recorded in open_file(EXAMPLE / "readings.csv", line=LINE):
            kept = (recorded.time >= self.heard) & (recorded.time < until)
            kept &= (recorded.time < GAP[0]) | (recorded.time >= GAP[1])
            block = recorded.take(kept)
            for start in range(0, len(block), 60):
                part = block.part(start, min(start + 60, len(block)), states=False)
                columns: dict[str, Any] = {name: getattr(part, name) for name in part.__slots__}
                self.journal.append(Block(**(columns | {"tick": int(part.time.max())})))
        self.now = self.heard = until
        self.journal.append(Block(tick=until))
        self.work()

    def work(self) -> None:
        """Let the clerk hear everything and sign."""
        while self.clerk.work(0, save=True):
            pass
        self.ledger.sign(KEY)

    def close(self) -> None:
        """Let go of the stores."""
        self.people.close()
        self.ledger.close()
        self.journal.close()

    def act(self, case: str, action: str, who: str, minutes: int = 5, **entered: Any) -> None:
        """A person acts on a case, some minutes later, by their password."""
        self.readings(self.now + minutes * MINUTE)
        act = enter_action(
            self.ledger,
            self.people,
            action=action,
            case=case,
            who=who,
            password=f"password of {who}",
            entered=entered,
            now=self.now,
        )
        self.journal.append(Block(acts=(act,), tick=self.now))
        self.work()


def opened(ledger: Ledger) -> list[str]:
    """Ids of the cases, in order."""
    return [record.content["case"] for record in ledger.read(kind="case.opened")]


def walk(recorder: Recorder) -> list[str]:
    """Two days: a deviation answered to its end, one only contained, a monitoring loss nobody has seen."""
    lot = State(recorder.now, LINE, "lot", "D20261201-A", received=recorder.now)
    recorder.journal.append(Block(states=(lot,)))
    recorder.readings(parse_time("2026-12-01T04:00:00Z"))
    (first,) = opened(recorder.ledger)
    recorder.act(first, "acknowledge", "li", text="在看 " + HOSTILE)
    recorder.act(
        first,
        "contain",
        "ann",
        lots=["D20261201-A", "D20261130-C"],
        correction="关门，货移至 CS2，测中心温度",
        made="1 200 箱",
        held="1 180 箱",
    )
    recorder.act(
        first,
        "correct",
        "ann",
        cause='=HYPERLINK("http://example","门封条破损")',
        control="11:28 起库温回到 -18 °C 以下",
        recurrence="更换门封条；每周检查",
        product="扣留批次测中心温度 -18.4 °C，未出库部分放行",
        shipped="20 箱，已召回",
    )
    recorder.act(first, "note", "ann", text="同意放行，请留存记录", review_by="仓山区市场监督管理局")
    for lot_name, what in (("D20261201-A", "release"), ("D20261130-C", "destroy")):
        recorder.act(
            first, "dispose", "ann", lot=lot_name, disposition=what, evaluation="3 个样品均 ≤ -18.0 °C"
        )
    recorder.act(first, "close", "bob", minutes=30, verification="查阅记录、校准证书与处置，属实")
    recorder.readings(parse_time("2026-12-02T06:00:00Z"))
    second = opened(recorder.ledger)[1]
    recorder.act(second, "contain", "li", lots=["D20261201-A"], correction="关门")
    recorder.readings(parse_time("2026-12-02T15:59:00Z") + SECOND)
    return opened(recorder.ledger)


def site_of(folder: Path, text: str) -> SiteView:
    """The site as reports are told of it."""
    return SiteView(
        "ZH-FZ",
        {"zh": "速冻食品厂", "en": "Frozen foods"},
        "Asia/Shanghai",
        folder,
        {LINE: load_plan(text, "plan.yaml")},
        INSTRUMENTS,
        Enterprise.model_validate(ENTERPRISE),
    )


@pytest.fixture
def while_it_lasts(tmp_path: Path) -> Iterator[Plant]:
    """The cold store at 11:27, three minutes into its first deviation."""
    text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")
    recorder = Recorder(tmp_path / "data", text)
    recorder.readings(parse_time("2026-12-01T03:27:00Z"))
    yield Plant(
        site_of(tmp_path / "data", text),
        recorder.ledger,
        recorder.journal,
        recorder.archive,
        opened(recorder.ledger),
    )
    recorder.close()


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The recorded cold store; only read."""
    folder = tmp_path_factory.mktemp("plant") / "data"
    text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")
    recorder = Recorder(folder, text.replace("ccps:", "marked: {zh: 演示时间, en: demo times}\nccps:", 1))
    cases = walk(recorder)
    yield Plant(site_of(folder, text), recorder.ledger, recorder.journal, recorder.archive, cases)
    recorder.close()
