"""From a paper to a PDF by Typst. Texts travel as JSON and are never read as Typst source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from dashboards.reports.errors import ReportError
from dashboards.reports.glyphs import font_folder, printable
from dashboards.reports.paper import Paper
from readings.times import SECOND

_TEMPLATE = Path(__file__).with_name("report.typ")
_STANDARD: Literal["a-3b"] = "a-3b"  # ISO 19005-3: all fonts inside, and the data may be attached


def typeset(paper: Paper, *, attached: str, name: str, made: int) -> bytes:
    """A PDF/A-3b with the report's data attached; the same bytes whenever it is made.

    Args:
        paper: what is printed.
        attached: JSON of the report.
        name: of the attached file.
        made: time of the report, ns UTC: that of its data, not of the clock.

    Raises:
        ReportError: a font or a glyph is missing, or the template does not fit the data.
    """
    import typst

    said = json.dumps(printable(paper.data()), ensure_ascii=False)
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(),
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(font_folder())]
        ),
        ignore_system_fonts=True,
    )
    try:
        made_pdf, warnings = compiler.compile_with_warnings(
            format="pdf",
            pdf_standards=[_STANDARD],
            timestamp=made // SECOND,
            sys_inputs={"paper": said, "attached": attached, "name": name},
        )
    except typst.TypstError as error:
        raise ReportError(f"the report cannot be typeset: {error.message}") from error
    if warnings:
        raise ReportError(f"the report cannot be typeset: {'; '.join(each.message for each in warnings)}")
    if not isinstance(made_pdf, bytes):
        raise ReportError("the report cannot be typeset: Typst gave no PDF")
    return made_pdf
