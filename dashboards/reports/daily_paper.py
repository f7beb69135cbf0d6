"""The daily record as it is printed, in one language: what the program saw, and room for what people check by hand."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from dashboards.language import LOCALES, Language
from dashboards.reports.daily import VERDICTS as HELD
from dashboards.reports.daily import CycleDay, DailyRecord, EventDay, Extreme, GapDay, LimitDay
from dashboards.reports.facts import LimitFact, seconds_text
from dashboards.reports.limit_words import came_to, limit_words, value_words, worst_words
from dashboards.reports.paper import Facts, Paper, Part, Signing, Table
from dashboards.reports.proof_paper import firm_part, head_of, instruments_part, proof_part, say_of, table
from dashboards.reports.words import (
    ACTIONS,
    KINDS,
    ROLES,
    STAGES,
    VERDICTS,
    Clock,
    named,
    reason_words,
)
from readings.times import parse_time

AGREES = "within "  # how `rules.kinds.agreement` begins what must hold
_BY_HAND = 5  # lines left free
_FINDINGS = {
    "deviation": "a deviation",
    "monitoring_loss": "a monitoring loss",
    "instrument_fault": "an instrument fault",
    "gap": "time in which it could not be shown that a limit held",
    "not_recorded": "time that is not recorded",
    "operating": "an operating limit was exceeded",
    "open_case": "a case that is still open",
    "calibration_overdue": "a calibration is overdue",
    "calibration_unknown": "an instrument whose calibration is not known",
    "undecided": "time that is recorded and not decided yet",
    "to_come": "the day is not over",
}


def daily_paper(record: DailyRecord, speech: Language) -> Paper:
    """The record in the reader's language.

    Args:
        record: of a line's day.
        speech: of the reader, with the words of the reports.
    """
    say, clock = speech.say, Clock(speech, record.timezone, record.start)
    parts: list[Part] = [
        firm_part(record.firm, speech),
        _about(record, speech, clock),
        _held(record, speech),
        _extremes(record, speech, clock),
        *_batches(record, speech, clock),
        _events(record, speech, clock),
        _unrecorded(record, speech, clock),
        _gaps(record, speech, clock),
        _cases(record, speech, clock),
        *_production(record, speech, clock),
        _notices(record, speech, clock),
        instruments_part(record.instruments, speech, first=False),
        _by_hand(speech),
        Signing(
            say("Signature and seal"),
            (say("Food safety officer"), say("Food safety director or person in charge"), say("Date")),
            say("(seal of the firm)"),
            "",
            "",
            say(
                "A form for the daily control that the Provisions on Supervising Enterprises' Primary Responsibility for"
                " Food Safety ask for (State Administration for Market Regulation, order no. 60, in force since 2022-11-01)."
                " Whether it is enough is for the firm to judge."
            ),
        ),
        proof_part(record.checkpoint, record.records, speech),
    ]
    warnings = (
        [] if "to_come" not in record.findings else [say("The day is not over: this record is not complete.")]
    )
    if "undecided" in record.findings:
        warnings.append(
            say("What was recorded since {time} is not decided yet.", time=clock.at(record.as_of))
        )
    if record.unrecorded:
        lasted = sum(parse_time(each.end) - parse_time(each.start) for each in record.unrecorded)
        warnings.append(
            say("Nothing was recorded in {lasted} of this day.", lasted=_hours(seconds_text(lasted)))
        )
    warnings += [say("Attention: {mark}", mark=speech.name(record.marked))] if record.marked else []
    day = format_date(date.fromisoformat(record.day), "full", locale=LOCALES[speech.tongue])
    return Paper(
        tongue=speech.tongue,
        title=say("Daily food safety check record"),
        subtitle=f"{speech.name(record.line_name, record.line)} · {day} · {say('control points watched by instruments')}",
        head=head_of(record.site, record.site_name, record.id, speech),
        warnings=tuple(warnings),
        say=say_of(speech, clock.says),
        parts=tuple(parts),
        author=speech.name(record.firm.name or record.site_name, record.site),
        lead=(_summary(record, speech),),
    )


def _summary(record: DailyRecord, speech: Language) -> str:
    if not record.findings:
        return speech.say("Nothing was found at the control points that are watched by instruments.")
    between = "；" if speech.tongue == "zh" else "; "
    names = between.join(named(speech, _FINDINGS, each) for each in record.findings)
    return speech.say("Found: {names}", names=names)


def _about(record: DailyRecord, speech: Language, clock: Clock) -> Facts:
    say = speech.say
    length = _hours(seconds_text(parse_time(record.end) - parse_time(record.start)))
    return Facts(
        say("Line and day"),
        (
            (say("Product line"), f"{speech.name(record.line_name)} ({record.line})"),
            (say("From"), clock.at(record.start)),
            (say("To"), clock.at(record.end)),
            (say("Length of the day"), length),
            (say("Known up to"), clock.at(record.as_of)),
            (say("Plan"), "; ".join(each[:16] for each in record.plans) or None),
        ),
    )


def _hours(seconds: str) -> str:
    """Seconds as h:mm:ss; a dash for none, never for a little."""
    whole = int(float(seconds))
    if not whole:
        return "< 0:00:01" if float(seconds) else "–"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _held(record: DailyRecord, speech: Language) -> Table:
    say = speech.say
    shown = [
        verdict
        for verdict in HELD
        if verdict in ("ok", "deviation", "indeterminate")
        or any(each.seconds[verdict] != "0" for each in record.limits)
    ]
    rows = tuple(
        (f"{_called(each)}", *(_hours(each.seconds[verdict]) for verdict in shown)) for each in record.limits
    )
    columns = (say("Limit, unit"), *(named(speech, VERDICTS, verdict) for verdict in shown))
    note = say("Hours, minutes and seconds of the day in each verdict. They add up to the length of the day.")
    widths = (1.7, *(1.25 if verdict == "indeterminate" else 1.0 for verdict in shown))
    return table(say("Time in each verdict"), columns, widths, rows, say("nothing was judged"), note=note)


def _called(each: LimitDay) -> str:
    return f"{each.limit.ccp}/{each.limit.limit} {each.unit}"


def _extremes(record: DailyRecord, speech: Language, clock: Clock) -> Table:
    say = speech.say
    rows = tuple(
        (
            _called(each),
            speech.name(each.limit.name or each.limit.sensor),
            limit_words(each.limit, speech),
            _worst(each, speech, clock),
            f"{each.readings} / {each.unusable}",
        )
        for each in record.limits
    )
    columns = (
        say("Limit, unit"),
        say("Of"),
        say("What must hold"),
        say("Worst reading"),
        say("Readings / unusable"),
    )
    note = say("The worst reading while the limit was judged, whatever exception held. Both ends for a band.")
    return table(
        say("Limits and readings"),
        columns,
        (1.1, 1.1, 2.6, 1.6, 0.9),
        rows,
        say("nothing was judged"),
        note=note,
    )


def _worst(each: LimitDay, speech: Language, clock: Clock) -> str:
    ends = {"lowest": each.lowest, "highest": each.highest}
    if each.limit.per_cycle and each.limit.averaged:
        return speech.say("judged once for each batch, see below")
    if each.limit.averaged:
        return speech.say("judged over a time, not from one reading")
    wanted = [ends[each.worse]] if each.worse else [each.lowest, each.highest]
    said = [_extreme(end, each.limit, speech, clock) for end in wanted if end is not None]
    return "\n".join(said) or speech.say("no value")


def _extreme(end: Extreme, limit: LimitFact, speech: Language, clock: Clock) -> str:
    return f"{value_words(end.value, limit.measured, speech)}\n{clock.at(end.at)}"


def _batches(record: DailyRecord, speech: Language, clock: Clock) -> list[Part]:
    """What each batch came to; of a line without such limits, nothing."""
    if not any(each.limit.per_cycle for each in record.limits):
        return []
    say = speech.say
    rows = tuple(
        (
            _called(each),
            clock.at(cycle.start),
            clock.at(cycle.end) or say("still lasts"),
            _decided(cycle, speech),
            "–" if cycle.came_to is None else came_to(cycle.came_to, each.limit, speech),
        )
        for each in record.limits
        for cycle in each.cycles
    )
    columns = (say("Limit, unit"), say("From"), say("To"), say("Verdict"), say("The batch came to"))
    note = say(
        "Credited is what is certain at the point that is worst: the least of what must be reached, the most of what must"
        " not be exceeded."
    )
    return [
        table(say("Decided for each batch"), columns, (1.1, 1.1, 1.1, 0.9, 2.6), rows, say("none"), note=note)
    ]


def _decided(cycle: CycleDay, speech: Language) -> str:
    said, verdict = reason_words(cycle.reason, speech), named(speech, VERDICTS, cycle.verdict)
    if cycle.verdict == "starting":
        return said
    return f"{verdict}: {said}" if cycle.verdict == "ok" and said else verdict


def _events(record: DailyRecord, speech: Language, clock: Clock) -> Table:
    say = speech.say
    limits = {(each.limit.ccp, each.limit.limit): each.limit for each in record.limits}
    rows = tuple(
        (
            named(speech, KINDS, each.kind),
            f"{each.ccp}/{each.limit} {each.unit}",
            clock.at(each.start),
            clock.at(each.end) or say("still lasts"),
            _worst_of(each, limits.get((each.ccp, each.limit)), speech),
            ", ".join(each.lots) or "–",
            each.case or "–",
        )
        for each in record.events
    )
    columns = (
        say("Kind"),
        say("Limit, unit"),
        say("From"),
        say("To"),
        say("Worst value"),
        say("Lots"),
        say("Case"),
    )
    widths = (1, 1.2, 1.2, 1.2, 0.9, 1.2, 1.3)
    return table(say("Deviations and monitoring losses"), columns, widths, rows, say("none"))


def _worst_of(event: EventDay, limit: LimitFact | None, speech: Language) -> str:
    if event.worst is None:
        return "–"
    return event.worst if limit is None else worst_words(event.worst, limit, speech)


def _unrecorded(record: DailyRecord, speech: Language, clock: Clock) -> Table:
    say = speech.say
    rows = tuple(
        (clock.at(each.start), clock.at(each.end), _hours(each.seconds)) for each in record.unrecorded
    )
    columns = (say("From"), say("To"), say("Lasted"))
    note = say(
        "From a reading to the next one, longer than any sensor that spoke until then may be silent. What held before or"
        " behind is not credited to it."
    )
    return table(
        say("Time in which nothing of the line was recorded"),
        columns,
        (1.2, 1.2, 1),
        rows,
        say("none"),
        note=note if rows else "",
    )


def _gaps(record: DailyRecord, speech: Language, clock: Clock) -> Table:
    say = speech.say
    rows = tuple(
        (
            f"{each.ccp}/{each.limit} {each.unit}",
            clock.at(each.start),
            clock.at(each.end) or say("still lasts"),
            _hours(each.seconds),
            _reason(each, record, speech),
        )
        for each in record.gaps
    )
    columns = (say("Limit, unit"), say("From"), say("To"), say("of it on this day"), say("Reason"))
    return table(
        say("Time in which nothing could be shown"), columns, (1.2, 1.2, 1.2, 0.8, 2), rows, say("none")
    )


def _reason(gap: GapDay, record: DailyRecord, speech: Language) -> str:
    """Why nothing could be shown; of instruments that do not agree, what they were to do."""
    limit = next(
        each.limit for each in record.limits if (each.limit.ccp, each.limit.limit) == (gap.ccp, gap.limit)
    )
    if limit.says.get("kind") == "agreement" and f" not {AGREES}" in gap.reason:
        return speech.say("the instruments do not agree: {limit}", limit=limit_words(limit, speech))
    return reason_words(gap.reason, speech)


def _cases(record: DailyRecord, speech: Language, clock: Clock) -> Table:
    say = speech.say
    rows = tuple(
        (
            each.id,
            ", ".join(named(speech, KINDS, kind) for kind in each.kinds),
            f"{each.ccp} {each.unit}",
            clock.at(each.opened),
            clock.at(each.closed) or named(speech, STAGES, each.stage),
            ", ".join(named(speech, ACTIONS, action) for action in each.done) or "–",
        )
        for each in record.cases
    )
    columns = (
        say("Case"),
        say("Kind"),
        say("Control point"),
        say("Opened"),
        say("Closed, or stage"),
        say("Done on this day"),
    )
    return table(say("Cases open on this day"), columns, (1.3, 1, 1, 1.2, 1.2, 1.8), rows, say("none"))


def _production(record: DailyRecord, speech: Language, clock: Clock) -> list[Part]:
    """Who signed, and the starts; of a line that has neither, nothing."""
    say, found = speech.say, list[Part]()
    if record.signed:
        rows = tuple(
            (
                clock.at(each.at),
                say("production ended, signed") if each.step == "end" else say("production begins"),
                each.name,
                named(speech, ROLES, each.role),
            )
            for each in record.signed
        )
        columns = (say("Time"), say("What"), say("Name"), say("Role"))
        found.append(table(say("End of production"), columns, (1.2, 1.5, 1.5, 1), rows, say("none")))
    if record.starts:
        starts = tuple(
            (
                each.unit,
                clock.at(each.start),
                clock.at(each.end) or say("still lasts"),
                ", ".join(each.lots) or "–",
                say("held") if each.product == "hold" else say("diverted"),
            )
            for each in record.starts
        )
        heads = (
            say("Unit"),
            say("From"),
            say("To"),
            say("Lots"),
            say("Product made meanwhile, by the plan"),
        )
        found.append(table(say("Starts of the line"), heads, (1, 1.2, 1.2, 1.2, 1.5), starts, say("none")))
    return found


def _notices(record: DailyRecord, speech: Language, clock: Clock) -> Table:
    say = speech.say
    rows = tuple(
        (
            clock.at(each.at),
            each.case or say("a silence, no case"),
            each.to,
            each.channel,
            say("delivered") if each.delivered else say("not delivered"),
        )
        for each in record.notices
    )
    columns = (say("Time"), say("Case"), say("To"), say("Channel"), say("Delivery"))
    return table(say("Notices sent"), columns, (1.2, 1.3, 1.3, 1, 1), rows, say("none recorded"))


def _by_hand(speech: Language) -> Table:
    say = speech.say
    columns = (say("Item of the risk control list"), say("In order?"), say("Problem and measure taken"))
    rows = tuple((" ", " ", " ") for _ in range(_BY_HAND))
    note = say(
        "The program knows only what its instruments measured. The rest of the list is checked and written by hand."
    )
    return table(say("Checked by a person"), columns, (2, 0.7, 3), rows, "", note=note)
