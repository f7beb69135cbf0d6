"""Colours of the pages: every text can be read on the ground that it stands on (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from dashboards.pages.render import FOLDER, STATIC

CSS = (STATIC / "site.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0
PAIRS = [
    *(
        ("ink", ground)
        for ground in (
            "paper",
            "card",
            "bad-ground",
            "warn-ground",
            "good-ground",
            "unknown-ground",
            "calm-ground",
        )
    ),
    *(("soft", ground) for ground in ("paper", "card", "bad-ground", "warn-ground", "unknown-ground")),
    *(("link", ground) for ground in ("paper", "card")),
    *((name, f"{name}-ground") for name in ("bad", "warn", "good", "unknown", "calm")),
    *((name, "card") for name in ("bad", "warn", "good", "unknown", "calm")),
    *((f"on-{name}", name) for name in ("bad", "warn", "good", "unknown", "brand")),
    ("card", "link"),
    ("good", "paper"),
    ("bad", "paper"),
    ("warn", "unknown-ground"),
    ("bad", "warn-ground"),
]
SHAPES = [("edge", "card"), ("edge", "paper"), ("focus", "paper"), ("focus", "card")]


def colours(scheme: str) -> dict[str, str]:
    """The variables of a scheme; dark ones take the place of light ones."""
    light, dark = CSS.index(":root {"), CSS.index("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS[light:dark]))
    if scheme == "dark":
        end = CSS.index("* { box-sizing", dark)
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS[dark:end]))
    return found


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    """4.5 to 1 at least, by day and by night."""
    known = colours(scheme)
    assert contrast(known[text], known[ground]) >= TEXT


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_edges_and_focus_can_be_seen(scheme: str, shape: str, ground: str) -> None:
    """3 to 1 at least."""
    known = colours(scheme)
    assert contrast(known[shape], known[ground]) >= SHAPE


def test_contrast_is_counted_rightly() -> None:
    """Black on white is 21 to 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_nothing_stands_in_a_page_that_its_policy_forbids() -> None:
    """No style and no script inside templates, and nothing from elsewhere."""
    for path in (FOLDER / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|https?://", text), path.name
        assert not re.search(r"<script(?! src=)", text), path.name


def test_style_and_script_load_nothing_from_elsewhere() -> None:
    """The plant has no internet."""
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, path.name


def test_every_class_that_is_styled_is_used() -> None:
    """No style without a page."""
    everything = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html"))
    everything += "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    everything += "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    everything += "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.glob("*.py"))
    everything += "chart s0 s1 s2 s3 s4 s5 s6 v-ok v-operating v-deviation v-starting v-suspended"
    used = set(re.findall(r"[\w-]+", everything))
    plain = re.sub(r"url\([^)]*\)|/\*.*?\*/", "", CSS, flags=re.DOTALL)
    styled = set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", plain))
    assert sorted(styled - used) == []
