"""Making HTML: the templates, and what all of them may use."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.pages.words import LEVELS, Words
from dashboards.strip import Span, strip
from dashboards.views.board import STRIP, Level, Row
from dashboards.views.snapshot import Snapshot
from readings.times import MINUTE, format_time

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


@cache
def environment() -> Environment:
    """The templates; everything put in is escaped."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(levels=LEVELS, iso=format_time, asset=asset, grouped=grouped)
    return made


@cache
def asset(name: str) -> str:
    """The address of a file of ours: with what is in it, so that browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"


def grouped(number: int) -> str:
    """A count with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def html(template: str, words: Words, snap: Snapshot, **values: Any) -> str:
    """A template, filled in.

    Args:
        template: its file.
        words: of the reader.
        snap: what is known now.
        **values: what else it needs.
    """
    counts = {level.name.lower(): number for level, number in snap.counts.items()}
    return (
        environment()
        .get_template(template)
        .render(w=words, say=words.say, snap=snap, now=snap.at, wall=snap.wall, counts=counts, **values)
    )


def row_html(template: str, row: Row, words: Words, snap: Snapshot, *, link: bool) -> str:
    """A row of the board, or the part of it that changes with each reading."""
    return (
        environment()
        .get_template(template)
        .render(
            w=words,
            say=words.say,
            now=snap.at,
            row=row,
            current=snap.current,
            link=link,
            strip_of=lambda each: strip_of(each, words, snap.at),
        )
    )


def strip_of(row: Row, words: Words, now: int) -> str:
    """The 24-h strip of a row."""
    end = -(-now // MINUTE) * MINUTE
    lasting: dict[str, int] = {}
    spans = []
    for each in row.strip:
        lasting[each.verdict] = lasting.get(each.verdict, 0) + each.end - each.start
        label = f"{words.verdict(each.verdict)} {words.short(each.start, now)} – {words.short(each.end, now)}"
        spans.append(Span(each.start, each.end, each.verdict, label))
    parts = ", ".join(f"{words.verdict(verdict)} {words.duration(time)}" for verdict, time in lasting.items())
    label = words.say("Last 24 hours: {parts}", parts=parts)
    return strip(spans, start=end - STRIP, end=end, width=240, height=20, name=row.watch.id, label=label)


def parted(snap: Snapshot) -> tuple[list[Row], list[Row]]:
    """The rows of the board that need attention, and those that do not; all of them need it where nothing is of now."""
    trouble = [row for row in snap.rows if row.level in TROUBLE or not snap.current]
    return trouble, [row for row in snap.rows if row.level not in TROUBLE and snap.current]


TROUBLE = (Level.DEVIATION, Level.UNKNOWN, Level.WARNING)
