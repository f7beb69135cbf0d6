"""How long product takes to where its lots are counted, in a plain sentence."""

from __future__ import annotations

from dashboards.worksheet.teller import Teller
from rules.transit import Transit


def transit_sentence(teller: Teller, transit: Transit) -> str:
    """Where lots are counted, and when product can be there."""
    say = teller.say
    where = teller.phrase(transit.to) if transit.to is not None else say("another place")
    parts = [say("Lots are counted at {place}", place=where)]
    if transit.volume is not None and transit.flow is not None:
        parts.append(
            say(
                "product is there when {volume} have flowed behind it, by {flow}; where that is not known the greatest"
                " span counts",
                volume=teller.quantity(transit.volume),
                flow=teller.sensor(transit.flow),
            )
        )
    if transit.at_least:
        parts.append(say("it takes at least {time}", time=teller.duration(transit.at_least)))
    if transit.at_most is not None:
        parts.append(say("it takes at most {time}", time=teller.duration(transit.at_most)))
    if transit.basis is not None:
        parts.append(say("basis: {basis}", basis=teller.basis(transit.basis)))
    return f"{teller.clauses(parts)}{say('.')}"
