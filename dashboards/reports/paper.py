"""A printed report as its parts: facts, tables, a picture, a place to sign. What is None is printed as not entered."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Text = str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value, a line each."""

    heading: str
    rows: tuple[tuple[str, Text], ...]
    note: str = ""
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with relative widths.

    Attributes:
        empty: what is said where there is no row.
        code: columns set in a fixed width, by number: digests, ids.
    """

    heading: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Text, ...], ...]
    empty: str
    note: str = ""
    code: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as SVG, with what it shows in words."""

    heading: str
    svg: str
    caption: str
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Signing:
    """Places for a handwritten signature and a seal, and an opinion to be written in."""

    heading: str
    places: tuple[str, ...]
    seal: str
    opinion: str
    opinion_text: str
    note: str
    kind: Literal["signing"] = "signing"


Part = Facts | Table | Picture | Signing


@dataclass(frozen=True, slots=True)
class Paper:
    """A report ready to be printed.

    Attributes:
        tongue: `zh` or `en`.
        title, subtitle: of it.
        head: what stands at the top of every page: site, report id.
        warnings: in a frame on the first page, and on every page: marked, draft.
        say: words of the template: page, not entered, none.
        parts: in order.
        author: of the PDF.
        lead: sentences behind the warnings.
        landscape: the sheet lies on its side.
    """

    tongue: str
    title: str
    subtitle: str
    head: tuple[str, str]
    warnings: tuple[str, ...]
    say: dict[str, str]
    parts: tuple[Part, ...]
    author: str
    lead: tuple[str, ...] = field(default=())
    landscape: bool = False

    def data(self) -> dict[str, Any]:
        """As plain data for the template."""
        return asdict(self)
