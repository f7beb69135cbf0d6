"""What is said in Chinese and in English: catalogues in gettext's PO format, dates and numbers as CLDR has them.

English texts are the message ids. Each part of the room keeps its own catalogue `zh.po` beside its code; a test holds
every catalogue complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from babel.dates import format_datetime
from babel.messages.pofile import read_po

from readings.times import DAY, HOUR, MINUTE, SECOND, zone
from rules.quantities import Names

Tongue = Literal["zh", "en"]
LOCALES: dict[Tongue, str] = {"zh": "zh_Hans_CN", "en": "en_GB"}


_SPANS = (
    (DAY, "{n} d", "{n} 天"),
    (HOUR, "{n} h", "{n} 小时"),
    (MINUTE, "{n} min", "{n} 分钟"),
    (SECOND, "{n} s", "{n} 秒"),
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language, with the texts of one part of the room.

    Attributes:
        tongue: `zh` or `en`.
        texts: from English; empty for English.
    """

    tongue: Tongue
    texts: dict[str, str]

    def say(self, text: str, /, **values: object) -> str:
        """A text in this language, its `{names}` filled in; English where the catalogue has none."""
        said = self.texts.get(text, text)
        return said.format(**values) if values else said

    def name(self, names: Names | None, otherwise: str = "") -> str:
        """A name of the plan in this language, or in the one that it has."""
        names = names or {}
        return names.get(self.tongue) or next(iter(names.values()), otherwise)

    def time(self, ns: int, timezone: str, *, form: str = "yyyy-MM-dd HH:mm:ss") -> str:
        """A time, ns UTC, in the site's zone."""
        moment = datetime.fromtimestamp(ns // SECOND, UTC).astimezone(zone(timezone))
        return format_datetime(moment, form, locale=LOCALES[self.tongue])

    def duration(self, ns: int) -> str:
        """A length of time in its two largest units."""
        parts: list[str] = []
        rest = max(ns, 0)
        for size, english, chinese in _SPANS:
            number, rest = divmod(rest, size)
            if number or (size == SECOND and not parts):
                parts.append((english if self.tongue == "en" else chinese).format(n=number))
            if len(parts) == 2 or (parts and number == 0):
                break
        return " ".join(parts)


@cache
def language(tongue: Tongue, catalogue: Path) -> Language:
    """A language with the texts of a catalogue.

    Args:
        tongue: `zh` or `en`.
        catalogue: folder in which `zh.po` stands.
    """
    if tongue == "en":
        return Language("en", {})
    with (catalogue / "zh.po").open("rb") as file:
        read = read_po(file, locale=LOCALES["zh"])
    texts = {str(each.id): str(each.string) for each in read if each.id and each.string}
    return Language("zh", texts)
