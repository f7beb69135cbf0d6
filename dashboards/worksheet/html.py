"""A paper as HTML: a fragment for a page of ours, or a file that stands alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.reports.paper import Paper

_FOLDER = Path(__file__).parent / "templates"
STYLE = Path(__file__).parents[1] / "pages" / "static" / "paper.css"


@cache
def _environment() -> Environment:
    """The templates; everything put in is escaped."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def as_fragment(paper: Paper) -> str:
    """The paper's parts, for a page that has `paper.css`."""
    return _environment().get_template("paper.html").render(paper=paper)


def as_page(paper: Paper) -> str:
    """The paper as a whole file, its style inside: nothing is fetched when it is opened or printed."""
    style = STYLE.read_text(encoding="utf-8")
    return _environment().get_template("page.html").render(paper=paper, style=style, body=as_fragment(paper))
