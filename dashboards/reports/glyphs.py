"""Which characters the reports' font can show, and a mark for those that it can't: a printed text loses nothing."""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dashboards.reports.errors import ReportError

FAMILY = "Noto Sans SC"
_FILE = "NotoSansSC-Regular.ttf"
_PLAIN_SPACES = {"\t": " ", "\r\n": "\n", "\r": "\n", "\v": "\n", "\f": "\n", "\u2028": "\n", "\u2029": "\n"}


def font_folder() -> Path:
    """The folder of the reports' font: inside the installed package zhplot, so that no system font is needed.

    Raises:
        ReportError: the package or its font is not there.
    """
    found = find_spec("zhplot")
    folder = Path(found.origin).parent / "fonts" if found is not None and found.origin else None
    if folder is None or not (folder / _FILE).is_file():
        where = folder / _FILE if folder is not None else "package zhplot"
        raise ReportError(
            f"the font of reports is missing: {where}; install haccpline again, with its packages"
        )
    return folder


def printable(value: Any) -> Any:
    """The same value with every text in it as the font can show it.

    A character without a glyph, a control or one that turns the direction of reading becomes `[U+1F600]`.
    """
    if isinstance(value, str):
        return _marked(value)
    if isinstance(value, dict):
        return {_marked(key): printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [printable(each) for each in value]
    return value


def _marked(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    for given, plain in _PLAIN_SPACES.items():
        text = text.replace(given, plain)
    shown = _shown(font_folder() / _FILE)
    return "".join(sign if _shows(sign, shown) else f"[U+{ord(sign):04X}]" for sign in text)


def _shows(sign: str, shown: frozenset[int]) -> bool:
    return sign == "\n" or (ord(sign) in shown and unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"))


@cache
def _shown(font: Path) -> frozenset[int]:
    """The characters of a font: its table `cmap` (ISO/IEC 14496-22, subtable formats 4 and 12)."""
    data = font.read_bytes()
    tables = struct.unpack(">H", data[4:6])[0]
    for number in range(tables):
        tag, _, offset, _ = struct.unpack(">4sIII", data[12 + 16 * number : 28 + 16 * number])
        if tag == b"cmap":
            return frozenset(_characters(data, offset))
    raise ReportError(f"{font} is no font that can be read; install haccpline again, with its packages")


def _characters(data: bytes, table: int) -> set[int]:
    found: set[int] = set()
    (count,) = struct.unpack_from(">H", data, table + 2)
    for number in range(count):
        _, _, offset = struct.unpack_from(">HHI", data, table + 4 + 8 * number)
        at = table + offset
        (form,) = struct.unpack_from(">H", data, at)
        if form == 12:
            (groups,) = struct.unpack_from(">I", data, at + 12)
            for group in range(groups):
                first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
                found.update(range(first + (glyph == 0), last + 1))
        elif form == 4:
            found |= _segments(data, at)
    return found


def _segments(data: bytes, at: int) -> set[int]:
    (double,) = struct.unpack_from(">H", data, at + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + double)
    steps = struct.unpack_from(f">{count}H", data, at + 16 + 2 * double)
    places = at + 16 + 3 * double
    ranges = struct.unpack_from(f">{count}H", data, places)
    found: set[int] = set()
    for number, (first, last, step, skip) in enumerate(zip(starts, ends, steps, ranges, strict=True)):
        for sign in range(first, min(last, 0xFFFE) + 1):
            if skip:
                (glyph,) = struct.unpack_from(">H", data, places + 2 * number + skip + 2 * (sign - first))
            else:
                glyph = (sign + step) & 0xFFFF
            if glyph:
                found.add(sign)
    return found
