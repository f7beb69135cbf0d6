"""A page that shows what two plans decide of the same readings: one strip of verdicts above the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dashboards.plain_times import in_seconds
from dashboards.strip import Span, strip
from haccpline.plan_diff import PlanDiff
from haccpline.plan_diff_words import difference_row, key_row, lot_row, summary
from haccpline.replay import Judged
from readings.times import format_time
from rules.limit_unit import LimitUnit

_WIDTH, _HEIGHT = 1000, 26
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #20242c }
h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; font-size: 0.9rem } td, th { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0;
vertical-align: top; border-bottom: 1px solid #dfe3e8 }
.pair { display: grid; grid-template-columns: 9rem 1fr; gap: 2px 0.8rem; align-items: end }
.pair svg { width: 100%; height: 26px } .axis { display: flex; justify-content: space-between; color: #5b6570 }
"""


def page(found: PlanDiff, names: tuple[str, str], *, rows: int) -> str:
    """One HTML file that needs no other; times in UTC.

    Args:
        found: how the plans differ.
        names: what to call them.
        rows: of a table at most; what is cut is said.
    """
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        f"<title>{escape(' and '.join(names))}</title><style>{_STYLE}</style>",
        f"<h1>{escape(found.old.line_id)}: {escape(names[0])}, {escape(names[1])}</h1>",
        *(f"<p>{escape(line)}</p>" for line in (*found.warnings, *summary(found))),
        *_strips(found, names),
        *_table(
            "What is decided otherwise",
            ("ccp", "limit", "unit", "what", *names, "lots"),
            [difference_row(each) for each in found.decisions],
            rows,
        ),
        *_table(
            "Lots that something else would hold",
            ("lot", *names),
            [lot_row(each) for each in found.lots],
            rows,
        ),
        *_table("How the plans differ", ("key", *names), [key_row(each) for each in found.keys], rows),
    ]
    return "\n".join(parts) + "\n"


def _strips(found: PlanDiff, names: tuple[str, str]) -> Iterator[str]:
    """Of every limit unit that is decided otherwise."""
    differing = {(each.ccp, each.limit, each.unit) for each in found.decisions}
    start, end = found.watched.first, max(judged.until for judged in found.judged)
    for number, key in enumerate(sorted(differing)):
        yield f"<h2>{escape(' '.join(key))}</h2><div class='pair'>"
        for side, (name, judged) in enumerate(zip(names, found.judged, strict=True)):
            limit = next((each for each in judged.program.limits if each.key[1:] == key), None)
            yield f"<span>{escape(name)}</span>"
            yield strip(
                [] if limit is None else list(_spans(judged, limit)),
                start=start,
                end=end,
                width=_WIDTH,
                height=_HEIGHT,
                name=f"{number}-{side}",
                label=f"{' '.join(key)} by {name}",
            )
        yield f"<span></span><div class='axis'><span>{format_time(start)}</span><span>{format_time(end)}</span></div></div>"


def _spans(judged: Judged, limit: LimitUnit) -> Iterator[Span]:
    points = judged.decisions.timeline(limit)
    for number, point in enumerate(points):
        end = points[number + 1].start if number + 1 < len(points) else judged.until
        label = f"{point.verdict} from {format_time(point.start)}"
        yield Span(
            point.start,
            end,
            str(point.verdict),
            f"{label}: {in_seconds(point.reason)}" if point.reason else label,
        )


def _table(title: str, head: Sequence[str], told: Sequence[Iterable[str]], rows: int) -> Iterator[str]:
    if not told:
        return
    yield f"<h2>{escape(title)}</h2><table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>"
    for each in told[:rows]:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in each)}</tr>"
    yield "</table>"
    if len(told) > rows:
        yield f"<p>and {len(told) - rows:,} more</p>"
