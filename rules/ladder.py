"""The rungs by which people hear of a case."""

from __future__ import annotations

from typing import Literal

from rules.quantities import Duration
from rules.strict_model import Strict


class Notice(Strict):
    """A rung of the ladder: when, to whom, by what.

    Attributes:
        at, after: how long after the case opened; the two mean the same.
        unless: not if by then somebody has done this.
        when: what only a person can know; they are asked once the case is contained, unless a time is given too.
        to: roles, people or groups, as the site file names them.
        by: channels of the site file; without it, every one by which they are reached.
        propose: what they are asked to decide; the program itself never does it.
        again: acknowledged, and so long after the last sign of work still not contained: told once more, and so on.
    """

    at: Duration | None = None
    after: Duration | None = None
    unless: Literal["acknowledged", "contained"] | None = None
    when: str | None = None
    to: list[str] | str
    by: list[str] = []
    propose: str | None = None
    again: Duration | None = None

    @property
    def recipients(self) -> list[str]:
        """Who is told."""
        return [self.to] if isinstance(self.to, str) else list(self.to)
