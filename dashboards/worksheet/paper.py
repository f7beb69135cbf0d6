"""The HACCP worksheet of a plan (CXC 1-1969, Diagram 3), as a paper: pure, and the same whenever it is made."""

from __future__ import annotations

from dashboards.language import Tongue
from dashboards.reports.paper import Facts, Paper, Part, Signing, Table
from dashboards.reports.words import RANKS
from dashboards.worksheet.entered import by_hand
from dashboards.worksheet.limits import limit_sentences
from dashboards.worksheet.points import (
    actions,
    check_words,
    checks_of,
    hazards,
    limits_at,
    monitoring,
    records,
    silence,
)
from dashboards.worksheet.published import published
from dashboards.worksheet.tables import line_rows, notices, products, sensors, verification
from dashboards.worksheet.teller import Teller
from rules.control_point import Ccp, Oprp
from rules.limit import Limit
from rules.plan import LANGUAGE, Plan

NONE = "–"


def worksheet(plan: Plan, tongue: Tongue) -> Paper:
    """The plan as an engineer writes it and an inspector reads it.

    Args:
        plan: of one line.
        tongue: `zh` or `en`.
    """
    teller = Teller.of(plan, tongue)
    say, name = teller.say, teller.speech.name
    parts: list[Part] = [_about(teller)]
    if plan.ccps:
        parts.append(_codex(teller, say("HACCP worksheet: critical control points"), plan.ccps))
    if plan.oprps:
        parts.append(_codex(teller, say("Worksheet of the operational prerequisite programmes"), plan.oprps))
    points: list[Ccp | Oprp] = [*plan.ccps, *plan.oprps]
    for point in points:
        parts += [_limits(teller, point), _silence(teller, point)]
    parts += [
        part
        for part in (
            products(teller),
            published(teller),
            sensors(teller),
            by_hand(teller),
            verification(teller),
            notices(teller),
        )
        if part is not None
    ]
    parts += [_reading(teller), _signing(teller)]
    return Paper(
        tongue=tongue,
        title=say("HACCP plan: worksheet"),
        subtitle=f"{name(plan.name, plan.plan)} · {name(plan.site.name, plan.site.id)}",
        head=(
            f"{name(plan.site.name)} ({plan.site.id})",
            say("Plan {plan}", plan=f"{plan.plan} {plan.hash[:16]}"),
        ),
        warnings=(say("Attention: {mark}", mark=name(plan.marked)),) if plan.marked else (),
        say={
            "missing": NONE,
            "page": say("Page"),
            "foot": say("In force from {time}", time=_from(teller)),
        },
        parts=tuple(parts),
        author=name(plan.site.name, plan.site.id),
        landscape=True,
    )


def _from(teller: Teller) -> str:
    plan = teller.plan
    return teller.speech.time(plan.effective_from, plan.site.timezone, form="yyyy-MM-dd HH:mm:ss xxx")


def _about(teller: Teller) -> Facts:
    plan, say, name = teller.plan, teller.say, teller.speech.name
    return Facts(
        say("Plan"),
        (
            (say("Plan"), f"{name(plan.name, plan.plan)} ({plan.plan})"),
            (say("Site"), f"{name(plan.site.name)} ({plan.site.id}), {plan.site.timezone}"),
            (say("In force from"), _from(teller)),
            (say("Version (SHA-256 of what the plan says)"), plan.hash),
            (say("Plan language"), str(LANGUAGE)),
            (say("Basis"), teller.listed(plan.basis) or NONE),
            *line_rows(teller),
            (say("Late readings"), say("decide again up to {time} back", time=teller.duration(plan.reorder))),
            *((say("Accepted"), each) for each in teller.accepted(plan.accepts)),
        ),
    )


def _codex(teller: Teller, heading: str, points: list[Ccp] | list[Oprp]) -> Table:
    """The table of the Codex: a row for each control point."""
    say = teller.say
    columns = (
        say("Control point"),
        say("Significant hazards"),
        say("Limits"),
        say("What is monitored"),
        say("How"),
        say("How often"),
        say("Who"),
        say("Corrections and corrective actions"),
        say("Verification"),
        say("Records"),
    )
    rows = []
    for point in points:
        checks = checks_of(teller, point)
        step = f"\n{say('Step')}: {teller.phrase(point.step)}" if point.step else ""
        limits = [
            f"{_called(teller, limit)}: {limit_sentences(teller, rank, limit)[0]}"
            for rank, limit in limits_at(teller, point)
            if rank in ("critical", "supporting", "criterion")
        ]
        rows.append(
            (
                f"{point.id}\n{teller.speech.name(point.name)}{step}",
                hazards(teller, point) or NONE,
                "\n".join(limits),
                *monitoring(teller, point),
                "\n".join(actions(teller, point)) or NONE,
                "\n".join(check_words(teller, check) for check in checks) or NONE,
                records(teller, point, checks),
            )
        )
    widths = (1.0, 1.0, 2.1, 1.0, 0.8, 0.75, 0.95, 2.2, 1.7, 1.3)
    return Table(heading, columns, widths, tuple(rows), NONE)


def _called(teller: Teller, limit: Limit) -> str:
    return teller.speech.name(limit.name, limit.id)


def _limits(teller: Teller, point: Ccp | Oprp) -> Table:
    """Every limit of a point in full."""
    say = teller.say
    rows = tuple(
        (
            f"{_called(teller, limit)}\n{point.id}/{limit.id}",
            say(RANKS.get(rank, rank)),
            "\n".join(limit_sentences(teller, rank, limit)),
            teller.basis(limit.basis) if limit.basis else NONE,
        )
        for rank, limit in limits_at(teller, point)
    )
    heading = say("{point}: limits in full", point=f"{point.id} {teller.speech.name(point.name)}".strip())
    columns = (say("Limit"), say("Class"), say("What it says"), say("Basis"))
    return Table(heading, columns, (1.3, 1.0, 5.2, 1.8), rows, NONE, _together(teller, point))


def _together(teller: Teller, point: Ccp | Oprp) -> str:
    ids = point.one_case_for if isinstance(point, Ccp) else []
    names = [_called(teller, limit) for _, limit in limits_at(teller, point) if limit.id in ids]
    return teller.say("One case together: {limits}.", limits=teller.listed(names)) if names else ""


def _silence(teller: Teller, point: Ccp | Oprp) -> Facts:
    """The four times of a silence."""
    heading = teller.say("{point}: when a sensor is silent", point=point.id)
    said = silence(teller, point)
    return Facts(heading, ((teller.say("Silence"), teller.sentences(said)),))


def _reading(teller: Teller) -> Facts:
    """How the sheet is to be read: what holds for every limit, and what the program does not do."""
    say = teller.say
    return Facts(
        say("How this is to be read"),
        (
            (
                say("Limits"),
                say(
                    "'At least' and 'at most' include the number itself. Values are compared in full, as measured, where"
                    " nothing else is said. No reading, a bad one or that of a stuck instrument never counts as holding."
                ),
            ),
            (
                say("When a limit does not hold"),
                say(
                    "A breach of a critical limit or a criterion, a monitoring loss and an instrument fault each open a"
                    " case; an operating limit warns. Product is held until people have acknowledged, contained, corrected"
                    " and closed the case; who verifies it has not acted in it. A return to normal closes nothing."
                ),
            ),
            (
                say("Kept for people"),
                say(
                    "Hazards, monitoring, steps, verification, shelf lives and bases stand here as the plan has them; the"
                    " program does not carry them out. It switches nothing and is no safety interlock."
                ),
            ),
        ),
    )


def _signing(teller: Teller) -> Signing:
    say = teller.say
    return Signing(
        say("Approval"),
        (say("Prepared by, date"), say("Food safety director or person in charge, date")),
        say("(seal of the firm)"),
        "",
        "",
        say("Signed for this version alone: another plan has another number."),
    )
