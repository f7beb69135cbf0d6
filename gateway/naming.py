"""Which series a message speaks for: `reads` with its placeholders filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Self

_PLACE = re.compile(r"\{([^{}]+)\}")
PLACE_IN_LIST = "#"

Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Template:
    """`cold-3/air/{1}`, and what its placeholders may stand for.

    Attributes:
        parts: text, placeholder, text, and so on. A number is that wildcard of the topic, `#` the place of an element
            in its list from 1 (or its key), any other a path in the message.
        names: for a placeholder, what its values are called in the plan; values without a name are not meant.
    """

    parts: tuple[str, ...]
    names: Names

    @classmethod
    def of(cls, reads: str, names: Names) -> Self:
        """The template that is written so."""
        return cls(tuple(_PLACE.split(reads)), names)

    def __str__(self) -> str:
        """As it is written."""
        return "".join(f"{{{part}}}" if number % 2 else part for number, part in enumerate(self.parts))

    @property
    def places(self) -> tuple[str, ...]:
        """The placeholders, in order."""
        return self.parts[1::2]

    @property
    def wildcards(self) -> tuple[int, ...]:
        """The placeholders that are wildcards of the topic."""
        return tuple(int(place) for place in self.places if place.isdecimal())

    def named(self, place: str, value: str) -> str | None:
        """What a value of a placeholder is called in the plan; None where it has no name there."""
        return self.names[place].get(value) if place in self.names else value

    def fill(self, said: Callable[[str], str]) -> str | None:
        """The name, given what each placeholder stands for; None where a value has no name in the plan."""
        parts = list(self.parts)
        for number in range(1, len(parts), 2):
            named = self.named(parts[number], said(parts[number]))
            if named is None:
                return None
            parts[number] = named
        return "".join(parts)

    def known(self, groups: Mapping[int, str]) -> Template | None:
        """The same with these wildcards filled in; None where one of them has no name in the plan."""
        made = [self.parts[0]]
        for place, text in zip(self.parts[1::2], self.parts[2::2], strict=True):
            value = groups.get(int(place)) if place.isdecimal() else None
            if value is None:
                made += [place, text]
                continue
            named = self.named(place, value)
            if named is None:
                return None
            made[-1] += named + text
        return Template(tuple(made), self.names)

    def pattern(self) -> re.Pattern[str]:
        """What it may become."""
        written = ""
        for number, part in enumerate(self.parts):
            if number % 2 == 0:
                written += re.escape(part)
            elif part in self.names:
                written += "(?:" + "|".join(re.escape(name) for name in self.names[part].values()) + ")"
            else:
                written += ".+"
        return re.compile(written)

    def written_out(self) -> Iterator[str]:
        """All that it may become, where all names are known; where not, itself."""
        if any(place not in self.names for place in self.places):
            yield str(self)
            return
        for values in product(*(self.names[place].values() for place in self.places)):
            parts = list(self.parts)
            parts[1::2] = values
            yield "".join(parts)
