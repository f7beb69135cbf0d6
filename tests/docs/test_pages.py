"""The pages hang together, and say nothing of the machine on which they were written."""

from __future__ import annotations

import re
from pathlib import Path

import docs_pages as pages
import pytest

ALL = sorted(pages.DOCS.glob("*.md"))
_LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FORBIDDEN = re.compile(
    rf"{re.escape(str(pages.ROOT))}|/tmp\b|/root\b|localhost:\d{5}|\bTODO\b|\bTBD\b|\bFIXME\b"
)
EXPECTED = {
    "architecture.md",
    "data-dictionary.md",
    "evidence.md",
    "glossary.md",
    "plan-language.md",
    "production.md",
    "site-file.md",
}


def _anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose))
    return {heading.replace(" ", "-") for heading in headings}


def test_the_pages_are_there() -> None:
    """No page that others count on is missing."""
    assert {page.name for page in ALL} >= EXPECTED


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link between pages names a file that exists, and a heading in it."""
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.is_file(), f"{page.name}: {link}"
        if anchor:
            assert anchor in _anchors(target.read_text(encoding="utf-8")), f"{page.name}: {link}"


@pytest.mark.parametrize("page", [*ALL, pages.DOCS / "haccpline.service"], ids=lambda page: page.name)
def test_nothing_of_this_machine(page: Path) -> None:
    """No path of a workplace, and nothing left to do, stands in the docs."""
    assert _FORBIDDEN.findall(page.read_text(encoding="utf-8")) == []


def test_the_glossary_is_in_order_and_bilingual() -> None:
    """Words stand in alphabetical order, once, each with its Chinese word and a meaning."""
    rows = pages.table("glossary.md", "en", "zh-CN", "meaning")
    words = [re.sub(r"[^a-z ]", "", row["en"].partition(",")[0].lower()) for row in rows]
    assert words == sorted(words)
    assert len({row["en"] for row in rows}) == len(rows)
    for row in rows:
        assert re.search(r"[\u4e00-\u9fff]", row["zh-CN"]), row["en"]
        assert row["meaning"], row["en"]


def test_rooms_are_those_of_the_wheel() -> None:
    """The diagram of the architecture has the packages that there are, and the arrows of the checker."""
    import tomllib

    project = tomllib.loads((pages.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = set(project["tool"]["importlinter"]["root_packages"])
    (diagram,) = [each.text for each in pages.fenced("mermaid") if each.page == "architecture.md"]
    allowed = {
        source: set(re.split(r" & ", targets))
        for source, targets in re.findall(r"^  (\w+) --> (.+)$", diagram, re.MULTILINE)
    }
    assert set(allowed) | {"readings"} == rooms
    for contract in project["tool"]["importlinter"]["contracts"]:
        forbidden = rooms & set(contract["forbidden_modules"])
        for source in contract["source_modules"] if forbidden else ():
            assert allowed.get(source, set()) == rooms - forbidden - {source}, source
