"""Readings that a plan is tried on: a file, or what a site has recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gateway.filemap import FileMap
from gateway.files import open_file
from haccpline.replay import text_sensors, whole_times
from haccpline.site import load_site
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.store import Ledger
from readings.block import Block
from readings.errors import HaccplineError
from readings.inputs import Series, State
from readings.times import ALWAYS, NEVER, parse_time
from rules.compile_plan import compile_plan
from rules.plan import Plan
from rules.signed_ends import signed_state

_SITE_FILES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings and states of one line.

    Attributes:
        blocks: of which each is later than the one before.
        start: of what is judged, ns UTC; ALWAYS where nothing says it.
        end: ns UTC, included; NEVER where nothing says it.
    """

    blocks: Iterator[Block]
    start: int
    end: int


def readings_for(
    plans: Sequence[Plan],
    path: Path,
    *,
    mapping: FileMap | None = None,
    line: str | None = None,
    start: int = ALWAYS,
    end: int = NEVER,
) -> Readings:
    """The readings that these plans ask for.

    Args:
        plans: of one line.
        path: a file as `replay` takes it; or a site file, the folder that it is in, or the site's data folder.
        mapping: what the columns of a foreign file mean.
        line: as which a site has recorded the line, where that is another name than the plans'.
        start: ns UTC.
        end: ns UTC, included.

    Raises:
        HaccplineError: nothing of it there; the message says what is.
    """
    if path.is_dir() or path.suffix in _SITE_FILES:
        if mapping is not None:
            raise HaccplineError(f"--map is for a foreign file; {path} is what a site has recorded")
        return _of_site(plans, _data_folder(path), line or plans[0].line_id, start, end)
    if line is not None:
        raise HaccplineError(f"--line is for what a site has recorded; {path} is a file of readings")
    texts = text_sensors(plans)
    return Readings(
        whole_times(open_file(path, line=plans[0].line_id, mapping=mapping, texts=texts)), start, end
    )


def _data_folder(path: Path) -> Path:
    """Where journal.db is."""
    if path.is_dir() and (path / "journal.db").is_file():
        return path
    site = path / "site.yaml" if path.is_dir() else path
    if not site.is_file():
        raise HaccplineError(
            f"{path}: neither a site's data folder, with journal.db in it, nor the folder of its site.yaml"
        )
    data = load_site(site).data
    if not (data / "journal.db").is_file():
        raise HaccplineError(f"{data / 'journal.db'} is not there: {site} was never recorded")
    return data


def _of_site(plans: Sequence[Plan], data: Path, line: str, start: int, end: int) -> Readings:
    journal = SqliteJournal(data / "journal.db", read_only=True)
    archive = ParquetArchive(data / "segments", journal)
    recorded = archive.lines()
    if line not in recorded:
        raise HaccplineError(
            f"{data}: nothing is recorded of line {line}; recorded are {', '.join(recorded) or 'none'}:"
            " name one with --line"
        )
    came = journal.tick() or journal.latest() or NEVER
    programs = [compile_plan(plan) for plan in plans]
    series = {Series(line, each.sensor, each.point) for program in programs for each in program.heard}
    raw = any(program.watches_still for program in programs)
    until = min(end, came)
    stretches = archive.stretches(sorted(series), start, min(until, NEVER - 1) + 1, raw=raw)
    spoken = _with_signatures(_with_states(stretches, journal, line, start, until), data, line, until)
    return Readings(_as_line(spoken, plans[0].line_id), start, until)


def _with_states(
    blocks: Iterator[Block], journal: SqliteJournal, line: str, start: int, end: int
) -> Iterator[Block]:
    """The blocks with what was said up to the end of each; first, what held when they begin."""
    after = start
    if start != ALWAYS:
        yield Block(states=tuple(journal.standing(line, start)))
    for block in blocks:
        last = int(block.time.max())
        yield replace(block, states=tuple(journal.states(line, after, last + 1)))
        after = last + 1
    if after <= end:
        yield Block(states=tuple(journal.states(line, after, min(end, NEVER - 1) + 1)))


def _with_signatures(blocks: Iterator[Block], data: Path, line: str, end: int) -> Iterator[Block]:
    """The blocks; with the first readings, what people signed of the line's production up to the end."""
    signed = tuple(each for each in _signed(data, line) if each.time <= end)
    for block in blocks:
        if len(block) and signed:
            yield replace(block, states=(*signed, *block.states))
            signed = ()
        else:
            yield block


def _signed(data: Path, line: str) -> Iterator[State]:
    if not (data / "ledger.db").is_file():
        return
    ledger, after = Ledger(data / "ledger.db", read_only=True), 0
    while page := ledger.read(after, kind="production.", line=line):
        for record in page:
            body = record.content
            yield signed_state(line, record.kind, parse_time(body["at"]), body["name"])
        after = page[-1].seq
    ledger.close()


def _as_line(blocks: Iterator[Block], line: str) -> Iterator[Block]:
    """The same, under the name that the plans give the line."""
    for block in blocks:
        if {each.line for each in block.series} | {each.line for each in block.states} <= {line}:
            yield block
            continue
        yield replace(
            block,
            series=tuple(Series(line, each.sensor, each.point) for each in block.series),
            states=tuple(msgspec.structs.replace(each, line=line) for each in block.states),
        )
