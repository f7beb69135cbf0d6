"""Verdicts over time as a narrow strip: height and hatching tell them apart, colour only helps.

What is graver lies on top, and is never too narrow to see: a deviation of seconds must not vanish in a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, ns UTC; `kind` is a verdict or empty, `label` says it in words."""

    start: int
    end: int
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    height: float  # of the strip
    fill: str
    least: float = 0.2  # width that it has at least, in pixels; where it is stretched, it is so too


_LOOKS = {  # the graver, the later: it is drawn over what came before
    "suspended": _Look(0.14, "#78838f"),
    "ok": _Look(0.34, "#2f7d4f"),
    "starting": _Look(0.2, "#3f6ea3"),
    "operating": _Look(0.67, "#b26a00", 2.0),
    "indeterminate": _Look(1.0, "url(#{hatch})", 2.0),
    "deviation": _Look(1.0, "#b3261e", 3.0),
}
_GRAVITY = {kind: number for number, kind in enumerate(_LOOKS)}


def hatch(name: str, *, colour: str = "#20242c", back: str = "#ffffff") -> str:
    """The pattern of what is not known, to be put once into an SVG."""
    return (
        f'<pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect class="hatch-back" width="5" height="5" fill="{back}"/>'
        f'<rect class="hatch" width="3" height="5" fill="{colour}"/></pattern>'
    )


def bars(  # noqa: PLR0913 - where they stand in which picture
    spans: Sequence[Span],
    *,
    start: int,
    end: int,
    left: float,
    top: float,
    width: float,
    height: float,
    pattern: str,
) -> str:
    """The bars of a strip, for use inside an SVG that has the pattern.

    Args:
        spans: in order of time.
        start: of the axis, ns UTC.
        end: of the axis, ns UTC.
        left: in pixels, as are the next three.
        top: of the strip.
        width: of the whole axis.
        height: of the strip.
        pattern: id of the hatching.
    """
    made = [
        (
            f'<line class="strip-base" x1="{left:g}" x2="{left + width:g}" y1="{top + height:g}" y2="{top + height:g}"'
            ' stroke="#9aa4ae" stroke-width="1"/>'
        )
    ]
    scale = width / max(end - start, 1)
    for span in sorted(spans, key=lambda span: _GRAVITY.get(span.kind, -1)):
        look = _LOOKS.get(span.kind)
        begin, stop = max(span.start, start), min(span.end, end)
        if look is None or stop <= begin:
            continue
        wide, tall = max((stop - begin) * scale, look.least), height * look.height
        x = min(left + (begin - start) * scale, left + width - wide)
        title = f"<title>{escape(span.label)}</title>" if span.label else ""
        fill = look.fill.format(hatch=pattern)
        made.append(
            f'<rect class="v-{span.kind}" x="{x:.1f}" y="{top + height - tall:.1f}" width="{wide:.1f}"'
            f' height="{tall:.1f}" fill="{fill}"' + (f">{title}</rect>" if title else "/>")
        )
    return "".join(made)


def strip(  # noqa: PLR0913 - what is drawn, how large, called what
    spans: Sequence[Span], *, start: int, end: int, width: int, height: int, name: str, label: str
) -> str:
    """A standalone SVG of a strip.

    Args:
        spans: in order of time.
        start: of the axis, ns UTC.
        end: of the axis, ns UTC.
        width: in pixels; it stretches with its frame.
        height: in pixels.
        name: unique on the page.
        label: what it says, for those who cannot see it.
    """
    drawn = bars(
        spans, start=start, end=end, left=0, top=0, width=width, height=height - 1, pattern=f"h-{name}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="strip" viewBox="0 0 {width} {height}"'
        f' preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f"<defs>{hatch(f'h-{name}')}</defs>{drawn}</svg>"
    )
