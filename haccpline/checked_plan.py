"""A plan file that can be used, and what is doubtful in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from haccpline.text_file import read_text
from rules.compile_plan import compile_plan
from rules.lint import RULES
from rules.linting import doubts
from rules.plan import Plan
from rules.plan_check import place, placed_plan
from rules.recording import Recording
from rules.state_size import held_by
from rules.strict_yaml import Marks


@dataclass(frozen=True, slots=True)
class Checked:
    """A plan and the places of its keys."""

    path: Path
    plan: Plan
    marks: Marks

    def warnings(self, recording: Recording | None) -> list[str]:
        """One line for each warning, in the order of the file: `FILE:LINE:COL: warning [name]: what`."""
        found = [(place(doubt.path, self.marks), doubt) for doubt in doubts(self.plan, RULES, recording)]
        found.sort(key=lambda each: (each[0], each[1].name, each[1].message))
        return [f"{self.path}:{mark.line}:{mark.column}: {doubt}" for mark, doubt in found]

    def state(self) -> Iterator[str]:
        """How much the engine remembers for it, a line for each limit that judges what follows from readings."""
        program = compile_plan(self.plan)
        plain = sum(not limit.derived for limit in program.limits)
        yield f"{self.path}: limits that judge each reading by itself: {plain}; they remember no readings"
        for held in held_by(program):
            yield f"{self.path}: {held}"


def checked(path: Path) -> Checked:
    """A plan file.

    Raises:
        PlanError: it cannot be used, with every fault.
        HaccplineError: it cannot be read.
    """
    return Checked(path, *placed_plan(read_text(path), str(path)))
