"""What a message about the record process's own health says: which trouble, of which source and device, since when."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from dashboards.language import Language, Tongue
from dashboards.notices.health_troubles import Trouble
from dashboards.notices.health_turns import Turn
from dashboards.notices.message import FIELD, TEXT, Fields, Message, compose, plain, speak
from dashboards.notices.routes import Route
from dashboards.views.doubt_words import doubt_words
from dashboards.views.site import SiteView
from dashboards.views.trouble_kinds import TROUBLES

_SAID: dict[str, str] = {
    **TROUBLES,
    "source": "{source} does not answer",
    "unit": "{source}, unit {part}: no answer",
    "node": "{source}, edge node {part}: gone",
    "device": "{source}, device {part}: gone",
    "quarantine": "{count} in quarantine",
    "clerk": "Judging is {count} blocks behind",
    "books": "The books do not balance: {count}",
    "copy": "The copy of {source} to InfluxDB waits",
    "clock": "The machine's clock was set",
    "doubt": "{source}: readings in doubt",
    "said": "The record process reports trouble",
    "silent": "The record process says nothing",
}
_EFFECTS: dict[str, str] = {
    **dict.fromkeys(TROUBLES, "please look"),
    "commit": "nothing is watched",
    "silent": "nothing is known",
    "bound": "readings may not be taken",
    "disk": "nothing can be recorded",
    "source": "its readings are missing",
    "unit": "its readings are missing",
    "node": "its readings are missing",
    "device": "its readings are missing",
    "quarantine": "please decide on it",
    "books": "please look",
    "said": "please look",
    "clerk": "verdicts come late",
    "ledger": "verdicts come late",
    "copy": "charts may be old",
    "clock": "please check it",
}
_EXPLAINED = 120  # characters of the record process's own words
_NOTED = 12  # characters kept free for what stands around them


def health_message(turns: Sequence[Turn], route: Route, *, site: SiteView, public_url: str | None) -> Message:
    """What one person is told by one channel.

    Args:
        turns: what goes together: beginnings, or ends.
        route: to whom.
        site: its names and time zone.
        public_url: what the link begins with.
    """
    words = speak(route.language)
    first, over = turns[0], turns[0].over is not None
    what = _what(first.trouble, words)
    if len(turns) > 1:
        what = words.say("{count} troubles of recording", count=len(turns))
    form = "MM-dd HH:mm"
    fields = Fields(
        where=plain(words.name(site.name)),
        what=plain(what),
        value=words.say("over") if over else words.say(_EFFECTS[first.trouble.kind]),
        since=words.time(min(each.since for each in turns), site.timezone, form=form),
        link=f"{public_url.rstrip('/')}/health" if public_url else "",
    )
    notes = []
    if over:
        ended = max(each.over or each.since for each in turns)
        notes.append(words.say("Over since {time}.", time=words.time(ended, site.timezone, form=form)))
    if len(turns) > 1:
        notes.append(f"{'; '.join(_what(each.trouble, words) for each in turns)}.")
    elif not over:
        notes += [f"({each})" for each in (_explained(first.trouble, route.language),) if each]
    room = TEXT - len(compose(fields, words)) + len(fields.link) - 1
    fields = Fields(
        fields.where,
        fields.what,
        fields.value,
        fields.since,
        plain(" ".join(notes), max(room, FIELD)),
        fields.link,
    )
    keys = "\n".join([route.channel, route.person, *(f"{t.trouble.key} {t.since} {t.over}" for t in turns)])
    return Message(
        id=hashlib.sha256(keys.encode()).hexdigest()[:24],
        channel=route.channel,
        person=route.person,
        language=route.language,
        address=route.address,
        kind="health",
        subject=plain(words.say("{what}: {where}", what=fields.what, where=fields.where), 2 * FIELD + 2),
        text=compose(fields, words),
        fields=fields,
    )


def _explained(trouble: Trouble, tongue: Tongue) -> str:
    """What it is: a doubt in the reader's language, all else in the record process's own words."""
    doubted = doubt_words(trouble.doubt, tongue) if trouble.doubt is not None else ""
    return plain(doubted, TEXT) if doubted else plain(trouble.text, _EXPLAINED)


def _what(trouble: Trouble, words: Language) -> str:
    """A trouble in words, named by source and device."""
    name = plain(trouble.about, 16)
    part = plain(trouble.part, max(FIELD - len(name) - _NOTED, 8))
    return words.say(_SAID[trouble.kind], source=name, part=part, count=trouble.number)
