"""What was measured, event by event, as the deviation report prints it; of a batch, what it came to."""

from __future__ import annotations

from dashboards.language import Language
from dashboards.reports.deviation import DeviationReport, EventFact
from dashboards.reports.facts import LimitFact
from dashboards.reports.limit_words import came_to, limit_words, worst_words
from dashboards.reports.paper import Facts
from dashboards.reports.words import KINDS, Clock, named

Rows = list[tuple[str, str | None]]


def events_parts(report: DeviationReport, speech: Language, clock: Clock) -> list[Facts]:
    """A part for each event."""
    say, found = speech.say, []
    for number, event in enumerate(report.events, 1):
        limit = next(each for each in report.limits if (each.ccp, each.limit) == (event.ccp, event.limit))
        state = [say("withdrawn: late readings took it away")] if event.withdrawn else []
        state += [say("revised {count} times", count=event.revised)] if event.revised else []
        heading = (
            say("What was measured")
            if len(report.events) == 1
            else say("What was measured, event {number}", number=number)
        )
        of_cycle = limit.per_cycle and event.kind == "deviation"
        rows: Rows = [
            (say("Kind"), ", ".join([named(speech, KINDS, event.kind), *state])),
            (say("Limit"), f"{event.ccp}/{event.limit}: {limit_words(limit, speech)}"),
            *_looked_back_on(event, speech),
            *_measured(event, limit, speech, clock),
            (say("From"), clock.at(event.start)),
            (say("To"), clock.at(event.end) or say("still lasts")),
            (say("Lasted"), clock.lasted(event.seconds) or say("still lasts")),
            (say("Lots of the event"), "; ".join(event.lots) or say("none recorded")),
            *(_whole_cycle(event, speech, clock) if of_cycle else _span(event, speech, clock)),
            *_counted(event, speech, clock),
        ]
        note = (
            say("The limit is decided once for each batch: all of the batch is affected.")
            if of_cycle
            else say("Affected is what was made from the last good reading to the first good one.")
        )
        found.append(Facts(heading, tuple(rows), note))
    return found


def _looked_back_on(event: EventFact, speech: Language) -> Rows:
    """All limits that rest on an instrument that failed its calibration."""
    limits = event.looked_back_on
    return [(speech.say("Limits decided again"), ", ".join(limits))] if len(limits) > 1 else []


def _measured(event: EventFact, limit: LimitFact, speech: Language, clock: Clock) -> Rows:
    """The worst value and when it was, or what the batch came to."""
    say, worst = speech.say, event.worst
    if event.came_to is not None:
        label = say("The batch came to") if limit.per_cycle else say("Worst value")
        return [(label, came_to(event.came_to, limit, speech))]
    value = worst_words(worst.value, limit, speech) if worst is not None else say("no value")
    when = say("no value") if worst is None else clock.at(worst.at)
    if worst is not None and limit.averaged:
        when = say("judged over a time, not from one reading")
    return [
        (say("Worst value"), value if event.end else f"{value} ({say('so far')})"),
        (say("measured at"), when),
    ]


def _whole_cycle(event: EventFact, speech: Language, clock: Clock) -> Rows:
    lasted = clock.lasted(event.affected.longest_seconds)
    whole = speech.say("the whole batch, {lasted}", lasted=lasted) if lasted else speech.say("still lasts")
    return [(speech.say("Span of affected product"), whole)]


def _span(event: EventFact, speech: Language, clock: Clock) -> Rows:
    span, say = event.affected, speech.say
    return [
        (say("Last good reading before"), clock.at(span.last_good)),
        (say("First good reading after"), clock.at(span.first_good) or say("still lasts")),
        (say("Span of affected product"), _between(event, speech, clock)),
    ]


def _counted(event: EventFact, speech: Language, clock: Clock) -> Rows:
    """Where lots are counted elsewhere: when the product can have been there."""
    span, say = event.affected, speech.say
    if span.counted_at is None:
        return []
    start = clock.at(span.counted_from) or say("none has come there yet")
    end = clock.at(span.counted_to) or say("still lasts")
    rows: Rows = [(say("Lots counted at"), span.counted_at), (say("There from, to"), f"{start} – {end}")]
    if span.flow_unknown is not None:
        rows.append((say("Flow not known for"), f"{span.flow_unknown}: {say('the greatest span')}"))
    return rows


def _between(event: EventFact, speech: Language, clock: Clock) -> str | None:
    span, say = event.affected, speech.say
    if span.first_good is None:
        return say("still lasts")
    longest = clock.lasted(span.longest_seconds)
    shortest = clock.lasted(span.shortest_seconds)
    if longest is None:
        return None
    if shortest is None or shortest == longest:
        return say("at most {longest}", longest=longest)
    return say("between {shortest} and {longest}", shortest=shortest, longest=longest)
