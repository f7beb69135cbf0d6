"""Why a text is no YAML, in the words of who wrote it: what stands there, and what was probably meant.

The parser stops where it can't go on, which is often behind the slip, and says what it expected. Here the lines around that
place are looked at for what people do: a full-width colon, no space behind a colon, a tab, a bracket left open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError, StringMark

from rules.faults import Mark

FULL_WIDTH = {
    "：": ":",
    "，": ",",
    "【": "[",
    "】": "]",
    "［": "[",
    "］": "]",
    "｛": "{",
    "｝": "}",
    "；": ";",
}
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|(?:^|(?<=\s))#.*")
_WIDE = re.compile(
    r"(?:^\s*(?:- )?|[{,，]\s*)[\w-]+\s*(：)|(，)\s*[\w-]+\s*[:：]|[:：,，\[]\s*([【［｛])|([】］｝])\s*(?:[,}\]]|$)"
)
_TIGHT = re.compile(r"(?:^\s*(?:- )?|[{,]\s*)([^\W\d][\w-]*)(:)([^\s/:][^,}]*)")
_NO_COLON = re.compile(r"\s*(?:- )?([^\W\d][\w-]*)\s+([^\s:].*)")
_TWO_COLONS = re.compile(r"\s*(?:- )?[\w-]+: +((?!['\"{\[&|>])\S.*: .*)")
_VALUE = re.compile(r"\s*(?:- )?[\w-]+:\s+[^\s#&|>].*")


@dataclass(frozen=True, slots=True)
class _Place:
    """What the parser said, and the lines there: the one it stopped at and the one before that says something."""

    problem: str
    context: str
    at: StringMark
    began: StringMark | None
    rows: tuple[tuple[int, str], ...]  # from the place backwards, quotes and comments blanked

    @property
    def mark(self) -> Mark:
        return Mark(self.at.line + 1, self.at.column + 1)

    @property
    def line(self) -> str:
        return self.rows[0][1] if self.rows and self.rows[0][0] == self.at.line else ""


_Said = tuple[Mark, str] | None


def slip(text: str, error: MarkedYAMLError) -> _Said:
    """Where the slip is and what to write; None where it is none of the usual ones."""
    at = error.problem_mark or error.context_mark
    if at is None:
        return None
    lines = text.splitlines()
    rows: list[tuple[int, str]] = []
    for number in range(min(at.line, len(lines) - 1), -1, -1):
        bare = _QUOTED.sub(lambda match: "_" * len(match[0]) if match[0][0] != "#" else "", lines[number])
        if bare.strip():
            rows.append((number, bare))
        if len(rows) == 2:
            break
    place = _Place(error.problem or "", error.context or "", at, error.context_mark, tuple(rows))
    return next((said for look in _LOOKS if (said := look(place)) is not None), None)


def _tab(place: _Place) -> _Said:
    if "'\\t'" not in place.problem:
        return None
    return place.mark, "a tab stands here; YAML is indented with spaces"


def _quote(place: _Place) -> _Said:
    if "quoted scalar" not in place.context or place.began is None:
        return None
    return Mark(place.began.line + 1, place.began.column + 1), "the quote that begins here is not closed"


def _wide(place: _Place) -> _Said:
    for number, line in place.rows:
        match = _WIDE.search(line)
        if match is not None:
            sign = next(each for each in match.groups() if each)
            column = match.start(match.lastindex or 0) + 1
            return Mark(number + 1, column), wide_message(sign)
    return None


def wide_message(sign: str) -> str:
    """What to type instead of a full-width sign."""
    plain = FULL_WIDTH[sign]
    return (
        f"the full-width {sign} is no {plain} in YAML; type {plain}{' and a space' if plain in ':,' else ''}"
    )


def _tight(place: _Place) -> _Said:
    for number, line in place.rows:
        match = _TIGHT.search(line)
        if match is not None:
            said = f"no space behind the colon; write {match[1]}: {match[3].strip()}"
            return Mark(number + 1, match.start(1) + 1), said
    return None


def _no_colon(place: _Place) -> _Said:
    if "could not find expected ':'" not in place.problem:
        return None
    for number, line in place.rows:
        match = _NO_COLON.fullmatch(line)
        if match is not None and number < max(place.at.line, 1):
            said = f"no colon behind {match[1]}; write {match[1]}: {match[2].strip()}"
            return Mark(number + 1, match.start(1) + 1), said
    return None


def _deeper(place: _Place) -> _Said:
    if "mapping values are not allowed" not in place.problem:
        return None
    if _TWO_COLONS.fullmatch(place.line):
        return place.mark, "a text with a colon and a space in it stands in quotes"
    if (
        len(place.rows) == 2
        and _depth(place.line) > _depth(place.rows[1][1])
        and _VALUE.fullmatch(place.rows[1][1])
    ):
        column = len(place.line) - len(place.line.lstrip()) + 1
        return Mark(
            place.at.line + 1, column
        ), "indented deeper than the line above, which has its value already"
    return None


def _shallower(place: _Place) -> _Said:
    if "<block end>" not in place.problem or not place.began:
        return None
    began = place.began
    if "<block mapping start>" in place.problem or "<block sequence start>" in place.problem:
        said = (
            f"this begins in column {place.at.column + 1}, what it belongs to (line {began.line + 1}) in column"
            f" {began.column + 1}: write them one below the other"
        )
        return place.mark, said
    if "'?'" in place.problem or "<scalar>" in place.problem:
        return (
            place.mark,
            f"a list (-) began on line {began.line + 1}; this line is a key: indent it, or leave the - out",
        )
    closing = re.search(r"but found '([\]}])'", place.problem)
    if closing is not None:
        return place.mark, f"this {closing[1]} closes nothing"
    return None


def _entry(place: _Place) -> _Said:
    if "sequence entries are not allowed" not in place.problem:
        return None
    return (
        place.mark,
        "a dash and a space begin an entry of a list; a negative number has no space behind the minus: -15.0",
    )


def _flow(place: _Place) -> _Said:
    if "node content" in place.problem and "but found ','" in place.problem:
        return place.mark, "a comma too many"
    if place.began is None or "flow" not in place.context:
        return None
    bracket = "{" if "mapping" in place.context else "["
    where = f"the {bracket} of line {place.began.line + 1}, column {place.began.column + 1}"
    return place.mark, f"a comma is missing before this, or {where} is not closed"


def _begins(place: _Place) -> _Said:
    match = re.search(r"found character '(.)' that cannot start", place.problem)
    if match is not None:
        return place.mark, f'a text that begins with {match[1]} stands in quotes: "{match[1]}..."'
    alias = re.search(r"found undefined alias '(.*)'", place.problem)
    if alias is not None:
        return (
            place.mark,
            f"*{alias[1]} repeats what stands at &{alias[1]}, which is nowhere above; quote it if it is text",
        )
    if "another document" in place.problem:
        return place.mark, "--- begins a second document; one file holds one"
    if "expected the node content" in place.problem:
        found = re.search(r"but found '(.+)'", place.problem)
        return place.mark, f"a value is missing before {found[1]}" if found else "a value is missing here"
    return None


_LOOKS: tuple[Callable[[_Place], _Said], ...] = (
    _tab,
    _quote,
    _wide,
    _tight,
    _no_colon,
    _deeper,
    _shallower,
    _entry,
    _flow,
    _begins,
)


def _depth(line: str) -> int:
    """How far a line is indented; a dash counts as its entry."""
    return len(line) - len(line.lstrip(" -"))
