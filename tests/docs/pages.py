"""The pages of docs/ taken apart: blocks of code, commands, tables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fenced:
    """A block of code of a page."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command of a page, and what it shows as its output."""

    where: str
    text: str
    output: str

    def __str__(self) -> str:
        return f"{self.where} {self.text}"


def fenced(kind: str) -> list[Fenced]:
    """All blocks of a kind, page by page."""
    found = []
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            if match[2] == kind:
                body = re.sub(f"^{match[1]}", "", match[3], flags=re.MULTILINE)
                found.append(Fenced(page.name, text.count("\n", 0, match.start()) + 1, kind, body))
    return found


def commands() -> list[Command]:
    """All commands of the console blocks, with what each shows."""
    found = []
    for block in fenced("console"):
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            text, _, output = part.partition("\n")
            found.append(Command(str(block), text, output))
    return found


def tables(page: str) -> list[list[dict[str, str]]]:
    """The tables of a page, each a list of rows by column."""
    found: list[list[dict[str, str]]] = []
    head: list[str] = []
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
            found.append([])
        elif set(line) - set("|-"):
            found[-1].append(dict(zip(head, cells, strict=True)))
    return found


def table(page: str, *columns: str) -> list[dict[str, str]]:
    """The one table of a page with these columns."""
    (found,) = [rows for rows in tables(page) if rows and tuple(rows[0]) == columns]
    return found


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a Python program as a user of the docs would."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"COLUMNS": "180", "NO_COLOR": "1"},
    )
