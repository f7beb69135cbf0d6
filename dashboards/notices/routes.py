"""From `to` and `by` of a plan to people and channels of the site; what the site does not know is said, never dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dashboards.language import Tongue
from dashboards.notices.settings import AppriseChannel, NoticeSettings, SirenChannel
from rules.ladder import Notice
from rules.plan import Plan


@dataclass(frozen=True, slots=True)
class Route:
    """One person by one channel.

    Attributes:
        person: as the site or, where it knows nobody of that name, the plan calls them.
        channel: its name; empty where there is none.
        language: in which they are told.
        address: of the person in the channel; empty where it needs none.
        trouble: why nothing can be delivered this way; empty where it can.
        shared: one sounding is for everybody: a siren.
    """

    person: str
    channel: str
    language: Tongue
    address: str = ""
    trouble: str = ""
    shared: bool = False


def routes(rung: Notice, settings: NoticeSettings) -> list[Route]:
    """All ways by which a rung goes out, each person and channel once."""
    return routes_to(rung.recipients, rung.by, settings)


def routes_to(to: Iterable[str], by: list[str], settings: NoticeSettings) -> list[Route]:
    """All ways to people and groups, each person and channel once.

    Args:
        to: people or groups.
        by: channels; every one in which a person has an address if empty.
        settings: of the site.
    """
    found: dict[tuple[str, str], Route] = {}
    for named in to:
        for person in settings.groups.get(named, [named]):
            for route in _ways(person, by, settings):
                found.setdefault((route.person, route.channel), route)
    return list(found.values())


def _ways(person: str, by: list[str], settings: NoticeSettings) -> Iterator[Route]:
    known = settings.people.get(person)
    language: Tongue = known.language if known is not None else "zh"
    names = by or list(known.by if known is not None else ())
    if not names:
        trouble = f"{person} has no channel in the site file" if known is not None else _nobody(person)
        yield Route(person, "", language, trouble=trouble)
    for name in names:
        channel = settings.channels.get(name)
        address = known.by.get(name, "") if known is not None else ""
        trouble = ""
        if channel is None:
            trouble = f"the site file has no channel {name}"
        elif isinstance(channel, SirenChannel):
            trouble = "" if channel.enabled else f"{name} is not enabled in the site file"
        elif known is None:
            trouble = _nobody(person)
        elif isinstance(channel, AppriseChannel) and channel.addressed and not address:
            trouble = f"{person} has no address for {name} in the site file"
        yield Route(person, name, language, address, trouble, isinstance(channel, SirenChannel))


def _nobody(person: str) -> str:
    return f"the site file names nobody called {person} (notices, people)"


def notice_findings(plans: Mapping[str, Plan], settings: NoticeSettings | None) -> list[tuple[str, str]]:
    """What plans ask for and the site cannot do: line and message of each.

    A siren that is not enabled is no fault here: that was said on purpose.

    Args:
        plans: by line.
        settings: of the site; None where it says nothing of notices.
    """
    found: dict[tuple[str, str], None] = {}
    for line, plan in plans.items():
        if settings is None and plan.notices:
            message = f"{plan.plan} has notices, and the site file says nothing of whom they reach (notices)"
            found[(line, message)] = None
            continue
        for number, rung in enumerate(plan.notices, 1):
            for route in routes(rung, settings or NoticeSettings()):
                if route.trouble and not route.shared:
                    found[(line, f"{plan.plan}, notice {number}: {route.trouble}")] = None
    return list(found)
