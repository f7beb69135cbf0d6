"""What must hold after a soak."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np

from gateway.save import save_parquet
from haccpline.proving import decide_again
from haccpline.replay import replay_file
from haccpline.site import Site
from haccpline.store import Store
from ingest.journal import SqliteJournal
from ledger.store import Ledger
from ledger.timelines import effective
from readings.block import Block
from readings.inputs import Series
from readings.times import NEVER, parse_time

Finding = tuple[str, bool]
_ALIKE = ("verdict", "from", "to", "decided", "reason")
_PATIENCE = 60.0  # seconds in which InfluxDB must have caught up


def check_books(journal: SqliteJournal, messages: int, readings: int) -> Finding:
    """The books balance, and say what was sent."""
    books = journal.books()
    holds = books.balance == 0 and books.stored + books.waiting == readings and books.quarantined == 0
    holds = holds and books.acquired >= messages
    return f"books: {messages:,} messages of {readings:,} readings were sent; {books}", holds


def check_archive(site: Site, journal: SqliteJournal, line: str, sent: Block) -> Finding:
    """Each reading is there once, as it was sent."""
    archive = Store(site.data, site.file.site).archive(journal)
    found: Counter[tuple[Series, int, float, int]] = Counter()
    for block in archive.stream(line, 0, NEVER):
        found.update(_rows(block))
    expected = Counter(_rows(sent))
    lost, more = expected - found, found - expected
    said = f"archive: {found.total():,} readings, {lost.total():,} lost, {more.total():,} too many"
    for name, rows in (("lost", lost), ("too many", more)):
        said += "".join(f"\n    {name}: {row}" for row in list(rows)[:3])
    return said, not lost and not more


def check_influx(url: str, database: str, sent: int) -> Finding:
    """Each reading with a value is there once."""
    query = urlencode({"db": database, "q": 'SELECT count("value") FROM "reading"'})
    deadline, count = time.monotonic() + _PATIENCE, -1
    while count != sent and time.monotonic() < deadline:
        with urlopen(f"{url}/query?{query}", timeout=30) as answer:
            series = json.load(answer)["results"][0].get("series")
        count = series[0]["values"][0][1] if series else 0
        time.sleep(0.2)
    return f"InfluxDB: {count:,} of {sent:,} readings", count == sent


def check_ledger(site: Site, ledger: Ledger) -> Finding:
    """The ledger holds against itself and its signatures, and has each segment once."""
    try:
        checked = ledger.check(Store(site.data, site.file.site).key().public)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"ledger: {error}", False
    said = f"ledger: {checked.records:,} records, {checked.checkpoints} checkpoints"
    twice = sorted(name for name, count in _sealed(ledger).items() if count > 1)
    if twice:
        return f"{said}; sealed twice: {', '.join(twice)}", False
    return said, True


def check_decisions(site: Site, journal: SqliteJournal, ledger: Ledger, line: str, sent: Block) -> Finding:
    """The decisions in force of a line are those of a replay of what was sent, which has seen no kill and no archive."""
    recorded = {key: spans for key, spans in effective(verdicts(ledger)).items() if key[0] == line}
    start = min(parse_time(span["from"]) for spans in recorded.values() for span in spans)
    path = site.path.parent / f"sent-{line}.parquet"
    save_parquet([sent], path)
    again: dict[Any, list[dict[str, Any]]] = {}
    for each in replay_file(site.plans[line][0], path, start=start, end=journal.tick() or NEVER):
        again.setdefault((line, each["ccp"], each["limit"], each["unit"]), []).append(each)
    differences = list(_differences(recorded, again))
    spans = Counter(span["verdict"] for timeline in recorded.values() for span in timeline)
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(spans.items()))
    revised = sum(1 for _, body in verdicts(ledger) if body["supersedes"])
    said = (
        f"decisions: {told}; {revised:,} records supersede others; {len(differences)} differences from replay"
    )
    return said + "".join(f"\n    {each}" for each in differences[:5]), not differences


def check_package(package: Path) -> Iterator[Finding]:
    """A package is proven, and decides the same again."""
    for said, holds in decide_again(package):
        yield f"package: {said}", holds


def _rows(block: Block) -> list[tuple[Series, int, float, int]]:
    series = [block.series[which] for which in block.which.tolist()]
    value = np.where(np.isnan(block.value), math.inf, block.value).tolist()
    return list(zip(series, block.time.tolist(), value, block.seq.tolist(), strict=True))


def verdicts(ledger: Ledger) -> Iterator[tuple[str, dict[str, Any]]]:
    """(line, body) of every verdict, in order of the ledger."""
    after = 0
    while page := ledger.read(after, kind="verdict"):
        after = page[-1].seq
        for record in page:
            yield record.line, record.content


def _sealed(ledger: Ledger) -> Counter[str]:
    found: Counter[str] = Counter()
    after = 0
    while page := ledger.read(after, kind="segment.sealed"):
        after = page[-1].seq
        found.update(f"{record.line} {record.content['segment']}" for record in page)
    return found


def _differences(recorded: dict[Any, Any], again: dict[Any, Any]) -> Iterator[str]:
    for name in sorted(recorded.keys() | again.keys()):
        live, replayed = recorded.get(name, []), again.get(name, [])
        if len(live) != len(replayed):
            yield f"{'/'.join(name)}: {len(live)} spans recorded, {len(replayed)} replayed"
        for one, other in zip(live, replayed, strict=False):
            for field in _ALIKE:
                if one[field] != other[field]:
                    yield f"{'/'.join(name)} from {one['from']}: {field} {one[field]}, replayed {other[field]}"
            if one["to"] is not None and not _same_worst(one["worst"], other["worst"]):
                yield f"{'/'.join(name)} from {one['from']}: worst {one['worst']}, replayed {other['worst']}"


def _same_worst(recorded: str | None, replayed: float | None) -> bool:
    if recorded is None or replayed is None:
        return (recorded is None) == (replayed is None)
    return float(recorded) == replayed
