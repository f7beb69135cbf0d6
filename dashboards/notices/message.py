"""What a message says: where, what, value against limit, since when, link. Fixed templates, zh and en, short."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import msgspec

from dashboards.judged_number import judged_number
from dashboards.language import Language, Tongue, language
from dashboards.notices.agenda import FAULT, LOSSES, SILENCE, Telling
from dashboards.notices.causes import LATE, Batch
from dashboards.notices.routes import Route
from dashboards.notices.watch import Seen
from readings.times import NEVER
from readings.units import Unit
from rules.control_point import Ccp, Oprp
from rules.limit import Bounds, Limit
from rules.line_unit import STATE_OF_LINE
from rules.plan import Plan, limits_of

FIELD = 35  # characters: what SMS services take for one variable of an approved template
_LISTED = 80  # characters of limits that are named beside the first
TEXT = 300  # characters of a whole message without its link
_KINDS = {
    "deviation": ("Deviation", "{count} deviations"),
    "monitoring_loss": ("Monitoring loss", "{count} monitoring losses"),
    FAULT: ("Instrument fault", "{count} instrument faults"),
    SILENCE: ("No usable reading", "{count} limits without a usable reading"),
}
_SIGNS = {"at_most": "≤", "at_least": "≥", "below": "＜", "above": "＞"}
_UNITS = {
    "degC": "°C",
    "degF": "°F",
    "delta_degF": "°F",
    "kelvin": "K",
    "percent": "%",
    "mg.min/L": "mg·min/L",
    "mg.s/L": "mg·s/L",
    "m3/h": "m³/h",
    "mW/cm2": "mW/cm²",
    "uW/cm2": "µW/cm²",
    "mJ/cm2": "mJ/cm²",
    "ug/L": "µg/L",
    "uS/cm": "µS/cm",
    "K.min": "K·min",
    "K.h": "K·h",
}
_MARKUP = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'", "*": "·", "|": "/", "\\": "/", "#": "＃"}
)
_IN_A_WORD = re.compile("[!-~]{2}")  # Chinese stands without blanks, and may be cut anywhere
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


class Fields(msgspec.Struct, frozen=True):
    """The message in parts, each short enough for a variable of an SMS template; `link` may be longer."""

    where: str
    what: str
    value: str
    since: str
    note: str = ""
    link: str = ""


class Message(msgspec.Struct, frozen=True):
    """What one person is told by one channel.

    Attributes:
        id: the same however often it is sent: the idempotency key on the wire.
        channel, person, language, address: whom it goes to, and how.
        kind: `notice` or `test`.
        subject: one line.
        text: all of it, plain text without markup.
        fields: the same in parts.
        about: case (empty for a silence that is no case yet), event, line and rung (from 1) of everything in it.
    """

    id: str
    channel: str
    person: str
    language: Tongue
    address: str
    kind: str
    subject: str
    text: str
    fields: Fields
    about: list[dict[str, str | int]] = []


def plain(text: str, most: int = FIELD) -> str:
    """A text on one line, without what chats and mails read as markup, cut to a length; long ones behind a word."""
    clean = _BREAKS.sub(" ", text).strip().translate(_MARKUP)
    if len(clean) <= most:
        return clean
    kept = clean[: most - 1]
    if most > FIELD and _IN_A_WORD.fullmatch(clean[most - 2 : most]):
        behind = kept.rpartition(" ")[0]
        kept = behind if len(behind) > most // 2 else kept
    return f"{kept.rstrip()}…"


def speak(tongue: Tongue) -> Language:
    """The language of messages."""
    return language(tongue, Path(__file__).parent)


def message(batch: Batch, route: Route, *, id_: str, public_url: str | None, total: int = 0) -> Message:
    """What one person is told of a batch.

    Args:
        batch: what goes together.
        route: to whom.
        id_: of the message.
        public_url: what links begin with.
        total: how many series the source of the batch feeds, where it has one.
    """
    words = speak(route.language)
    tellings = batch.tellings
    one = len(tellings) == 1 or len({telling.turn.event for telling in tellings}) == 1
    alone = one and not batch.cause.source and batch.cause.key != LATE
    silent = _silent_ends(batch, words)
    fields = _single(tellings[-1], words, silent) if alone else _many(batch, words, total, silent)
    link = _link(tellings, public_url)
    fields = msgspec.structs.replace(fields, link=link)
    return Message(
        id=id_,
        channel=route.channel,
        person=route.person,
        language=route.language,
        address=route.address,
        kind="notice",
        subject=plain(words.say("{what}: {where}", what=fields.what, where=fields.where), 2 * FIELD + 2),
        text=compose(fields, words),
        fields=fields,
        about=[
            {
                "case": each.case,
                "event": each.turn.event,
                "line": each.plan.line_id,
                "rung": each.turn.rung + 1,
            }
            for each in tellings
        ],
    )


def compose(fields: Fields, words: Language) -> str:
    """The whole text of a message."""
    text = words.say(
        "{what}, {value}. {where}. Since {since}.",
        what=fields.what,
        value=fields.value,
        where=fields.where,
        since=fields.since,
    )
    return " ".join(part for part in (text, fields.note, fields.link) if part)


def _silent_ends(batch: Batch, words: Language) -> str:
    """Which units of a link do not answer, or which edge nodes and devices are gone; empty where that is not the cause."""
    if not batch.ends:
        return ""
    ids = ", ".join(sorted((end.id for end in batch.ends), key=lambda id_: (len(id_), id_)))
    first = next(iter(batch.ends))
    source = plain(first.source, 12)
    if first.kind == "unit":
        return plain(words.say("{source} unit {units} silent", source=source, units=plain(ids, 10)))
    return plain(words.say("{source}: {ends} gone", source=source, ends=plain(ids, FIELD - len(source) - 7)))


def _single(telling: Telling, words: Language, silent: str) -> Fields:
    plan, fact = telling.plan, telling.fact
    point, limit = _limit(plan, fact.ccp, fact.limit)
    named = words.name(limit.name, fact.limit) if limit is not None else fact.limit
    what = f"{words.say(_KINDS.get(telling.kind, (telling.kind,))[0])} {named}"
    note = _note(telling, words)
    if telling.rung.propose is not None:
        what = words.say("You decide: {what}", what=telling.rung.propose)
    place = [fact.ccp, fact.unit if fact.unit != fact.line else ""]
    if point is not None and point.name is not None:
        place.append(words.name(point.name))
    return Fields(
        where=_where([plan], " ".join(filter(None, place)), words),
        what=plain(what),
        value=silent
        or plain(_value(fact, limit, plan, words) if isinstance(fact, Seen) else words.say("no data")),
        since=words.time(_start(telling), plan.site.timezone, form="MM-dd HH:mm"),
        note=note,
    )


def _many(batch: Batch, words: Language, total: int, silent: str) -> Fields:
    tellings = batch.tellings
    kinds = [telling.kind for telling in tellings]
    kind = next((each for each in _KINDS if each in kinds), kinds[0])
    count = len({telling.turn.event for telling in tellings})
    plans = {telling.plan.line_id: telling.plan for telling in tellings}
    alike = len(set(kinds)) == 1 or set(kinds) == set(LOSSES)
    said = words.say(_KINDS[kind][1] if alike and kind in _KINDS else "{count} events", count=count)
    what, value = said, ", ".join(sorted({f"{each.fact.ccp} {each.fact.unit}" for each in tellings}))
    if batch.cause.key == LATE:
        what, value = words.say("Late upload"), words.say("{what}, all over", what=said)
    elif batch.cause.source:
        what = words.say("{source} does not answer", source=plain(batch.cause.source, 20))
        value = said if not total else words.say("{what} ({total} signals)", what=said, total=total)
    elif silent:
        what, value = silent, said
    proposal = tellings[0].rung.propose
    if proposal is not None:
        cases = len({telling.case for telling in tellings})
        what, value = words.say("You decide: {what}", what=proposal), words.say("{count} cases", count=cases)
    plan = next(iter(plans.values()))
    fields = Fields(
        where=_where(list(plans.values()), "", words),
        what=plain(what),
        value=plain(value),
        since=words.time(min(map(_start, tellings)), plan.site.timezone, form="MM-dd HH:mm"),
        note=_note(tellings[0], words) if batch.cause.key != LATE else words.say("Nobody was told before."),
    )
    if proposal is None and not tellings[0].untold:
        return fields
    places = ", ".join(sorted({_place(each) for each in tellings}))
    room = TEXT - len(compose(fields, words)) - 2
    return msgspec.structs.replace(fields, note=f"{plain(f'{places}.', max(room, FIELD))} {fields.note}")


def _place(telling: Telling) -> str:
    fact = telling.fact
    return f"{fact.ccp} {fact.unit}" if fact.unit != fact.line else f"{fact.line} {fact.ccp}"


def _note(telling: Telling, words: Language) -> str:
    """What a person is to know besides: why they hear of it, and how it stands."""
    parts = []
    if telling.rung.propose is not None:
        when = plain(telling.rung.when or "")
        if when:
            parts.append(words.say("Only you can know whether {when}.", when=when))
        parts.append(words.say("The program reports nothing to anybody."))
    elif telling.case and telling.rung.unless is not None and (telling.untold or not telling.turn.again):
        said = {
            "acknowledged": "Nobody has acknowledged it.",
            "contained": "The product is not contained yet.",
        }
        parts.append(words.say(said[telling.rung.unless]))
    elif telling.turn.again and not telling.untold:
        parts.append(words.say("Acknowledged, but still not contained."))
    if telling.untold:
        parts.append(words.say("You could not be told before."))
    if isinstance(telling.fact, Seen) and telling.fact.others:
        limits = plain(", ".join(telling.fact.others), _LISTED)
        parts.append(words.say("Decided again too: {limits}.", limits=limits))
    if isinstance(telling.fact, Seen) and telling.fact.end != NEVER:
        over = words.time(telling.fact.end, telling.plan.site.timezone, form="HH:mm")
        if telling.fact.withdrawn:
            parts.append(words.say("Taken back at {time} by later readings; the case stays open.", time=over))
        else:
            parts.append(words.say("Normal since {time}; the case stays open.", time=over))
    if telling.plan.marked is not None:
        parts.append(f"({plain(words.name(telling.plan.marked), 16)})")
    return " ".join(parts)


def _start(telling: Telling) -> int:
    return telling.fact.start if isinstance(telling.fact, Seen) else telling.fact.since


def _where(plans: list[Plan], place: str, words: Language) -> str:
    """Line, point and, where there is room for it, the site."""
    lines = ", ".join(plain(words.name(plan.name, plan.line_id), 16) for plan in plans)
    site = plain(words.name(plans[0].site.name))
    text = f"{lines} {place}".strip()
    return plain(f"{text}, {site}" if len(text) + 2 + len(site) <= FIELD else text)


def _limit(plan: Plan, ccp: str, limit: str) -> tuple[Ccp | Oprp | None, Limit | None]:
    found = [(point, each) for point, _, each in limits_of(plan) if (point.id, each.id) == (ccp, limit)]
    return found[0] if found else (None, None)


def _value(fact: Seen, limit: Limit | None, plan: Plan, words: Language) -> str:
    if limit is None or not fact.worst:
        if fact.kind == "monitoring_loss":
            return words.say("no data")
        if (fact.ccp, fact.limit) == STATE_OF_LINE:
            fault = words.say("its state contradicts its counter")
        else:
            fault = words.say("its readings are no evidence")
        return fault if fact.kind == FAULT else words.say("value unknown")
    judged, _ = limit.scale(plan.sensors)
    held = limit.held
    if judged.name == "bool":
        on = bool(float(fact.worst))
        return words.say("on, must be off") if on else words.say("off, must be on")
    if limit.beside and _holds(held, judged, Fraction(fact.worst)):  # what stands beside it does not
        names = ", ".join(words.name(plan.sensors[name].name, name) for name, _ in limit.beside)
        return words.say("{names} not as validated", names=plain(names, 18))
    number = fact.worst.removesuffix(".0") if limit.derived is None else judged_number(fact.worst, held.given)
    value = f"{number} {_UNITS.get(judged.name, judged.name)}".strip()
    bounds = ", ".join(_bound(held, name) for name in held.given)
    if not bounds:
        return value
    said = words.say("{value}, limit {bounds}", value=value, bounds=bounds)
    if len(said) > FIELD:  # the unit stands behind the bound
        said = words.say("{value}, limit {bounds}", value=value.partition(" ")[0], bounds=bounds)
    return said


def _holds(held: Bounds, unit: Unit, value: Fraction) -> bool:
    signs = {"at_most": value.__le__, "at_least": value.__ge__, "below": value.__lt__, "above": value.__gt__}
    return all(signs[name](getattr(held, name).in_unit(unit)) for name in held.given)


def _bound(held: Bounds, name: str) -> str:
    number, _, unit = str(getattr(held, name)).partition(" ")
    return f"{_SIGNS[name]} {number} {_UNITS.get(unit, unit)}"


def _link(tellings: list[Telling], public_url: str | None) -> str:
    if public_url is None:
        return ""
    cases = {telling.case for telling in tellings}
    path = f"/cases/{next(iter(cases))}" if len(cases) == 1 and "" not in cases else "/cases"
    if cases == {""} and len({telling.plan.line_id for telling in tellings}) == 1:
        path = f"/lines/{tellings[0].plan.line_id}"
    return public_url.rstrip("/") + path
