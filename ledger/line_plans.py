"""The plans of lines as they take turns: adopted, waiting for their time, and taking over.

A line's first plan judges from the moment in which it is adopted. A later one waits until it holds, and where anything is
decided per batch, until the batch that is under way then is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.canonical import Body
from ledger.clerk_memory import Watched
from readings.inputs import Act
from readings.times import format_time
from rules.carry import carry
from rules.compile_plan import compile_plan
from rules.engine import begin
from rules.faults import PlanError
from rules.plan_check import load_plan
from rules.program import Program
from rules.switch import cannot_follow, switch_of

Told = tuple[str, str, Body]  # kind, line, body


@dataclass(slots=True, eq=False)
class LinePlans:
    """See the module.

    Attributes:
        lines: by line, the plan in force and what is known by it.
        waiting: by line, the text of the plan that is to follow.
    """

    lines: dict[str, Watched] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)

    def adopt(self, act: Act, now: int) -> list[Told]:
        """Take a plan that is to hold on its line; or say why it cannot.

        Args:
            act: `plan.adopt`, with the `text` of the plan and its `file`.
            now: how far time has come, ns.
        """
        text = str(act.body.get("text", ""))
        try:
            plan = load_plan(text, str(act.body.get("file", "plan")))
        except PlanError as error:
            return [("plan.refused", act.line, {"reason": str(error)})]
        line = plan.line_id
        watched = self.lines.get(line)
        if watched is not None and watched.program.hash == plan.hash and line in self.waiting:
            return [self._withdraw(line)]
        if text == self.waiting.get(line) or (watched is not None and watched.program.hash == plan.hash):
            return []  # said again by a process that was killed before it knew
        program = compile_plan(plan)  # one that cannot be judged by is refused now, not met at every block
        reason = _why_not(watched, program, now) if watched is not None else ""
        if reason:
            return [("plan.refused", line, {"hash": plan.hash, "reason": reason})]
        told = [self._withdraw(line)] if line in self.waiting else []  # only one waits
        if watched is None:
            self.lines[line] = Watched(program, text, begin(program))
        else:
            self.waiting[line] = text
        body: Body = {
            "plan": plan.plan,
            "hash": plan.hash,
            "effective_from": format_time(plan.effective_from),
            "who": act.who,
            "text": text,
            "model": plan.canonical().decode(),
        }
        return [*told, ("plan.adopted", line, body)]

    def take_over(self, now: int, *, batches: bool) -> Iterator[Told]:
        """Let plans take over whose time has come.

        Args:
            now: how far time has come, ns.
            batches: those of lines where something is decided per batch, between two of them; else the others.
        """
        for line in list(self.waiting):
            watched = self.lines[line]
            if _per_batch(watched.program) == batches and (told := self._take_over(line, watched, now)):
                yield told

    def _withdraw(self, line: str) -> Told:
        """The plan that waits will not hold."""
        return "plan.withdrawn", line, {"hash": load_plan(self.waiting.pop(line), line).hash}

    def _take_over(self, line: str, watched: Watched, now: int) -> Told | None:
        program = compile_plan(load_plan(self.waiting[line], line))
        due = program.plan.effective_from
        switch = switch_of(watched.program, watched.state, due) if due <= now else None
        if switch is None:
            return None
        state = carry(watched.program, watched.state, program, switch)
        former = {watched.text: watched.program, **watched.former}
        self.lines[line] = Watched(program, self.waiting.pop(line), state, former)
        body: Body = {
            "old": watched.program.hash,
            "new": program.hash,
            "from": format_time(state.until),
        }
        return "plan.replaced", line, body


def _why_not(watched: Watched, program: Program, now: int) -> str:
    """Why a plan cannot follow the one in force; empty if it can."""
    plan = program.plan
    known = max(now, watched.state.until)
    if plan.effective_from <= known:
        return (
            f"{plan.plan} is to hold from {format_time(plan.effective_from)}, and it is {format_time(known)}:"
            " an adopted plan is not replaced in the past"
        )
    return cannot_follow(watched.program.plan, plan, watched.program.limits, program.limits)


def _per_batch(program: Program) -> bool:
    return any(limit.terms.cycle is not None for limit in program.limits)
