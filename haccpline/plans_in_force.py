"""Which plan holds on each line, by the ledger; and what to do when the site's file says another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from haccpline.site import Site
from ledger.store import Ledger
from readings.times import format_time
from rules.plan_check import load_plan


@dataclass(slots=True)
class Held:
    """The plans of a line.

    Attributes:
        force: hash of the one that judges.
        waiting: hash of the one that is to; empty if none is.
        texts: by hash.
    """

    force: str = ""
    waiting: str = ""
    texts: dict[str, str] = field(default_factory=dict)


def plans_in_force(ledger: Ledger) -> dict[str, Held]:
    """The plans of every line that was ever recorded."""
    found: dict[str, Held] = {}
    after = 0
    while page := ledger.read(after, kind="plan."):
        for record in page:
            held, body = found.setdefault(record.line, Held()), record.content
            if record.kind == "plan.adopted":
                held.texts[body["hash"]] = body["text"]
                if held.force:
                    held.waiting = body["hash"]
                else:
                    held.force = body["hash"]
            elif record.kind == "plan.replaced":
                held.force, held.waiting = body["new"], ""
            elif record.kind == "plan.withdrawn":
                held.waiting = ""
        after = page[-1].seq
    return {line: held for line, held in found.items() if held.force}


def settled_site(site: Site, ledger: Ledger, now: int) -> tuple[Site, set[str], list[str]]:
    """The site as it can be recorded: with the adopted plan where its file has changed and may not replace it.

    Args:
        site: as its files say.
        ledger: what was adopted.
        now: ns UTC.

    Returns:
        The site; the lines whose plan is to be adopted (or whose waiting plan is withdrawn by it); and what to tell people.
    """
    held = plans_in_force(ledger)
    plans, anew, troubles = dict(site.plans), set(), []
    for line, (plan, _, path) in site.plans.items():
        known = held.get(line)
        if known is None or (plan.hash == known.force and known.waiting):
            anew.add(line)
        elif plan.hash in (known.force, known.waiting):
            continue
        elif plan.effective_from >= now:
            anew.add(line)
        else:
            text = known.texts[known.force]
            plans[line] = (load_plan(text, str(path)), text, path)
            troubles.append(
                f"{path} is not the plan adopted ({known.force[:12]}) and is to hold from"
                f" {format_time(plan.effective_from)}, which is past: an adopted plan is not replaced in the past."
                " The adopted one goes on; write an effective_from to come"
            )
    return replace(site, plans=plans), anew, troubles
