"""Three lines with a morning of readings in a real InfluxDB, and what Grafana does to a query before it sends it."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import servers

from dashboards.grafana.reading_queries import REASONS
from dashboards.grafana.shown import Shown, measured, points_of
from dashboards.grafana.tree import dashboards
from haccpline.health_feed import health_lines
from haccpline.verdict_feed import lines_of
from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_feed import completeness_feed
from ingest.completeness_reader import CompletenessReader
from ingest.influx import Feed, InfluxWriter
from ingest.journal import SqliteJournal
from ingest.lineprotocol import reading_lines
from ingest.settings import InfluxSettings
from ingest.transport import transport
from ledger.decision_records import verdict_bodies
from readings.block import Block, BlockBuilder, join
from readings.inputs import Series
from readings.quality import Reason
from readings.times import HOUR, MINUTE, MS, SECOND
from rules.compile_plan import compile_plan
from rules.engine import begin, step
from rules.plan import Plan, limits_of
from rules.plan_check import load_plan

EXAMPLES = Path(__file__).parents[3] / "examples"
SITE = "DEMO"
HOURS = 3
# by line: the sensor that goes beyond its limit, and how long a step between readings is
LINES = {
    "packaged_water": ("o3_contact", 15 * SECOND),
    "retort": ("tid", 5 * SECOND),
    "frozen_store": ("air", 60 * SECOND),
}


def plan_of(name: str) -> Plan:
    """A plan of the examples, in force since long ago."""
    path = EXAMPLES / name / "plan.yaml"
    return load_plan(path.read_text(encoding="utf-8"), str(path))


@pytest.fixture(scope="session")
def plans() -> tuple[Plan, ...]:
    """Packaged water, a retort, a frozen store."""
    return tuple(plan_of(name) for name in LINES)


@pytest.fixture(scope="session")
def shown(plans: tuple[Plan, ...]) -> Shown:
    """The three lines, in English, with links to our pages."""
    return Shown(SITE, plans, "en", "https://haccp.plant.example")


@pytest.fixture(scope="session")
def built(shown: Shown) -> dict[str, dict[str, Any]]:
    """All dashboards of the three lines, as read back from their JSON."""
    return {name: json.loads(json.dumps(each)) for name, each in dashboards(shown).items()}


@dataclass(frozen=True)
class Range:
    """The range that a person looks at, as Grafana puts it into queries."""

    start: int  # ms
    end: int

    def rendered(self, query: str, *, interval: str = "1m", **chosen: list[str]) -> str:
        """The query that Grafana sends: variables, macros and the chosen values of variables put in."""
        for name, values in chosen.items():
            several = f"({'|'.join(values)})" if len(values) > 1 else values[0]
            query = query.replace(f"${{{name}:regex}}", several)
        query = query.replace("${__from}", str(self.start)).replace("${__to}", str(self.end))
        query = query.replace("$timeFilter", f"time >= {self.start}ms and time <= {self.end}ms")
        query = query.replace("$__interval", interval)
        assert "${" not in query
        assert "$_" not in query
        return query


@dataclass(frozen=True)
class Database:
    """A real InfluxDB 1.6.7 with a database `haccpline`."""

    url: str
    client: httpx.Client

    def write(self, lines: list[bytes]) -> None:
        for start in range(0, len(lines), 5000):
            answer = self.client.post(
                f"{self.url}/write",
                params={"db": "haccpline"},
                content=b"\n".join(lines[start : start + 5000]),
            )
            assert answer.status_code == 204, answer.text

    def series(self, query: str) -> list[dict[str, Any]]:
        """Series as Grafana gets them: by POST, times in ms."""
        answer = self.client.post(
            f"{self.url}/query",
            params={"db": "haccpline", "epoch": "ms"},
            data={"q": query},
        ).json()
        assert "error" not in answer, f"{answer['error']}\n{query}"
        (result,) = answer["results"]
        assert "error" not in result, f"{result['error']}\n{query}"
        return list(result.get("series", []))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """All rows, tags and columns together."""
        return [
            series.get("tags", {}) | dict(zip(series["columns"], values, strict=True))
            for series in self.series(query)
            for values in series["values"]
        ]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database, before anything is in it."""
    server = servers.Influxd(tmp_path_factory.mktemp("grafana") / "influx")
    with servers.running(server), httpx.Client(timeout=60) as client:
        client.post(f"{server.url}/query", params={"q": "CREATE DATABASE haccpline"})
        yield Database(server.url, client)


@pytest.fixture(scope="session")
def looked_at() -> Range:
    """The three hours that end now."""
    end = time.time_ns() // MS
    return Range(end - HOURS * 3_600_000, end)


def within(plan: Plan, sensor: str) -> float:
    """A value that all limits of the sensor like."""
    low, high = -math.inf, math.inf
    unit = plan.sensors[sensor].unit
    for _, _, limit in limits_of(plan):
        if limit.of == sensor:
            for name in limit.held.given:
                given = getattr(limit.held, name)
                if given.unit.dimension != unit.dimension:
                    continue  # of a dose or a spread, not of the sensor
                bound = float(given.in_unit(unit))
                low, high = (
                    (low, min(high, bound)) if name in ("at_most", "below") else (max(low, bound), high)
                )
    if unit.name == "bool":
        return 1.0 if low > 0 else 0.0
    if math.isinf(low):
        return 1.0 if math.isinf(high) else high - 3 * max(0.05 * abs(high), 0.05)
    return low + 0.05 * max(abs(low), 1) if math.isinf(high) else (2 * low + high) / 3


def morning(plan: Plan, beyond: str, every: int, end: int) -> Block:
    """Readings of every series up to `end`.

    One sensor leaves its limit for some minutes twice, the second time until now; another is silent for a while; there
    is a bad reading of each sort.
    """
    builder = BlockBuilder()
    start = end - HOURS * HOUR
    bad = [reason for reasons in REASONS.values() for reason in reasons]
    sensors = [name for name, sensor in plan.sensors.items() if measured(sensor)]
    silent = next(str(limit.of) for _, _, limit in limits_of(plan) if limit.of != beyond)
    state = plan.line.state
    judged = {text: code for code, text in state.codes.items()} if state else {}
    for number in range(HOURS * HOUR // every + 1):
        at = start + number * every
        minute = (at - start) // MINUTE
        for name in sensors:
            if name == silent and 50 <= minute < 90:
                continue
            value = within(plan, name)
            if state and name == state.from_:
                value = float(judged[plan.line.judged[0]])
            if name == beyond and (30 <= minute < 40 or minute >= 100):
                value = value - 20 if plan.sensors[name].unit.name == "degC" and value > 0 else value + 30
                value = 0.01 if plan.sensors[name].unit.name == "mg/L" else value
            for place, point in enumerate(points_of(plan.sensors[name])):
                reason = bad[number % len(bad)] if minute in (20, 21) and place == 0 else Reason.NONE
                builder.reading(
                    Series(plan.line_id, name, point),
                    time=at,
                    value=value,
                    raw=value * 10,
                    reason=reason,
                    received=at + 250 * MS,
                )
    return builder.build()


def verdicts(plan: Plan, block: Block, end: int) -> list[bytes]:
    """What the engine decides of the readings, as the record process writes it to InfluxDB."""
    program = compile_plan(plan)
    state = begin(program)
    lines: list[bytes] = []
    for start in range(0, len(block), 500):
        part = block.part(start, min(start + 500, len(block)))
        until = int(part.time.max()) if start + 500 < len(block) else end
        state, changes = step(program, state, part, until)
        for change in changes:
            for _, body in verdict_bodies(change):
                lines += lines_of(SITE, plan.line_id, body)
    return lines


def counted(block: Block, every: dict[Series, int], until: int, site: str, folder: Path) -> list[bytes]:
    """Completeness and gaps of readings, as the record process writes them to InfluxDB."""
    journal = SqliteJournal(folder / "journal.db")
    store = Completeness(folder / "completeness.db", read_only=False)
    reader = CompletenessReader(store, journal, ParquetArchive(folder, journal), every, ticking=False)
    block = block.take(np.argsort(block.time, kind="stable"))
    journal.append(BlockBuilder().build(tick=int(block.time[0])))
    for start in range(0, len(block), 5000):
        part = block.part(start, min(start + 5000, len(block)))
        journal.append(replace(part, tick=int(part.time.max())))
    journal.append(BlockBuilder().build(tick=until))
    while reader.work():
        pass
    feed, position, lines = completeness_feed(store, site), 0, list[bytes]()
    while (step := feed.read(position))[0] > position:
        position = step[0]
        lines += step[1]
    store.close()
    journal.close()
    return lines


def health(at: int, site: str, *, connected: bool = True) -> list[bytes]:
    """What a record process with one source and three series that lack readings says of itself."""
    books = {"acquired": 9, "stored": 9, "duplicate": 0, "quarantined": 0, "waiting": 0}
    said = {
        "books": books,
        "books_by_source": {},
        "held": {"bytes": 1},
        "journal": {"last": 2, "clerk": 2},
        "quarantine": {"reading": 1},
        "completeness": {"gaps": 3},
        "clock": {"skew_seconds": {}},
        "trouble": [],
        "sources": [{"name": "cold", "connected": connected, "missed": 0}],
    }
    return health_lines(site, said, at)


@pytest.fixture(scope="session")
def as_recorded() -> dict[str, Any]:
    """How what the record process counts and says becomes lines."""
    return {"counted": counted, "health": health}


@pytest.fixture(scope="session")
def database(
    empty_database: Database,
    plans: tuple[Plan, ...],
    looked_at: Range,
    tmp_path_factory: pytest.TempPathFactory,
) -> Database:
    """The three lines in it, brought there by our own writer."""
    end = looked_at.end * MS
    said: dict[str, list[bytes]] = {"readings": [], "verdicts": []}
    blocks, steps = list[Block](), dict[Series, int]()
    for plan, (beyond, every) in zip(plans, LINES.values(), strict=True):
        block = morning(plan, beyond, every, end)
        said["readings"] += reading_lines(block, SITE)
        said["verdicts"] += verdicts(plan, block, end)
        blocks.append(block)
        steps |= dict.fromkeys(block.series, every)
    folder = tmp_path_factory.mktemp("completeness")
    said["completeness"] = counted(join(blocks), steps, end, SITE, folder)
    said["health"] = health(end - MINUTE, SITE)
    journal = SqliteJournal(tmp_path_factory.mktemp("journal") / "journal.db")
    feeds = [
        Feed(
            name, lambda after, lines=lines: (min(after + 20_000, len(lines)), lines[after : after + 20_000])
        )
        for name, lines in said.items()
    ]

    async def write() -> None:
        settings = InfluxSettings.model_validate({"url": empty_database.url})
        writer = InfluxWriter(journal, transport(settings), feeds, linger=0)
        task = asyncio.create_task(writer.run())
        while any(journal.cursor(name) < len(lines) for name, lines in said.items()):
            assert not task.done(), task
            await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(write())
    assert journal.quarantined.count() == 0
    journal.close()
    return empty_database
