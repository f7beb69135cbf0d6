"""A paper as plain text, for a terminal or a mail: a line each, tables told row by row."""

from __future__ import annotations

import re
import textwrap
import unicodedata

from dashboards.reports.paper import Facts, Paper, Picture, Signing, Table

WIDTH = 100
_PIECE = re.compile(r"[!-~µ°·²³×±]+(?: %)?|.")


def as_text(paper: Paper) -> str:
    """The paper's words without its shape; no line is wider than `WIDTH` columns, but for what cannot be broken."""
    colon = "：" if paper.tongue == "zh" else ": "
    lines = [paper.title, paper.subtitle, paper.head[1], paper.say["foot"], *paper.warnings, *paper.lead]
    for part in paper.parts:
        lines += ["", part.heading, "─" * min(_columns(part.heading), WIDTH)]
        if isinstance(part, Facts):
            for label, value in part.rows:
                lines += _told(f"{label}{colon}", value or paper.say["missing"], "")
        elif isinstance(part, Table):
            lines += _rows(part, paper.say["missing"], colon)
        elif isinstance(part, Signing):
            lines += [f"{place}{colon}{'_' * 40}" for place in part.places]
        elif isinstance(part, Picture):
            lines.append(part.caption)
        note = "" if isinstance(part, Picture) else part.note
        lines += _wrapped(note, "", "") if note else []
    return "\n".join(lines) + "\n"


def _rows(table: Table, missing: str, colon: str) -> list[str]:
    lines: list[str] = [] if table.rows else [table.empty]
    for number, row in enumerate(table.rows):
        lines += [""] if number else []
        head = (row[0] or missing).split("\n")
        lines.append(" · ".join(head))
        for label, value in zip(table.columns[1:], row[1:], strict=True):
            lines += _told(f"{label}{colon}", value or missing, "  ")
    return lines


def _told(label: str, value: str, indent: str) -> list[str]:
    """The label and its value; a value of several lines stands under its label."""
    parts = value.split("\n")
    if len(parts) == 1:
        return _wrapped(f"{label}{value}", indent, indent + "    ")
    lines = [f"{indent}{label}".rstrip()]
    for part in parts:
        lines += _wrapped(part, indent + "  ", indent + "    ")
    return lines


def _wrapped(text: str, first: str, then: str) -> list[str]:
    """Cut at spaces, or between Chinese characters, which are two columns wide."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    if wide * 3 < len(text):
        return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=then) or [first]
    lines, line = [], first
    for piece in _PIECE.findall(text):
        if _columns(line + piece) > WIDTH and piece not in "，。；：、）”":
            lines.append(line.rstrip())
            line = then + piece.lstrip()
        else:
            line += piece
    return [*lines, line]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
