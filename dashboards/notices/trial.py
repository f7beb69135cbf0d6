"""Test messages: does a channel reach its people, does the alarm of a line. They are marked as tests and tell of nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from dashboards.notices.channel import Channel, open_channels
from dashboards.notices.errors import NotDeliveredError, NoticeError
from dashboards.notices.message import Fields, Message, compose, plain, speak
from dashboards.notices.routes import Route, routes
from dashboards.notices.settings import NoticeSettings, SirenChannel
from dashboards.notices.siren import SoundMark
from rules.notices import first_rungs
from rules.plan import Plan


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test went.

    Attributes:
        person: who was to hear it; empty for a channel as such.
        channel: by which.
        trouble: why it was not delivered; empty where it was.
    """

    person: str
    channel: str
    trouble: str


async def try_channel(  # noqa: PLR0913 - what is tested, and for whom
    settings: NoticeSettings,
    channel: str,
    *,
    plan: Plan,
    mark: SoundMark,
    now: int,
    person: str | None = None,
) -> list[Tried]:
    """Send a test message by one channel: to one person, or to everybody who is reached by it.

    Args:
        settings: of the site.
        channel: its name.
        plan: one of the site: its names and time zone stand in the message.
        mark: where it is written down that a siren may sound.
        now: ns UTC.
        person: as in the settings; everybody with an address there if left out, or the channel alone.

    Raises:
        NoticeError: there is no such channel or person, or the siren is not enabled.
    """
    found = settings.channels.get(channel)
    if found is None:
        raise NoticeError(
            f"the site file has no channel {channel}; there are {', '.join(settings.channels) or 'none'}"
        )
    if isinstance(found, SirenChannel) and not found.enabled:
        raise NoticeError(f"{channel} is not enabled in the site file")
    if person is not None and person not in settings.people:
        raise NoticeError(
            f"the site file names nobody called {person}; there are {', '.join(settings.people) or 'none'}"
        )
    names = [person] if person is not None else [n for n, p in settings.people.items() if channel in p.by]
    ways = [
        Route(name, channel, settings.people[name].language, settings.people[name].by.get(channel, ""))
        for name in names
    ]
    if not ways or isinstance(found, SirenChannel):
        ways = [Route("", channel, "zh")]
    return await _try_all(ways, settings, mark, lambda route: _message(route, plan, settings, now))


async def try_alarm(settings: NoticeSettings, plan: Plan, *, mark: SoundMark, now: int) -> list[Tried]:
    """Send a test message to everybody who hears first when something happens on a line, by every channel of theirs.

    Args:
        settings: of the site.
        plan: of the line.
        mark: where it is written down that a siren may sound.
        now: ns UTC.
    """
    ways: dict[tuple[str, str], Route] = {}
    for number in first_rungs(plan.notices):
        for route in routes(plan.notices[number], settings):
            ways.setdefault((route.channel, "" if route.shared else route.person), route)
    return await _try_all(
        list(ways.values()), settings, mark, lambda route: _message(route, plan, settings, now)
    )


async def _try_all(
    ways: list[Route], settings: NoticeSettings, mark: SoundMark, make: Callable[[Route], Message]
) -> list[Tried]:
    channels = open_channels(settings, mark)
    return [
        Tried(route.person, route.channel, route.trouble or await _try(channels[route.channel], make(route)))
        for route in ways
    ]


async def _try(channel: Channel, message: Message) -> str:
    try:
        await channel.deliver(message)
    except NotDeliveredError as error:
        return str(error)
    return ""


def _message(route: Route, plan: Plan, settings: NoticeSettings, now: int) -> Message:
    words = speak(route.language)
    fields = Fields(
        where=plain(f"{words.name(plan.site.name)} {words.name(plan.name, plan.line_id)}"),
        what=words.say("TEST"),
        value=words.say("no alarm"),
        since=words.time(now, plan.site.timezone, form="MM-dd HH:mm"),
        note=words.say("Nothing needs to be done."),
        link=settings.public_url or "",
    )
    return Message(
        id=uuid4().hex[:24],
        channel=route.channel,
        person=route.person,
        language=route.language,
        address=route.address,
        kind="test",
        subject=plain(words.say("{what}: {where}", what=fields.what, where=fields.where), 72),
        text=compose(fields, words),
        fields=fields,
    )
