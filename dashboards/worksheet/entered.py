"""Values that people enter: what, when it is due, by whom."""

from __future__ import annotations

from dashboards.reports.paper import Table
from dashboards.worksheet.teller import Teller
from rules.by_hand import ByHand

NONE = "–"


def due(teller: Teller, value: ByHand) -> str:
    """When a value is due, in words."""
    say = teller.say
    if value.every is not None:
        often = [say("every {time}", time=teller.duration(value.every))]
        if value.at_shift_start:
            often.insert(0, say("at the start of each shift"))
        if value.grace:
            often.append(say("at most {time} late", time=teller.duration(value.grace)))
        return teller.listed(often)
    told = [say("once per batch") if value.per == "batch" else say("once per lot")]
    if value.before is not None:
        told.append(say("before {state}", state=teller.phrase(value.before)))
    if value.during is not None:
        told.append(say("during {state}", state=teller.phrase(value.during)))
    if value.within:
        told.append(say("within {time}", time=teller.duration(value.within)))
    return teller.listed(told)


def by_hand(teller: Teller) -> Table | None:
    """The values that people enter, a row each."""
    say = teller.say
    if not teller.plan.by_hand:
        return None
    rows = []
    for name, value in teller.plan.by_hand.items():
        who = [value.by] if isinstance(value.by, str) else value.by or []
        late = [say("flagged as late after {time}", time=teller.duration(value.late_after))]
        if value.back_to:
            late.append(
                say("refused when measured longer ago than {time}", time=teller.duration(value.back_to))
            )
        rows.append(
            (
                f"{teller.sensor(name)}\n{name}",
                teller.measures(teller.plan.sensors[name]),
                due(teller, value),
                teller.listed(teller.phrase(each) for each in who) or NONE,
                teller.phrase(value.form) if value.form else NONE,
                "\n".join(late),
            )
        )
    columns = (
        say("Value"),
        say("Unit, points"),
        say("When due"),
        say("Who"),
        say("How"),
        say("Entries that come late"),
    )
    return Table(say("Values entered by hand"), columns, (1.5, 0.9, 1.5, 1.2, 1.2, 1.8), tuple(rows), NONE)
