"""Taking in a logger's file: held against what the site has, told what it would change, and handed to the record process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gateway.filemap import FileMap
from gateway.files import open_file
from haccpline.decision_difference import Difference, differing_decisions
from haccpline.reconciling import Found, reconciled, with_gaps
from haccpline.recorded import readings_for
from haccpline.replay import Judge, text_sensors
from haccpline.site import Site
from haccpline.store import Store
from ingest.completeness import Completeness
from ingest.gaps import Gap
from ingest.posted import Batch
from readings.block import Block, join
from readings.errors import HaccplineError
from readings.inputs import Act, Series
from readings.posted import IMPORTED
from readings.times import AHEAD, DAY, NEVER_SET, format_time
from rules.compile_plan import compile_plan
from rules.plan import Plan

_AT_ONCE = 5_000  # readings of a batch: live ones come in between


@dataclass(frozen=True, slots=True)
class Import:
    """What a file would bring.

    Attributes:
        path: of the file.
        line: of the plan.
        sha256: of its bytes.
        found: of each series.
        fresh: what is new, in order of time.
        states_known: texts of the file that the site has.
        until: how far the site's time has come, ns UTC.
        bounds: by series, the time before which nothing is decided again, ns UTC.
        ended: whether the file's last line has its end.
    """

    path: Path
    line: str
    sha256: str
    found: Sequence[Found]
    fresh: Block
    states_known: int
    until: int
    bounds: dict[Series, int]
    ended: bool

    def count(self, what: str) -> int:
        """How many rows of all series are `new`, `known`, `empty` or `conflicts`."""
        return sum(int(getattr(each, what)) for each in self.found)


def read_import(site: Site, path: Path, *, mapping: FileMap | None, line: str | None, now: int) -> Import:
    """What a file would bring to a site.

    Args:
        site: that is recorded.
        path: of the file.
        mapping: what its columns mean.
        line: of the plan; None where the site has one, or the map says it.
        now: wall clock, ns UTC.

    Raises:
        HaccplineError: the file cannot be read, has what the plan does not, or times that are still to come.
    """
    plan = _plan(site, (mapping and mapping.line) or line)
    store = Store(site.data, site.file.site)
    whole = _of_file(site, plan, path, mapping, now)
    journal = store.journal(read_only=True)
    try:
        archive = store.archive(journal)
        fresh, found = reconciled(whole, archive, received=now)
        states = [
            each
            for each in whole.states
            if not any(
                (known.name, known.zone, known.text) == (each.name, each.zone, each.text)
                for known in journal.states(plan.line_id, each.time, each.time + 1)
            )
        ]
        until = journal.tick() or journal.latest() or now
    finally:
        journal.close()
    fresh = replace(fresh.take(np.argsort(fresh.time, kind="stable")), states=tuple(states))
    bounds = {series: until - window for series, window in _windows(plan).items()}
    return Import(
        path=path,
        line=plan.line_id,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        found=with_gaps(found, fresh, _gaps(store, plan.line_id, whole), bounds),
        fresh=fresh,
        states_known=len(whole.states) - len(states),
        until=until,
        bounds=bounds,
        ended=_ends(path),
    )


def changed_verdicts(site: Site, brought: Import) -> list[Difference]:
    """What would be decided otherwise, by the plan of the site file, with what still may decide.

    Judged anew from a day before the first reading that may, without the file and with it.
    """
    heard = _in_time(brought)
    if heard.empty:
        return []
    plan = site.plans[brought.line][0]
    first = min([*heard.time.tolist(), *(state.time for state in heard.states)])
    start = first - max(DAY, compile_plan(plan).window)
    without = list(readings_for([plan], site.path, start=start).blocks)
    judges = [Judge(plan, start=start, end=brought.until) for _ in range(2)]
    for judge, more in zip(judges, ((), (heard,)), strict=True):
        judge.hear(_in_order([*without, *more]))
    return differing_decisions(*(judge.finish() for judge in judges))


def hand_over(site: Site, brought: Import, *, who: str, now: int) -> int:
    """Put what is new where the record process takes it from, durably; how many readings and texts.

    The same file once more, before it was taken, is the same: nothing is there twice.

    Raises:
        OSError: it is not durable, or too much waits; what was put before is taken all the same.
    """
    fresh = brought.fresh
    if fresh.empty:
        return 0
    act = Act(
        time=now,
        kind=IMPORTED,
        line=brought.line,
        who=who,
        body={
            "file": brought.path.name,
            "sha256": brought.sha256,
            "readings": len(fresh),
            **{what: brought.count(what) for what in ("known", "conflicts", "empty")},
            "from": format_time(min(each.first for each in brought.found)) if brought.found else None,
            "to": format_time(max(each.last for each in brought.found)) if brought.found else None,
            "who": who,
        },
        id=f"import-{_name(fresh)}",
    )
    posted = Store(site.data, site.file.site).posted()
    try:
        for start in range(0, max(len(fresh), 1), _AT_ONCE):
            part = fresh.part(start, start + _AT_ONCE, states=start == 0)
            last = start + _AT_ONCE >= len(fresh)
            name = f"import-{_name(part)}"
            posted.put(Batch("", replace(part, acts=(act,)) if last else part), b"", key=name)
    finally:
        posted.close()
    return len(fresh) + len(fresh.states)


def _plan(site: Site, line: str | None) -> Plan:
    if line is None and len(site.plans) == 1:
        line = next(iter(site.plans))
    if line not in site.plans:
        raise HaccplineError(
            f"the site has the lines {', '.join(site.plans)}: say with --line, or in the map, which one the file is of"
        )
    return site.plans[line][0]


def _of_file(site: Site, plan: Plan, path: Path, mapping: FileMap | None, now: int) -> Block:
    whole = join(open_file(path, line=plan.line_id, mapping=mapping, texts=text_sensors([plan])))
    used = set(whole.which.tolist())
    named = {series for number, series in enumerate(whole.series) if number in used}
    units = site.units()
    if strange := sorted(map(str, named - set(units))):
        mine = sorted(str(each) for each in units if each.line == plan.line_id)
        raise HaccplineError(
            f"{path}: the plan {plan.plan} has no {', '.join(strange)} that devices give; it has {', '.join(mine)}."
            " Say in a map what the file's columns become"
        )
    if len(whole) and int(whole.time.max()) > now + AHEAD:
        raise HaccplineError(
            f"{path}: it has readings of {format_time(int(whole.time.max()))}, which is still to come: look at the"
            " zone and the format of its times"
        )
    if len(whole) and int(whole.time.min()) < NEVER_SET:
        raise HaccplineError(
            f"{path}: it has readings of {format_time(int(whole.time.min()))}, before any clock of a logger that was"
            " set: look at the format of its times"
        )
    return whole


def _ends(path: Path) -> bool:
    """Whether the last line of a text has its end: what was cut in the middle of a number still is one."""
    if path.suffix in (".gz", ".parquet"):  # these say themselves where they end
        return True
    return path.read_bytes().endswith((b"\n", b"\r"))


def _windows(plan: Plan) -> dict[Series, int]:
    """How far back late truth may decide, for each series, ns."""
    program = compile_plan(plan)
    found = dict.fromkeys(program.heard, plan.reorder)
    for track, limit in zip(program.tracks, program.limit_of.tolist(), strict=True):
        found[track.series] = max(found.get(track.series, 0), program.limits[limit].window)
    for signal in program.signals:
        found[signal.series] = program.window
    return found


def _gaps(store: Store, line: str, whole: Block) -> list[tuple[Series, Gap]]:
    path = store.folder / "completeness.db"
    if not len(whole) or not path.exists():
        return []
    completeness = Completeness(path)
    try:
        return completeness.gaps(int(whole.time.min()), int(whole.time.max()) + 1, line=line)
    finally:
        completeness.close()


def _in_time(brought: Import) -> Block:
    """What is new and may still decide."""
    fresh = brought.fresh
    bounds = np.array([brought.bounds.get(each, brought.until) for each in fresh.series], np.int64)
    if not len(fresh):
        return fresh
    return fresh.take(fresh.time >= bounds[fresh.which])


def _in_order(blocks: Iterable[Block]) -> Block:
    whole = join(blocks)
    states = tuple(sorted(whole.states, key=lambda state: state.time))
    return replace(whole.take(np.argsort(whole.time, kind="stable")), states=states)


def _name(block: Block) -> str:
    """By what a part of a file is known again: its readings and texts, whenever they were read."""
    said = hashlib.sha256("\n".join(map(str, block.series)).encode())
    for column in (block.which, block.time, block.value, block.reason):
        said.update(np.ascontiguousarray(column).tobytes())
    said.update(repr([(each.time, each.name, each.zone, each.text) for each in block.states]).encode())
    return said.hexdigest()
