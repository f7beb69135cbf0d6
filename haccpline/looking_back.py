"""Looking back on a failed calibration: from the archive, in a process of its own; what comes out goes into the inbox.

python -m haccpline.looking_back DATA SITE CALIBRATION UNTIL
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from haccpline.plans_in_turn import hear_up_to
from haccpline.recorded import readings_for
from haccpline.replay import Judge, Judged
from haccpline.store import Store
from ledger.archived_flow import archived_flow
from ledger.calibration import LOOKED_BACK
from ledger.calibration_book import Outcome
from ledger.look_back import Piece, Timeline, pieces_of, revisions_of
from ledger.segments import evidence_body
from ledger.store import Ledger
from ledger.timelines import effective
from ledger.turns import ADOPTED, REPLACED, Turn, turns_of
from readings.block import Block, join
from readings.errors import HaccplineError
from readings.inputs import Act, Series
from readings.ports import Archive
from readings.times import DAY, NEVER, parse_time
from rules.affected import affected
from rules.calibration import error_of
from rules.limit_unit import LimitUnit
from rules.lots import lots_between, together
from rules.plan import Plan

_WARM = DAY  # judged before the span, so that what was running at its beginning runs again
_Key = tuple[str, str, str]
_Shift = tuple[float, ...]  # each reading is taken as it is plus each of these


class _Past:
    """What the record says of a look-back and of its line.

    Args:
        ledger: open for reading.
        calibration: id of the entry that failed.

    Raises:
        HaccplineError: the record says nothing of it.
    """

    def __init__(self, ledger: Ledger, calibration: str) -> None:
        body: dict[str, Any] = {}
        after = 0
        while page := ledger.read(after, kind="calibration.look_back"):
            found = [each for each in page if each.content["calibration"] == calibration]
            body, self.line = (found[0].content, found[0].line) if found else (body, "")
            after = page[-1].seq
            if found:
                break
        if not body:
            raise HaccplineError(f"the record says of no look-back on {calibration}")
        self.body = body
        self.series = Series(*body["series"].split("/"))
        self.start, self.end = parse_time(body["from"]), parse_time(body["to"])
        self.limits: list[_Key] = [(ccp, limit, unit) for ccp, limit, unit in body["limits"]]
        self.through = ledger.last_seq()
        plans = [each for each in _all(ledger, "plan.", self.line) if each[0] in (ADOPTED, REPLACED)]
        self.turns = turns_of((kind, self.line, said) for kind, said in plans)
        if not self.turns:
            raise HaccplineError(
                "a plan took over from another before this release: the record does not say when"
            )
        verdicts = ((self.line, said) for kind, said in _all(ledger, "verdict", self.line))
        self.recorded = effective(verdicts)


def _all(ledger: Ledger, kind: str, line: str) -> Iterator[tuple[str, dict[str, Any]]]:
    after = 0
    while page := ledger.read(after, kind=kind, line=line):
        yield from ((record.kind, record.content) for record in page)
        after = page[-1].seq


def look_back(store: Store, calibration: str, until: int) -> Act:
    """What comes out of a look-back.

    Args:
        store: of the site; only read.
        calibration: id of the entry that failed.
        until: readings up to then are heard, ns.

    Raises:
        HaccplineError: the record does not say what is needed.
    """
    ledger = store.ledger(read_only=True)
    journal = store.journal(read_only=True)
    past = _Past(ledger, calibration)
    ledger.close()
    archive, position = store.archive(journal), journal.last()
    plans = [turn.plan for turn in past.turns if past.series.sensor in turn.plan.sensors]
    sensor = plans[-1].sensors[past.series.sensor]
    off = -float(error_of(past.body["error"], sensor))  # readings less the error are what may have been
    done = _judged(store.folder, past, (0.0,), until)
    plain = _timelines(done)
    shifted = [_timelines(_judged(store.folder, past, shift, until)) for shift in ((off,), (0.0, off))]
    units = {limit.key[1:]: limit for limit in done.decisions.judged()}
    verdicts = []
    spans: list[tuple[int, int, LimitUnit]] = []
    for key in past.limits:
        recorded = past.recorded.get((past.line, *key), [])
        if key not in plain:
            continue
        pieces = pieces_of(recorded, plain[key], [each[key] for each in shifted], start=past.start)
        if not pieces:
            continue
        spans += [(start, end, units[key]) for start, end in _doubtful(pieces)]
        bodies = revisions_of(past.body, pieces)
        for piece, body in zip(pieces, bodies, strict=True):
            if piece.known is not None:
                body["evidence"] = _evidence(archive, body, piece, position)
        verdicts.append((key, bodies))
    concerned = []
    for start, end, unit in sorted(spans, key=lambda span: span[:2]):
        flow = archived_flow(archive, done.program.plan, unit, until, position)
        product = affected(unit.transit, start, end, flow)
        concerned.append(lots_between(done.lots, unit.zone, product.start, product.end))
    outcome = Outcome(calibration, past.through, position, together(*concerned), verdicts)
    said: dict[str, Any] = msgspec.to_builtins(outcome)
    journal.close()
    return Act(time=until, kind=LOOKED_BACK, line=past.line, body=said, id=f"looked-back-{calibration}")


def _doubtful(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    ends = [*(piece.start for piece in pieces[1:]), NEVER]
    return [(piece.start, end) for piece, end in zip(pieces, ends, strict=True) if piece.known is not None]


def _evidence(archive: Archive, body: dict[str, Any], piece: Piece, position: int) -> dict[str, Any]:
    """The readings by which the doubt became known, of the series that were judged."""
    series = [Series(*each["series"].split("/")) for each in body["sensors"]]
    end = max(piece.start, piece.known or piece.start)
    rows = archive.read(series, piece.start, end + 1)
    return evidence_body(rows, series=series, start=piece.start, end=end, position=position)


def _judged(data: Path, past: _Past, shift: _Shift, until: int) -> Judged:
    """The limits that rest on the series, decided with its readings shifted."""
    warm = past.start - _WARM
    first = max(number for number, turn in enumerate(past.turns) if turn.start <= warm)
    turns = [_only(turn, past.limits) for turn in past.turns[first:]]
    readings = readings_for([turn.plan for turn in turns], data, line=past.line, start=warm, end=until)
    judge, waiting = Judge(turns[0].plan, start=warm, end=until), list(turns[1:])
    for block in readings.blocks:
        rest = _shifted(block, past, shift) if shift != (0.0,) else block
        while waiting and len(rest) and int(rest.time.max()) >= waiting[0].start:
            rest = hear_up_to(judge, waiting.pop(0), rest)
        judge.hear(rest)
    for turn in waiting:
        hear_up_to(judge, turn, Block())
    return judge.finish()


def _timelines(done: Judged) -> dict[_Key, Timeline]:
    found = {}
    for limit in done.decisions.judged():
        points = done.decisions.timeline(limit)
        found[limit.key[1:]] = Timeline(
            [point.start for point in points],
            [str(point.verdict) for point in points],
            [point.decided for point in points],
        )
    return found


def _shifted(block: Block, past: _Past, shift: _Shift) -> Block:
    """The block as it would be had the instrument been right: of each reading in doubt, one for each shift."""
    codes = [code for code, series in enumerate(block.series) if series == past.series]
    doubted = np.isin(block.which, codes) & (block.time >= past.start) & (block.time < past.end)
    if not doubted.any():
        return block
    parts = [block.take(~doubted)]
    for each in shift:
        part = block.take(doubted)
        parts.append(replace(part, value=part.value + each, states=(), acts=(), tick=None))
    whole = join(parts)
    order = np.lexsort((whole.time, whole.which))
    return whole.take(order)


def _only(turn: Turn, limits: Sequence[_Key]) -> Turn:
    """The plan with just these limits: the others need not be judged again."""
    wanted = {(ccp, limit) for ccp, limit, _ in limits}
    plan: Plan = turn.plan

    def kept(point: Any, key: str) -> list[Any]:
        return [limit for limit in getattr(point, key) if (point.id, limit.id) in wanted]

    ccps = [
        ccp.model_copy(
            update={key: kept(ccp, key) for key in ("critical", "supporting", "operating", "instruments")}
        )
        for ccp in plan.ccps
    ]
    oprps = [oprp.model_copy(update={"criteria": kept(oprp, "criteria")}) for oprp in plan.oprps]
    return replace(turn, plan=plan.model_copy(update={"ccps": ccps, "oprps": oprps}))


def main(arguments: Sequence[str]) -> None:
    """Look back, and put what comes out into the inbox; see the module."""
    data, site, calibration, until = arguments
    store = Store(Path(data), site)
    store.inbox().put(look_back(store, calibration, int(until)))


if __name__ == "__main__":
    main(sys.argv[1:])
