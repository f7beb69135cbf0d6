"""What people did about a case, as the deviation report prints it."""

from __future__ import annotations

from dashboards.language import Language
from dashboards.reports.deviation import DeviationReport
from dashboards.reports.paper import Facts, Signing, Table
from dashboards.reports.proof_paper import table
from dashboards.reports.words import ACTIONS, ENTERED, MEANINGS, ROLES, Clock, named, plan_words


def answers_part(report: DeviationReport, speech: Language) -> Facts:
    """Cause, correction, corrective action, verification."""
    say, said = speech.say, report.answers
    rows = [
        (say("Cause"), said.cause),
        (say("Correction"), said.correction),
        (say("Control regained"), said.control),
        (say("Corrective action"), said.recurrence),
        (say("Safety of the product"), said.product),
        (say("Verification"), said.verification),
    ]
    if said.separation:
        rows.append((say("separation of duties"), say("one person acted and verified, on the next day")))
    return Facts(say("Cause, correction, corrective action"), tuple(rows))


def lots_part(report: DeviationReport, speech: Language, clock: Clock) -> Table:
    """What becomes of each lot."""
    say = speech.say
    rows = tuple(
        (
            each.lot,
            plan_words(each.disposition, speech) if each.disposition else None,
            each.evaluation,
            f"{each.name} ({named(speech, ROLES, each.role or '')})" if each.name else None,
            clock.at(each.at),
        )
        for each in report.lots or ()
    )
    columns = (say("Lot"), say("Disposition"), say("Evaluation"), say("Decided by"), say("Time"))
    empty = (
        say("not entered: the product has not been contained")
        if report.lots is None
        else say("no product was made")
    )
    return table(say("Disposition of each lot"), columns, (1.3, 1, 2.4, 1.3, 1.3), rows, empty)


def steps_part(report: DeviationReport, speech: Language) -> Table:
    """What the plan asks for."""
    say = speech.say
    rows = tuple(
        (plan_words(each.do, speech), plan_words(each.by or "—", speech), each.within or "—")
        for each in report.plan_steps
    )
    columns = (say("Step"), say("By"), say("Within"))
    return table(say("What the plan asks for"), columns, (3, 1.5, 1), rows, say("the plan names no steps"))


def done_part(report: DeviationReport, speech: Language, clock: Clock) -> Table:
    """Who did what, when."""
    say = speech.say
    rows = tuple(
        (
            clock.at(each.at),
            named(speech, ACTIONS, each.action),
            f"{each.name} ({named(speech, ROLES, each.role)})" if each.role else each.name,
            "\n".join(_entered(key, value, speech) for key, value in each.entered.items()) or "—",
        )
        for each in report.done
    )
    columns = (say("Time"), say("Step"), say("Who"), say("Entered"))
    return table(say("Who did what, when"), columns, (1.3, 1.1, 1.3, 3.4), rows, say("nobody has acted yet"))


def _entered(key: str, value: str | list[str], speech: Language) -> str:
    said = value if isinstance(value, str) else ", ".join(value)
    if key == "disposition":
        said = plan_words(said, speech)
    return f"{named(speech, ENTERED, key)}: {said}"


def notices_part(report: DeviationReport, speech: Language, clock: Clock) -> Table:
    """The notices sent."""
    say = speech.say
    rows = tuple(
        (
            clock.at(each.at),
            each.to,
            each.channel,
            say("delivered") if each.delivered else say("not delivered"),
        )
        for each in report.notices
    )
    columns = (say("Time"), say("To"), say("Channel"), say("Delivery"))
    return table(say("Notices sent"), columns, (1.3, 1.5, 1, 1), rows, say("none recorded"))


def signatures_part(report: DeviationReport, speech: Language, clock: Clock) -> Table:
    """The signatures in the ledger."""
    say = speech.say
    rows = tuple(
        (
            each.name,
            named(speech, ROLES, each.role),
            named(speech, MEANINGS, each.meaning),
            clock.at(each.at),
            each.sha256,
        )
        for each in report.signatures
    )
    columns = (say("Name"), say("Role"), say("Meaning"), say("Time"), say("SHA-256 of what was signed"))
    return table(
        say("Electronic signatures"),
        columns,
        (1, 1, 0.9, 1.3, 2.6),
        rows,
        say("nobody has signed yet"),
        note=say("Each was given with the person's password, over the record whose digest stands beside it."),
        code=(4,),
    )


def signing_part(report: DeviationReport, speech: Language, clock: Clock) -> Signing:
    """Places for a handwritten signature, a seal and an authority's opinion."""
    say = speech.say
    reviews = "\n".join(
        f"{each.by}, {clock.at(each.at)}: {each.text} ({say('recorded by {name}', name=each.recorded_by)})"
        for each in report.reviews
    )
    return Signing(
        say("Signature and seal"),
        (say("Prepared by"), say("Food safety director"), say("Person in charge of the firm"), say("Date")),
        say("(seal of the firm)"),
        say("Review opinion of the authority"),
        reviews,
        "",
    )
