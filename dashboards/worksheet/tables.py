"""The tables of a plan beside its control points: line, products, sensors, values by hand, verification, notices."""

from __future__ import annotations

from typing import Any

from dashboards.reports.paper import Table
from dashboards.worksheet.teller import Teller
from readings.units import decimal_text
from rules.ladder import Notice
from rules.limit import difference_of
from rules.line import Line
from rules.sensor import Sensor

NONE = "–"
_TOLD = (
    *("id", "unit", "zones", "state", "judged_when", "calendar", "produced", "settle", "while_settling"),
    *("product", "lot", "batch"),
)
_SENSOR = (
    *(
        "name",
        "role",
        "unit",
        "points",
        "zones",
        "resolution",
        "range",
        "uncertainty",
        "every",
        "alive_every",
    ),
    *("uploads_every", "silent_after", "stuck", "backfill_up_to", "optional", "uncertain", "slew_at_most"),
)


def line_rows(teller: Teller) -> list[tuple[str, str]]:
    """What the plan says of the line, a row each; keys that have no words of their own are told by name."""
    line, say = teller.plan.line, teller.say
    unit = (
        say("each zone: {zones}", zones=teller.listed(line.zones)) if line.unit == "zone" else say("the line")
    )
    rows = [(say("A verdict speaks for"), unit), (say("Judged"), _judged(teller, line))]
    for label, coded in (("Lot", line.lot), ("Product", line.product), ("Batch", line.batch)):
        if coded is not None:
            rows.append((say(label), say("told by {sensor}", sensor=teller.sensor(coded.from_))))
    if line.calendar is not None:
        said = line.model_dump(mode="json")["calendar"]
        told = [say("to produce: {hours}", hours=teller.listed(said["production"]))]
        if said["closed"]:
            told.append(say("closed: {days}", days=teller.listed(said["closed"])))
        if said["extra"]:
            told.append(say("also to produce: {hours}", hours=teller.listed(said["extra"])))
        form = "outside: a signed end of production shows rest"
        if line.calendar.ends == "stopped":
            form = "outside: a signed end of production shows rest, or the line's last word that it stopped"
        rows.append((say("Calendar"), teller.clauses([*told, say(form)])))
    if line.produced is not None:
        rows.append(
            (
                say("Made"),
                say(
                    "counted by {sensor}; unchanged across a gap, nothing was made",
                    sensor=teller.sensor(line.produced.from_),
                ),
            )
        )
    more = teller.rest(line, _TOLD)
    return [*rows, (say("What else"), teller.clauses(more))] if more else rows


def _judged(teller: Teller, line: Line) -> str:
    say = teller.say
    if line.state is None or not line.judged:
        return say("always, where a limit says nothing else")
    states = teller.listed(teller.phrase(each) for each in line.judged)
    told = [say("while {sensor} says: {states}.", sensor=teller.sensor(line.state.from_), states=states)]
    if line.settle:
        product = say("diverted") if line.while_settling == "divert" else say("held")
        form = "For {time} after that begins it is starting; product made meanwhile is {what}."
        told.append(say(form, time=teller.duration(line.settle), what=product))
    return teller.sentences(told)


def products(teller: Teller) -> Table | None:
    """What is made, with its scheduled process."""
    if not teller.plan.products:
        return None
    say = teller.say
    rows = []
    for each in teller.plan.products:
        process = each.scheduled_process
        factors = []
        if process is not None:
            factors = [
                f"{teller.key(key)}: {teller.quantity(value)}" for key, value in process.factors.items()
            ]
        rows.append(
            (
                f"{teller.speech.name(each.name)}\n{each.id}",
                teller.value(each.shelf_life) if each.shelf_life else NONE,
                teller.clauses([process.id, *([process.basis] if process.basis else [])])
                if process is not None
                else NONE,
                "\n".join(factors) or NONE,
            )
        )
    columns = (say("Product"), say("Shelf life"), say("Scheduled process"), say("Critical factors"))
    return Table(say("Products"), columns, (1.5, 0.8, 1.2, 3.0), tuple(rows), NONE)


def sensors(teller: Teller) -> Table:
    """What is measured, how finely, how often, and what each must be calibrated to."""
    say = teller.say
    checks: dict[str, list[str]] = {}
    for check in teller.plan.verification:
        for name in check.of:
            tolerance = f" ± {teller.quantity(check.tolerance)}" if check.tolerance is not None else ""
            often = f", {say('every {time}', time=teller.value(check.every))}" if check.every else ""
            checks.setdefault(name, []).append(f"{teller.phrase(check.what)}{tolerance}{often}")
    rows = tuple(
        (
            f"{teller.sensor(name)}\n{name}",
            teller.phrase(each.role) if each.role else NONE,
            teller.measures(each),
            _range(teller, each),
            _heard(teller, each),
            "\n".join(checks.get(name, ())) or NONE,
        )
        for name, each in teller.plan.sensors.items()
        if name not in teller.plan.by_hand
    )
    columns = (
        say("Sensor"),
        say("Role"),
        say("Unit, points"),
        say("Range, resolution, uncertainty"),
        say("Heard"),
        say("Calibration and checks"),
    )
    return Table(say("Sensors"), columns, (1.5, 0.9, 1.2, 1.5, 1.8, 1.7), rows, NONE)


def _range(teller: Teller, sensor: Sensor) -> str:
    said = []
    name = sensor.unit.name
    if sensor.range is not None:
        low, high = (decimal_text(each) for each in sensor.range)
        said.append(teller.quantity(f"{low}…{high} {name}"))
    if sensor.resolution is not None:
        said.append(teller.say("steps of {step}", step=_apart(teller, sensor, sensor.resolution)))
    if sensor.uncertainty is not None:
        said.append(f"U = {_apart(teller, sensor, sensor.uncertainty)}")
    return "\n".join(said) or NONE


def _apart(teller: Teller, sensor: Sensor, width: Any) -> str:
    return teller.quantity(f"{decimal_text(width)} {difference_of(sensor.unit).name}")


def _heard(teller: Teller, sensor: Sensor) -> str:
    say = teller.say
    every = (
        say("on change")
        if isinstance(sensor.every, str)
        else say("every {time}", time=teller.duration(sensor.every))
    )
    said = [every]
    if sensor.alive_every is not None:
        said.append(say("alive every {time}", time=teller.duration(sensor.alive_every)))
    if sensor.silence:
        said.append(say("silent after {time}", time=teller.duration(sensor.silence)))
    if sensor.stuck is not None:
        said.append(say("stuck after {time} unchanged", time=teller.duration(sensor.stuck.unchanged_for)))
    if sensor.uploads_every is not None:
        said.append(say("uploads every {time}", time=teller.duration(sensor.uploads_every)))
    if sensor.backfill_up_to:
        said.append(say("late readings count up to {time} back", time=teller.duration(sensor.backfill_up_to)))
    if sensor.uncertain == "evidence":
        said.append(say("readings of uncertain quality count"))
    if sensor.slew_at_most is not None:
        said.append(say("moves by {rate} at most", rate=teller.quantity(sensor.slew_at_most)))
    return "\n".join([*said, *teller.rest(sensor, _SENSOR), *teller.accepted(sensor.accepts)])


def verification(teller: Teller) -> Table | None:
    """What is done to see that we do what the plan says."""
    if not teller.plan.verification:
        return None
    say = teller.say
    rows = []
    for each in teller.plan.verification:
        said = each.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for key in ("id", "what", "of", "every", "by", "basis"):
            said.pop(key, None)
        rows.append(
            (
                f"{teller.phrase(each.what)}\n{each.id}",
                teller.listed(teller.sensor(name) for name in each.of) or NONE,
                say("every {time}", time=teller.value(each.every)) if each.every else NONE,
                teller.phrase(each.by) if each.by else NONE,
                teller.clauses(teller.pairs(said)) or NONE,
                teller.basis(each.basis) if each.basis else NONE,
            )
        )
    columns = (say("Verification"), say("Of"), say("How often"), say("By"), say("What else"), say("Basis"))
    return Table(say("Verification"), columns, (1.5, 1.4, 0.9, 1.2, 2.4, 1.1), tuple(rows), NONE)


def notices(teller: Teller) -> Table | None:
    """The ladder: who hears when."""
    if not teller.plan.notices:
        return None
    say = teller.say
    rows = tuple(
        (
            _when(teller, each),
            teller.listed(teller.phrase(who) for who in each.recipients),
            teller.listed(teller.phrase(channel) for channel in each.by) or say("every channel they have"),
            _proposed(teller, each),
        )
        for each in teller.plan.notices
    )
    columns = (say("When"), say("To"), say("Channels"), say("What else"))
    return Table(say("Who hears of a case"), columns, (1.8, 1.6, 1.2, 2.2), rows, NONE)


def _when(teller: Teller, rung: Notice) -> str:
    say = teller.say
    delay = rung.at if rung.at is not None else rung.after
    told = []
    if delay is not None:
        told.append(
            say("{time} after the case opened", time=teller.duration(delay)) if delay else say("at once")
        )
    if rung.when is not None:
        told.append(say("when {condition}", condition=teller.phrase(rung.when)))
    if rung.unless is not None:
        told.append(say("unless it is {stage} by then", stage=say(rung.unless)))
    return teller.clauses(told)


def _proposed(teller: Teller, rung: Notice) -> str:
    say = teller.say
    told = []
    if rung.propose is not None:
        told.append(say("proposed, a person decides: {what}", what=teller.phrase(rung.propose)))
    if rung.again is not None:
        told.append(
            say("told again every {time} while nothing is contained", time=teller.duration(rung.again))
        )
    return teller.clauses(told) or NONE
