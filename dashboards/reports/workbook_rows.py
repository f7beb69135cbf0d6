"""The rows of the workbook's sheets, in the order of their columns; times in ns UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dashboards.language import Language
from dashboards.reports.deviation_people import answers_of, lots_of, quantities_of
from dashboards.reports.past import Past
from dashboards.reports.words import (
    ACTIONS,
    ENTERED,
    KINDS,
    QUALITIES,
    RANKS,
    ROLES,
    STAGES,
    VERDICTS,
    coded,
    plan_words,
    reason_words,
    shown_unit,
)
from dashboards.views.cases import CaseView
from ingest.history import History
from readings.inputs import Series
from readings.quality import REASON_TEXT, Quality
from readings.times import DAY, HOUR
from rules.plan import Plan, limits_of

Cell = str | int | float | None
Row = Sequence[Cell]
Described = tuple[Series, str, str]  # series, what it measures, unit


def hourly_rows(history: History, series: Iterable[Described], start: int, end: int) -> Iterator[Row]:
    """A row for each hour in which a series has a value."""
    count = -(-(end - start) // HOUR)
    for one, measures, unit in series:
        found = history.buckets(one, start, start + count * HOUR, count)
        columns = [
            column.tolist() for column in (found.start, found.count, found.low, found.high, found.last)
        ]
        for begin, number, low, high, last in zip(*columns, strict=True):
            if number:
                yield one.line, one.sensor, one.point, measures, unit, begin, begin, number, low, high, last


def raw_rows(
    history: History, series: Iterable[Described], start: int, end: int, speech: Language
) -> Iterator[Row]:
    """Every reading, read a day at a time."""
    for one, measures, unit in series:
        for begin in range(start, end, DAY):
            block = history.rows(one, begin, min(begin + DAY, end))
            columns = [
                column.tolist()
                for column in (block.time, block.value, block.raw, block.quality, block.reason)
            ]
            for time, value, raw, quality, reason in zip(*columns, strict=True):
                said = coded(speech, QUALITIES, Quality(quality).name.lower())
                why = reason_words(REASON_TEXT.get(reason, ""), speech)
                yield one.line, one.sensor, one.point, measures, unit, time, time, value, raw, said, why


def verdict_rows(past: Past, plans: dict[str, Plan], start: int, end: int, speech: Language) -> Iterator[Row]:
    """The spans of every timeline that reach into the period."""
    judged: dict[tuple[str, str, str], tuple[str, str]] = {}
    for key in sorted(past.verdicts.spans):
        line, ccp, limit, unit = key
        if line not in plans:
            continue
        for span in past.spans(key):
            if span.start >= end or (span.end is not None and span.end <= start):
                continue
            if (span.plan, ccp, limit) not in judged:
                judged[span.plan, ccp, limit] = _judged(past, span.plan, ccp, limit)
            rank, judged_in = judged[span.plan, ccp, limit]
            came = span.came_to if span.end is not None else None
            hours = None if span.end is None else (span.end - span.start) / HOUR
            yield (
                *(line, ccp, limit, unit, coded(speech, RANKS, rank), coded(speech, VERDICTS, span.verdict)),
                *(span.start, span.start, span.end, span.end, hours),
                *(None if span.end is None else span.worst, shown_unit(judged_in)),
                *((came.low, came.best, came.high) if came is not None else (None, None, None)),
                *(reason_words(span.reason, speech), span.seq, span.plan),
            )


def case_rows(past: Past, plans: dict[str, Plan], start: int, end: int, speech: Language) -> Iterator[Row]:
    """The cases that were open at some time of the period."""
    for case in _cases(past, plans, start, end):
        said, much = answers_of(case), quantities_of(case)
        kinds = [coded(speech, KINDS, kind) for kind in case.case.kinds]
        lots = ", ".join(
            f"{each.lot}: {plan_words(each.disposition, speech) if each.disposition else '?'}"
            for each in lots_of(case) or ()
        )
        yield (
            *(case.id, case.case.line, case.case.ccp, case.case.unit),
            *(", ".join(kinds), coded(speech, STAGES, str(case.case.stage))),
            *(case.opened_at, case.opened_at, case.closed_at, case.closed_at),
            *(lots, much.made, much.held, much.shipped),
            *(said.correction, said.cause, said.control, said.recurrence, said.product, said.verification),
        )


def step_rows(past: Past, plans: dict[str, Plan], start: int, end: int, speech: Language) -> Iterator[Row]:
    """What was done with these cases, a row for each text that was entered."""
    left_out = ("case", "who", "name", "role", "signature")
    for case in _cases(past, plans, start, end):
        for act in case.acts:
            entered = {key: value for key, value in act.body.items() if key not in left_out} or {"": ""}
            for key, value in entered.items():
                words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                step, role = coded(speech, ACTIONS, act.action), coded(speech, ROLES, act.role)
                label = coded(speech, ENTERED, key) if key else key
                yield case.id, act.at, act.at, step, act.name, role, label, words, act.seq


def _cases(past: Past, plans: dict[str, Plan], start: int, end: int) -> Iterator[CaseView]:
    for case in past.cases.cases.values():
        if (
            case.case.line in plans
            and case.opened_at < end
            and (case.closed_at is None or case.closed_at >= start)
        ):
            yield case


def _judged(past: Past, hash_: str, ccp: str, limit: str) -> tuple[str, str]:
    """Class of a limit, and the unit of what it judges; both empty where the plan cannot be read."""
    plan = past.plans.plan(hash_)
    if plan is None:
        return "", ""
    for point, rank, each in limits_of(plan):
        if (point.id, each.id) == (ccp, limit):
            return rank, each.scale(plan.sensors)[0].name
    return "", ""
