"""When a trouble of health is told, and when that it is over: held back, so that what comes and goes is no flood.

Nothing here reads a clock or sends: it goes from what was known, what is wrong now and the time to what is to be told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from dashboards.notices.health_troubles import Trouble, clock_set
from dashboards.notices.settings import HealthNotices


class Standing(msgspec.Struct):
    """A trouble that stands, or stood a moment ago.

    Attributes:
        trouble: as it was seen last.
        since: when it was seen first, ns UTC.
        gone: since when it is not seen any more, ns UTC; None while it is.
        told: how many there were when it was told last; None while it is not told.
        told_at: when that was, ns UTC.
    """

    trouble: Trouble
    since: int
    gone: int | None = None
    told: int | None = None
    told_at: int = 0


class Known(msgspec.Struct):
    """What is remembered from one look to the next, and over a restart.

    Attributes:
        standing: by key.
        last: when the beginning of each trouble was told last, ns UTC, by key.
        clock: the last step of the clock that is known; None before anything is.
    """

    standing: dict[str, Standing] = {}
    last: dict[str, int] = {}
    clock: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Something to tell.

    Attributes:
        trouble: what.
        since: when it began, ns UTC.
        over: when it ended, ns UTC; None where it stands.
    """

    trouble: Trouble
    since: int
    over: int | None = None


def turns(  # noqa: PLR0913 - what is known, what is wrong, and how it is held back
    known: Known,
    now_wrong: Iterable[Trouble],
    *,
    now: int,
    step: str | None,
    settings: HealthNotices,
    together: int,
) -> list[Turn]:
    """What is to be told now; `known` is brought up to date.

    Args:
        known: what is remembered.
        now_wrong: what is wrong now.
        now: ns UTC.
        step: the last time that the machine's clock was set, in words; empty where it never was.
        settings: how long things are held back.
        together: so long after one is due others are waited for, ns.
    """
    _see(known, {each.key: each for each in now_wrong}, now)
    found = _begun(known, now, settings, together) + _over(known, now, settings)
    if step is not None and step != known.clock:
        if known.clock is not None and step:
            found.append(Turn(clock_set(step), now))
        known.clock = step
    return found


def _see(known: Known, wrong: dict[str, Trouble], now: int) -> None:
    for key, trouble in wrong.items():
        there = known.standing.get(key)
        if there is None:
            known.standing[key] = Standing(trouble, now)
        else:
            there.trouble, there.gone = trouble, None
    for key, there in known.standing.items():
        there.since, there.told_at = (
            min(there.since, now),
            min(there.told_at, now),
        )  # a clock that was set back
        if key not in wrong:
            there.gone = now if there.gone is None else min(there.gone, now)


def _begun(known: Known, now: int, settings: HealthNotices, together: int) -> list[Turn]:
    """Those that stand for longer than the patience; what has doubled since it was told is told again."""
    due = {
        key: _due(each, known.last.get(key), settings)
        for key, each in known.standing.items()
        if each.gone is None and (each.told is None or each.trouble.number >= 2 * max(each.told, 1))
    }
    if not any(at + together <= now for at in due.values()):
        return []
    found = []
    for key, at in due.items():
        if at <= now:
            each = known.standing[key]
            each.told, each.told_at = each.trouble.number, now
            known.last[key] = now
            found.append(Turn(each.trouble, _begin(each)))
    return found


def _due(each: Standing, last: int | None, settings: HealthNotices) -> int:
    at = each.since + settings.after
    return at if last is None else max(at, last + settings.further)


def _over(known: Known, now: int, settings: HealthNotices) -> list[Turn]:
    """Those that are not seen for longer than the patience; of what was not told nothing is said."""
    found = []
    for key, each in list(known.standing.items()):
        if each.gone is not None and (each.told is None or now - each.gone >= settings.after):
            del known.standing[key]
            if each.told is not None:
                found.append(Turn(each.trouble, _begin(each), each.gone))
    known.last = {
        key: at for key, at in known.last.items() if key in known.standing or 0 <= now - at < settings.further
    }
    return found


def _begin(each: Standing) -> int:
    return each.since if each.trouble.since is None else min(each.since, each.trouble.since)
