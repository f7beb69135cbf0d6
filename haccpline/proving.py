"""Proving a package, and deciding again what it says was decided."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import typer

from haccpline.plans_in_turn import hear_up_to
from haccpline.progress import Progress
from haccpline.replay import Judge
from haccpline.text_file import read_text
from haccpline.watched import Watched
from ledger import prove as prover
from ledger.timelines import effective
from ledger.turns import Turn, turns_of
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.quality import REASON_NAMED, Reason
from readings.times import parse_time
from rules.compile_plan import compile_plan
from rules.program import Program
from rules.signed_ends import PRODUCTION_BEGUN, PRODUCTION_ENDED, signed_state

_AT_ONCE = 100_000  # readings
_MARKS = {True: "+", False: "REFUSED:", None: "-"}
_COMPARED = ("verdict", "from", "to", "decided", "reason")


def prove_package(path: Path, *, key: Path | None, replay: bool) -> bool:
    """Prove a package and print what came out; whether all of it holds."""
    arguments = [str(path), *(["--key", str(key)] if key is not None else [])]
    if prover.main(arguments) != 0:
        return False
    if not replay:
        return True
    typer.echo("\ndecided again from the enclosed readings")
    lines, left = 0, 0
    for sentence, holds in decide_again(path, read_text(key) if key is not None else None):
        typer.echo(f"  {_MARKS[holds]} {sentence}")
        if holds is False:
            return False
        lines, left = lines + 1, left + (holds is None)
    if left:
        typer.echo(
            f"{left} of {lines} line{'s' if lines > 1 else ''} not decided again: nothing is shown of what is marked -"
        )
    return lines > 0


def decide_again(path: Path, key: str | None = None) -> Iterator[tuple[str, bool | None]]:
    """For each line of a package that was proven: what came out, and whether the decisions are the recorded ones.

    That is None of a line that could not be decided again, which neither shows nor refutes anything.
    """
    prover.prove(path, key)
    package = prover.Package(path)
    records = [record for _, record in prover.read_records(package)]
    for line in sorted({record["line"] for record in records if record["kind"] == "verdict"}):
        mine = [record for record in records if record["line"] == line]
        turns = turns_of((record["kind"], record["line"], record["body"]) for record in mine)
        cannot = _why_not(package, turns, mine)
        if cannot:
            yield f"{line}: not decided again: {cannot}", None
            continue
        verdicts = [
            (line, record["body"])
            for record in mine
            if record["kind"] == "verdict"
            and "look_back" not in record["body"]  # the engine did not say that
        ]
        signed = tuple(
            signed_state(line, record["kind"], parse_time(record["body"]["at"]), record["body"]["name"])
            for record in mine
            if record["kind"] in (PRODUCTION_ENDED, PRODUCTION_BEGUN)
        )
        yield _compare(
            line,
            turns,
            verdicts,
            replace(_enclosed(package, line), states=tuple(sorted(signed, key=lambda each: each.time))),
        )


def _why_not(package: prover.Package, turns: list[Turn], records: list[dict[str, Any]]) -> str:
    """Why a line cannot be decided again from what is enclosed; empty if it can."""
    if not turns:
        replaced = any(record["kind"] == "plan.replaced" for record in records)
        return (
            "a plan took over from another, and the record does not say when"
            if replaced
            else "no plan is enclosed"
        )
    run = package.json("range.json")
    if run["first"] != 0 or run["end"] == 0:
        return "the period does not reach back to the beginning of the record, and what went before has a say in it"
    texts = next(filter(None, (_texts_of(compile_plan(turn.plan)) for turn in turns)), "")
    return f"{texts} is a text that judging goes by, and texts are not enclosed" if texts else ""


def _texts_of(program: Program) -> str:
    """A sensor that says in words when something is judged, of which batch, or what is excused; empty if none does."""
    asked = {signal for limit in program.limits if limit.gated for signal in limit.gating}
    asked |= {granted.signal for limit in program.limits for granted in limit.exceptions}
    names = (program.signals[signal].series.sensor for signal in sorted(asked))
    return next((name for name in names if program.plan.sensors[name].unit.dimension == "text"), "")


def _decided_in_turn(turns: list[Turn], readings: Block, start: int, end: int) -> Iterator[dict[str, Any]]:
    """What the plans decide of readings in order of time, each from when it held."""
    judge, waiting = Judge(turns[0].plan, start=start, end=end), list(turns[1:])
    for part in Watched(turns[0].plan.line_id, start, end).through(_parts(readings)):
        rest = part
        while waiting and len(rest) and int(rest.time[-1]) >= waiting[0].start:
            rest = hear_up_to(judge, waiting.pop(0), rest)
        judge.hear(rest)
    for turn in waiting:
        hear_up_to(judge, turn, Block())
    yield from judge.finish().decisions.lines()


def _parts(block: Block) -> Iterator[Block]:
    """A block in order of time, cut so that what is of one time stands together; each text with the readings behind it."""
    begin, told = 0, 0
    while begin < len(block):
        end = min(begin + _AT_ONCE, len(block))
        end = int(np.searchsorted(block.time, block.time[end - 1], "right"))
        until = len(block.states) if end == len(block) else told
        while until < len(block.states) and block.states[until].time <= block.time[end - 1]:
            until += 1
        yield replace(block.part(begin, end, states=False), states=block.states[told:until])
        begin, told = end, until


def _compare(
    line: str, turns: list[Turn], verdicts: list[tuple[str, dict[str, Any]]], readings: Block
) -> tuple[str, bool | None]:
    recorded = effective(verdicts)
    start = min(parse_time(span["from"]) for spans in recorded.values() for span in spans)
    end = max(parse_time(body["known"]) for _, body in verdicts)
    if not len(readings):
        return f"{line}: not decided again: no readings are enclosed to decide on", None
    count = 0
    again: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for decision in _decided_in_turn(turns, readings, start, end):
        again.setdefault((line, decision["ccp"], decision["limit"], decision["unit"]), []).append(decision)
    for timeline, spans in again.items():
        known = _unsplit(recorded.get(timeline, []), {decision["from"] for decision in spans})
        if len(known) != len(spans):
            return f"{'/'.join(timeline)}: {len(known)} spans recorded, {len(spans)} decided again", False
        for span, decision in zip(known, spans, strict=True):
            for name in _COMPARED:
                if span[name] != decision[name]:
                    where = f"{'/'.join(timeline)} from {span['from']}"
                    return (
                        f"{where}: {name} is recorded as {span[name]}, decided again as {decision[name]}",
                        False,
                    )
            worst = [span["worst"], *span["worst_since"]]
            if span["to"] is not None and not any(_same_worst(each, decision["worst"]) for each in worst):
                where = f"{'/'.join(timeline)} from {span['from']}"
                return (
                    f"{where}: worst is recorded as {span['worst']}, decided again as {decision['worst']}",
                    False,
                )
            count += 1
    return f"{line}: {count} spans of {len(again)} timelines, from {len(readings)} readings: the same", True


def _unsplit(spans: list[dict[str, Any]], starts: set[str]) -> list[dict[str, Any]]:
    """Spans that were said again only because an instrument was calibrated, as the one that they are.

    Those that begin where one is decided to begin, such as two batches that came to the same, stay two.
    """
    found: list[dict[str, Any]] = []
    sensors: Any = None
    for span in spans:
        last = found[-1] if found else None
        before, sensors = sensors, span["sensors"]
        calibrated = before != sensors and span["from"] not in starts
        same = ("verdict", "reason", "plan")
        if last is not None and calibrated and all(last[name] == span[name] for name in same):
            last["to"] = span["to"]
            last["worst_since"].append(span["worst"])
        else:
            found.append(span | {"worst_since": []})
    return found


def _same_worst(recorded: str | None, decided: float | None) -> bool:
    if recorded is None or decided is None or math.isnan(decided):
        return (recorded is None) == (decided is None or math.isnan(decided))
    return float(recorded) == decided


def _enclosed(package: prover.Package, line: str) -> Block:
    """The enclosed readings of a line in order of time."""
    builder, progress, read = BlockBuilder(), Progress(), 0
    for of, _, sensor, point, csv in prover.enclosed_chunks(package):
        if of != line:
            continue
        series, rows = Series(line, sensor, point), csv.decode().splitlines()[1:]
        read += len(rows)
        progress.tell(lambda so_far=read: f"{line}: {so_far:,} readings read")  # type: ignore[misc]
        for row in rows:
            time, value, raw, _, reason, received, seq, _ = row.split(",")
            builder.reading(
                series,
                time=parse_time(time),
                value=float(value) if value else math.nan,
                raw=float(raw) if raw else math.nan,
                reason=REASON_NAMED.get(reason, Reason.NOT_DECODED),
                received=parse_time(received),
                seq=int(seq) if seq else -1,
            )
    progress.end()
    block = builder.build()
    return block.take(block.time.argsort(kind="stable"))
