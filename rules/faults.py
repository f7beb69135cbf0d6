"""What is wrong with a plan or a site file, and where."""

from __future__ import annotations

from dataclasses import dataclass

from readings.errors import HaccplineError


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column count from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        file: the file's name as the person gave it.
        mark: where.
        message: what is wrong and what was probably meant.
    """

    file: str
    mark: Mark
    message: str

    def __str__(self) -> str:
        """`FILE:LINE:COL: message`."""
        return f"{self.file}:{self.mark.line}:{self.mark.column}: {self.message}"


class PlanError(HaccplineError):
    """A file that cannot be used; carries every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
