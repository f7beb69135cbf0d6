"""A logger's file is held against what the site has; what is new becomes late truth, once, and what differs is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from haccpline.cli import app
from haccpline.export import seal
from haccpline.site import Site, load_site
from haccpline.store import Store
from ingest.intake import Clock, JournalIntake
from ingest.posted_taker import PostedTaker
from readings.block import Block
from readings.errors import HaccplineError
from readings.inputs import Act, Series
from readings.quality import Quality, Reason
from readings.times import MINUTE, format_time, parse_time

PLAN = """
plan: cold
name: {zh: 冷库, en: Cold store}
site: {id: ZH, name: {zh: 厂, en: Plant}, timezone: Asia/Shanghai}
effective_from: 2024-01-01T00:00:00+08:00
reorder: REORDER
line: {id: cold-3}
sensors:
  air: {name: {zh: 气温, en: Air}, unit: degC, resolution: 0.1, every: 1 min, silent_after: 3 min}
ccps:
  - id: CCP1
    critical: [{id: air, kind: threshold, of: air, at_most: -18.0 degC}]
"""
MAP = """
time: {column: [Date, Time], format: "%Y/%m/%d %H:%M:%S", zone: Asia/Shanghai}
columns: {T1: air}
missing: ["-OL"]
"""
START = parse_time("2026-11-20T00:00:00+08:00")
AIR = Series("cold-3", "air")


def minutes(*spans: tuple[int, int]) -> np.ndarray:
    return np.concatenate([START + np.arange(first, last) * MINUTE for first, last in spans])


def block(time: np.ndarray, value: float, reason: Reason = Reason.NONE) -> Block:
    size = time.size
    return Block(
        series=(AIR,),
        which=np.zeros(size, np.int32),
        time=time,
        value=np.full(size, np.nan if reason.quality is Quality.BAD else value),
        raw=np.full(size, np.nan),
        quality=np.full(size, reason.quality, np.uint8),
        reason=np.full(size, reason, np.uint8),
        received=time,
        seq=np.full(size, -1, np.int64),
        tick=int(time[-1]),
    )


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    """It has the minutes 0 to 29 and 60 to 89 of an hour and a half at -20 degC, and no answer in minute 35."""
    reorder = getattr(request, "param", "2 d")
    (tmp_path / "plan.yaml").write_text(PLAN.replace("REORDER", reorder), encoding="utf-8")
    (tmp_path / "site.yaml").write_text("site: ZH\nplans: [plan.yaml]\n", encoding="utf-8")
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    found = load_site(tmp_path / "site.yaml")
    store = Store(found.data, "ZH")
    store.make()
    store.ledger().close()
    journal = store.journal()
    store.archive(journal)
    text = (tmp_path / "plan.yaml").read_text(encoding="utf-8")
    act = Act(time=START, kind="plan.adopt", line="cold-3", body={"file": "plan.yaml", "text": text}, id="p")
    journal.append(Block(acts=(act,)))
    for part, reason in (((0, 30), Reason.NONE), ((35, 36), Reason.NO_ANSWER), ((60, 90), Reason.NONE)):
        journal.append(block(minutes(part), -20.0, reason))
    journal.close()
    seal(found, store)
    return found


def logger(site: Site, rows: dict[int, str]) -> Path:
    """A file of the logger: temperature by minute."""
    path = site.path.parent / "logger.csv"
    lines = ["Date,Time,T1, T2"]
    for minute, text in rows.items():
        local = format_time(START + minute * MINUTE + 8 * 60 * MINUTE)
        lines.append(f"{local[:10].replace('-', '/')},{local[11:19]},{text},-OL")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(site: Site, *arguments: str, code: int = 0) -> Result:
    folder = site.path.parent
    words = [
        "import",
        str(folder / "logger.csv"),
        "--map",
        str(folder / "map.yaml"),
        "--site",
        str(site.path),
    ]
    done = CliRunner().invoke(app, [*words, *arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def taken(site: Site) -> Store:
    """Take what was handed over, as the record process would."""
    store = Store(site.data, "ZH")
    journal, posted = store.journal(), store.posted()
    journal.own()
    store.archive(journal)

    async def take() -> None:
        async with JournalIntake(journal, clock=Clock.READINGS) as intake:
            taker = PostedTaker(site.data / "posted.db", intake, lies=journal.quarantined.lies, counts={})
            while await taker.take(posted):
                pass

    asyncio.run(take())
    posted.close()
    journal.close()
    seal(site, store)
    return store


def verdicts(store: Store) -> list[tuple[str, str]]:
    ledger = store.ledger(read_only=True)
    records = ledger.read(0, 10_000, kind="verdict")
    ledger.close()
    return [(each.content["verdict"], each.content["from"]) for each in records]


# known: 20 to 29 but 25, and 60 to 70; 25 differs; 50 has no value; the other 29 of 30 to 59 are new, 40 to 45 too warm
ROWS = dict.fromkeys(range(20, 71), "-20.0") | {25: "-19.9", 50: "-OL"}
ROWS |= dict.fromkeys(range(40, 46), "-15.0")


def row_of(told: str) -> list[str]:
    return next(line for line in told.splitlines() if line.startswith("air ")).split()[:8]


def test_a_dry_run_tells_what_it_would_do(site: Site) -> None:
    """Counts of the sensor, the conflict, and the verdicts that would change; nothing is taken."""
    logger(site, ROWS)
    told = run(site, "--dry-run", code=1).output
    assert row_of(told) == ["air", "51", "20", "29", "0", "1", "1", "0"]
    assert "conflict: cold-3/air at 2026-11-19T16:25:00Z: -20 stands, the file has -19.9" in told
    assert "deviation appears: nothing -> 2026-11-19T16:40:00Z, 6 min, worst -15" in told
    assert "monitoring loss vanishes: 2026-11-19T16:29:00Z, 31 min -> nothing" in told
    assert "nothing was taken" in told
    assert Store(site.data, "ZH").posted().waiting().batches == 0


def test_late_truth(site: Site) -> None:
    """It is taken as back-fill, decides again, stands in the ledger with who and the file's hash; again, nothing changes."""
    path = logger(site, ROWS)
    told = run(site, "--who", "li", code=1).output
    assert "29 are handed over" in told
    assert "29 are handed over" in run(site, "--who", "li", code=1).output  # it waits still; it is the same
    store = taken(site)
    journal = store.journal(read_only=True)
    rows = store.archive(journal).read([AIR], START, START + 90 * MINUTE).block
    fill = rows.take(rows.reason == Reason.BACKFILL)
    assert fill.time.tolist() == minutes((30, 50), (51, 60)).tolist()
    assert len(rows) == 61 + 29
    assert float(rows.value[rows.time == START + 25 * MINUTE][0]) == -20.0
    journal.close()
    assert ("deviation", "2026-11-19T16:40:00Z") in verdicts(store)
    ledger = store.ledger(read_only=True)
    (record,) = ledger.read(0, kind="file.imported")
    ledger.close()
    import hashlib

    assert record.content == {
        "file": "logger.csv", "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "readings": 29, "known": 20,
        "conflicts": 1, "empty": 1, "from": "2026-11-19T16:20:00Z", "to": "2026-11-19T17:10:00Z", "who": "li",
    }  # fmt: skip
    again = run(site, "--who", "li", code=1).output
    assert row_of(again) == ["air", "51", "49", "0", "0", "1", "1", "0"]
    assert "nothing is new" in again
    assert store.posted().waiting().batches == 0


@pytest.mark.parametrize("site", ["30 min"], indirect=True)
def test_too_late(site: Site) -> None:
    """What lies further back than the plan lets late truth decide is archived, said, and changes no verdict. Time has come
    to minute 89: of 30 to 59 without 50, 28 lie before minute 59."""
    logger(site, ROWS)
    told = run(site, "--dry-run", code=1).output
    assert row_of(told)[:5] == ["air", "51", "20", "29", "28"]
    assert "28 new readings come too late" in told
    assert "deviation appears" not in told


def test_a_file_that_contradicts_itself(site: Site) -> None:
    """The first of two values at one time is taken, the other told."""
    path = logger(site, {40: "-20.0"})
    path.write_text(
        path.read_text() + "2026/11/20,00:40:00,-20.5,\n2026/11/20,00:40:00,-20.0,\n", encoding="utf-8"
    )
    told = run(site, "--dry-run", code=1).output
    assert row_of(told) == ["air", "3", "1", "1", "0", "1", "0", "0"]
    assert "-20 stands, the file has -20.5" in told


@pytest.mark.parametrize(
    ("rows", "map_", "words"),
    [
        ({40: "-20.0"}, MAP.replace("air", "core"), "has no cold-3/core"),
        ({40: "-20.0", 10**7: "-20.0"}, MAP, "still to come"),
        ({-(10**8): "-20.0"}, MAP, "before any clock of a logger that was set"),
        ({40: "warm"}, MAP, "logger.csv:2: the value is 'warm'"),
    ],
)
def test_what_is_not_taken(site: Site, rows: dict[int, str], map_: str, words: str) -> None:
    """Is said, with what to look at; nothing of the file is handed over."""
    (site.path.parent / "map.yaml").write_text(map_, encoding="utf-8")
    logger(site, rows)
    done: Any = run(site, "--who", "li", code=1)
    assert isinstance(done.exception, HaccplineError)
    assert words in str(done.exception)
    assert Store(site.data, "ZH").posted().waiting().batches == 0


def test_a_file_that_was_cut_is_told(site: Site) -> None:
    """-20.0 cut in the middle is -2, a good value of nobody's: that the last line has no end is said, and only then."""
    path = logger(site, {40: "-20.0"})
    text = path.read_text().replace("T1, T2", "T2,T1").replace("-20.0,-OL", "-OL,-20.0")
    path.write_text(text, encoding="utf-8")
    assert "no end" not in run(site, "--dry-run").output
    path.write_text(text[: text.rindex("0.0")], encoding="utf-8")
    assert "the last line has no end" in run(site, "--dry-run").output


def test_somebody_takes_it_in(site: Site) -> None:
    """Without a name nothing is taken."""
    logger(site, ROWS)
    assert "--who" in str(run(site, code=1).exception)
